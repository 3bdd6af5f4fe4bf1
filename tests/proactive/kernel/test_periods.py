"""Windows and periods: the definitions every trigger leans on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.kernel.errors import Refused
from proactive.kernel.periods import Period, add, subtract

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def test_365_days_are_the_day_itself_and_the_364_before() -> None:
    assert Period.parse("P365D").window(date(2026, 11, 21)) == (
        date(2025, 11, 22),
        date(2026, 11, 21),
    )


def test_twelve_months_begin_the_day_after_the_same_date_a_year_before() -> None:
    assert Period.parse("P12M").window(date(2026, 11, 21)) == (
        date(2025, 11, 22),
        date(2026, 11, 21),
    )
    assert Period.parse("P12M").window(date(2024, 2, 29)) == (date(2023, 3, 1), date(2024, 2, 29))


def test_month_ends_clip() -> None:
    assert subtract(date(2026, 3, 31), Period.parse("P1M")) == date(2026, 2, 28)
    assert add(date(2026, 1, 31), Period.parse("P1M")) == date(2026, 2, 28)


@pytest.mark.parametrize("text", ["", "P", "12M", "P-3D", "P1.5D", "PT5H", "P3D ", "P999999D"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="not a period"):
        Period.parse(text)


@given(days, st.integers(1, 4000))
def test_a_window_of_n_days_has_n_days(as_of: date, count: int) -> None:
    first, last = Period(days=count).window(as_of)

    assert last == as_of
    assert (last - first) == timedelta(days=count - 1)


@given(days, st.integers(1, 120))
def test_a_longer_window_holds_the_shorter(as_of: date, months: int) -> None:
    assert Period(months=months + 1).window(as_of)[0] <= Period(months=months).window(as_of)[0]
