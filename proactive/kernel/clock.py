"""The only place that asks the machine what time it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """Return business time, aware and in UTC."""


class SystemClock:
    """Business time is the machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """Business time stands still until it is moved; for tests and the told story."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        self._now = moment.astimezone(UTC)

    def advance(self, step: timedelta) -> None:
        self._now += step


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of `moment` in `zone`."""
    return moment.astimezone(zone).date()
