"""Pages of the county desk: place a person, see what waits for room, settle differing names."""

from web.county import doubts
from web.county.views import blueprint

__all__ = ["blueprint", "doubts"]
