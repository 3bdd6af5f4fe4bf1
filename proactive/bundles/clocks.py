"""Two kinds of days, clocks that stop, and the critical path of a bundle: pure arithmetic.

A limit is counted from the day after its start. Calendar days are plain days; working days come
from the calendar the caller brings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol


class WorkingDays(Protocol):
    """The calendar: `add` says a day and whether it is provisional."""

    def add(self, start: date, days: int) -> tuple[date, bool]:
        """Return the `days`-th working day after `start`, and whether it is provisional."""

    def count(self, after: date, until: date) -> int:
        """Return how many working days lie after `after` up to and including `until`."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in one of the two kinds of days."""

    days: int
    working: bool


@dataclass(frozen=True, slots=True)
class Due:
    day: date
    provisional: bool = False


def add(start: date, span: Span, calendar: WorkingDays) -> Due:
    """Return the last day of `span` when it starts on `start`."""
    if not span.working:
        return Due(start + timedelta(days=span.days))
    day, provisional = calendar.add(start, span.days)
    return Due(day, provisional)


def used(start: date, until: date, span: Span, calendar: WorkingDays) -> int:
    """Return how many days of `span` were used up between `start` and `until`."""
    if until <= start:
        return 0
    return calendar.count(start, until) if span.working else (until - start).days


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit of one item: running since `running_from`, or stopped with `used_days` gone."""

    span: Span
    running_from: date | None
    used_days: int = 0

    def due(self, calendar: WorkingDays) -> Due | None:
        """Return the last day, or None while the clock stands still.

        An overdrawn clock is due where it ran out, never later.
        """
        if self.running_from is None:
            return None
        left = replace(self.span, days=max(self.span.days - self.used_days, 0))
        return add(self.running_from, left, calendar)

    def stop(self, today: date, calendar: WorkingDays) -> "Clock":
        """Return the clock stopped at the end of `today`; what was used stays used."""
        if self.running_from is None:
            return self
        gone = self.used_days + used(self.running_from, today, self.span, calendar)
        return replace(self, running_from=None, used_days=gone)

    def start(self, today: date) -> "Clock":
        """Return the clock running from `today`; a running one is unchanged."""
        return self if self.running_from is not None else replace(self, running_from=today)


@dataclass(frozen=True, slots=True)
class Leg:
    """One item on the way to the end: what it waits for and how long it may take.

    `starts_on` is the day its own clock started, `ends_on` its due day once it runs or its last
    day when it has ended; both None while it waits.
    """

    code: str
    needs: tuple[str, ...]
    span: Span
    ends_on: date | None = None
    ended: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """When an item is expected to end and which prerequisite decides that."""

    code: str
    on: Due
    held_up_by: str = ""
    depends_on_answer: bool = False


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The chain that decides when the whole is done: first item first."""

    items: tuple[str, ...]
    done_on: Due
    expected: Mapping[str, Expected]
    depends_on_answer: bool


def critical_path(
    legs: Sequence[Leg], *, today: date, calendar: WorkingDays
) -> CriticalPath | None:
    """Return the critical path through the open items, or None when nothing is open.

    A running item is expected on its due day (or today, when that has passed); a waiting one its
    span after the last of what it waits for. Items that wait for the person are counted as if
    the answer came today, and marked.
    """
    by_code = {leg.code: leg for leg in legs}
    expected: dict[str, Expected] = {}
    for leg in legs:
        _expect(leg, by_code, expected, today, calendar)
    open_ones = [expected[leg.code] for leg in legs if not leg.ended]
    if not open_ones:
        return None
    last = max(open_ones, key=lambda each: (each.on.day, each.code))
    chain = [last.code]
    while expected[chain[0]].held_up_by:
        chain.insert(0, expected[chain[0]].held_up_by)
    return CriticalPath(
        items=tuple(chain),
        done_on=last.on,
        expected=expected,
        depends_on_answer=any(expected[code].depends_on_answer for code in chain),
    )


def _expect(
    leg: Leg,
    legs: Mapping[str, Leg],
    expected: dict[str, Expected],
    today: date,
    calendar: WorkingDays,
) -> Expected:
    if leg.code in expected:
        return expected[leg.code]
    if leg.ended:
        found = Expected(leg.code, Due(leg.ends_on or today))
    elif leg.ends_on is not None:
        found = Expected(leg.code, Due(max(leg.ends_on, today)))
    else:
        before = [
            _expect(legs[code], legs, expected, today, calendar)
            for code in leg.needs
            if code in legs and not legs[code].ended
        ]
        last = max(before, key=lambda each: each.on.day, default=None)
        start = max(last.on.day, today) if last else today
        due = add(start, leg.span, calendar)
        provisional = due.provisional or (last.on.provisional if last else False)
        waits_on_person = leg.stopped or (last.depends_on_answer if last else False)
        found = Expected(
            leg.code, Due(due.day, provisional), last.code if last else "", waits_on_person
        )
    expected[leg.code] = found
    return found
