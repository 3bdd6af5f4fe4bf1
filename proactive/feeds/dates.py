"""Dates by declared format: nothing is guessed from the look of a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from proactive.feeds.identifiers import plain
from proactive.feeds.reasons import Reason, Warn

EARLIEST_YEAR = 1850
EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
EXCEL_DAYS = (20_000, 80_000)  # 1954-10-03 to 2119-01-10
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_MIDNIGHT = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?$")
_DIRECTIVE = {
    "Y": r"(?P<Y>\d{4})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})",
    "f": r"(?P<f>\d{1,9})",
    "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "b": r"(?P<b>[A-Za-z]{3})",
}


@dataclass(frozen=True, slots=True)
class DateRules:
    """How one column's dates are written; `zone` is that of times without an offset."""

    formats: tuple[str, ...]
    zone: tzinfo
    day_in: tzinfo
    today: date
    future: bool = False
    excel_serial: bool = True
    empty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class When:
    """An instant and the day it belongs to; neither when the cell is empty or refused."""

    at: datetime | None = None
    day: date | None = None
    reason: Reason | None = None
    warning: Warn | None = None


def read_when(text: str, rules: DateRules) -> When:
    """A cell as instant and day by the first declared format that fits."""
    cell = plain(text)
    for form in rules.formats:
        match = pattern_of(form).fullmatch(cell)
        if match:
            parts = match.groupdict()
            return _checked(_moment(parts, rules), rules, timed=bool(parts.get("H")))
    if _MIDNIGHT.search(cell):
        return read_when(_MIDNIGHT.sub("", cell), rules)
    if rules.excel_serial and _SERIAL.fullmatch(cell):
        return _serial(cell, rules)
    return When(reason=Reason.DATE_FORMAT)


@lru_cache(maxsize=256)
def pattern_of(form: str) -> re.Pattern[str]:
    """The pattern of a format; a compact one (`%Y%m%d`) takes exactly two digits per part.

    Raises ValueError for a directive that is not one of Y m d H M S f z b.
    """
    pieces, index, compact = [], 0, re.search(r"%[A-Za-z]%[mdHMS]", form) is not None
    while index < len(form):
        if form[index] != "%":
            pieces.append(re.escape(form[index]))
            index += 1
            continue
        directive = form[index + 1 : index + 2]
        if directive not in _DIRECTIVE:
            raise ValueError(f"%{directive} is not a directive; known: {', '.join(_DIRECTIVE)}")
        part = _DIRECTIVE[directive]
        pieces.append(part.replace(r"\d{1,2}", r"\d{2}") if compact else part)
        index += 2
    pattern = re.compile("".join(pieces))
    if not {"Y", "d"} <= pattern.groupindex.keys() or not {"m", "b"} & pattern.groupindex.keys():
        raise ValueError(f"'{form}' does not name year, month and day")
    return pattern


def _moment(parts: dict[str, str | None], rules: DateRules) -> datetime | None:
    """The instant, or None when there is no such date."""
    word = (parts.get("b") or "").lower()
    month = MONTHS.index(word) + 1 if word in MONTHS else int(parts.get("m") or 0)
    try:
        return datetime(
            int(parts["Y"] or 0),
            month,
            int(parts["d"] or 0),
            int(parts.get("H") or 0),
            int(parts.get("M") or 0),
            int(parts.get("S") or 0),
            int((parts.get("f") or "0").ljust(6, "0")[:6]),
            tzinfo=_offset(parts.get("z")) or rules.zone,
        )
    except ValueError:
        return None


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _checked(
    moment: datetime | None, rules: DateRules, *, timed: bool = False, warning: Warn | None = None
) -> When:
    """A bare date is that day everywhere; an instant belongs to the day of `day_in`."""
    if moment is None:
        return When(reason=Reason.DATE_IMPOSSIBLE)
    if moment.replace(tzinfo=None).date().isoformat() in rules.empty:
        return When()
    if moment.year < EARLIEST_YEAR or moment.year > 9000:
        return When(
            reason=Reason.DATE_TOO_EARLY if moment.year < EARLIEST_YEAR else Reason.DATE_FUTURE
        )
    day = moment.astimezone(rules.day_in).date() if timed else moment.replace(tzinfo=None).date()
    if day > rules.today and not rules.future:
        return When(reason=Reason.DATE_FUTURE)
    return When(at=moment.astimezone(UTC), day=day, warning=warning)


def _serial(cell: str, rules: DateRules) -> When:
    days = float(cell)
    if not EXCEL_DAYS[0] <= days <= EXCEL_DAYS[1]:
        return When(reason=Reason.DATE_FORMAT)
    seconds = round((days % 1) * 86_400)
    naive = EXCEL_EPOCH.replace(tzinfo=None) + timedelta(days=int(days), seconds=seconds)
    return _checked(naive.replace(tzinfo=rules.zone), rules, warning=Warn.EXCEL_SERIAL)
