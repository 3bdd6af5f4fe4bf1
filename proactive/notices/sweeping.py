"""Sweeping: what died on the way is looked up, then sent again at most once, or left to a person.

Runs every few seconds; any number of copies, killable at any time. All times here are the
database's, so that a moved business clock neither shortens a settle time nor prolongs a lease.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, or_, select, update

from proactive.kernel.logs import get_logger
from proactive.kernel.work import Work
from proactive.notices.claiming import fill_text, message_with_notice
from proactive.notices.desk import NoticeDesk, OpenWork
from proactive.notices.model import HOW_TO_TELL, OWN_CODE, MessageState, Why
from proactive.notices.moving import SEND_STEP, lock_message, move, tell_otherwise
from proactive.notices.receiving import learn
from proactive.notices.recipients import Reached, find_recipient
from proactive.notices.sending import look_up_soon
from proactive.notices.store import message, needs_telling, notice
from proactive.plugins.notifier import (
    Absent,
    Found,
    LookUp,
    NoAnswer,
    Notifier,
    OutgoingMessage,
)

log = get_logger(__name__)
LOOK_LEASE = timedelta(seconds=60)
LARGEST_LOOK_PAUSE = timedelta(minutes=5)
RESENDS_OF_IDEMPOTENT = 8
BATCH = 200
# Every sweep looks this far back for people on no list; sweeps never pause that long.
OVER = (
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.FAILED,
    MessageState.CANCELLED,
)
LISTED_WITHIN = timedelta(days=7)


@dataclass(slots=True)
class SweepReport:
    """What one sweep did."""

    leases_lost: int = 0
    looked_up: int = 0
    found: int = 0
    requeued: int = 0
    parked: int = 0
    listed: int = 0
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """One look-up to make. `certain` tells whether absence proves it was never taken."""

    message: OutgoingMessage
    notifier: Notifier
    certain: bool
    token: Any = field(repr=False)


def sweep(open_work: OpenWork, desk: NoticeDesk, *, most: int = 100) -> SweepReport:
    """Give up dead leases, look up what is unknown, list who must be told, ring for what is due."""
    report = SweepReport()
    with open_work() as work:
        report.leases_lost = lose_expired(work, desk)
        report.listed = list_untold(work)
        report.forgotten = forget_texts(work, desk)
        ring_again(work)
    for look in _looks(open_work, desk, most):
        answer = _ask(look)
        with open_work() as work:
            _record(work, desk, look, answer, report)
        report.looked_up += 1
    return report


def lose_expired(work: Work, desk: NoticeDesk) -> int:
    """Call unknown what was being sent when its sender died."""
    query = (
        select(message)
        .where(
            message.c.state == MessageState.SENDING,
            message.c.lease_until < func.clock_timestamp(),
        )
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    expired = work.db.execute(query).all()
    for row in expired:
        move(work, row, "lose", code="lease", **look_up_soon(desk))
    return len(expired)


def list_untold(work: Work) -> int:
    """List the people behind messages that ended without telling them and are on no list yet."""
    query = (
        select(message.c.notice_id, message.c.reason)
        .join(notice, notice.c.id == message.c.notice_id)
        .where(
            message.c.state.in_([MessageState.FAILED, MessageState.CANCELLED]),
            message.c.reason.in_(list(HOW_TO_TELL)),
            message.c.ended_at > func.clock_timestamp() - LISTED_WITHIN,
            notice.c.post_id.is_(None),
            notice.c.template != OWN_CODE,
            ~exists().where(needs_telling.c.notice_id == message.c.notice_id),
            ~_later_attempt(),
        )
        .limit(BATCH)
    )
    return sum(
        tell_otherwise(work, row.notice_id, Why(row.reason)) for row in work.db.execute(query)
    )


def _later_attempt() -> Any:
    later = message.alias("later")
    return exists().where(
        later.c.notice_id == message.c.notice_id, later.c.attempt > message.c.attempt
    )


def forget_texts(work: Work, desk: NoticeDesk) -> int:
    """Drop number and text of what ended long enough ago; its masked number and size stay."""
    old = func.clock_timestamp() - desk.limits.keep_texts
    forgotten = work.db.execute(
        update(message)
        .where(
            message.c.text_cipher.is_not(None),
            message.c.ended_at < old,
            message.c.state.in_(OVER),
        )
        .values(text_cipher=None, to_cipher=None)
    ).rowcount
    if forgotten:
        work.audit("message.forget_texts", "message", "all", count=forgotten)
    return forgotten


def ring_again(work: Work) -> None:
    """Remember the sending step when something due waits: its ring may have been lost."""
    due = select(message.c.id).where(
        message.c.state == MessageState.QUEUED,
        message.c.not_before <= work.now,
        or_(message.c.hold_until.is_(None), message.c.hold_until <= func.clock_timestamp()),
    )
    if work.db.execute(due.limit(1)).first() is not None:
        work.step(SEND_STEP)


def quarantine(work: Work, desk: NoticeDesk) -> int:
    """After a restore: look up everything that still waits, because it may have gone out since."""
    query = select(message).where(message.c.state == MessageState.QUEUED).with_for_update()
    waiting = work.db.execute(query).all()
    for row in waiting:
        values: dict[str, Any] = {"channel": row.channel or desk.channel}
        move(work, row, "doubt", code="restore", **values, **look_up_soon(desk))
    return len(waiting)


def _looks(open_work: OpenWork, desk: NoticeDesk, most: int) -> Iterator[Look]:
    for _ in range(most):
        with open_work() as work:
            look = _claim_look(work, desk)
        if look is None:
            return
        yield look


def _claim_look(work: Work, desk: NoticeDesk) -> Look | None:
    """Take one unknown message whose look-up is due; moving `look_at` on is the lease."""
    query = (
        message_with_notice()
        .add_columns((func.clock_timestamp() - message.c.unknown_at).label("unknown_for"))
        .where(
            message.c.state == MessageState.UNKNOWN,
            message.c.look_at <= func.clock_timestamp(),
            message.c.channel.in_(list(desk.notifiers)),
        )
        .order_by(message.c.look_at)
        .limit(1)
        .with_for_update(of=message, skip_locked=True)
    )
    row = work.db.execute(query).one_or_none()
    if row is None:
        return None
    notifier = desk.notifiers[row.channel]
    next_look = func.clock_timestamp() + LOOK_LEASE
    work.db.execute(
        update(message)
        .where(message.c.id == row.id)
        .values(look_at=next_look, looks=message.c.looks + 1)
    )
    certain = notifier.idempotent or row.unknown_for >= notifier.settle_time
    return Look(as_sent(work, desk, row), notifier, certain, row.unknown_at)


def as_sent(work: Work, desk: NoticeDesk, row: Row[Any]) -> OutgoingMessage:
    """Return the message as it went out; one that was never claimed here is made up anew."""
    if row.to_cipher is not None and row.text_cipher is not None:
        number = work.keys.decrypt(row.to_cipher, aad=f"message:to:{row.id}")
        text = work.keys.decrypt(row.text_cipher, aad=f"message:text:{row.id}")
        language = row.language
    else:
        found = find_recipient(work, desk, row)
        number = found.number if isinstance(found, Reached) else ""
        language = found.language if isinstance(found, Reached) else desk.language
        text = fill_text(work, desk, row, language=language, channel=row.channel).text
    return OutgoingMessage(
        message_id=str(row.id),
        reference=row.ref,
        to=number,
        text=text,
        language=language,
        template=row.template,
        provider_id=row.provider_id or "",
        since=row.first_called_at,
    )


def _ask(look: Look) -> LookUp:
    if look.notifier.idempotent:
        return Absent()  # the same message again is safe, and answers better than any look-up
    try:
        return look.notifier.look_up(look.message)
    except Exception as error:
        log.error("A look-up raised.", channel=look.notifier.name, error_type=type(error).__name__)
        return NoAnswer(type(error).__name__)


def _record(work: Work, desk: NoticeDesk, look: Look, answer: LookUp, report: SweepReport) -> None:
    """Write down what a look-up told, unless a call-back or another sweep was quicker."""
    row = lock_message(work, UUID(look.message.message_id))
    if row is None or row.state != MessageState.UNKNOWN or row.unknown_at != look.token:
        return
    match answer:
        case Found(state, provider_id, reason, code):
            named = update(message).where(message.c.id == row.id)
            work.db.execute(named.values(provider_id=provider_id))
            learn(work, desk.patience, row, state, Why(reason), code)
            report.found += 1
        case Absent() if look.certain:
            _absent(work, desk, look, row, report)
        case NoAnswer() if look.certain and row.looks >= desk.patience.largest_looks:
            move(work, row, "park", reason=Why.NO_CERTAINTY)
            report.parked += 1
        case _:
            _look_later(work, look, row)


def _absent(work: Work, desk: NoticeDesk, look: Look, row: Row[Any], report: SweepReport) -> None:
    """It was surely not taken: again, but at most once; then a person must look."""
    largest = RESENDS_OF_IDEMPOTENT if look.notifier.idempotent else desk.patience.largest_resends
    was_called = row.first_called_at is not None
    if was_called and row.resends >= largest:
        move(work, row, "park", reason=Why.NO_CERTAINTY)
        report.parked += 1
        return
    move(work, row, "miss", resends=row.resends + was_called, hold_until=None)
    work.step(SEND_STEP)
    report.requeued += 1


def _look_later(work: Work, look: Look, row: Row[Any]) -> None:
    """Ask again: doubling pauses, but at the settle time at the latest."""
    pause = min(timedelta(seconds=5) * (1 << min(row.looks, 8)), LARGEST_LOOK_PAUSE)
    at = func.clock_timestamp() + pause
    if not look.certain:
        at = func.least(at, row.unknown_at + look.notifier.settle_time)
        at = func.greatest(at, func.clock_timestamp() + timedelta(milliseconds=200))
    work.db.execute(update(message).where(message.c.id == row.id).values(look_at=at))
    work.audit("message.looked_up", "message", row.id)
