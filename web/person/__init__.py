"""Pages for everybody: is this message genuine."""

from web.person.views import blueprint

__all__ = ["blueprint"]
