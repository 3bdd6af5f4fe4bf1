"""The policy desk: read a trigger, change it, try it, switch it on, learn, measure."""

from web.policy import (
    changing,
    fairness,
    learning,
    part_pages,
    reading,
    switching,
    takeup,
    trying,
)

PARTS = (reading, changing, part_pages, trying, switching, learning, fairness, takeup)
blueprints = tuple(part.blueprint for part in PARTS)

__all__ = ["blueprints"]
