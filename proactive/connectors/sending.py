"""Calling offices' systems: claim and commit, call with no transaction open, note what came back.

`sending` is committed before the call, a token guards every write, and a call without a clear
answer leaves `unknown`: the office is then asked by the same key, which it takes only once.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError

from proactive.bundles.store import office
from proactive.connectors.model import FIRST_LOOK, LEASE, CallKind, CallState, pause_after
from proactive.connectors.parcels import OfficeLines, parcel_of
from proactive.connectors.store import office_call, office_line
from proactive.kernel.errors import Failed, Refused
from proactive.kernel.ids import new_id
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Work
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
CANNOT_BE_TOLD = "cannot_be_told"


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
        answer = _call(claimed)
        with open_work() as work:
            record_call(work, claimed, answer)
        if isinstance(answer, Taken) and answer.said is not None:
            take(claimed.office, answer.said)
    return made


def line_is_open() -> Any:
    """Return the condition that an office's line is not left alone just now."""
    return ~exists().where(
        office_line.c.office_id == office_call.c.office_id,
        office_line.c.until > func.clock_timestamp(),
    )


def _next(work: Work, lines: OfficeLines) -> Row[Any] | None:
    """Lock the oldest call that may be made now."""
    query = (
        select(office_call, office.c.code.label("office_code"))
        .join(office, office.c.id == office_call.c.office_id)
        .where(
            office_call.c.state == CallState.QUEUED,
            or_(
                office_call.c.hold_until.is_(None),
                office_call.c.hold_until <= func.clock_timestamp(),
            ),
            office.c.code.in_(list(lines.connectors)),
            line_is_open(),
        )
        .order_by(office_call.c.id)
        .limit(1)
        .with_for_update(of=office_call, skip_locked=True)
    )
    return work.db.execute(query).one_or_none()


def _claim(work: Work, lines: OfficeLines, row: Row[Any]) -> ClaimedCall | None:
    """Claim a call; one whose item cannot be put into words is left to people, None is returned."""
    parcel = _parcel(work, lines, row)
    ours = update(office_call).where(office_call.c.id == row.id)
    if parcel is None:
        values = {"state": CallState.DECLINED, "code": CANNOT_BE_TOLD, "hold_until": None}
        work.db.execute(ours.values(**values))
        work.audit("office_call", "office_call", row.id, state=CallState.DECLINED)
        return None
    token = new_id()
    until = func.clock_timestamp() + LEASE
    work.db.execute(
        ours.values(state=CallState.SENDING, lease_token=token, lease_until=until, hold_until=None)
    )
    return ClaimedCall(row, row.office_code, lines.connectors[row.office_code], parcel, token)


def _parcel(work: Work, lines: OfficeLines, row: Row[Any]) -> Parcel | None:
    """Return what is to be told; None where this item cannot be read: no other one waits for it.

    A database that is away is no item's fault: its errors go up, and the call stays queued.
    """
    try:
        with work.db.begin_nested():
            return parcel_of(work, lines, row)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        code = error.code if isinstance(error, Refused | Failed) else type(error).__name__
        log.error("An item cannot be told.", office=row.office_code, call=row.id, code=code)
        return None


def _call(claimed: ClaimedCall) -> CallAnswer:
    try:
        return claimed.connector.call(claimed.parcel)
    except Exception as error:
        log.error("An office's line raised.", office=claimed.office, error=type(error).__name__)
        return Unknown(type(error).__name__)


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
    if kind == CallKind.ENDED:
        return {"state": CallState.ANSWERED, "sent_at": func.clock_timestamp(), "look_at": None}
    clock = func.clock_timestamp()
    return {
        "state": CallState.SENT,
        "sent_at": clock,
        "code": "",
        "look_at": clock + connector.ask_after,
        "looks": 0,
    }


def note_line(work: Work, office_id: UUID, *, well: bool) -> None:
    """Count troubles in a row of an office's system; after some it is left alone for a while."""
    if well:
        line = update(office_line).where(
            office_line.c.office_id == office_id, office_line.c.troubles > 0
        )
        work.db.execute(line.values(troubles=0, until=None))
        return
    count = insert(office_line).values(office_id=office_id, troubles=1)
    troubles = work.db.execute(
        count.on_conflict_do_update(
            index_elements=["office_id"], set_={"troubles": office_line.c.troubles + 1}
        ).returning(office_line.c.troubles)
    ).scalar_one()
    pause = pause_after(troubles)
    if pause is not None:
        stopped = update(office_line).where(office_line.c.office_id == office_id)
        work.db.execute(stopped.values(until=func.clock_timestamp() + pause))
        work.audit("office_line.pause", "office", office_id, troubles=troubles)
