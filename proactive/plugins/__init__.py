"""What a plug-in must offer, and the contract tests it inherits. Knows none of the stages."""
