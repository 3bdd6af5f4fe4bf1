"""The coordinator's pages: my list, the visit sheet of a household, what to tell in person."""

from web.coordinator import (
    certificates,
    corrections,
    identifying,
    offline,
    photos,
    prints,
    reporting,
    taking_back,
)
from web.coordinator.views import blueprint

__all__ = [
    "blueprint",
    "certificates",
    "corrections",
    "identifying",
    "offline",
    "photos",
    "prints",
    "reporting",
    "taking_back",
]
