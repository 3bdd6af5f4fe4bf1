"""The coordinator's pages: my list, the visit sheet of a household, what to tell in person."""

from web.coordinator import corrections, identifying, offline, prints, reporting
from web.coordinator.views import blueprint

__all__ = ["blueprint", "corrections", "identifying", "offline", "prints", "reporting"]
