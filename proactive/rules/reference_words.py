"""The words of the slow judge: truth in three values, looking back, adding up."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from proactive.kernel.periods import Period

Truth = bool | None


def all3(parts: Sequence[Truth]) -> Truth:
    if False in parts:
        return False
    return None if None in parts else True


def any3(parts: Sequence[Truth]) -> Truth:
    if True in parts:
        return True
    return None if None in parts else False


def not3(part: Truth) -> Truth:
    return None if part is None else not part


def look_back(span: Period, as_of: date) -> date:
    """The first day of a period that ends on `as_of`.

    Months first: the same day so many months before, or the last day of a shorter month. Then
    days. The window begins on the day after that.
    """
    year, month = as_of.year, as_of.month
    for _ in range(span.months):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    day = as_of.day
    while not _is_day(year, month, day):
        day -= 1
    return date(year, month, day) - timedelta(days=span.days) + timedelta(days=1)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def compare(test: str, value: Any, limit: Any, *, exact: bool) -> bool:
    one, two = (Fraction(value), Fraction(limit)) if exact else (float(value), float(limit))
    if test == "at_least":
        return one >= two
    if test == "at_most":
        return one <= two
    return one > two if test == "more_than" else one < two


def add_up(figure: str, values: list[Any]) -> Any:
    if figure in ("sum", "count"):
        return sum(values)
    if figure == "distinct":
        return len(set(values))
    if not values:
        return None
    return max(values) if figure == "max" else min(values)


def latest_first(rows: list[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """Rows by the given fields, the largest first, rows without a value last."""

    def rank(row: dict[str, Any]) -> list[tuple[bool, Any]]:
        values = [row.get(name) for name in names]
        return [(value is not None, value if value is not None else 0) for value in values]

    return sorted(rows, key=rank, reverse=True)
