"""Lets `python -m proactive` do what the command `proactive` does."""

from proactive.cli import main

if __name__ == "__main__":
    main()
