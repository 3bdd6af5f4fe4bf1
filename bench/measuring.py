"""Times a thing and its yardstick in turn, so that a slow or busy machine slows both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from proactive.embedded import Servers


@dataclass(frozen=True, slots=True)
class Measured:
    """The best times of both; `rows` is what one round handles."""

    name: str
    rows: int
    seconds: float
    yardstick: str
    yardstick_seconds: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.yardstick_seconds

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "rows": self.rows,
            "seconds": round(self.seconds, 4),
            "rows_per_second": round(self.rows_per_second),
            "yardstick": self.yardstick,
            "yardstick_seconds": round(self.yardstick_seconds, 4),
            "ratio": round(self.ratio, 2),
        }


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a benchmark may write, how large it is, how often it is timed, and the servers."""

    folder: Path
    people: int
    rounds: int
    servers: Servers


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named benchmark; `at_most` is the ratio above which something has become slow."""

    name: str
    what: str
    yardstick: str
    at_most: float
    run: Callable[[Setting], Measured]


Timed = Callable[[], float]


def best_of(benchmark: Benchmark, *, rows: int, ours: Timed, yard: Timed, rounds: int) -> Measured:
    """Time both in turn and keep the best of each; both return the seconds that count."""
    best, best_yard = float("inf"), float("inf")
    for _ in range(rounds):
        best_yard = min(best_yard, yard())
        best = min(best, ours())
    return Measured(benchmark.name, rows, best, benchmark.yardstick, best_yard)


def seconds_of(action: Callable[[], object]) -> float:
    """Run an action; returns how long it took."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
