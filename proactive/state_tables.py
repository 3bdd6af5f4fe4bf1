"""The list of all state tables, for drawing them and for testing what holds for every one."""

from proactive.cases.model import CASE_TABLE
from proactive.kernel.states import StateTable


def state_tables() -> list[StateTable]:
    """Return every state machine of the product, in the order of the path."""
    return [CASE_TABLE]
