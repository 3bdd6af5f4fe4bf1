"""Moving one message along its table, and what follows when it will not arrive."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from proactive.areas.calendar import add_working_days
from proactive.cases.model import CASE_TABLE
from proactive.cases.service import add_note
from proactive.cases.store import case
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.notices.holding import hold_number, hold_person
from proactive.notices.model import (
    DAYS_TO_TELL,
    MESSAGE_TABLE,
    OWN_CODE,
    PASSING,
    How,
    MessageState,
    Patience,
    Why,
    how_to_tell,
)
from proactive.notices.store import message, needs_telling, notice, suppression

MessageRow = Row[Any]
SEND_STEP = "send_messages"


def move(work: Work, row: MessageRow, action: str, **values: Any) -> None:
    """Take a message, locked by the caller, along its table; audited, the lease given up.

    Raises Refused `not_possible_now` or `not_yours`.
    """
    target = MessageState(MESSAGE_TABLE.check(row.state, action, work.actor.role).target)
    if target not in (MessageState.QUEUED, MessageState.SENDING, MessageState.UNKNOWN):
        values.setdefault("ended_at", func.clock_timestamp())
    if target is not MessageState.SENDING:
        values |= {"lease_token": None, "lease_until": None}
    if target is MessageState.SENT:
        values.setdefault("sent_business", work.now)
    work.db.execute(update(message).where(message.c.id == row.id).values(state=target, **values))
    work.audit(
        f"message.{action}",
        "message",
        row.id,
        areas=areas_of(row),
        reason=values.get("reason", ""),
        code=values.get("code", ""),
    )


def areas_of(row: MessageRow) -> list[str]:
    return [getattr(row, column) for column in AREA_COLUMNS]


def area_values(row: MessageRow) -> dict[str, str]:
    return dict(zip(AREA_COLUMNS, areas_of(row), strict=True))


def insert_new(work: Work, statement: Insert) -> bool:
    """Insert one row unless it stands there already; answer whether it was new.

    By RETURNING: the driver's row count of an INSERT is not passed on (it is always -1).
    """
    one: ColumnElement[int] = literal_column("1")
    new = statement.on_conflict_do_nothing().returning(one)
    return work.db.execute(new).first() is not None


def lock_message(work: Work, message_id: UUID) -> MessageRow | None:
    query = select(message).where(message.c.id == message_id).with_for_update()
    return work.db.execute(query).one_or_none()


def after_failure(work: Work, patience: Patience, row: MessageRow, why: Why) -> None:
    """Try once more later where trouble passes by itself; else have the person told otherwise."""
    if why in PASSING and row.attempt < patience.largest_attempts:
        add_attempt(work, row, after=patience.next_attempt_after)
    else:
        tell_otherwise(work, row.notice_id, why)
    if why is Why.OPTED_OUT and row.to_mark is not None:
        suppress(work, why, source="provider", to_mark=row.to_mark, areas=areas_of(row))


def add_attempt(work: Work, row: MessageRow, *, after: timedelta) -> None:
    """Queue the next attempt of the same notice; the failed one surely did not arrive."""
    statement = insert(message).values(
        id=new_id(),
        notice_id=row.notice_id,
        case_id=row.case_id,
        attempt=row.attempt + 1,
        not_before=work.now + after,
        **area_values(row),
    )
    insert_new(work, statement)
    work.step(SEND_STEP, due_at=work.now + after)


def tell_otherwise(work: Work, notice_id: UUID, why: Why) -> bool:
    """Put the notice on the list of what is to be told in another way; False when it need not be.

    The case gets a note, so that its owner sees it on the visit sheet.
    """
    how = how_to_tell(why)
    row = work.db.execute(select(notice).where(notice.c.id == notice_id)).one()
    if how is None or row.post_id is not None or row.template == OWN_CODE:
        return False
    return list_for_telling(work, row, why, how)


def list_for_telling(work: Work, row: MessageRow, why: Why, how: str) -> bool:
    """Write the telling with its day and the case's note; False when it is open already."""
    statement = insert(needs_telling).values(
        id=new_id(),
        notice_id=row.id,
        case_id=row.case_id,
        subject_key=row.subject_key,
        reason=why,
        how=how,
        since=work.now,
        due_on=day_to_tell(work, How(how)),
        **area_values(row),
    )
    if not insert_new(work, statement):
        return False
    work.audit("notice.needs_telling", "notice", row.id, areas=areas_of(row), reason=why, how=how)
    if row.case_id is not None:
        note_on_case(work, row.case_id, "needs_telling", how=how, why=str(why), notice=row.ref)
    return True


def day_to_tell(work: Work, how: How) -> date:
    """Return by which day somebody is to be told in this way, from today on."""
    return add_working_days(work, work.today, DAYS_TO_TELL[how]).day


def cancel_waiting(work: Work, subject_key: int, why: Why) -> int:
    """Cancel what waits for a person and have it told otherwise; the person is held before."""
    waiting = work.db.execute(
        select(message)
        .join(notice, notice.c.id == message.c.notice_id)
        .where(notice.c.subject_key == subject_key, message.c.state == MessageState.QUEUED)
        .order_by(message.c.id)
        .with_for_update(of=message)
    ).all()
    for row in waiting:
        move(work, row, "cancel", reason=why)
    for row in waiting:
        tell_otherwise(work, row.notice_id, why)
    return len(waiting)


def note_on_case(work: Work, case_id: UUID, reason: str, **detail: str) -> None:
    """Leave a note where the case still takes one; a closed case is left in peace."""
    state = work.db.execute(select(case.c.state).where(case.c.id == case_id)).scalar_one_or_none()
    if state is not None and CASE_TABLE.can(state, "note", work.actor.role):
        add_note(work, case_id, reason, **detail)


def suppress(
    work: Work,
    why: Why,
    *,
    source: str,
    to_mark: bytes | None = None,
    subject_key: int | None = None,
    areas: list[str],
) -> bool:
    """Stop messages to a number, to a person, or over the link of both; False when they are.

    Waits for whoever is about to send there, so that nothing is claimed after our commit.
    """
    if to_mark is not None:
        hold_number(work, to_mark)
    if subject_key is not None:
        hold_person(work, subject_key)
    statement = insert(suppression).values(
        id=new_id(),
        to_mark=to_mark,
        subject_key=subject_key,
        reason=why,
        source=source,
        since=work.now,
        **dict(zip(AREA_COLUMNS, areas, strict=True)),
    )
    new = insert_new(work, statement)
    if new:
        work.audit("notice.suppress", "suppression", source, areas=areas, reason=why)
    return new
