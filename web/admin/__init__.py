"""The operator's pages: health, messages, deliveries, runs, steps. No names stand on them."""

from web.admin.views import blueprint

__all__ = ["blueprint"]
