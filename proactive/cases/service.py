"""Moving one case: checked by the table, by its version, written with event and audit at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from proactive.cases.model import CASE_TABLE, QUIET_ACTIONS, CaseState, next_step
from proactive.cases.store import case, case_event
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work

CaseRow = Row[Any]


def get_case(work: Work, case_id: UUID) -> CaseRow:
    """Return the case, or Refused `not_found`: a case of another area is not there at all."""
    row = work.db.execute(select(case).where(case.c.id == case_id)).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such case.", todo="Go back to your list.")
    return row


def apply(
    work: Work,
    case_id: UUID,
    action: str,
    *,
    base_version: int | None = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    **changes: Any,
) -> CaseRow:
    """Move a case by `action` and return it as it now stands.

    `base_version` is the version the actor saw; None only where no page stood between (the
    machine, or a second action in the same work). `changes` set further columns of the case:
    owner_post_id, due_on, next_step, consent, snoozed_until … Raises Refused `not_found`,
    `changed_meanwhile`, `not_possible_now`, `not_yours`, or `same_person` where who confirmed the
    need approves it; nothing is changed then.
    """
    row = get_case(work, case_id)
    quiet = action in QUIET_ACTIONS
    version = row.version if base_version is None or quiet else base_version
    if version != row.version:
        raise _changed()
    transition = CASE_TABLE.check(row.state, action, work.actor.role)
    if action == "approve" and is_own_confirmation(work, case_id):
        raise _same_person()
    values = {**_consequences(work, row, CaseState(transition.target)), **changes}
    if not quiet:
        values["version"] = case.c.version + 1
    moved = _update(work, case_id, version, values)
    event_id = _record(work, moved, action, reason, detail or {})
    work.audit(action, "case", case_id, areas=area_path(moved), reason=reason)
    work.step("case_moved", str(event_id))
    return moved


def add_note(work: Work, case_id: UUID, reason: str, **detail: Any) -> CaseRow:
    """Leave a note on a case in any open state; the machine may do this too."""
    return apply(work, case_id, "note", reason=reason, detail=detail)


def is_own_confirmation(work: Work, case_id: UUID) -> bool:
    """Answer whether the actor is who last confirmed the need: the town gate is a second person."""
    query = (
        select(case_event.c.actor_id)
        .where(case_event.c.case_id == case_id, case_event.c.action == "confirm")
        .order_by(case_event.c.seq.desc())
        .limit(1)
    )
    return work.db.execute(query).scalar_one_or_none() == work.actor.id


def area_path(row: CaseRow) -> Sequence[str]:
    """Return the five area codes of a row that carries them."""
    return [getattr(row, column) for column in AREA_COLUMNS]


def _consequences(work: Work, row: CaseRow, target: CaseState) -> dict[str, Any]:
    """Return what follows from coming to `target`; staying where it is changes nothing."""
    if target == row.state:
        return {}
    values: dict[str, Any] = {"state": target}
    if target is CaseState.CLOSED:
        values |= {"closed_at": work.now, "next_step": None}
    else:
        values["next_step"] = next_step(target, row.need)
    return values


def _update(work: Work, case_id: UUID, version: int, values: dict[str, Any]) -> CaseRow:
    statement = (
        update(case)
        .where(case.c.id == case_id, case.c.version == version)
        .values(**(values or {"last_hit_at": case.c.last_hit_at}))
        .returning(*case.c)
    )
    moved = work.db.execute(statement).one_or_none()
    if moved is None:
        raise _changed()
    return moved


def _record(work: Work, row: CaseRow, action: str, reason: str, detail: Mapping[str, Any]) -> UUID:
    """Write the case event; the case's row lock, held by the update, keeps `seq` without gaps."""
    event_id = new_id()
    seq = select(func.coalesce(func.max(case_event.c.seq), 0) + 1).where(
        case_event.c.case_id == row.id
    )
    work.db.execute(
        case_event.insert().values(
            id=event_id,
            case_id=row.id,
            seq=seq.scalar_subquery(),
            at=work.now,
            actor_role=work.actor.role,
            actor_id=work.actor.id,
            action=action,
            state=row.state,
            reason=reason,
            detail=dict(detail),
            **dict(zip(AREA_COLUMNS, area_path(row), strict=True)),
        )
    )
    return event_id


def _changed() -> Refused:
    return Refused(
        "changed_meanwhile",
        "Somebody has worked on this case since you opened it.",
        why="Your form shows an older state.",
        todo="Open the case again; what you wrote is kept as a note.",
    )


def _same_person() -> Refused:
    return Refused(
        "same_person",
        "Who confirmed a need does not approve it.",
        why="The approval is the look of a second person.",
        todo="Another person decides: it stands on their list already.",
    )
