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
from uuid import UUID

from sqlalchemy import Row, text

from proactive.kernel.work import Work
from proactive.routing.moving import monday


class Stage(StrEnum):
    """How far a case came, in order; OPEN and LATE are how it stands today.

    GIVEN: what posts were given this week, by which their load is counted.
    """

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
    GIVEN = "given"


WAY = tuple(stage for stage in Stage if stage not in (Stage.OPEN, Stage.LATE, Stage.GIVEN))
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

    `area` is an area on the path, `town` and `place` are keys of `By`, `post` has the case, or
    for GIVEN was given it; '' and None leave it open.
    """

    first: date | None = None
    last: date | None = None
    need: str = ""
    area: str = ""
    town: str = ""
    place: str = ""
    post: UUID | None = None


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
    coalesce(h.signals, 0) AS signals, v.visited, e.confirmed, e.approved, e.offered,
    i.granted, i.delivered, a.given,
    CASE WHEN c.state <> 'closed' THEN c.raised_at END AS open,
    CASE WHEN c.state <> 'closed' AND c.due_on < :today
      AND (c.snoozed_until IS NULL OR c.snoozed_until <= :today) THEN c.raised_at END AS late
  FROM "case" AS c
  LEFT JOIN (SELECT case_id, count(*) AS signals FROM case_hit GROUP BY case_id) AS h
    ON h.case_id = c.id
  LEFT JOIN (SELECT case_id, min(told_at) AS visited FROM visit WHERE taken
      AND taken_back_at IS NULL AND outcome IN ('confirmed', 'no_need') GROUP BY case_id) AS v
    ON v.case_id = c.id
  LEFT JOIN (SELECT case_id, min(at) FILTER (WHERE action = 'confirm') AS confirmed,
      min(at) FILTER (WHERE action IN ('approve', 'prepare')) AS approved,
      min(at) FILTER (WHERE action IN ('offer', 'begin')) AS offered FROM case_event
      WHERE action IN ('confirm', 'approve', 'prepare', 'offer', 'begin') GROUP BY case_id) AS e
    ON e.case_id = c.id
  LEFT JOIN (SELECT case_id, min(at) FILTER (WHERE action = 'grant') AS granted,
      min(at) FILTER (WHERE action = 'deliver') AS delivered FROM item_event
      WHERE action IN ('grant', 'deliver') GROUP BY case_id) AS i
    ON i.case_id = c.id
  LEFT JOIN (SELECT case_id, max(at) AS given FROM assignment WHERE week = :week
      AND (CAST(:post AS uuid) IS NULL OR post_id = :post) GROUP BY case_id) AS a
    ON a.case_id = c.id
  WHERE (CAST(:first AS date) IS NULL
      OR c.raised_at >= CAST(:first AS timestamp) AT TIME ZONE :zone)
    AND (CAST(:last AS date) IS NULL
      OR c.raised_at < (CAST(:last AS timestamp) + interval '1 month') AT TIME ZONE :zone)
    AND (:need = '' OR c.need = :need)
    AND (:area = '' OR :area IN (c.area_1, c.area_2, c.area_3, c.area_4, c.area_5))
    AND (CAST(:owner AS uuid) IS NULL OR c.owner_post_id = :owner)
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
    """Return how many cases came to a stage, and a page of them with `reached_at`, newest first.

    What is late comes in the order of its due dates.
    """
    came = "c.raised_at" if stage in (Stage.SIGNALS, Stage.CASES) else f"r.{stage}"
    statement = (
        f"{_REACHED} SELECT c.*, {came} AS reached_at, r.signals, count(*) OVER () AS found"
        f' FROM reached AS r JOIN "case" AS c ON c.id = r.id WHERE {came} IS NOT NULL'
        f" ORDER BY {'c.due_on' if stage is Stage.LATE else 'reached_at DESC'}, c.id"
        " LIMIT :limit OFFSET :offset"
    )
    values = {**_values(work, wanted), "limit": limit, "offset": offset}
    if stage is Stage.GIVEN:
        values["owner"] = None
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
        "post": wanted.post,
        "owner": wanted.post,
        "week": monday(work.today),
    }
