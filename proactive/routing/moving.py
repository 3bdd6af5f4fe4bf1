"""Set-based writes of routing: many cases to their posts, with event, audit and assignment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from proactive.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Move:
    """One case's new owner and what else changes with it; None leaves a thing as it is."""

    case_id: UUID
    version: int
    action: str
    post_id: UUID
    state: str | None = None
    next_step: str | None = None
    due_on: date | None = None
    due_provisional: bool | None = None
    reason: str = ""
    detail: str = "{}"
    assigns: bool = False
    forced: bool = False


# One statement: whoever has moved a case meanwhile keeps it, and gets no event and no assignment.
_MOVE = text(
    """
WITH wanted AS (
  SELECT * FROM unnest(CAST(:case_id AS uuid[]), CAST(:version AS int[]), CAST(:action AS text[]),
    CAST(:post_id AS uuid[]), CAST(:state AS text[]), CAST(:next_step AS text[]),
    CAST(:due_on AS date[]), CAST(:due_provisional AS bool[]), CAST(:reason AS text[]),
    CAST(:detail AS jsonb[]), CAST(:assigns AS bool[]), CAST(:forced AS bool[]))
  AS w (case_id, version, action, post_id, state, next_step, due_on, due_provisional, reason,
    detail, assigns, forced)
), moved AS (
  UPDATE "case" AS c SET owner_post_id = w.post_id, state = coalesce(w.state, c.state),
    next_step = coalesce(w.next_step, c.next_step), due_on = coalesce(w.due_on, c.due_on),
    due_provisional = coalesce(w.due_provisional, c.due_provisional),
    version = c.version + CASE WHEN w.action = 'remind' THEN 0 ELSE 1 END
  FROM wanted AS w
  WHERE c.id = w.case_id AND c.version = w.version AND c.state <> 'closed'
  RETURNING c.id, c.state, w.action, w.post_id, w.reason, w.detail, w.assigns, w.forced,
    c.area_1, c.area_2, c.area_3, c.area_4, c.area_5
), event AS (
  INSERT INTO case_event (case_id, seq, at, actor_role, actor_id, action, state, reason, detail,
    area_1, area_2, area_3, area_4, area_5)
  SELECT m.id, coalesce((SELECT max(seq) FROM case_event AS e WHERE e.case_id = m.id), 0) + 1,
    :now, :role, :actor, m.action, m.state, m.reason,
    m.detail || jsonb_build_object('post', m.post_id::text),
    m.area_1, m.area_2, m.area_3, m.area_4, m.area_5
  FROM moved AS m
  RETURNING id
), kept AS (
  INSERT INTO assignment (case_id, post_id, week, at, why, forced,
    area_1, area_2, area_3, area_4, area_5)
  SELECT m.id, m.post_id, :week, :now, m.action, m.forced,
    m.area_1, m.area_2, m.area_3, m.area_4, m.area_5
  FROM moved AS m WHERE m.assigns
), audited AS (
  INSERT INTO audit (business_at, actor_role, actor_id, action, entity, entity_id, detail,
    area_1, area_2, area_3, area_4, area_5)
  SELECT :now, :role, :actor, m.action, 'case', m.id::text,
    jsonb_build_object('post', m.post_id::text, 'reason', m.reason),
    m.area_1, m.area_2, m.area_3, m.area_4, m.area_5
  FROM moved AS m
)
SELECT id FROM event
"""
)


def move_cases(work: Work, moves: Sequence[Move]) -> int:
    """Carry out the moves whose case is still at its version; returns how many were.

    Each moved case leaves an event, an audit row and the step `case_moved` with the event's id.
    """
    if not moves:
        return 0
    names = (
        "case_id",
        "version",
        "action",
        "post_id",
        "state",
        "next_step",
        "due_on",
        "due_provisional",
        "reason",
        "detail",
        "assigns",
        "forced",
    )
    ordered = sorted(moves, key=lambda move: str(move.case_id))
    values: dict[str, object] = {name: [getattr(move, name) for move in ordered] for name in names}
    values |= {
        "now": work.now,
        "role": work.actor.role.value,
        "actor": work.actor.id,
        "week": monday(work.today),
    }
    events = work.db.execute(_MOVE, values).scalars().all()
    for event_id in events:
        work.step("case_moved", str(event_id))
    return len(events)


def monday(day: date) -> date:
    """Return the first day of the week that capacity is counted in."""
    return day - timedelta(days=day.weekday())
