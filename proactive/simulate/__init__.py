"""Makes a county of invented people, the files its offices would send, and the truth about it."""

from proactive.simulate.county import simulate_county
from proactive.simulate.summary import CountySummary

__all__ = ["CountySummary", "simulate_county"]
