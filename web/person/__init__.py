"""Pages for everybody: is this message genuine, the own page, its letters and its reviews."""

from web.person import certificates, letters, reviews
from web.person.views import blueprint

__all__ = ["blueprint", "certificates", "letters", "reviews"]
