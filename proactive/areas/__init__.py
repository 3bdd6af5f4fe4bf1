"""Where: the tree of areas of any country, and its working days."""
