"""The policy desk: read a trigger, change it, try it, switch it on, learn, measure."""

from web.policy import changing, fairness, learning, reading, switching, takeup, trying

blueprints = tuple(
    part.blueprint for part in (reading, changing, trying, switching, learning, fairness, takeup)
)

__all__ = ["blueprints"]
