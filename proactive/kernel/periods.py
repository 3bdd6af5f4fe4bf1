"""ISO 8601 periods over calendar days, and the windows that triggers look back through."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from proactive.kernel.errors import Refused

_PATTERN = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?")


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in whole months and days; months clip at the end of a shorter month."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Return the period of an ISO 8601 text such as P365D, P12M, P1Y or P2W.

        Raises Refused `bad_period` for anything else.
        """
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise Refused(
                "bad_period",
                "'{text}' is not a period.",
                todo="Write it like P365D (days), P12M (months), P2W (weeks) or P1Y (years).",
                text=text[:40],
            )
        years, months, weeks, days = (int(part or 0) for part in match.groups())
        return cls(months=years * 12 + months, days=weeks * 7 + days)

    def __str__(self) -> str:
        parts = (f"{self.months}M" if self.months else "") + (f"{self.days}D" if self.days else "")
        return "P" + (parts or "0D")

    def window(self, as_of: date) -> tuple[date, date]:
        """Return first and last day, both inside, of the window that ends at `as_of`.

        P365D is `as_of` and the 364 days before it; P12M is the day after the same date twelve
        months before, through `as_of`.
        """
        return subtract(as_of, self) + timedelta(days=1), as_of


def add(day: date, period: Period) -> date:
    """Return the day `period` after `day`; 31 January plus a month is the end of February."""
    return _shift_months(day, period.months) + timedelta(days=period.days)


def subtract(day: date, period: Period) -> date:
    """Return the day `period` before `day`; 31 March minus a month is the end of February."""
    return _shift_months(day, -period.months) - timedelta(days=period.days)


def _shift_months(day: date, months: int) -> date:
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))
