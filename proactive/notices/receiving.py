"""What comes back: call-backs about messages, and people's replies. Every one counts once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, exists, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from proactive.feeds.phones import check_phone
from proactive.kernel.work import Work
from proactive.notices.desk import NoticeDesk
from proactive.notices.going_live import is_held
from proactive.notices.holding import hold_number, hold_person, mark_of_number
from proactive.notices.model import (
    HOW_TO_TELL,
    MessageState,
    Patience,
    Why,
    is_news,
    learn_action,
)
from proactive.notices.moving import (
    after_failure,
    areas_of,
    cancel_waiting,
    insert_new,
    list_for_telling,
    lock_message,
    move,
    note_on_case,
    suppress,
)
from proactive.notices.replies import Meaning, answer_to, read_reply
from proactive.notices.store import callback_seen, inbound, message, notice, suppression
from proactive.notices.templates import is_chinese
from proactive.people.vault import reachable_phone
from proactive.plugins.notifier import DeliveryState, Receipt, Reply

# A reply answers a message that went to the number not longer ago than this.
REPLY_WINDOW = timedelta(days=30)
DAY = timedelta(hours=24)
COLON = {True: "：", False: ": "}


@dataclass(frozen=True, slots=True)
class CallbackTaken:
    """`new` is False for a replay; `moved` tells whether the message came further."""

    new: bool
    moved: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class ReplyTaken:
    """`answer` goes back to the sender at once; '' means say nothing."""

    meaning: Meaning
    new: bool
    answer: str = field(default="", repr=False)


def take_callback(work: Work, desk: NoticeDesk, channel: str, receipt: Receipt) -> CallbackTaken:
    """Believe a checked call-back, once, in any order, even before our own record of the call.

    Our message id stands in the call-back's address, so it names the message although the answer
    to the call was lost. One about no message of ours is kept and changes nothing.
    """
    row = _message_of(work, channel, receipt)
    moved = row is not None and _news(row, receipt)
    seen = insert(callback_seen).values(
        channel=channel,
        provider_id=receipt.provider_id or receipt.message_id,
        raw_state=receipt.raw_state,
        message_id=row.id if row is not None else None,
        moved=moved,
        code=receipt.code,
    )
    if not insert_new(work, seen):
        return CallbackTaken(new=False, known=row is not None)
    if row is None:
        work.audit("message.stray_callback", "callback", channel, state=receipt.raw_state)
        return CallbackTaken(new=True)
    if receipt.provider_id and row.provider_id is None:
        named = update(message).where(message.c.id == row.id)
        work.db.execute(named.values(provider_id=receipt.provider_id, channel=channel))
    if moved and receipt.state is not None:
        learn(work, desk.patience, row, receipt.state, Why(receipt.reason), receipt.code)
    else:
        work.audit("message.callback", "message", row.id, areas=areas_of(row))
    return CallbackTaken(new=True, moved=moved, known=True)


def learn(
    work: Work, patience: Patience, row: Row[Any], heard: DeliveryState, why: Why, code: str
) -> None:
    """Take a message to what the far side says of it; a failure has its consequences."""
    reason = why or Why.REFUSED if heard is DeliveryState.FAILED else Why.NONE
    move(work, row, learn_action(heard), reason=reason, code=code)
    if heard is DeliveryState.FAILED:
        after_failure(work, patience, row, reason)


def _message_of(work: Work, channel: str, receipt: Receipt) -> Row[Any] | None:
    """Find and lock the message a call-back is about: by our id, else by the provider's."""
    row = None
    if receipt.message_id:
        try:
            row = lock_message(work, UUID(receipt.message_id))
        except ValueError:
            return None
    elif receipt.provider_id:
        query = select(message).where(
            message.c.channel == channel, message.c.provider_id == receipt.provider_id
        )
        row = work.db.execute(query.limit(1).with_for_update()).one_or_none()
    return row if row is not None and row.channel in ("", channel) else None


def _news(row: Row[Any], receipt: Receipt) -> bool:
    return receipt.state is not None and is_news(row.state, receipt.state)


def take_reply(work: Work, desk: NoticeDesk, channel: str, reply: Reply) -> ReplyTaken:
    """Act on a checked reply, once per provider id.

    1 fine · 2 wrong person: the link of number and person is cut at once · 3 call me · 4 stop; a
    word takes the stop back.
    A sender that is about to use the number waits for this commit, so that nothing goes out after.
    """
    # local gateways send no "+86"
    number = check_phone(reply.sender, work.region).value or reply.sender
    to_mark = mark_of_number(work, number)
    hold_number(work, to_mark)
    meaning = read_reply(reply.text)
    told = _answered_notice(work, to_mark)
    may_hear = desk.is_guest(number) and not _held(work, told, to_mark)
    answer = _answer(work, desk, to_mark, meaning, told) if may_hear else ""
    row = insert(inbound).values(
        channel=channel,
        provider_id=reply.provider_id,
        from_mark=to_mark,
        meaning=meaning,
        answered=bool(answer),
        people=int(told is not None),
        notice_id=told.id if told is not None else None,
        received_at=work.now,
    )
    if not insert_new(work, row):
        return ReplyTaken(meaning, new=False)
    work.audit("notice.reply", "inbound", channel, meaning=meaning, known=told is not None)
    if meaning is Meaning.STOP:
        _stop(work, told, to_mark)
    elif meaning is Meaning.START:
        _start(work, to_mark)
    elif told is not None:
        _act(work, told, meaning, to_mark)
    if told is not None and told.case_id is not None and meaning is not Meaning.UNKNOWN:
        note_on_case(work, told.case_id, f"reply_{meaning}", notice=told.ref)
    return ReplyTaken(meaning, new=True, answer=answer)


def _sent_to(to_mark: bytes) -> Any:
    """Return the condition that a message about a person may have reached this number."""
    out = message.c.state.not_in([MessageState.QUEUED, MessageState.CANCELLED])
    return (message.c.to_mark == to_mark) & out & notice.c.subject_key.is_not(None)


def _answered_notice(work: Work, to_mark: bytes) -> Row[Any] | None:
    """Return what a reply from this number answers: the newest notice that still awaits a reply.

    When all have their reply it is the newest of all: somebody says another word to it.
    """
    replied = exists().where(inbound.c.notice_id == notice.c.id, inbound.c.meaning != "unknown")
    query = (
        select(notice, message.c.language)
        .join(message, message.c.notice_id == notice.c.id)
        .where(_sent_to(to_mark), message.c.called_business > work.now - REPLY_WINDOW)
        .order_by(replied, message.c.called_business.desc(), message.c.id.desc())
        .limit(1)
    )
    return work.db.execute(query).one_or_none()


def _stop(work: Work, told: Row[Any] | None, to_mark: bytes) -> None:
    """Stop all messages to the number and to the person it answers for; cancel what waits."""
    people = _people_at(work, to_mark, work.now - REPLY_WINDOW)
    for subject_key in people:  # all at once and in one order: two stops never wait in a circle
        hold_person(work, subject_key)
    suppress(work, Why.OPTED_OUT, source="reply", to_mark=to_mark, areas=[""] * 5)
    if told is not None:
        key = told.subject_key
        suppress(work, Why.OPTED_OUT, source="reply", subject_key=key, areas=areas_of(told))
    for subject_key in people:
        if _still_theirs(work, subject_key, to_mark):
            cancel_waiting(work, subject_key, Why.OPTED_OUT)


def _start(work: Work, to_mark: bytes) -> None:
    """Take back what this number had stopped: itself, and the people for whom it spoke."""
    by_reply = and_(
        suppression.c.source == "reply",
        suppression.c.to_mark.is_(None),
        suppression.c.subject_key.in_(_people_at(work, to_mark, since=None)),
    )
    itself = and_(suppression.c.to_mark == to_mark, suppression.c.subject_key.is_(None))
    work.db.execute(
        update(suppression)
        .where(
            suppression.c.reason == Why.OPTED_OUT,
            suppression.c.lifted_at.is_(None),
            or_(itself, by_reply),
        )
        .values(lifted_at=work.now)
    )


def _act(work: Work, told: Row[Any], meaning: Meaning, to_mark: bytes) -> None:
    if meaning is Meaning.WRONG_PERSON:
        key = told.subject_key
        link = {"to_mark": to_mark, "subject_key": key}
        suppress(work, Why.WRONG_PERSON, source="reply", areas=areas_of(told), **link)
        if _still_theirs(work, key, to_mark):
            cancel_waiting(work, key, Why.WRONG_PERSON)
        list_for_telling(work, told, Why.WRONG_PERSON, HOW_TO_TELL[Why.WRONG_PERSON])
    elif meaning is Meaning.CALL_ME:
        list_for_telling(work, told, Why.CALL_ME, HOW_TO_TELL[Why.CALL_ME])


def _people_at(work: Work, to_mark: bytes, since: datetime | None) -> Sequence[int]:
    """Return whom messages to this number were about, of late or ever, in one fixed order."""
    query = (
        select(notice.c.subject_key)
        .join(message, message.c.notice_id == notice.c.id)
        .where(_sent_to(to_mark), message.c.called_business > since if since else true())
        .distinct()
        .order_by(notice.c.subject_key)
    )
    return work.db.execute(query).scalars().all()


def _still_theirs(work: Work, subject_key: int, to_mark: bytes) -> bool:
    """Answer whether what waits for this person would go to this very number."""
    phone = reachable_phone(work, subject_key, purpose="reply")
    return bool(phone.number) and mark_of_number(work, phone.number) == to_mark


def _held(work: Work, told: Row[Any] | None, to_mark: bytes) -> bool:
    """Answer whether the number gets nothing yet, not even an answer."""
    condition = is_held(told.area_3 if told is not None else "", to_mark)
    return bool(work.db.execute(select(condition)).scalar_one())


def _answer(
    work: Work, desk: NoticeDesk, to_mark: bytes, meaning: Meaning, told: Row[Any] | None
) -> str:
    """Return our answer under our name, or '' where one more would feed a loop of two machines.

    In any 24 hours a number gets one answer to what we do not understand, and one to each of the
    four words.
    """
    answered = select(inbound.c.provider_id).where(
        inbound.c.from_mark == to_mark,
        inbound.c.meaning == meaning,
        inbound.c.answered,
        inbound.c.received_at > work.now - DAY,
    )
    if work.db.execute(answered.limit(1)).first() is not None:
        return ""
    language = told.language if told is not None else next(iter(desk.voice.sender))
    sender = desk.voice.values(language, "")["sender"]
    return f"{sender}{COLON[is_chinese(language)]}{answer_to(meaning, language)}"
