"""Stuck cases: which open cases do not move, why, and since when; for the desks above.

A case is named once, with the reason that somebody above can help with first. Row policies decide
which cases a reader counts; whoever counts them can open the list behind the count.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from proactive.areas.calendar import subtract_working_days, working_days_between
from proactive.bundles.versions import pinned_definition
from proactive.cases.service import add_note, get_case
from proactive.kernel.clock import local_date
from proactive.kernel.errors import Refused
from proactive.kernel.states import DESKS
from proactive.kernel.work import Work
from proactive.routing.board import read_posts

PATIENCE = 2  # working days that something may lie with the town, or untold, before it is stuck
OFFICE_PATIENCE = 3  # working days that an item may lie with an office untouched
MOST_TRIES = 2
REMINDED = "reminded_by_desk"


class Why(StrEnum):
    """Why a case does not move; in this order one reason is named."""

    NO_PLACE = "no_place"
    NO_POST = "no_post"
    NOBODY_THERE = "nobody_there"
    GATE = "gate"
    REFUSED = "refused"
    OFFICE = "office"
    UNDELIVERED = "undelivered"
    NO_ANSWER = "no_answer"
    VISIT = "visit"
    NO_ROOM = "no_room"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Stuck:
    """One case that does not move. `case` is its row; `since` the day from which it stands still.

    `item`, `office`, `office_phone` are set where an item holds it up, `tries` where nobody
    answered, `reminded_at` where a desk has reminded its post since.
    """

    case: Row[Any]
    why: Why
    since: date
    working_days: int = 0
    item: str = ""
    office: str = ""
    office_phone: str = ""
    tries: int = 0
    reminded_at: datetime | None = None


_OPEN = """
SELECT c.* FROM "case" AS c
WHERE c.state <> 'closed' AND (c.snoozed_until IS NULL OR c.snoozed_until <= :today)
"""
_GIVEN = """coalesce((SELECT max(a.at) FROM assignment AS a
  WHERE a.case_id = o.id AND a.post_id = o.owner_post_id), o.raised_at)"""
# Each reason: its rank in `Why`, the day it began, and which item says so.
_STUCK = f"""
WITH o AS MATERIALIZED ({_OPEN}),
here AS (
  SELECT i.*, e.at AS moved_at FROM item AS i JOIN o ON o.id = i.case_id
  CROSS JOIN LATERAL (SELECT max(at) AS at FROM item_event WHERE item_id = i.id) AS e
  WHERE i.state IN ('ready', 'submitted', 'accepted', 'accepted_lenient', 'blocked', 'granted')
), found AS (
  SELECT o.id, 'no_place' AS why, o.raised_at AS since, NULL::uuid AS item_id, 1 AS rank
  FROM o WHERE o.next_step = 'place_this_person'
UNION ALL
  SELECT o.id, 'no_post', o.raised_at, NULL, 2 FROM o
  WHERE (o.state = 'raised' OR (o.state IN ('assigned', 'unreachable') AND o.due_on < :today))
    AND NOT EXISTS (SELECT FROM post AS p
    WHERE p.active AND p.kind IN ('coordinator', 'enterprise_desk')
      AND (p.kind = 'enterprise_desk') = (o.kind = 'organisation'
        OR coalesce(o.route, '') = 'enterprise_service')
      AND p.area_code IN (o.area_1, o.area_2, o.area_3, o.area_4, o.area_5))
UNION ALL
  SELECT o.id, 'nobody_there', {_GIVEN}, NULL, 3 FROM o
  WHERE o.state IN ('assigned', 'unreachable') AND o.owner_post_id = ANY(:empty)
UNION ALL
  SELECT o.id, 'gate', e.at, NULL, 4 FROM o CROSS JOIN LATERAL (SELECT max(at) AS at
    FROM case_event WHERE case_id = o.id AND action = 'confirm') AS e
  WHERE o.state = 'confirmed' AND (o.due_on < :today OR e.at < :patience)
UNION ALL
  SELECT i.case_id, 'refused', i.moved_at, i.id, 5 FROM here AS i
  WHERE i.state = 'blocked'
UNION ALL
  SELECT i.case_id, 'office', i.moved_at, i.id, 6 FROM here AS i
  WHERE i.state <> 'blocked' AND (i.due_on < :today
    OR (i.state IN ('ready', 'submitted') AND i.moved_at < :office_patience))
UNION ALL
  SELECT o.id, 'undelivered', t.since, NULL, 7 FROM o
  JOIN needs_telling AS t ON t.case_id = o.id AND t.told_at IS NULL
  WHERE coalesce(t.due_on < :today, t.since < :patience)
UNION ALL
  SELECT o.id, 'no_answer', v.last, NULL, 8 FROM o CROSS JOIN LATERAL (SELECT count(*) AS n,
    max(told_at) AS last FROM visit WHERE case_id = o.id AND taken AND outcome = 'unreachable') AS v
  WHERE o.state = 'unreachable' AND v.last IS NOT NULL AND (v.n >= :tries OR o.due_on < :today)
UNION ALL
  SELECT o.id, 'visit', o.due_on::timestamp AT TIME ZONE :zone, NULL, 9 FROM o
  WHERE o.state = 'assigned' AND o.due_on < :today
UNION ALL
  SELECT o.id, 'no_room', o.raised_at, NULL, 10 FROM o
  WHERE o.state = 'raised' AND o.next_step = 'route' AND o.due_on < :today
UNION ALL
  SELECT o.id, 'late', o.due_on::timestamp AT TIME ZONE :zone, NULL, 11 FROM o
  WHERE o.due_on < :today
), named AS (
  SELECT DISTINCT ON (id) * FROM found ORDER BY id, rank, since, item_id
)
SELECT o.*, n.why, coalesce(n.since, o.raised_at) AS stuck_since, n.item_id, i.code AS item_code,
  b.bundle_version_id, f.name AS office_name, f.phone AS office_phone,
  (SELECT count(*) FROM visit AS v WHERE v.case_id = o.id AND v.taken
    AND v.outcome = 'unreachable') AS tries,
  (SELECT max(at) FROM case_event AS e WHERE e.case_id = o.id AND e.action = 'note'
    AND e.reason = '{REMINDED}' AND e.at >= n.since
    AND e.detail ->> 'post' = o.owner_post_id::text) AS reminded_at
FROM named AS n JOIN o ON o.id = n.id
LEFT JOIN item AS i ON i.id = n.item_id LEFT JOIN bundle AS b ON b.id = i.bundle_id
LEFT JOIN item AS r ON n.why = 'refused' AND r.id = (SELECT x.id FROM item AS x
  WHERE x.bundle_id = i.bundle_id AND x.state IN ('refused', 'returned', 'withdrawn', 'cancelled')
  ORDER BY x.state <> 'refused', x.position LIMIT 1)
LEFT JOIN office AS f ON f.id = coalesce(r.office_id, i.office_id)
ORDER BY stuck_since, o.due_on, o.id
"""


def stuck_rows(work: Work) -> Sequence[Row[Any]]:
    """Return the stuck cases the reader may see, those that stand longest first."""
    empty = [each.id for each in read_posts(work.db, work.today) if not each.staffed]
    values = {
        "today": work.today,
        "empty": empty,
        "patience": subtract_working_days(work, work.today, PATIENCE).day,
        "office_patience": subtract_working_days(work, work.today, OFFICE_PATIENCE).day,
        "tries": MOST_TRIES,
        "zone": work.zone.key,
    }
    return work.db.execute(text(_STUCK), values).all()


def count_reasons(rows: Sequence[Row[Any]]) -> dict[Why, int]:
    """Return how many cases are stuck for each reason, in the order of `Why`."""
    counts = Counter(row.why for row in rows)
    return {why: counts[why] for why in Why if counts[why]}


def describe(work: Work, rows: Sequence[Row[Any]], language: str) -> list[Stuck]:
    """Return rows of `stuck_rows` with what a page says of them; meant for one page of them."""
    titles: dict[UUID, Any] = {}
    for version in {row.bundle_version_id for row in rows} - {None}:
        titles[version] = pinned_definition(work.db, version)
    return [_described(work, row, titles, language) for row in rows]


def _described(work: Work, row: Row[Any], titles: dict[UUID, Any], language: str) -> Stuck:
    since = local_date(row.stuck_since, work.zone)
    title = ""
    if row.item_code:
        title = titles[row.bundle_version_id].item(row.item_code).title.in_language(language)
    return Stuck(
        row,
        Why(row.why),
        since,
        working_days_between(work, since, work.today),
        title,
        row.office_name or "",
        row.office_phone or "",
        row.tries,
        row.reminded_at,
    )


def remind(work: Work, case_id: UUID) -> Row[Any]:
    """Remind the post of a case: a note in its history, which its holder finds on the sheet.

    The case, its clock and its version stay as they are. Raises Refused `not_found`, `not_yours`
    or, the second time on one day, `reminded_today`.
    """
    if work.actor.role not in DESKS:
        raise Refused(
            "not_yours", "Only the town or the county reminds a post.", todo="Leave a note instead."
        )
    row = get_case(work, case_id)
    last = work.db.execute(
        text(
            "SELECT max(at) FROM case_event WHERE case_id = :id AND action = 'note'"
            " AND reason = :reason AND detail ->> 'post' = :post"
        ),
        {"id": case_id, "reason": REMINDED, "post": str(row.owner_post_id)},
    ).scalar()
    if last is not None and local_date(last, work.zone) == work.today:
        raise Refused(
            "reminded_today",
            "This post was reminded of the case today.",
            todo="Call its holder, or give the case to somebody else.",
        )
    return add_note(work, case_id, REMINDED, post=str(row.owner_post_id))
