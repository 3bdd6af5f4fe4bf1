"""Quiet hours are local, and a deferred message goes out the next morning."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.notices.quiet import QuietHours

SHANGHAI, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")
QUIET = QuietHours()


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("local", "goes_out"),
    [
        ("2026-11-21T20:59:59", "2026-11-21T20:59:59"),
        ("2026-11-21T21:00:00", "2026-11-22T08:00:00"),
        ("2026-11-21T23:30:00", "2026-11-22T08:00:00"),
        ("2026-11-22T00:30:00", "2026-11-22T08:00:00"),
        ("2026-11-22T07:59:59", "2026-11-22T08:00:00"),
        ("2026-11-22T08:00:00", "2026-11-22T08:00:00"),
        ("2026-12-31T22:00:00", "2027-01-01T08:00:00"),
    ],
)
def test_the_edges_of_the_night(local: str, goes_out: str) -> None:
    assert QUIET.earliest(at(local), SHANGHAI) == at(goes_out)


def test_a_changed_clock_keeps_the_local_hour() -> None:
    spring, autumn = at("2027-03-27T23:00", LONDON), at("2026-10-24T23:00", LONDON)

    assert QUIET.earliest(spring, LONDON) == at("2027-03-28T08:00", LONDON)
    assert QUIET.earliest(autumn, LONDON) == at("2026-10-25T08:00", LONDON)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.sampled_from([SHANGHAI, LONDON])
)
def test_it_never_goes_out_in_the_night_nor_waits_longer_than_one(
    moment: datetime, zone: ZoneInfo
) -> None:
    now = moment.replace(tzinfo=UTC)

    out = QUIET.earliest(now, zone)

    assert not QUIET.covers(out, zone)
    assert now <= out <= now + timedelta(hours=12)
    assert QUIET.earliest(out, zone) == out


def test_hours_within_one_day_work_too() -> None:
    noon = QuietHours(time(12), time(14))

    assert noon.earliest(at("2026-11-21T13:00"), SHANGHAI) == at("2026-11-21T14:00")
    assert noon.earliest(at("2026-11-21T14:00"), SHANGHAI) == at("2026-11-21T14:00")


def test_tomorrow_is_the_next_local_morning() -> None:
    assert QUIET.tomorrow(at("2026-11-21T00:30"), SHANGHAI) == at("2026-11-22T08:00")
    assert QUIET.tomorrow(at("2026-11-21T23:30"), SHANGHAI) == at("2026-11-22T08:00")
