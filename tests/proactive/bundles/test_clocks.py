"""Clocks: two kinds of days, holidays, stops, and the way that decides the end."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from proactive.bundles.clocks import Clock, Due, Leg, Span, add, critical_path

HOLIDAYS = {date(2026, 10, day) for day in range(1, 8)}
MAKE_UP = {date(2026, 10, 10)}


class Days:
    """Monday to Friday, the National Day week off, the Saturday after it worked."""

    def working(self, day: date) -> bool:
        return day in MAKE_UP or (day.weekday() < 5 and day not in HOLIDAYS)

    def add(self, start: date, days: int) -> tuple[date, bool]:
        while days:
            start += timedelta(days=1)
            days -= self.working(start)
        return start, start.year > 2026

    def count(self, after: date, until: date) -> int:
        span = range(1, (until - after).days + 1)
        return sum(self.working(after + timedelta(days=n)) for n in span)


DAYS = Days()
FIVE_WORKING, SEVEN_CALENDAR = Span(5, working=True), Span(7, working=False)


def test_working_days_jump_over_the_holidays_and_count_the_make_up_saturday() -> None:
    assert add(date(2026, 9, 30), FIVE_WORKING, DAYS) == Due(date(2026, 10, 13))
    assert add(date(2026, 9, 30), SEVEN_CALENDAR, DAYS) == Due(date(2026, 10, 7))


def test_a_stopped_clock_is_not_due_and_goes_on_with_what_was_left() -> None:
    clock = Clock(FIVE_WORKING, None).start(date(2026, 11, 23))
    assert clock.due(DAYS) == Due(date(2026, 11, 30))

    stopped = clock.stop(date(2026, 11, 25), DAYS)
    assert stopped.due(DAYS) is None
    assert stopped.used_days == 2

    again = stopped.start(date(2026, 12, 7))
    assert again.due(DAYS) == Due(date(2026, 12, 10))


def test_a_clock_stopped_after_its_end_is_due_at_once_when_it_goes_on() -> None:
    late = Clock(SEVEN_CALENDAR, date(2026, 11, 1)).stop(date(2026, 11, 20), DAYS)

    assert late.start(date(2026, 11, 25)).due(DAYS) == Due(date(2026, 11, 25))


def test_starting_and_stopping_twice_changes_nothing() -> None:
    clock = Clock(FIVE_WORKING, date(2026, 11, 23))

    assert clock.start(date(2026, 11, 26)) == clock
    stopped = clock.stop(date(2026, 11, 25), DAYS)
    assert stopped.stop(date(2026, 11, 29), DAYS) == stopped


@given(
    st.integers(0, 30),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=5),
)
def test_a_stop_never_takes_time_from_the_office_and_never_gives_it_any(
    days: int, working: bool, stops: list[tuple[int, int]]
) -> None:
    span, today = Span(days, working), date(2026, 9, 14)
    clock, ran = Clock(span, today), 0

    for run, pause in stops:
        stop = today + timedelta(days=run)
        ran += DAYS.count(today, stop) if working else run
        clock = clock.stop(stop, DAYS)
        assert clock.used_days == ran
        today = stop + timedelta(days=pause)
        clock = clock.start(today)

    due = clock.due(DAYS)
    assert due is not None
    left = DAYS.count(today, due.day) if working else (due.day - today).days
    assert left == max(days - ran, 0)


TODAY = date(2026, 11, 23)


def leg(code: str, days: int, *needs: str, **more: object) -> Leg:
    return Leg(code, needs, Span(days, working=False), **more)  # type: ignore[arg-type]


def test_the_critical_path_is_the_chain_that_ends_last() -> None:
    path = critical_path(
        [
            leg("assess", 1),
            leg("certify", 3, "assess"),
            leg("recognise", 4, "assess"),
            leg("place", 2, "recognise"),
        ],
        today=TODAY,
        calendar=DAYS,
    )

    assert path is not None
    assert path.items == ("assess", "recognise", "place")
    assert path.done_on.day == TODAY + timedelta(days=7)
    assert path.expected["certify"].held_up_by == "assess"


def test_a_running_item_is_expected_on_its_due_day_and_a_late_one_today() -> None:
    path = critical_path(
        [leg("a", 9, ends_on=TODAY - timedelta(days=3)), leg("b", 2, "a")],
        today=TODAY,
        calendar=DAYS,
    )

    assert path is not None
    assert path.expected["a"].on.day == TODAY
    assert path.done_on.day == TODAY + timedelta(days=2)


def test_what_waits_for_the_person_is_said_on_the_whole_way_behind_it() -> None:
    path = critical_path(
        [leg("a", 1, stopped=True), leg("b", 1, "a"), leg("c", 9, ended=True)],
        today=TODAY,
        calendar=DAYS,
    )

    assert path is not None
    assert path.depends_on_answer
    assert path.expected["b"].depends_on_answer


def test_there_is_no_way_left_when_everything_has_ended() -> None:
    assert critical_path([leg("a", 1, ended=True)], today=TODAY, calendar=DAYS) is None
