"""The desk of an office: its items, one item with form and papers, what the clerk decides."""

from web.office.views import blueprint

__all__ = ["blueprint"]
