"""Looking back as figures: month ends as they were known, and the first day of everybody."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import text

from proactive.kernel.work import Work
from proactive.rules.moments import Moment
from proactive.rules.replaying import MomentCounts, backtest, replay
from proactive.tuning.coverage import check_covered, whole_from
from proactive.tuning.ground import Ground, end_of
from proactive.tuning.model import month_ends
from proactive.tuning.places import by_town, on_paths

Stopped = Callable[[], bool]
Told = Callable[[int, int], None]

# What scans really found anew; a run that was stopped or overtaken found nothing.
REALLY = """
SELECT as_of, sum(coalesce((counts ->> 'new')::int, 0))::int AS found FROM scan_run
WHERE trigger = :trigger AND state = 'done' AND as_of BETWEEN :first AND :last
GROUP BY as_of ORDER BY as_of
"""


def moments(work: Work, ground: Ground, asked_at: datetime, months: int) -> list[Moment]:
    """Return the month ends to look back to, each with what was known when that day ended."""
    zone = ground.plan.zone
    days = month_ends(asked_at.astimezone(zone).date(), months)
    check_covered(work, ground.plan, days[0])
    return [Moment(day, end_of(day, zone)) for day in days]


def look_at_moments(
    ground: Ground, wanted: Sequence[Moment], stopped: Stopped, told: Told
) -> list[MomentCounts]:
    """Count every moment; no transaction is open here."""
    return backtest(
        ground.plan,
        ground.views,
        moments=wanted,
        areas=ground.areas,
        aliases=ground.aliases,
        stopped=stopped,
        told=told,
    )


def told_moments(work: Work, ground: Ground, found: Sequence[MomentCounts]) -> dict[str, Any]:
    """Return the figures of a back-test as JSON; `whole_from`: earlier ones lack older records."""
    whole = whole_from(work, ground.plan)
    return {
        "moments": [
            {
                "as_of": one.as_of.isoformat(),
                "subjects": one.subjects,
                "new": one.new,
                "hits": one.hits,
                "asked": one.asked,
                "excluded": one.excluded,
                "unknown": dict(one.unknown_counts),
                "towns": by_town(on_paths(one.by_area, ground.areas)),
                "silent": list(one.silent),
            }
            for one in found
        ],
        "assumed": sorted({feed for one in found for feed in one.assumed_feeds}),
        "whole_from": whole.isoformat() if whole and whole > found[0].as_of else "",
        "stale": list(ground.stale),
        "never": list(ground.never),
    }


def check_replay(work: Work, ground: Ground, first: date) -> None:
    """Refuse a span that begins before what finds people had been delivered."""
    check_covered(work, ground.plan, first)


def look_at_days(
    ground: Ground, first: date, last: date, known_at: datetime, stopped: Stopped, told: Told
) -> pa.Table:
    """Find everybody's first day; no transaction is open here."""
    return replay(
        ground.plan,
        ground.views,
        first=first,
        last=last,
        known_at=known_at,
        areas=ground.areas,
        aliases=ground.aliases,
        stopped=stopped,
        told=told,
    )


def told_days(
    work: Work, ground: Ground, found: pa.Table, first: date, last: date
) -> dict[str, Any]:
    """Return the figures of a replay as JSON: how many were new on which day, and in which town.

    `days` and `really` hold only the days on which somebody was found. `standing` of them meet
    the rule on the first day already: they are what a first scan would find at once.
    """
    whole = whole_from(work, ground.plan)
    days = _counts(found["first_day"])
    people = {row["subject_key"]: row["area"] for row in found.to_pylist()}
    asked = {"trigger": ground.plan.trigger, "first": first, "last": last}
    really = {row.as_of: row.found for row in work.db.execute(text(REALLY), asked)}
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "hits": found.num_rows,
        "subjects": len(people),
        "standing": days.get(first, 0),
        "days": _told(days),
        "towns": by_town(on_paths(Counter(people.values()), ground.areas)),
        "really": _told({day: count for day, count in really.items() if count}),
        "scanned": len(really),
        "whole_from": whole.isoformat() if whole and whole > first else "",
        "stale": list(ground.stale),
        "never": list(ground.never),
    }


def _counts(column: pa.ChunkedArray) -> dict[date, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}


def _told(days: Mapping[date, int]) -> list[list[Any]]:
    return [[day.isoformat(), count] for day, count in sorted(days.items())]
