"""What pages show of messages: counts, rows without personal data, a case's messages, ageing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from proactive.cases.store import case
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.ids import first_id_since
from proactive.notices.model import OWN_CODE, MessageState, Why
from proactive.notices.store import callback_seen, message, needs_telling, notice
from proactive.notices.words import HOW_WORDS, STATE_WORDS, WHAT_TO_DO, WHY_WORDS

# Older than this in a state that should pass by itself: something is broken.
TOO_OLD = {
    MessageState.QUEUED: timedelta(hours=24),
    MessageState.SENDING: timedelta(minutes=5),
    MessageState.UNKNOWN: timedelta(minutes=30),
    MessageState.PARKED: timedelta(hours=24),
}


@dataclass(frozen=True, slots=True)
class StateCount:
    """One line of the operator's page: how many, since when, and what to do, in plain words."""

    state: MessageState
    count: int
    oldest: datetime | None
    late: bool
    name: dict[str, str]
    what_to_do: dict[str, str]


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message without personal data: at most the last digits of the number."""

    id: UUID
    ref: str
    template: str
    state: MessageState
    reason: str
    code: str
    channel: str
    attempt: int
    resends: int
    parts: int
    to_masked: str
    created_at: datetime
    not_before: datetime
    name: dict[str, str]
    why: dict[str, str]
    what_to_do: dict[str, str]


def count_states(db: Connection, *, within: timedelta | None = None) -> tuple[StateCount, ...]:
    """Return a line per state, in the order of a message's life; ages by the database clock.

    With `within`, of the states that nothing has to follow only messages no older than that.
    """
    query = select(
        message.c.state,
        func.count().label("count"),
        func.min(_since()).label("oldest"),
        func.clock_timestamp().label("now"),
    ).group_by(message.c.state)
    if within is not None:
        rest = [state for state in MessageState if state not in TOO_OLD]
        young = and_(message.c.state.in_(rest), message.c.id >= first_id_since(within))
        query = query.where(or_(message.c.state.in_(list(TOO_OLD)), young))
    found = {row.state: row for row in db.execute(query)}
    return tuple(_count(state, found.get(state)) for state in MessageState)


def _count(state: MessageState, row: Row[Any] | None) -> StateCount:
    late = row is not None and state in TOO_OLD and row.now - row.oldest > TOO_OLD[state]
    return StateCount(
        state,
        row.count if row is not None else 0,  # type: ignore[arg-type]  # a label, not tuple.count
        row.oldest if row is not None else None,
        late,
        STATE_WORDS[state],
        WHAT_TO_DO[state],
    )


def list_messages(
    db: Connection, state: MessageState, *, limit: int = 50
) -> tuple[MessageLine, ...]:
    """Return the newest messages in one state, newest first."""
    query = _lines().where(message.c.state == state).order_by(message.c.id.desc())
    rows = db.execute(query.limit(limit))
    return tuple(_line(row) for row in rows)


def messages_of_case(db: Connection, case_id: UUID) -> tuple[MessageLine, ...]:
    """Return every attempt to tell the person of a case something, oldest first."""
    query = _lines().where(notice.c.case_id == case_id)
    rows = db.execute(query.order_by(notice.c.created_at, message.c.id))
    return tuple(_line(row) for row in rows)


def message_line(db: Connection, message_id: UUID) -> MessageLine:
    """Return one attempt to tell somebody; Refused `not_found` when there is none."""
    row = db.execute(_lines().where(message.c.id == message_id)).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such message.", todo="Go back to the list.")
    return _line(row)


def notice_scripts(db: Connection, notice_ids: Collection[UUID]) -> list[Row[Any]]:
    """Return notice_id, ref, template and sealed parameters, for whoever says it in person.

    What a code's message says is left out: it is for its receiver only.
    """
    columns = (notice.c.id.label("notice_id"), notice.c.ref, notice.c.template)
    wanted = select(*columns, notice.c.params_cipher).where(
        notice.c.id.in_(notice_ids), notice.c.template != OWN_CODE
    )
    return list(db.execute(wanted))


def _lines() -> Any:
    return select(
        message.c.id,
        notice.c.ref,
        notice.c.template,
        *(message.c[n] for n in ("state", "reason", "code", "channel", "attempt", "resends")),
        *(message.c[n] for n in ("parts", "to_masked", "created_at", "not_before")),
    ).join(notice, notice.c.id == message.c.notice_id)


def _line(row: Row[Any]) -> MessageLine:
    state, why = MessageState(row.state), Why(row.reason)
    values = row._asdict() | {"state": state}
    return MessageLine(
        **values, name=STATE_WORDS[state], why=WHY_WORDS[why], what_to_do=WHAT_TO_DO[state]
    )


@dataclass(frozen=True, slots=True)
class Telling:
    """Somebody who must be told in another way, as the operator's page shows it: no person."""

    id: UUID
    ref: str
    template: str
    since: datetime
    due_on: date | None
    how: dict[str, str]
    why: dict[str, str]


def list_tellings(db: Connection, *, limit: int = 100) -> tuple[Telling, ...]:
    """Return the open tellings, the most urgent first."""
    query = (
        select(needs_telling, notice.c.ref, notice.c.template)
        .join(notice, notice.c.id == needs_telling.c.notice_id)
        .where(needs_telling.c.told_at.is_(None))
        .order_by(needs_telling.c.due_on, needs_telling.c.since, needs_telling.c.id)
        .limit(limit)
    )
    return tuple(
        Telling(
            row.id,
            row.ref,
            row.template,
            row.since,
            row.due_on,
            HOW_WORDS[row.how],
            WHY_WORDS[Why(row.reason)],
        )
        for row in db.execute(query)
    )


def count_late_tellings(db: Connection, today: date) -> int:
    """Return how many people should have been told otherwise before today."""
    late = needs_telling.c.told_at.is_(None) & (needs_telling.c.due_on < today)
    return db.execute(select(func.count()).where(late)).scalar_one()


def late_tellings(db: Connection, today: date, *, limit: int = 200) -> list[Row[Any]]:
    """Return what was to be told by a day that has passed, with its case, the latest first.

    `post_id` is the post that owns the case: its people are to tell.
    """
    query = (
        select(
            needs_telling.c.id,
            needs_telling.c.case_id,
            needs_telling.c.how,
            needs_telling.c.due_on,
            case.c.owner_post_id.label("post_id"),
            *(case.c[name] for name in ("ref", "need", "subject_key", *AREA_COLUMNS)),
        )
        .join(case, case.c.id == needs_telling.c.case_id)
        .where(needs_telling.c.told_at.is_(None), needs_telling.c.due_on < today)
        .order_by(needs_telling.c.due_on, needs_telling.c.id)
        .limit(limit)
    )
    return list(db.execute(query))


def stray_callbacks(db: Connection) -> int:
    """Return how many call-backs were about no message of ours."""
    query = select(func.count()).where(callback_seen.c.message_id.is_(None))
    return db.execute(query).scalar_one()


@dataclass(frozen=True, slots=True)
class Ageing:
    """A state in which `count` messages have waited too long, the oldest since `oldest`."""

    state: MessageState
    count: int
    oldest: datetime
    what_to_do: dict[str, str]


def ageing(db: Connection) -> tuple[Ageing, ...]:
    """Return what should have passed by itself and did not; empty when all is well.

    Only messages that wait are looked at: those that have ended are many and never late.
    """
    late = [
        and_(message.c.state == state, _since() < func.clock_timestamp() - limit)
        for state, limit in TOO_OLD.items()
    ]
    query = (
        select(message.c.state, func.count().label("late"), func.min(_since()).label("oldest"))
        .where(or_(*late))
        .group_by(message.c.state)
    )
    found = {row.state: row for row in db.execute(query)}
    return tuple(
        Ageing(state, found[state].late, found[state].oldest, WHAT_TO_DO[state])
        for state in TOO_OLD
        if state in found
    )


def _since() -> ColumnElement[datetime]:
    """Return since when a message is in a state that should pass: by the database clock."""
    return func.coalesce(message.c.unknown_at, message.c.created_at)
