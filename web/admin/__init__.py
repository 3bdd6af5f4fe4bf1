"""The operator's pages: health, alarms, messages, deliveries, runs, steps. No names stand there."""

from web.admin import alarms, handing
from web.admin.views import blueprint

__all__ = ["alarms", "blueprint", "handing"]
