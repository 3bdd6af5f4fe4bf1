"""From signal to help: how many cases came how far, in how many days, and which cases these are.

Counts and lists come from one statement, so a number is always as long as the list behind it. Row
policies decide which cases a reader counts. Signals are the hits that cases stand on; hits that a
cool-down held back raised nothing and are not here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, text

from proactive.kernel.work import Work


class Stage(StrEnum):
    """How far a case came, in order; OPEN and LATE are how it stands today."""

    SIGNALS = "signals"
    CASES = "cases"
    VISITED = "visited"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    OFFERED = "offered"
    GRANTED = "granted"
    DELIVERED = "delivered"
    OPEN = "open"
    LATE = "late"


WAY = tuple(stage for stage in Stage if stage not in (Stage.OPEN, Stage.LATE))
REACHED = WAY[2:]  # stages that a case comes to at an instant of its own


class By(StrEnum):
    """What the cases are counted by."""

    TOWN = "town"
    PLACE = "place"
    NEED = "need"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: raised from the month of `first` to that of `last`, of one need, of one place.

    `area` is an area on the path, `town` and `place` are keys of `By`; '' and None leave it open.
    """

    first: date | None = None
    last: date | None = None
    need: str = ""
    area: str = ""
    town: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what it is counted by, and per stage the count and the median days since raising."""

    key: str
    counts: Mapping[Stage, int]
    days: Mapping[Stage, float | None]


_PLACE = "coalesce(nullif(c.area_5, ''), nullif(c.area_4, ''), nullif(c.area_3, ''), c.area_2)"
_TOWN = "coalesce(nullif(c.area_4, ''), nullif(c.area_3, ''), c.area_2)"
_REACHED = f"""
WITH reached AS (
  SELECT c.id, c.raised_at, c.need, {_TOWN} AS town, {_PLACE} AS place,
    to_char(c.raised_at AT TIME ZONE :zone, 'YYYY-MM') AS month,
    (SELECT count(*) FROM case_hit AS h WHERE h.case_id = c.id) AS signals,
    (SELECT min(v.told_at) FROM visit AS v WHERE v.case_id = c.id AND v.taken
      AND v.taken_back_at IS NULL AND v.outcome IN ('confirmed', 'no_need')) AS visited,
    (SELECT min(at) FROM case_event AS e WHERE e.case_id = c.id AND e.action = 'confirm')
      AS confirmed,
    (SELECT min(at) FROM case_event AS e WHERE e.case_id = c.id
      AND e.action IN ('approve', 'prepare')) AS approved,
    (SELECT min(at) FROM case_event AS e WHERE e.case_id = c.id
      AND e.action IN ('offer', 'begin')) AS offered,
    (SELECT min(at) FROM item_event AS e WHERE e.case_id = c.id AND e.action = 'grant') AS granted,
    (SELECT min(at) FROM item_event AS e WHERE e.case_id = c.id AND e.action = 'deliver')
      AS delivered,
    CASE WHEN c.state <> 'closed' THEN c.raised_at END AS open,
    CASE WHEN c.state <> 'closed' AND c.due_on < :today
      AND (c.snoozed_until IS NULL OR c.snoozed_until <= :today) THEN c.raised_at END AS late
  FROM "case" AS c
  WHERE (CAST(:first AS date) IS NULL
      OR c.raised_at >= CAST(:first AS timestamp) AT TIME ZONE :zone)
    AND (CAST(:last AS date) IS NULL
      OR c.raised_at < (CAST(:last AS timestamp) + interval '1 month') AT TIME ZONE :zone)
    AND (:need = '' OR c.need = :need)
    AND (:area = '' OR :area IN (c.area_1, c.area_2, c.area_3, c.area_4, c.area_5))
    AND (:town = '' OR {_TOWN} = :town) AND (:place = '' OR {_PLACE} = :place)
)
"""
_MEDIAN = "percentile_cont(0.5) WITHIN GROUP (ORDER BY {days}) FILTER (WHERE {stage} IS NOT NULL)"


def funnel(work: Work, wanted: Wanted, by: By) -> tuple[Line, list[Line]]:
    """Return the row of all, then the rows by `by` in the order of their keys."""
    columns = ["count(*) AS cases", "coalesce(sum(signals), 0)::bigint AS signals"]
    for stage in REACHED:
        days = f"extract(epoch FROM greatest({stage} - raised_at, interval '0')) / 86400"
        columns += [
            f"count({stage}) AS {stage}",
            f"{_MEDIAN.format(days=days, stage=stage)} AS {stage}_days",
        ]
    statement = (
        f"{_REACHED} SELECT {by} AS key, {', '.join(columns)} FROM reached"
        f" GROUP BY GROUPING SETS ((), ({by})) ORDER BY grouping({by}) DESC, {by}"
    )
    rows = work.db.execute(text(statement), _values(work, wanted)).all()
    lines = [_line(row) for row in rows]
    return lines[0], lines[1:]


def _line(row: Row[Any]) -> Line:
    counts: dict[Stage, int] = {stage: int(getattr(row, stage)) for stage in WAY}
    days: dict[Stage, float | None] = {stage: getattr(row, f"{stage}_days") for stage in REACHED}
    return Line(row.key or "", counts, days)


def cases_at(
    work: Work, wanted: Wanted, stage: Stage, *, limit: int, offset: int = 0
) -> tuple[int, Sequence[Row[Any]]]:
    """Return how many cases came to a stage, and a page of them with `reached_at`, newest first."""
    came = "c.raised_at" if stage in (Stage.SIGNALS, Stage.CASES) else f"r.{stage}"
    statement = (
        f"{_REACHED} SELECT c.*, {came} AS reached_at, r.signals, count(*) OVER () AS found"
        f' FROM reached AS r JOIN "case" AS c ON c.id = r.id WHERE {came} IS NOT NULL'
        " ORDER BY reached_at DESC, c.id LIMIT :limit OFFSET :offset"
    )
    values = {**_values(work, wanted), "limit": limit, "offset": offset}
    rows = work.db.execute(text(statement), values).all()
    return (rows[0].found if rows else 0), rows


def count_places(work: Work) -> Sequence[Row[Any]]:
    """Return per innermost place (with its town) the open cases and how many are overdue."""
    statement = (
        f"{_REACHED} SELECT town, place, count(open) AS open, count(late) AS late"
        " FROM reached WHERE open IS NOT NULL GROUP BY town, place ORDER BY town, place"
    )
    return work.db.execute(text(statement), _values(work, Wanted())).all()


def _values(work: Work, wanted: Wanted) -> dict[str, Any]:
    return {
        "today": work.today,
        "zone": work.zone.key,
        "first": wanted.first,
        "last": wanted.last,
        "need": wanted.need,
        "area": wanted.area,
        "town": wanted.town,
        "place": wanted.place,
    }
