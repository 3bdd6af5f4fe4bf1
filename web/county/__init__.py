"""Pages of the county desk: place a person whose home nobody knows, see what waits for room."""

from web.county.views import blueprint

__all__ = ["blueprint"]
