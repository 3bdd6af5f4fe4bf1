"""When a message may go out: never between nine in the evening and eight in the morning."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times; quiet from `begin` (included) until `end` (not included)."""

    begin: time = time(21)
    end: time = time(8)

    def covers(self, moment: datetime, zone: ZoneInfo) -> bool:
        clock = moment.astimezone(zone).time()
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    def earliest(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return `moment` itself when messages may go out then, else the end of the quiet hours."""
        if not self.covers(moment, zone):
            return moment
        local = moment.astimezone(zone)
        day = local.date() if local.time() < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, tzinfo=zone).astimezone(UTC)

    def tomorrow(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the first minute of the next day on which messages may go out."""
        day = moment.astimezone(zone).date() + timedelta(days=1)
        return self.earliest(datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC), zone)
