"""How much of a long test is run: the usual part in `make test`, all of it in `make faults`."""

import os
from typing import TypeVar

Number = TypeVar("Number", int, float)


def in_full(usual: Number, full: Number) -> Number:
    """Return the full number where PROACTIVE_FAULTS=full asks for it, else the usual one."""
    return full if os.environ.get("PROACTIVE_FAULTS") == "full" else usual
