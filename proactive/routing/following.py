"""Following a person: when a register says where somebody lives now, open cases go along."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from proactive.areas.model import AreaPath
from proactive.areas.store import path_in
from proactive.cases.model import CaseState, NextStep
from proactive.kernel.work import Work
from proactive.routing.model import Post, desk_above
from proactive.routing.moving import Move, move_cases
from proactive.routing.places import restamp

_ELSEWHERE = text(
    """
SELECT c.id, c.version, c.subject_key, c.state, c.next_step, c.owner_post_id,
  c.area_1 AS was_1, c.area_2 AS was_2, c.area_3 AS was_3, c.area_4 AS was_4, c.area_5 AS was_5,
  s.area_1, s.area_2, s.area_3, s.area_4, s.area_5
FROM "case" AS c JOIN subject AS s ON s.key = c.subject_key
WHERE c.state <> 'closed' AND (c.area_1, c.area_2, c.area_3, c.area_4, c.area_5)
  IS DISTINCT FROM (s.area_1, s.area_2, s.area_3, s.area_4, s.area_5)
ORDER BY c.id FOR UPDATE OF c
"""
)

_KEPT = text(
    """
SELECT DISTINCT ON (case_id) case_id, detail ->> 'kept_due_on' AS due_on,
  coalesce((detail ->> 'kept_provisional')::bool, false) AS provisional
FROM case_event WHERE case_id = ANY(:ids) AND reason = 'place_this_person'
  AND detail ? 'kept_due_on'
ORDER BY case_id, seq DESC
"""
)


def kept_dues(db: Connection, case_ids: Sequence[UUID]) -> dict[UUID, tuple[date, bool]]:
    """Return each case's due date (and whether provisional) from before it was to be placed."""
    rows = db.execute(_KEPT, {"ids": list(case_ids)})
    return {row.case_id: (date.fromisoformat(row.due_on), row.provisional) for row in rows}


def follow_places(work: Work, posts: Sequence[Post]) -> int:
    """Bring open cases to where their subjects live by the registers; returns how many moved.

    A case that is not routed yet, or waited for its place, is routed anew with its own due date.
    A case under way goes up to the desk above in the new place, if its post does not cover it:
    people hand it down. A subject of nowhere takes the place of its case, where it is asked for.
    """
    rows = work.db.execute(_ELSEWHERE).all()
    lost = {row.subject_key: _was(row) for row in rows if not any(path_in(row))}
    restamp(work.db, lost)
    moved = [row for row in rows if any(path_in(row))]
    restamp(work.db, {row.subject_key: path_in(row) for row in moved})
    kept = kept_dues(work.db, [row.id for row in moved if row.next_step == NextStep.PLACE])
    by_id = {post.id: post for post in posts}
    moves = [
        move for row in moved if (move := _move(row, by_id.get(row.owner_post_id), posts, kept))
    ]
    return move_cases(work, moves)


def _was(row: Row[Any]) -> AreaPath:
    return (row.was_1, row.was_2, row.was_3, row.was_4, row.was_5)


def _move(
    row: Row[Any],
    owner: Post | None,
    posts: Sequence[Post],
    kept: dict[UUID, tuple[date, bool]],
) -> Move | None:
    if row.state == CaseState.RAISED:
        if row.next_step != NextStep.PLACE:
            return None  # routing takes it up in this very pass
        due_on, provisional = kept.get(row.id, (None, None))
        return Move(
            row.id,
            row.version,
            "note",
            row.owner_post_id,
            next_step=NextStep.ROUTE.value,
            due_on=due_on,
            due_provisional=provisional,
            reason="place_known",
        )
    if owner is not None and owner.area_code in path_in(row):
        return None
    desk = desk_above(posts, path_in(row), rank=0)
    if desk is None or desk.id == row.owner_post_id:
        return None
    return Move(row.id, row.version, "escalate", desk.id, reason="moved", assigns=True)
