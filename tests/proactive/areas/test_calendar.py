"""Working days: official years, provisional years, other countries, days entered by hand."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive.areas.calendar import (
    add_working_days,
    load_calendar_days,
    refresh_calendar,
    subtract_working_days,
    working_days_between,
)
from proactive.bootstrap import Platform
from proactive.bundles.running import Calendar
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor


def test_make_up_weekends_count_as_working_days(platform: Platform, machine: Actor) -> None:
    with platform.work(machine) as work:
        report = refresh_calendar(work, "CN", 2026, 2026)

        assert report.provisional_days == 0
        assert working_days_between(work, date(2026, 10, 9), date(2026, 10, 10)) == 1
        assert working_days_between(work, date(2026, 9, 30), date(2026, 10, 1)) == 0


def test_five_working_days_over_the_new_year_give_a_provisional_date(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        refresh_calendar(work, "CN", 2026, 2027)

        due = add_working_days(work, date(2026, 12, 29), 5)

        assert due.day.year == 2027
        assert due.provisional
        assert due.day == date(2027, 1, 6)
        assert not add_working_days(work, date(2026, 11, 20), 5).provisional


def test_an_empty_calendar_counts_weekdays_provisionally_and_never_fails(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        due = add_working_days(work, date(2031, 5, 30), 400)

        assert due.provisional
        assert due.day == date(2031, 5, 30) + timedelta(weeks=80)


def test_a_refresh_is_repeatable_and_leaves_days_entered_by_hand(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    sheet = tmp_path / "days.csv"
    sheet.write_text("day,working\n2026-11-23,休\n", encoding="utf-8")
    with platform.work(machine) as work:
        refresh_calendar(work, "CN", 2026, 2026)
        load_calendar_days(work, sheet, "CN")
        refresh_calendar(work, "CN", 2026, 2026)

        assert add_working_days(work, date(2026, 11, 20), 1).day == date(2026, 11, 24)


def test_another_country_has_its_own_weekend(platform: Platform, machine: Actor) -> None:
    platform.settings.calendar = "SA"
    with platform.work(machine) as work:
        refresh_calendar(work, "SA", 2026, 2026)

        assert working_days_between(work, date(2026, 11, 21), date(2026, 11, 22)) == 1  # a Sunday
        assert working_days_between(work, date(2026, 11, 19), date(2026, 11, 20)) == 0  # a Friday
        # The clocks of bundles count by the same calendar: Thursday, and then Sunday.
        assert Calendar(work).add(date(2026, 11, 19), 1) == (date(2026, 11, 22), False)


def test_an_unknown_country_and_a_wrong_row_are_refused(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    sheet = tmp_path / "days.csv"
    sheet.write_text("day,working\n2026-02-30,yes\n2026-03-01,perhaps\n", encoding="utf-8")
    with platform.work(machine) as work:
        with pytest.raises(Refused, match="no calendar"):
            refresh_calendar(work, "QQ", 2026, 2026)
        with pytest.raises(Refused, match="lines 2, 3"):
            load_calendar_days(work, sheet, "CN")


@given(start=st.dates(date(2025, 1, 1), date(2029, 12, 31)), n=st.integers(1, 200))
@settings(max_examples=40)
def test_counting_forwards_and_back_meet_on_a_working_day(
    platform: Platform, machine: Actor, start: date, n: int
) -> None:
    with platform.work(machine) as work:
        if add_working_days(work, date(2026, 1, 1), 1).day != date(2026, 1, 4):
            refresh_calendar(work, "CN", 2025, 2028)

        due = add_working_days(work, start, n)

        assert working_days_between(work, start, due.day) == n
        assert working_days_between(work, start, due.day - timedelta(days=1)) == n - 1
        assert subtract_working_days(work, due.day + timedelta(days=1), 1).day == due.day
        assert add_working_days(work, start, n + 1).day > due.day
