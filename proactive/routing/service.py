"""Routing: raised cases to their posts, and from hand to hand without ever being nobody's."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from proactive.areas.calendar import DueDate, add_working_days
from proactive.areas.store import path_in
from proactive.cases.model import CaseState, NextStep, next_step
from proactive.kernel.work import Work
from proactive.routing.board import read_posts
from proactive.routing.following import follow_places
from proactive.routing.model import RANK, Decision, Fate, Post, Waiting, desk_above, route_cases
from proactive.routing.moving import Move, monday, move_cases
from proactive.routing.places import restamp

PLACE_WORKING_DAYS = 2
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7203002)")


@dataclass(frozen=True, slots=True)
class Routed:
    """What one pass did.

    `forced` were given over capacity, `waiting` wait for room, `lifted` moved with their person or
    up from a closed post.
    """

    assigned: int = 0
    forced: int = 0
    waiting: int = 0
    to_place: int = 0
    lifted: int = 0


def route_raised(work: Work) -> Routed:
    """Give every raised case to the post it belongs to; a second call changes nothing.

    The post covering the place, else the level above: nobody there today (holder absent and no
    stand-in), a relative, no post. Within an area the least open load; a household stays with one
    post. A post's weekly capacity keeps the rest waiting with the desk above, by due date, until
    there is room or until their latest date lies in this week; the trigger's `order_by` value
    only breaks ties among equal due dates. Organisations and rules routed to
    `enterprise_service` go to the enterprise desk. A place that is not known is asked for at the
    desk above within two working days; cases follow a person whose place has changed since.
    """
    work.db.execute(_ONE_AT_A_TIME)
    posts = read_posts(work.db, work.today)
    lifted = _lift_orphans(work, posts) + follow_places(work, posts)
    rows = _raised(work)
    if not rows:
        return Routed(lifted=lifted)
    cases = [waiting_case(row) for row in rows]
    homes = _homes(work, cases)
    decisions = route_cases(cases, posts, work.today, homes)
    by_id = {row.id: row for row in rows}
    ask_by = add_working_days(work, work.today, PLACE_WORKING_DAYS)
    _stamp_unplaced(work, by_id, decisions, posts)
    moves = [move for each in decisions if (move := _move_of(each, by_id[each.case_id], ask_by))]
    move_cases(work, moves)
    done = Routed(
        sum(each.fate is Fate.ASSIGN for each in decisions),
        sum(each.forced for each in decisions),
        sum(each.fate is Fate.WAIT for each in decisions),
        sum(each.fate is Fate.PLACE for each in decisions),
        lifted,
    )
    if done.waiting:
        work.step("route_raised", "next_week", due_at=_next_week(work))
    return done


def _next_week(work: Work) -> datetime:
    """Return the instant at which every post has room again: Monday, in the configured zone."""
    day = monday(work.today) + timedelta(days=7)
    return datetime.combine(day, time.min, tzinfo=work.zone).astimezone(UTC)


# Locked, so that a case handed over by a person at this moment is not also routed.
_RAISED = text(
    """
SELECT c.*, NOT EXISTS (SELECT FROM area AS a WHERE a.valid_to IS NULL AND a.parent <> ''
    AND a.parent = coalesce(nullif(c.area_5, ''), nullif(c.area_4, ''), nullif(c.area_3, ''),
      nullif(c.area_2, ''), c.area_1)) AS placed
FROM "case" AS c WHERE c.state = 'raised' AND c.next_step = 'route' ORDER BY c.id FOR UPDATE OF c
"""
)


def _raised(work: Work) -> Sequence[Row[Any]]:
    return work.db.execute(_RAISED).all()


def waiting_case(row: Row[Any]) -> Waiting:
    """Return a case row (with `placed`) as routing decides about it."""
    return Waiting(
        row.id,
        row.subject_key,
        row.due_on,
        path_in(row),
        row.owner_post_id,
        row.household_key,
        row.latest_on,
        row.order_value,
        row.route or "",
        row.kind == "organisation",
        row.placed,
    )


def _homes(work: Work, cases: Iterable[Waiting]) -> dict[int, UUID]:
    """Return household → the post that already has an open case of it."""
    keys = sorted({case.household_key for case in cases if case.household_key is not None})
    rows = work.db.execute(
        text(
            """
SELECT DISTINCT ON (c.household_key) c.household_key, c.owner_post_id
FROM "case" AS c JOIN post AS p ON p.id = c.owner_post_id AND p.kind = 'coordinator'
WHERE c.household_key = ANY(:keys) AND c.state NOT IN ('closed', 'raised')
ORDER BY c.household_key, c.raised_at, c.id
"""
        ),
        {"keys": keys},
    )
    return {row.household_key: row.owner_post_id for row in rows}


def _stamp_unplaced(
    work: Work, rows: dict[UUID, Row[Any]], decisions: Iterable[Decision], posts: Sequence[Post]
) -> None:
    """Let the desk that must place a person see the rows: they get the desk's own path."""
    paths = {
        row.id: path_in(row)
        for row in work.db.execute(
            text("SELECT id, area_1, area_2, area_3, area_4, area_5 FROM post")
        )
    }
    restamp(
        work.db,
        {
            rows[each.case_id].subject_key: paths[each.post_id]
            for each in decisions
            if each.fate is Fate.PLACE
            and not any(path_in(rows[each.case_id]))
            and each.post_id in paths
        },
    )


def _move_of(decision: Decision, row: Row[Any], ask_by: DueDate) -> Move | None:
    """Return what a decision changes; a case that goes on waiting where it is changes nothing."""
    if decision.fate is Fate.ASSIGN:
        return Move(
            row.id,
            row.version,
            "route",
            decision.post_id,
            state=CaseState.ASSIGNED.value,
            next_step=next_step(CaseState.ASSIGNED, row.need).value,
            detail=json.dumps({"over_capacity": True} if decision.forced else {}),
            assigns=True,
            forced=decision.forced,
        )
    if decision.fate is Fate.PLACE:
        sooner = ask_by.day < row.due_on
        return Move(
            row.id,
            row.version,
            "note",
            decision.post_id,
            next_step=NextStep.PLACE.value,
            due_on=ask_by.day if sooner else None,
            due_provisional=ask_by.provisional if sooner else None,
            reason="place_this_person",
            detail=kept_due(row.due_on, row.due_provisional),
        )
    if decision.post_id == row.owner_post_id:
        return None
    return Move(row.id, row.version, "note", decision.post_id, reason="waits_for_room")


def kept_due(due_on: date, provisional: bool) -> str:
    """Return the event detail that keeps a case's own clock while another one runs."""
    return json.dumps({"kept_due_on": due_on.isoformat(), "kept_provisional": provisional})


_ORPHANS = text(
    """
SELECT c.id, c.version, c.area_1, c.area_2, c.area_3, c.area_4, c.area_5, c.owner_post_id, p.kind
FROM "case" AS c JOIN post AS p ON p.id = c.owner_post_id AND NOT p.active
WHERE c.state <> 'closed' ORDER BY c.id FOR UPDATE OF c
"""
)


def _lift_orphans(work: Work, posts: Sequence[Post]) -> int:
    """Move open cases of posts that are closed to the desk above; with none above they stay."""
    moves = []
    for row in work.db.execute(_ORPHANS).all():
        desk = desk_above(posts, path_in(row), rank=RANK[row.kind]) or desk_above(
            posts, path_in(row), rank=0
        )
        if desk is not None:
            moves.append(
                Move(row.id, row.version, "escalate", desk.id, reason="post_closed", assigns=True)
            )
    return move_cases(work, moves)
