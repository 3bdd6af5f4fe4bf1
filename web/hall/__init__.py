"""The desk for all offices of a place: looks through beforehand, hands in, gives receipts."""

from web.hall.views import blueprint

__all__ = ["blueprint"]
