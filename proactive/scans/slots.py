"""When a trigger's schedule last came due: five cron fields in the trigger's own time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LOW_HIGH = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
LONGEST_LOOK_BACK = 366 * 4


def last_slot(cron: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the latest moment at or before `now` that `cron` names in `zone`; UTC.

    A local time that a clock change skips is moved forward to the first one that exists; one that
    happens twice counts once, at its first. None where no day in four years fits (30 February).
    """
    minutes, hours, days, months, weekdays = _fields(cron)
    local_now = now.astimezone(zone)
    every_day, every_weekday = cron.split()[2] == "*", cron.split()[4] == "*"
    for back in range(LONGEST_LOOK_BACK):
        day = local_now.date() - timedelta(days=back)
        fits_day, fits_weekday = day.day in days, day.isoweekday() % 7 in weekdays
        # As cron has it: with both given, either will do.
        both = every_day or every_weekday
        if day.month not in months or not (
            (fits_day and fits_weekday) if both else (fits_day or fits_weekday)
        ):
            continue
        for hour in sorted(hours, reverse=True):
            for minute in sorted(minutes, reverse=True):
                moment = _moment(day, hour, minute, zone)
                if moment <= now:
                    return moment
    return None


def _moment(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    local = datetime.combine(day, time(hour, minute), tzinfo=zone)
    return local.astimezone(UTC)


def _fields(cron: str) -> tuple[set[int], ...]:
    parts = cron.split()
    found = [_values(part, *span) for part, span in zip(parts, _LOW_HIGH, strict=True)]
    found[4] = {value % 7 for value in found[4]}
    return tuple(found)


def _values(part: str, low: int, high: int) -> set[int]:
    values: set[int] = set()
    for one in part.split(","):
        span, _, step = one.partition("/")
        if span == "*":
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first = int(start)
            last = int(end or (high if step else start))
        values.update(range(first, last + 1, int(step or 1)))
    return values
