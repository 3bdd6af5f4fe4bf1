"""Visits: a person goes and looks; what was found decides what comes next."""
