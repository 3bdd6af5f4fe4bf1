"""What must go to an office's own system: written down in the transaction that found it out."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, update

from proactive.bundles.running import areas_of
from proactive.bundles.store import item, office
from proactive.connectors.model import ENDED_ELSEWHERE, NEW, OPEN, CallKind, CallState, Fault
from proactive.connectors.store import office_call
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work

CALL_STEP, LOOK_STEP = "call_offices", "ask_offices"


def plan_calls(work: Work, bundle_id: UUID, codes: Collection[str]) -> int:
    """Plan the calls that a bundle's items need at the offices of `codes`; return how many.

    Running it again plans nothing more. One call is open per item; the next one follows when the
    item is new on the desk again, or has ended without this system.
    """
    rows = work.db.execute(
        select(item)
        .join(office, office.c.id == item.c.office_id)
        .where(item.c.bundle_id == bundle_id, office.c.code.in_(codes))
        .with_for_update(of=item)
    ).all()
    return sum(_plan(work, row, _last(work, row.id)) for row in rows)


def _last(work: Work, item_id: UUID) -> Row[Any] | None:
    query = (
        select(office_call)
        .where(office_call.c.item_id == item_id, office_call.c.kind == CallKind.HAND_IN)
        .order_by(office_call.c.round.desc())
        .limit(1)
    )
    return work.db.execute(query).one_or_none()


def _plan(work: Work, row: Row[Any], last: Row[Any] | None) -> int:
    if last is not None and last.state in OPEN:
        untold = last.state == CallState.QUEUED and last.code == Fault.CANNOT_BE_TOLD
        if row.state in ENDED_ELSEWHERE or (untold and row.state not in NEW):
            return _end(work, row, last)
        if untold:
            _try_now(work, last)
        return 0
    newer = last is None or row.version > last.item_version
    if row.state in NEW and newer:
        _add(work, row, CallKind.HAND_IN, last.round + 1 if last is not None else 1)
        return 1
    return 0


def _end(work: Work, row: Row[Any], last: Row[Any]) -> int:
    """Nothing more is awaited of the office; it is told so unless it never heard of the item."""
    work.db.execute(
        update(office_call)
        .where(office_call.c.id == last.id)
        .values(state=CallState.DROPPED, item_version=row.version)
    )
    if last.state == CallState.QUEUED:
        return 0
    _add(work, row, CallKind.ENDED, last.round, about=last.id)
    return 1


def _try_now(work: Work, last: Row[Any]) -> None:
    """Something was entered: what could not be read may be readable now."""
    waiting = update(office_call).where(office_call.c.id == last.id)
    work.db.execute(waiting.values(hold_until=None))
    work.step(CALL_STEP)


def _add(work: Work, row: Row[Any], kind: CallKind, number: int, about: UUID | None = None) -> None:
    call_id = new_id()
    work.db.execute(
        office_call.insert().values(
            id=call_id,
            case_id=row.case_id,
            item_id=row.id,
            item_version=row.version,
            office_id=row.office_id,
            kind=kind,
            about_id=about,
            round=number,
            state=CallState.QUEUED,
            planned_at=work.now,
            **areas_of(row),
        )
    )
    areas = list(areas_of(row).values())
    work.audit("plan_office_call", "item", row.id, areas=areas, kind=kind, call=call_id)
    work.step(CALL_STEP)


def ring_for_calls(work: Work) -> None:
    """Remember the steps for calls that wait or whose look is due: a ring may have been lost."""
    clock = func.clock_timestamp()
    ready = or_(office_call.c.hold_until.is_(None), office_call.c.hold_until <= clock)
    queued = select(office_call.c.id).where(office_call.c.state == CallState.QUEUED, ready)
    if work.db.execute(queued.limit(1)).first() is not None:
        work.step(CALL_STEP)
    looks = select(office_call.c.id).where(
        office_call.c.state.in_(sorted(OPEN)),
        or_(office_call.c.look_at <= clock, office_call.c.lease_until <= clock),
    )
    if work.db.execute(looks.limit(1)).first() is not None:
        work.step(LOOK_STEP)
