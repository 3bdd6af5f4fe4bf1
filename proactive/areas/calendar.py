"""Working days: the table, where it is filled from, and counting due dates with it.

Years whose official notice is out are firm. Later years, and days the table does not know at
all, count as provisional: the date is right to a day or two and is worked out again later.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
from sqlalchemy import select

from proactive.areas.sheets import read_sheet
from proactive.areas.store import calendar_day, keep_days
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work

CHINA = "CN"  # the one that has make-up working days
SATURDAY = 5
WINDOW = 120  # days read at once; a longer limit reads again
YES, NO = (
    frozenset({"1", "yes", "true", "working", "是", "班"}),
    frozenset({"0", "no", "false", "off", "holiday", "否", "休"}),
)


@dataclass(frozen=True, slots=True)
class DueDate:
    """A day, and whether a day on the way to it was not yet officially known."""

    day: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class CalendarReport:
    """What was kept of a calendar; `provisional_days` lie in years that are not published yet."""

    calendar: str
    first_year: int
    last_year: int
    days: int
    provisional_days: int
    source: str


def add_working_days(work: Work, start: date, n: int) -> DueDate:
    """Return the `n`-th working day after `start`; `start` itself is never counted (n = 0: start).

    By `work.calendar`. Never fails beyond the known years: unknown days count Monday to Friday,
    provisionally.
    """
    return _walk(work, start, n, 1)


def subtract_working_days(work: Work, start: date, n: int) -> DueDate:
    """Return the `n`-th working day before `start`."""
    return _walk(work, start, n, -1)


def working_days_between(work: Work, after: date, until: date) -> int:
    """Return how many working days lie after `after`, up to and including `until`."""
    known = _known_days(work, after, until)
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(known.get(day, (day.weekday() < SATURDAY, True))[0] for day in days)


def _walk(work: Work, start: date, n: int, step: int) -> DueDate:
    if n < 0:
        raise ValueError("count working days forwards with add and backwards with subtract")
    day, provisional, left = start, False, n
    known: dict[date, tuple[bool, bool]] = {}
    edge = start
    while left:
        if day == edge:
            edge = day + timedelta(days=step * WINDOW)
            known = _known_days(work, min(day, edge), max(day, edge))
        day += timedelta(days=step)
        working, unsure = known.get(day, (day.weekday() < SATURDAY, True))
        provisional = provisional or unsure
        left -= working
    return DueDate(day, provisional)


def _known_days(work: Work, first: date, last: date) -> dict[date, tuple[bool, bool]]:
    rows = work.db.execute(
        select(calendar_day.c.day, calendar_day.c.working, calendar_day.c.provisional).where(
            calendar_day.c.calendar == work.calendar, calendar_day.c.day.between(first, last)
        )
    )
    return {row.day: (row.working, row.provisional) for row in rows}


def refresh_calendar(work: Work, calendar: str, first_year: int, last_year: int) -> CalendarReport:
    """Fill the table for these years; days entered by hand stay as they are.

    `CN`: chinesecalendar with its make-up working days, and from the first year it does not know
    `holidays` without them, provisional. Other ISO country codes (or a part, `US-CA`): `holidays`.
    Raises Refused `unknown_calendar`.
    """
    if last_year < first_year:
        raise Refused(
            "bad_years",
            "The years {first} to {last} are none.",
            todo="Name the first year first.",
            first=first_year,
            last=last_year,
        )
    days: list[tuple[date, bool, bool]] = []
    sources: set[str] = set()
    for year in range(first_year, last_year + 1):
        source, found = _year(calendar, year)
        sources.add(source)
        days += found
        keep_days(work.db, calendar, found, source)
    work.audit("refresh_calendar", "calendar", calendar, first=first_year, last=last_year)
    return CalendarReport(
        calendar,
        first_year,
        last_year,
        len(days),
        sum(provisional for _, _, provisional in days),
        ", ".join(sorted(sources)),
    )


def _year(calendar: str, year: int) -> tuple[str, list[tuple[date, bool, bool]]]:
    if calendar == CHINA:
        try:
            days = [(day, chinese_calendar.is_workday(day), False) for day in _days_of(year)]
        except NotImplementedError:
            source, guessed = _from_holidays(calendar, year)
            return source, [(day, working, True) for day, working, _ in guessed]
        return "chinesecalendar", days
    return _from_holidays(calendar, year)


def _from_holidays(calendar: str, year: int) -> tuple[str, list[tuple[date, bool, bool]]]:
    country, _, part = calendar.partition("-")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about names of parts that a country renamed
            known = holidays.country_holidays(country, subdiv=part or None, years=[year])
    except (NotImplementedError, KeyError) as error:
        raise Refused(
            "unknown_calendar",
            "There is no calendar for '{calendar}'.",
            why="It is neither CN nor an ISO country code that the 'holidays' library knows.",
            todo="Use a country code such as KE or US-CA, or load its days from a CSV file.",
            calendar=calendar,
        ) from error
    days = []
    for day in _days_of(year):
        free = day in known
        working = known.is_working_day(day)
        days.append((day, working, free and "estimated" in str(known.get(day)).lower()))
    return "holidays", days


def _days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        if day == date.max:
            return
        day += timedelta(days=1)


def load_calendar_days(work: Work, file: Path | str, calendar: str) -> int:
    """Enter days by hand from a CSV (columns day, working); they win over every refresh.

    Raises Refused `bad_calendar_row` naming every wrong line; nothing is changed then.
    """
    path = Path(file)
    days: dict[date, bool] = {}
    wrong: list[str] = []
    for line, (text, working) in read_sheet(path).records(("day", "working")):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            wrong.append(str(line))
            continue
        if working.casefold() not in YES | NO or day in days:
            wrong.append(str(line))
            continue
        days[day] = working.casefold() in YES
    if wrong:
        raise Refused(
            "bad_calendar_row",
            "Some rows of {file} cannot be used: lines {lines}.",
            why="Each day stands once as YYYY-MM-DD with working yes or no.",
            todo="Correct them and load the file again; nothing was changed.",
            file=path.name,
            lines=", ".join(wrong),
        )
    rows = [(day, working, False) for day, working in sorted(days.items())]
    keep_days(work.db, calendar, rows, "manual")
    work.audit("load_calendar_days", "calendar", calendar, days=len(rows))
    return len(rows)
