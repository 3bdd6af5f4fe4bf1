"""A stateful SMS gateway on this machine that speaks Twilio's REST shape, faults included."""

from notifiers.simulator.gateway import Simulator
from notifiers.simulator.plans import Plans, Script

__all__ = ["Plans", "Script", "Simulator"]
