"""Feeds: a delivery is read, checked, parted from identities, and laid in the lake."""
