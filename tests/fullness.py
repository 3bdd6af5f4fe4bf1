"""How much of a long test is run: the usual part in `make test`, all of it in `make faults`."""

import os
from typing import TypeVar

Part = TypeVar("Part")


def in_full(usual: Part, full: Part) -> Part:
    """Return the full part where PROACTIVE_FAULTS=full asks for it, else the usual one."""
    return full if os.environ.get("PROACTIVE_FAULTS") == "full" else usual
