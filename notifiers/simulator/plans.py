"""What the simulated gateway will do with a message: per number, once or always, or by chance."""

import random
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from enum import StrEnum


class Script(StrEnum):
    """One behaviour. Those named by a number are the provider's error code or HTTP status."""

    DELIVERED = "delivered"
    SILENT = "silent"  # accepted and sent; no call-back ever comes
    OUT_OF_REACH = "30003"
    NO_SUCH_HANDSET = "30005"
    FILTERED = "30007"
    BAD_NUMBER = "21211"
    OPTED_OUT = "21610"
    QUEUE_FULL = "21611"
    LANDLINE = "21614"
    TOO_MANY = "429"
    UNAVAILABLE = "503"
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"
    ERROR_AFTER_ACCEPT = "500_after_accept"
    CUT_BEFORE_ACCEPT = "cut_before_accept"
    SLOW = "slow"
    DUPLICATED = "duplicated"  # delivered; every call-back comes twice
    REORDERED = "reordered"  # delivered; the call-backs come last first


# Refused at once with HTTP 400 and this error code.
REFUSED_AT_ONCE = frozenset({Script.BAD_NUMBER, Script.OPTED_OUT, Script.LANDLINE})
# Accepted, then not delivered, with this error code in the call-back.
UNDELIVERED = frozenset({Script.OUT_OF_REACH, Script.NO_SUCH_HANDSET, Script.FILTERED})


class Plans:
    """Chooses a script for each call: the number's queue, then its standing one, then by chance.

    `faults` gives a probability per script; what is left over is `default`.
    """

    def __init__(
        self,
        *,
        default: Script = Script.DELIVERED,
        faults: Mapping[Script, float] | None = None,
        seed: int = 1,
    ) -> None:
        self._default = default
        self._faults = dict(faults or {})
        self._chance = random.Random(seed)  # noqa: S311 - plays faults, guards nothing
        self._once: dict[str, deque[Script]] = defaultdict(deque)
        self._always: dict[str, Script] = {}
        self._lock = threading.Lock()

    def once(self, number: str, *scripts: Script) -> None:
        """Play these for the number's next calls, one each."""
        with self._lock:
            self._once[number].extend(scripts)

    def always(self, number: str, script: Script) -> None:
        with self._lock:
            self._always[number] = script

    def calm(self) -> None:
        """Stop all chance faults: from now on the gateway behaves."""
        with self._lock:
            self._faults.clear()

    def choose(self, number: str) -> Script:
        with self._lock:
            if self._once.get(number):
                return self._once[number].popleft()
            if number in self._always:
                return self._always[number]
            drawn = self._chance.random()
            for script, share in self._faults.items():
                drawn -= share
                if drawn < 0:
                    return script
            return self._default
