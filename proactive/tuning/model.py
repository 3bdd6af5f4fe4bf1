"""Trials as plain values: kinds, states, month ends, small numbers hidden."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from math import ceil

# A count of one to four people in a place may point at one of them; see docs/trying.md.
FEW = 5
MOST_SAMPLES = 10
MOST_MONTHS = 60
MOST_DAYS = 3 * 366


class TrialKind(StrEnum):
    DRY_RUN = "dry_run"
    SWEEP = "sweep"
    BACKTEST = "backtest"
    REPLAY = "replay"


class TrialState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    FAILED = "failed"


OPEN = (TrialState.WAITING, TrialState.RUNNING)


class Standing(StrEnum):
    """What raising would do with a person found: only `new` ones become cases."""

    NEW = "new"
    OPEN = "open"
    KNOWN = "known"
    COOL_DOWN = "cool_down"
    SNOOZED = "snoozed"


def month_ends(before: date, months: int) -> list[date]:
    """Return the last days of the `months` full months that ended by `before`, oldest first."""
    year, month = before.year, before.month
    if before.day < monthrange(year, month)[1]:
        year, month = _month_before(year, month)
    found: list[date] = []
    for _ in range(months):
        found.append(date(year, month, monthrange(year, month)[1]))
        year, month = _month_before(year, month)
    return found[::-1]


def _month_before(year: int, month: int) -> tuple[int, int]:
    return (year - 1, 12) if month == 1 else (year, month - 1)


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_due(working_days: int) -> int:
    """Return the weeks within which a case is due, at least one."""
    return max(1, ceil(working_days / 5))


def guarded(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Return the counts of the parts of a known whole, small ones as None; zeros are left out.

    A part of 1 to 4 is hidden. Were it the only one hidden, the whole less the others would
    tell it: then the next smallest is hidden too.
    """
    some = {name: count for name, count in counts.items() if count}
    hidden = {name for name, count in some.items() if count < FEW}
    if len(hidden) == 1 and len(some) > 1:
        rest = sorted((count, name) for name, count in some.items() if name not in hidden)
        hidden.add(rest[0][1])
    return {name: None if name in hidden else count for name, count in some.items()}
