"""Offices that work in a system of their own: what is handed in there, and what they answer."""
