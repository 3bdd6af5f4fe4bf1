"""Scans: a trigger version run over the lake as of a day; what it finds are hits."""
