"""What others ask of notices: tell somebody, take it back, decide about what was left open.

Sending, sweeping and receiving live in the files of those names.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.cases.service import get_case
from proactive.kernel.db import AREA_COLUMNS, NOWHERE
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.work import Work
from proactive.notices.desk import NoticeDesk
from proactive.notices.model import Decision, How, MessageState, Why
from proactive.notices.moving import (
    SEND_STEP,
    area_values,
    areas_of,
    cancel_waiting,
    insert_new,
    list_for_telling,
    lock_message,
    move,
    suppress,
)
from proactive.notices.store import message, needs_telling, notice, suppression
from proactive.notices.templates import Channel, Template
from proactive.people.store import subject
from proactive.routing.store import post

DIGEST, LATE = "post_digest", "post_late"
SWEEP_STEP = "sweep_messages"
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Told:
    """The notice and whether this call made it; the same event tells a recipient only once."""

    notice_id: UUID
    ref: str
    new: bool


def tell(
    work: Work,
    desk: NoticeDesk,
    *,
    subject_key: int,
    event_id: str,
    template: str,
    params: Mapping[str, str] | None = None,
    case_id: UUID | None = None,
    matter: str = "",
) -> Told:
    """Remember, in the caller's transaction, that a person is to be told of an event.

    `event_id` names what happened ('visit:<id>', 'item:<id>:ready'); the same event about the same
    case to the same person is told once. `matter` narrows what a later notice replaces: an item's
    id, '' for the whole case. Whether and when it goes out is decided at sending. A template that
    is not for SMS goes on the list of what must be told in person or by letter.
    Raises Refused `no_template`, `bad_params`, `not_found`.
    """
    made_for = desk.templates.get(template)
    if case_id is not None:
        areas = area_values(get_case(work, case_id))
    else:
        areas = _areas_of_subject(work, subject_key)
    values = {
        "case_id": case_id,
        "subject_key": subject_key,
        "event_id": event_id,
        "matter": matter,
        "dedupe_key": f"{case_id or '-'}:{event_id}:{subject_key}",
        **areas,
    }
    return _tell(work, desk, made_for, params or {}, values)


def tell_post_digest(
    work: Work, desk: NoticeDesk, post_id: UUID, count: int, *, template: str = DIGEST
) -> Told | None:
    """Tell who holds a post how many visits wait; nothing else.

    With the template `LATE`: how many answers and tellings are past their date. A post is told one
    of the two, once a business day.
    """
    if count < 1:
        return None
    row = work.db.execute(select(post).where(post.c.id == post_id)).one()
    event_id = f"digest:{work.today}"
    values = {
        "post_id": post_id,
        "event_id": event_id,
        "matter": "",
        "dedupe_key": f"-:{event_id}:{post_id}",
        **area_values(row),
    }
    return _tell(work, desk, desk.templates.get(template), {"count": str(count)}, values)


def _tell(
    work: Work,
    desk: NoticeDesk,
    template: Template,
    params: Mapping[str, str],
    values: Mapping[str, Any],
) -> Told:
    """Write the notice and its first attempt, or find the one that already tells it."""
    for language in LANGUAGES:  # a text that cannot be made is refused now, not at night
        desk.templates.fill(
            template.notice, params, voice=desk.voice, language=language, reference=public_ref()
        )
    notice_id, ref = new_id(), public_ref()
    text = json.dumps(dict(params), ensure_ascii=False, sort_keys=True)
    statement = insert(notice).values(
        id=notice_id,
        ref=ref,
        template=template.notice,
        after_close=template.after_close,
        params_cipher=work.keys.encrypt(text, aad=f"notice:params:{notice_id}"),
        created_at=work.now,
        created_by=f"{work.actor.role}:{work.actor.id}",
        **values,
    )
    if not insert_new(work, statement):
        return _already(work, str(values["dedupe_key"]))
    areas = [values[column] for column in AREA_COLUMNS]
    work.audit("notice.tell", "notice", notice_id, areas=areas, template=template.notice)
    if template.channel is Channel.SMS:
        _queue(work, desk, notice_id, values)
    else:
        row = work.db.execute(select(notice).where(notice.c.id == notice_id)).one()
        list_for_telling(work, row, Why.NEVER_BY_SMS, How(template.channel))
    return Told(notice_id, ref, new=True)


def _queue(work: Work, desk: NoticeDesk, notice_id: UUID, values: Mapping[str, Any]) -> None:
    not_before = desk.limits.quiet.earliest(work.now, work.zone)
    work.db.execute(
        insert(message).values(
            id=new_id(),
            notice_id=notice_id,
            case_id=values.get("case_id"),
            not_before=not_before,
            **{column: values[column] for column in AREA_COLUMNS},
        )
    )
    work.step(SEND_STEP, due_at=not_before)


def _already(work: Work, dedupe_key: str) -> Told:
    query = select(notice.c.id, notice.c.ref).where(notice.c.dedupe_key == dedupe_key)
    row = work.db.execute(query).one()
    return Told(row.id, row.ref, new=False)


def _areas_of_subject(work: Work, subject_key: int) -> dict[str, str]:
    row = work.db.execute(select(subject).where(subject.c.key == subject_key)).one_or_none()
    if row is None:
        return dict(zip(AREA_COLUMNS, NOWHERE, strict=True))
    return area_values(row)


def take_back(work: Work, *, case_id: UUID, event_id: str = "", matter: str = "") -> int:
    """Cancel what waits and no longer holds: one event, one matter, or all of a case.

    Only waiting messages are touched; what is under way or has gone out stays as it is. Call it
    before the case itself is moved in the same work: everybody locks messages first.
    """
    query = (
        select(message)
        .join(notice, notice.c.id == message.c.notice_id)
        .where(notice.c.case_id == case_id, message.c.state == MessageState.QUEUED)
        .with_for_update(of=message)
    )
    if event_id:
        query = query.where(notice.c.event_id == event_id)
    if matter:
        query = query.where(notice.c.matter == matter)
    waiting = work.db.execute(query).all()
    for row in waiting:
        move(work, row, "cancel", reason=Why.EVENT_OVER)
    return len(waiting)


def stop_messages(work: Work, subject_key: int) -> bool:
    """Record that a person wants no more SMS, as told to a coordinator or on the telephone.

    What waits is cancelled and told otherwise; nothing is claimed for sending after the commit.
    """
    areas = _areas_of_subject(work, subject_key)
    new = suppress(
        work, Why.OPTED_OUT, source="person", subject_key=subject_key, areas=list(areas.values())
    )
    cancel_waiting(work, subject_key, Why.OPTED_OUT)
    return new


def allow_messages(work: Work, subject_key: int) -> int:
    """Lift what a person had asked for; a number's own stop stands until that number lifts it."""
    lifted = work.db.execute(
        update(suppression)
        .where(
            suppression.c.subject_key == subject_key,
            suppression.c.to_mark.is_(None),
            suppression.c.lifted_at.is_(None),
        )
        .values(lifted_at=work.now)
    ).rowcount
    work.audit("notice.allow", "subject", "one", count=lifted)
    return lifted


def resolve_parked(
    work: Work, desk: NoticeDesk, message_id: UUID, decision: Decision
) -> MessageState:
    """Carry out what a person decided about a parked message; return its new state.

    Raises Refused `not_found`, `not_possible_now` (no longer parked) or `not_yours`.
    """
    row = lock_message(work, message_id)
    if row is None:
        raise Refused("not_found", "There is no such message.", todo="Go back to the list.")
    if decision is Decision.SEND_AGAIN:
        at = desk.limits.quiet.earliest(work.now, work.zone)
        again = {"not_before": at, "hold_until": None, "looks": 0, "busies": 0, "reason": Why.NONE}
        move(work, row, decision, **again)
        work.step(SEND_STEP, due_at=at)
        return MessageState.QUEUED
    if decision is Decision.GIVE_UP:
        move(work, row, decision, reason=Why.GIVEN_UP)
        work.step(SWEEP_STEP)  # puts the person on the list of those to be told otherwise
        return MessageState.FAILED
    move(work, row, decision, reason=Why.NONE)
    return MessageState.DELIVERED


def mark_told(work: Work, telling_id: UUID) -> Row[Any]:
    """Record that a person has been told otherwise. Raises Refused `not_found`, `already_told`."""
    query = select(needs_telling).where(needs_telling.c.id == telling_id).with_for_update()
    row = work.db.execute(query).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such entry.", todo="Go back to the list.")
    if row.told_at is not None:
        raise Refused("already_told", "This has been done already.", todo="Nothing more to do.")
    by = f"{work.actor.role}:{work.actor.id}"
    done = update(needs_telling).where(needs_telling.c.id == telling_id)
    work.db.execute(done.values(told_at=work.now, told_by=by))
    work.audit("notice.told", "needs_telling", telling_id, areas=areas_of(row))
    return row


def open_tellings(work: Work, case_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Return what is still to be told otherwise for these cases, the most urgent first."""
    return work.db.execute(
        select(needs_telling, notice.c.template, notice.c.ref)
        .join(notice, notice.c.id == needs_telling.c.notice_id)
        .where(needs_telling.c.case_id.in_(case_ids), needs_telling.c.told_at.is_(None))
        .order_by(needs_telling.c.due_on, needs_telling.c.since, needs_telling.c.id)
    ).all()
