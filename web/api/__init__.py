"""The API: other systems deliver to feeds, with a token. Described at /api/v1/openapi.json."""

from web.api.description import described_app
from web.api.views import blueprint

__all__ = ["blueprint", "described_app"]
