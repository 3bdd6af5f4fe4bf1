"""The commands of `proactive`, one module per noun; `cli.py` puts them together."""
