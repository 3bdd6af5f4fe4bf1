"""Moving one item: state, clocks, event and audit in one statement group, by its version."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from proactive.bundles.item_clocks import clock_changes
from proactive.bundles.model import ItemState, MachineStep
from proactive.bundles.running import AnyRow, Calendar, Running, areas_of, changed_meanwhile
from proactive.bundles.store import item, item_event
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work


def move(
    work: Work,
    running: Running,
    row: AnyRow,
    *,
    action: str,
    target: ItemState,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> tuple[AnyRow, UUID]:
    """Write one transition from the state in `row`; return the item and its event's id.

    Raises Refused `changed_meanwhile` when the item is no longer at the version of `row`, and
    `receipt_taken` when its office has used the receipt number before.
    """
    clocks = clock_changes(
        running.definition.item(row.code),
        row._asdict(),
        target,
        action=action,
        today=work.today,
        calendar=Calendar(work),
    )
    values = {
        **clocks,
        "reminded": "",
        **(changes or {}),
        "state": target,
        "version": item.c.version + 1,
    }
    moved = _update(work, row, values)
    event_id = record_event(work, moved, action=action, reason=reason, detail=detail or {})
    areas = list(areas_of(row).values())
    work.audit(action, "item", row.id, areas=areas, reason=reason, code=row.code)
    return moved, event_id


def _update(work: Work, row: AnyRow, values: Mapping[str, Any]) -> AnyRow:
    statement = (
        update(item)
        .where(item.c.id == row.id, item.c.version == row.version)
        .values(**values)
        .returning(*item.c)
    )
    try:
        with work.db.begin_nested():
            moved = work.db.execute(statement).one_or_none()
    except IntegrityError as error:
        if "uq_item_receipt" not in str(error.orig):
            raise
        raise Refused(
            "receipt_taken",
            "This receipt number is used by another item of the office.",
            todo="Check the number.",
        ) from None
    if moved is None:
        raise changed_meanwhile()
    return moved


def record_event(
    work: Work, row: AnyRow, *, action: str, reason: str, detail: Mapping[str, Any]
) -> UUID:
    """Append to the item's history; its row lock keeps `seq` without gaps."""
    event_id = new_id()
    seq = select(func.coalesce(func.max(item_event.c.seq), 0) + 1).where(
        item_event.c.item_id == row.id
    )
    work.db.execute(
        item_event.insert().values(
            id=event_id,
            item_id=row.id,
            bundle_id=row.bundle_id,
            case_id=row.case_id,
            office_id=row.office_id,
            seq=seq.scalar_subquery(),
            at=work.now,
            actor_role=work.actor.role,
            actor_id=work.actor.id,
            action=action,
            state=row.state,
            reason=reason,
            detail=dict(detail),
            **areas_of(row),
        )
    )
    return event_id


def step_reason(step: MachineStep) -> str:
    """Return the reason code that stands beside a machine step."""
    reasons = {"block": "prerequisite_not_granted", "hold": "prerequisite_open"}
    return reasons.get(step.action, "")
