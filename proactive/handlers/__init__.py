"""What each step of the path does: one function per step, put in order by `path.py`."""
