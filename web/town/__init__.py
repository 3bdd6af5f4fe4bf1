"""Pages of the town and county desks: second gate, late matters, load of the posts."""

from web.town import standing_in
from web.town.views import blueprint

__all__ = ["blueprint", "standing_in"]
