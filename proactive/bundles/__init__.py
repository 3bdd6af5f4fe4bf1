"""Bundles: several offices' items for one case, with one form and one set of materials."""
