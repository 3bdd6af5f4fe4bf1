"""When a schedule last came due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.scans.slots import last_slot

SHANGHAI, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("cron", "now", "expected"),
    [
        ("30 5 * * *", "2026-11-21T05:30", "2026-11-21T05:30"),
        ("30 5 * * *", "2026-11-21T05:29", "2026-11-20T05:30"),
        ("0 6 * * 1", "2026-11-21T12:00", "2026-11-16T06:00"),
        ("0 6 * * 7", "2026-11-21T12:00", "2026-11-15T06:00"),
        ("*/15 8-9 1,15 * *", "2026-11-21T12:00", "2026-11-15T09:45"),
        ("0 0 29 2 *", "2026-11-21T12:00", "2024-02-29T00:00"),
    ],
)
def test_the_latest_due_moment_in_the_triggers_zone(cron: str, now: str, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)

    slot = last_slot(cron, SHANGHAI, moment)

    assert slot == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)


def test_a_day_that_never_comes_has_no_slot() -> None:
    assert last_slot("0 0 30 2 *", SHANGHAI, datetime(2026, 1, 1, tzinfo=UTC)) is None


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))
def test_a_daily_slot_is_never_more_than_a_day_and_an_hour_ago(now: datetime) -> None:
    slot = last_slot("30 1 * * *", LONDON, now)

    assert slot is not None
    assert timedelta(0) <= now - slot <= timedelta(days=1, hours=1)
