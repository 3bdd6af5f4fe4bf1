"""Tuning: what a trigger would find, tried on the real lake; nothing is ever raised here."""
