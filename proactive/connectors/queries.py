"""What pages read of offices' own systems: how an item stands there, and who its officers are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from proactive.connectors.model import CallKind, CallState, Fault
from proactive.connectors.store import office_call, officer
from proactive.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest hand-in of an item to its office's own system.

    `since` is when it was planned, or when the office surely had it (machine time). `fault` is
    why it waits here through no fault of the office.
    """

    state: CallState
    since: datetime
    problem: str
    fault: Fault | None


def standing_of(work: Work, item_id: UUID) -> Standing | None:
    """Return how an item stands at its office's own system; None where it never went there."""
    query = (
        select(office_call)
        .where(office_call.c.item_id == item_id, office_call.c.kind == CallKind.HAND_IN)
        .order_by(office_call.c.round.desc())
        .limit(1)
    )
    row = work.db.execute(query).one_or_none()
    if row is None:
        return None
    waits = row.state == CallState.QUEUED and row.code in set(Fault)
    fault = Fault(row.code) if waits else None
    return Standing(CallState(row.state), row.sent_at or row.planned_at, row.problem, fault)


def officer_names(db: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return officer id → name and number, as they stand in the office's own system."""
    rows = db.execute(select(officer).where(officer.c.id.in_(set(ids))))
    return {row.id: f"{row.name} ({row.number})" for row in rows}
