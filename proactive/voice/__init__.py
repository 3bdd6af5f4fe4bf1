"""The person's voice: the own page by number and code, objections, ratings."""
