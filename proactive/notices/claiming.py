"""Claiming one message: lock it, weigh it, and either commit `sending` or say why not."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, update

from proactive.cases.store import case
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.masking import mask_phone
from proactive.kernel.work import Work
from proactive.notices.desk import NoticeDesk
from proactive.notices.model import MessageState, Why
from proactive.notices.moving import SEND_STEP, areas_of, move, tell_otherwise
from proactive.notices.pausing import is_open
from proactive.notices.store import message, notice
from proactive.notices.templates import Filled
from proactive.notices.weighing import Contended, Drop, Go, Later, weigh
from proactive.people.store import subject
from proactive.plugins.notifier import OutgoingMessage

CONTENDED_PAUSE = timedelta(milliseconds=300)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may call out for, until half its lease is over."""

    message: OutgoingMessage
    channel: str
    token: UUID
    since: float


def message_with_notice() -> Select[Any]:
    """Select messages with what their notice, case and subject say at this moment."""
    told = ("ref", "subject_key", "post_id", "event_id", "matter", "template", "after_close")
    return (
        select(
            message,
            *(notice.c[name] for name in told),
            notice.c.params_cipher,
            notice.c.created_at.label("notice_created_at"),
            case.c.state.label("case_state"),
            case.c.tell_in_person,
            subject.c.language.label("subject_language"),
        )
        .join(notice, notice.c.id == message.c.notice_id)
        .outerjoin(case, case.c.id == notice.c.case_id)
        .outerjoin(subject, subject.c.key == notice.c.subject_key)
    )


def next_due(work: Work, desk: NoticeDesk) -> Row[Any] | None:
    """Lock the oldest due message that nobody else has locked."""
    query = (
        message_with_notice()
        .where(
            message.c.state == MessageState.QUEUED,
            message.c.not_before <= work.now,
            or_(message.c.hold_until.is_(None), message.c.hold_until <= func.clock_timestamp()),
            is_open(desk),
        )
        .order_by(message.c.not_before, message.c.id)
        .limit(1)
        .with_for_update(of=message, skip_locked=True)
    )
    return work.db.execute(query).one_or_none()


def claim(work: Work, desk: NoticeDesk, row: Row[Any], started: float) -> Claimed | None:
    """Claim the message when it may go out; else cancel it or put it off, and return None."""
    verdict = weigh(work, desk, row)
    match verdict:
        case Go():
            return _take(work, desk, row, verdict, started)
        case Drop(why):
            move(work, row, "cancel", reason=why)
            tell_otherwise(work, row.notice_id, why)
        case Later(at):
            _put_off(work, row, not_before=at)
            work.step(SEND_STEP, due_at=at)
        case Contended():
            _put_off(work, row, hold_until=func.clock_timestamp() + CONTENDED_PAUSE)
            work.step(SEND_STEP)
    return None


def _put_off(work: Work, row: Row[Any], **values: Any) -> None:
    work.db.execute(update(message).where(message.c.id == row.id).values(**values))
    work.audit("message.put_off", "message", row.id, areas=areas_of(row))


def _take(work: Work, desk: NoticeDesk, row: Row[Any], go: Go, started: float) -> Claimed | None:
    channel = row.channel or desk.channel
    try:
        filled = fill_text(work, desk, row, language=go.language, channel=channel)
    except Refused:
        move(work, row, "cancel", reason=Why.BAD_TEXT)
        tell_otherwise(work, row.notice_id, Why.BAD_TEXT)
        return None
    token = new_id()
    move(
        work,
        row,
        "claim",
        channel=channel,
        lease_token=token,
        lease_until=func.clock_timestamp() + desk.patience.lease,
        first_called_at=func.coalesce(message.c.first_called_at, func.clock_timestamp()),
        called_business=work.now,
        hold_until=None,
        language=go.language,
        parts=filled.parts.parts,
        to_cipher=work.keys.encrypt(go.number, aad=f"message:to:{row.id}"),
        to_mark=go.to_mark,
        to_masked=mask_phone(go.number),
        text_cipher=work.keys.encrypt(filled.text, aad=f"message:text:{row.id}"),
        text_mark=go.text_mark,
    )
    outgoing = OutgoingMessage(
        message_id=str(row.id),
        reference=row.ref,
        to=go.number,
        text=filled.text,
        language=go.language,
        template=row.template,
        params=filled.values,
        since=row.first_called_at,
    )
    return Claimed(outgoing, channel, token, started)


def read_params(work: Work, row: Row[Any]) -> dict[str, str]:
    """Return the notice's params; `row` carries notice_id and params_cipher."""
    text = work.keys.decrypt(row.params_cipher, aad=f"notice:params:{row.notice_id}")
    params: dict[str, str] = json.loads(text)
    return params


def fill_text(
    work: Work, desk: NoticeDesk, row: Row[Any], *, language: str, channel: str
) -> Filled:
    """Return the text of a notice as `channel` carries it; Refused when it cannot be made."""
    return desk.templates.fill(
        row.template,
        read_params(work, row),
        voice=desk.voice,
        language=language,
        reference=row.ref,
        two_way=desk.notifiers[channel].two_way,
    )
