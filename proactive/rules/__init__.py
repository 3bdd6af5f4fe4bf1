"""Triggers as data: a closed grammar, checked against the feeds, planned, run as set-based SQL."""
