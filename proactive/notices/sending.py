"""Sending: claim one message, commit, call with no transaction open, record and claim the next.

What keeps a person from a second copy: `sending` is committed before the call; a lease with a
random token guards every write; whoever was held up for half the lease does not call any more; a
call without a clear answer leaves the message `unknown`, to be looked up before anything else.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, update

from proactive.kernel.logs import get_logger
from proactive.kernel.work import Work
from proactive.notices.claiming import Claimed, claim, next_due
from proactive.notices.desk import NoticeDesk, OpenWork
from proactive.notices.model import MessageState, Why, is_news, pause_after
from proactive.notices.moving import (
    SEND_STEP,
    after_failure,
    lock_message,
    move,
)
from proactive.notices.pausing import note_success, note_trouble
from proactive.notices.store import message
from proactive.plugins.notifier import (
    Accepted,
    Answer,
    Busy,
    Rejected,
    Unknown,
)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TooLate:
    """We were held up: not called, and so certainly not sent."""


@dataclass(slots=True)
class SendReport:
    """What one round did.

    `last`: nothing due is left. `paused`: the way out is left alone for a while.
    """

    accepted: int = 0
    refused: int = 0
    busy: int = 0
    unknown: int = 0
    not_sent: int = 0
    last: bool = False
    answering: bool = False
    paused: bool = False

    def count(self, answer: Answer | TooLate) -> None:
        match answer:
            case Accepted():
                self.accepted += 1
            case Rejected():
                self.refused += 1
            case Unknown():
                self.unknown += 1
            case _:
                self.busy += 1


def send_due(
    open_work: OpenWork, desk: NoticeDesk, *, most: int = 1000, seconds: float = 20.0
) -> SendReport:
    """Send what is due until nothing is left, `most` calls are made or `seconds` are over.

    Any number of processes may run this at once; any may be killed at any time.
    """
    report, until = SendReport(), time.monotonic() + seconds
    claimed = _next(open_work, desk, report, None, None)
    while claimed is not None:
        answer = _call(desk, claimed)
        report.count(answer)
        calls = report.accepted + report.refused + report.unknown
        if calls < most and time.monotonic() < until and not isinstance(answer, Busy):
            claimed = _next(open_work, desk, report, claimed, answer)
            continue
        with open_work() as work:
            _close(work, desk, report, claimed, answer)
            if not isinstance(answer, Busy):
                work.step(SEND_STEP)
        claimed = None
    return report


def _close(
    work: Work, desk: NoticeDesk, report: SendReport, done: Claimed, answer: Answer | TooLate
) -> None:
    """Record an answer, and what it says about the way out itself."""
    record(work, desk, done, answer)
    if isinstance(answer, Accepted | Rejected) and not report.answering:
        note_success(work, done.channel)
        report.answering = True
    elif isinstance(answer, Busy | Unknown):
        report.answering = False
        report.paused = note_trouble(work, done.channel, desk.patience)


def _next(
    open_work: OpenWork,
    desk: NoticeDesk,
    report: SendReport,
    done: Claimed | None,
    answer: Answer | TooLate | None,
) -> Claimed | None:
    """Record the last call and claim the next in one commit; pass over what must not go out."""
    while True:
        started = time.monotonic()
        with open_work() as work:
            if done is not None and answer is not None:
                _close(work, desk, report, done, answer)
                done = None
            row = next_due(work, desk)
            if row is None:
                report.last = True
                return None
            claimed = claim(work, desk, row, started)
        if claimed is not None:
            return claimed
        report.not_sent += 1


def _call(desk: NoticeDesk, claimed: Claimed) -> Answer | TooLate:
    """Call the way out, unless we were held up; whatever it raises leaves the result unknown."""
    if time.monotonic() - claimed.since > desk.patience.lease.total_seconds() / 2:
        return TooLate()
    try:
        return desk.notifiers[claimed.channel].send(claimed.message)
    except Exception as error:
        log.error("A way out raised.", channel=claimed.channel, error_type=type(error).__name__)
        return Unknown(type(error).__name__)


def record(work: Work, desk: NoticeDesk, claimed: Claimed, answer: Answer | TooLate) -> None:
    """Write down what came of a call. A call-back may have told more meanwhile; it stands."""
    row = lock_message(work, UUID(claimed.message.message_id))
    if row is None:
        return
    ours = row.state == MessageState.SENDING and row.lease_token == claimed.token
    match answer:
        case Accepted(provider_id):
            _accepted(work, row, provider_id, ours=ours)
        case Rejected(reason, code):
            _rejected(work, desk, row, Why(reason), code, ours=ours)
        case Busy(wait, code) if ours:
            _busy(work, desk, row, wait, code)
        case Unknown(why) if ours:
            move(work, row, "lose", code=why, **look_up_soon(desk))
        case TooLate() if ours:
            move(work, row, "give_back")


def look_up_soon(desk: NoticeDesk) -> dict[str, Any]:
    """Return the columns of a message whose result has just become unknown."""
    return {
        "unknown_at": func.clock_timestamp(),
        "look_at": func.clock_timestamp() + desk.patience.first_look_after,
        "looks": 0,
    }


def _accepted(work: Work, row: Row[Any], provider_id: str, *, ours: bool) -> None:
    """Acceptance is certain even when the lease was lost meanwhile."""
    if ours:
        move(work, row, "accept", provider_id=provider_id)
    elif is_news(row.state, "sent"):
        move(work, row, "learn_sent", provider_id=provider_id)
    elif row.provider_id is None:
        named = update(message).where(message.c.id == row.id)
        work.db.execute(named.values(provider_id=provider_id))


def _rejected(
    work: Work, desk: NoticeDesk, row: Row[Any], why: Why, code: str, *, ours: bool
) -> None:
    if ours:
        move(work, row, "refuse", reason=why, code=code)
    elif row.state == MessageState.UNKNOWN:
        move(work, row, "learn_failed", reason=why, code=code)
    else:
        return
    after_failure(work, desk.patience, row, why)


def _busy(work: Work, desk: NoticeDesk, row: Row[Any], wait: timedelta | None, code: str) -> None:
    """Hold the message back; after very many busy answers a person must look."""
    if row.busies + 1 >= desk.patience.largest_busies:
        move(work, row, "park", reason=Why.ALWAYS_BUSY, code=code)
        return
    pause = wait or pause_after(row.busies, desk.patience)
    move(
        work,
        row,
        "give_back",
        busies=row.busies + 1,
        code=code,
        hold_until=func.clock_timestamp() + pause,
    )
    work.step(SEND_STEP, due_at=work.now + pause)
