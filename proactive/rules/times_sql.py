"""The days a run looks from, as SQL: one day, every moment of a table, or all of a span at once."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlglot import exp

from proactive.kernel.periods import Period
from proactive.rules.binding import Binding, day_after
from proactive.rules.nodes import Window
from proactive.rules.sql import Sql, col, eq, literal, table

POINT = "point"
MOMENTS = "moments"
CALENDAR = "calendar_year"


class Times(Protocol):
    """Every bound in time that the SQL of a run knows.

    With `instant` a bound is the first moment of its day in the trigger's zone.
    """

    @property
    def keyed(self) -> bool:
        """Does every table carry the number of the moment it speaks of?"""

    def today(self) -> Sql:
        """The last day on which something may have begun or happened."""

    def lasting(self) -> Sql:
        """The first day on which something must not have ended yet."""

    def end(self, *, instant: bool = False) -> Sql:
        """The day after today."""

    def first(self, window: Window, span: Period | None, *, instant: bool = False) -> Sql | None:
        """The first day that still lies in a window; None where it has no bound."""

    def older(self, span: Period, *, instant: bool = False) -> Sql:
        """The day before which everything is older than the period."""

    def known_on(self) -> Sql:
        """The last recording day that was known."""

    def known_at(self) -> Sql:
        """The last arrival that was known."""


@dataclass(frozen=True, slots=True)
class OneDay:
    """A run as of one day."""

    binding: Binding

    @property
    def keyed(self) -> bool:
        return False

    def today(self) -> Sql:
        return literal(self.binding.as_of)

    def lasting(self) -> Sql:
        return literal(self.binding.as_of)

    def end(self, *, instant: bool = False) -> Sql:
        return self._told(day_after(self.binding.as_of), instant)

    def first(self, window: Window, span: Period | None, *, instant: bool = False) -> Sql | None:
        first, _ = self.binding.window(window, span)
        return None if first == date.min else self._told(first, instant)

    def older(self, span: Period, *, instant: bool = False) -> Sql:
        return self._told(span.window(self.binding.as_of)[0], instant)

    def known_on(self) -> Sql:
        return literal(self.binding.known_on)

    def known_at(self) -> Sql:
        return literal(self.binding.known_at)

    def _told(self, day: date, instant: bool) -> Sql:
        return literal(self.binding.instant(day) if instant else day)


@dataclass(frozen=True, slots=True)
class Span:
    """All days from the first to the last, known at the last: what holds on one, holds here.

    True of positive conditions only; it serves to find who can be left out.
    """

    begins: OneDay
    ends: OneDay

    @property
    def keyed(self) -> bool:
        return False

    def today(self) -> Sql:
        return self.ends.today()

    def lasting(self) -> Sql:
        return self.begins.lasting()

    def end(self, *, instant: bool = False) -> Sql:
        return self.ends.end(instant=instant)

    def first(self, window: Window, span: Period | None, *, instant: bool = False) -> Sql | None:
        return self.begins.first(window, span, instant=instant)

    def older(self, span: Period, *, instant: bool = False) -> Sql:
        return self.ends.older(span, instant=instant)

    def known_on(self) -> Sql:
        return self.ends.known_on()

    def known_at(self) -> Sql:
        return self.ends.known_at()


@dataclass(frozen=True, slots=True)
class AtMoments:
    """Every moment of the table `moments` (as `q`), whose columns `moments.py` fills."""

    @property
    def keyed(self) -> bool:
        return True

    def today(self) -> Sql:
        return col("q", "as_of")

    def lasting(self) -> Sql:
        return col("q", "as_of")

    def end(self, *, instant: bool = False) -> Sql:
        return col("q", "end_at" if instant else "end_on")

    def first(self, window: Window, span: Period | None, *, instant: bool = False) -> Sql | None:
        if window.calendar:
            return col("q", low_name(CALENDAR, instant=instant))
        return None if span is None else self.older(span, instant=instant)

    def older(self, span: Period, *, instant: bool = False) -> Sql:
        return col("q", low_name(str(span), instant=instant))

    def known_on(self) -> Sql:
        return col("q", "known_on")

    def known_at(self) -> Sql:
        return col("q", "known_at")


def low_name(span: str, *, instant: bool) -> str:
    """The column of `moments` that holds the first day (or its first moment) of a period."""
    return f"low_at_{span}" if instant else f"low_{span}"


def moments_of(rows: exp.Select, owner: str) -> exp.Select:
    """Put the moment of an owner (an alias that has a point) beside its rows, as `q`."""
    same = eq(col("q", POINT), col(owner, POINT))
    return rows.join(table(MOMENTS, "q"), on=same, copy=False)
