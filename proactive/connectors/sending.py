"""Calling offices' systems: claim and commit, call with no transaction open, note what came back.

`sending` is committed before the call, a token guards every write, and a call without a clear
answer leaves `unknown`: the office is then asked by the same key, which it takes only once.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from proactive.bundles.store import office
from proactive.connectors.lines import heard, next_call, note_line
from proactive.connectors.model import FIRST_LOOK, LEASE, TRY_AGAIN, CallKind, CallState, Fault
from proactive.connectors.parcels import OfficeLines, parcel_of
from proactive.connectors.store import office_call
from proactive.kernel.errors import Failed, Refused
from proactive.kernel.ids import new_id
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Work
from proactive.people.vault import vault_opens
from proactive.plugins.office_connector import (
    Busy,
    CallAnswer,
    Declined,
    Malformed,
    OfficeConnector,
    Parcel,
    Said,
    Taken,
    Unknown,
)

log = get_logger(__name__)
OpenWork = Callable[[], AbstractContextManager[Work]]
TakeAnswer = Callable[[str, Said | Malformed], None]
BUSY_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class ClaimedCall:
    """A call this process may make, over which line."""

    row: Row[Any]
    office: str
    connector: OfficeConnector
    parcel: Parcel
    token: UUID


def call_due(open_work: OpenWork, lines: OfficeLines, take: TakeAnswer, *, most: int = 200) -> int:
    """Make the calls that are due; return how many. Any number of processes may do this at once.

    `take` receives what an office answers in the same breath, by office code.
    """
    made = 0
    while made < most:
        with open_work() as work:
            row = _next(work, lines)
            claimed = _claim(work, lines, row) if row is not None else None
        if row is None:
            break
        made += 1
        if claimed is None:
            continue
        answer = heard(claimed.office, partial(claimed.connector.call, claimed.parcel))
        with open_work() as work:
            record_call(work, claimed, answer)
        if isinstance(answer, Taken) and answer.said is not None:
            take(claimed.office, answer.said)
    return made


def _next(work: Work, lines: OfficeLines) -> Row[Any] | None:
    """Lock the oldest call that may be made now."""
    held = office_call.c.hold_until
    return next_call(
        work,
        lines.connectors,
        office_call.c.state == CallState.QUEUED,
        or_(held.is_(None), held <= func.clock_timestamp()),
        first=office_call.c.id,
    )


def _claim(work: Work, lines: OfficeLines, row: Row[Any]) -> ClaimedCall | None:
    """Claim a call; where it cannot be put into words it stays queued, and None is returned."""
    parcel = _parcel(work, lines, row)
    if isinstance(parcel, Fault):
        _wait(work, lines, row, parcel)
        return None
    token = new_id()
    until = func.clock_timestamp() + LEASE
    work.db.execute(
        update(office_call)
        .where(office_call.c.id == row.id)
        .values(
            state=CallState.SENDING, code="", lease_token=token, lease_until=until, hold_until=None
        )
    )
    return ClaimedCall(row, row.office_code, lines.connectors[row.office_code], parcel, token)


def _parcel(work: Work, lines: OfficeLines, row: Row[Any]) -> Parcel | Fault:
    """Return what is to be told, or whose fault it is: this item's, or of the keys for all.

    A database that is away is neither: its errors go up, and the call stays as it is.
    """
    try:
        with work.db.begin_nested():
            return parcel_of(work, lines, row)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if not vault_opens(work):
            log.error("The keys in use open nothing: no office can be told anything.")
            return Fault.VAULT_SHUT
        code = error.code if isinstance(error, Refused | Failed) else type(error).__name__
        log.error("An item cannot be told.", office=row.office_code, call=row.id, code=code)
        return Fault.CANNOT_BE_TOLD


def _wait(work: Work, lines: OfficeLines, row: Row[Any], fault: Fault) -> None:
    """Let a call wait, and with the wrong keys every other over these lines: their states stay."""
    those = select(office_call.c.id).where(office_call.c.id == row.id)
    if fault is Fault.VAULT_SHUT:
        ours = select(office.c.id).where(office.c.code.in_(list(lines.connectors)))
        queued = office_call.c.state == CallState.QUEUED
        those = select(office_call.c.id).where(queued, office_call.c.office_id.in_(ours))
    waits = work.db.execute(those.with_for_update(skip_locked=True)).scalars().all()
    until = func.clock_timestamp() + TRY_AGAIN[fault]
    waiting = update(office_call).where(office_call.c.id.in_(waits))
    work.db.execute(waiting.values(code=fault, hold_until=until))
    if row.code != fault:
        work.audit("office_call.waits", "office_call", row.id, fault=fault, count=len(waits))


def record_call(work: Work, claimed: ClaimedCall, answer: CallAnswer) -> None:
    """Note what came of a call, unless somebody else has taken it over meanwhile."""
    clock = func.clock_timestamp()
    values: dict[str, Any]
    match answer:
        case Taken():
            values = sent_values(claimed.row.kind, claimed.connector)
        case Declined(code):
            values = {"state": CallState.DECLINED, "code": code, "look_at": None}
        case Busy(code, wait):
            values = {"state": CallState.QUEUED, "code": code}
            values["hold_until"] = clock + (wait or BUSY_PAUSE)
        case Unknown(why):
            values = {"state": CallState.UNKNOWN, "code": why, "look_at": clock + FIRST_LOOK}
    ours = update(office_call).where(
        office_call.c.id == claimed.row.id,
        office_call.c.state == CallState.SENDING,
        office_call.c.lease_token == claimed.token,
    )
    work.db.execute(ours.values(**values, lease_token=None, lease_until=None))
    work.audit("office_call", "office_call", claimed.row.id, state=values["state"])
    note_line(work, claimed.row.office_id, well=isinstance(answer, Taken | Declined))


def sent_values(kind: str, connector: OfficeConnector) -> dict[str, Any]:
    """Return the columns of a call that the office surely has."""
    clock = func.clock_timestamp()
    if kind == CallKind.ENDED:
        return {"state": CallState.ANSWERED, "sent_at": clock, "code": "", "look_at": None}
    return {
        "state": CallState.SENT,
        "sent_at": clock,
        "code": "",
        "look_at": clock + connector.ask_after,
        "looks": 0,
    }
