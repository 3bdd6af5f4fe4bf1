"""Asking how messages fared, where the far side reports nothing that could be believed.

The first time a minute after the call, then at doubling pauses, for three days; a message of which
nothing more is heard stays `sent`. Any number of copies may run; moving `look_at` on is the lease.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, or_, update

from proactive.kernel.logs import get_logger
from proactive.kernel.work import Work
from proactive.notices.claiming import message_with_notice
from proactive.notices.desk import NoticeDesk, OpenWork
from proactive.notices.model import MessageState, Why, is_news
from proactive.notices.moving import lock_message
from proactive.notices.receiving import learn
from proactive.notices.store import message
from proactive.notices.sweeping import as_sent
from proactive.plugins.notifier import Asked, Found, LookUp, NoAnswer, Notifier, OutgoingMessage

log = get_logger(__name__)
FIRST_AFTER = timedelta(minutes=1)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=3), timedelta(hours=6)
FOR = timedelta(days=3)


def ask_receipts(open_work: OpenWork, desk: NoticeDesk, *, most: int = 200) -> int:
    """Ask about at most `most` messages; return of how many something new was learnt."""
    asked = {name: way for name, way in desk.notifiers.items() if _is_asked(way)}
    learnt = 0
    for _ in range(most if asked else 0):
        with open_work() as work:
            due = _next_due(work, desk, list(asked))
        if due is None:
            break
        channel, outgoing = due
        answer = _ask(asked[channel], outgoing)
        if isinstance(answer, Found):
            with open_work() as work:
                learnt += _record(work, desk, UUID(outgoing.message_id), answer)
    return learnt


def _is_asked(way: Notifier) -> bool:
    candidate: object = way
    return isinstance(candidate, Asked) and candidate.asks_for_receipts


def _next_due(
    work: Work, desk: NoticeDesk, channels: list[str]
) -> tuple[str, OutgoingMessage] | None:
    """Take one message that went out and of which nobody knows yet whether it arrived."""
    clock = func.clock_timestamp()
    query = (
        message_with_notice()
        .where(
            message.c.state == MessageState.SENT,
            message.c.channel.in_(channels),
            message.c.first_called_at.between(clock - FOR, clock - FIRST_AFTER),
            or_(message.c.look_at.is_(None), message.c.look_at <= clock),
            message.c.to_cipher.is_not(None),
        )
        .order_by(message.c.first_called_at)
        .limit(1)
        .with_for_update(of=message, skip_locked=True)
    )
    row = work.db.execute(query).one_or_none()
    if row is None:
        return None
    pause = min(SHORTEST_PAUSE * (1 << min(row.looks, 10)), LONGEST_PAUSE)
    later = update(message).where(message.c.id == row.id)
    work.db.execute(later.values(look_at=clock + pause, looks=row.looks + 1))
    work.audit("message.asked", "message", row.id)
    return row.channel, as_sent(work, desk, row)


def _ask(way: Notifier, outgoing: OutgoingMessage) -> LookUp:
    try:
        return way.look_up(outgoing)
    except Exception as error:
        log.error("A look-up raised.", channel=way.name, error_type=type(error).__name__)
        return NoAnswer(type(error).__name__)


def _record(work: Work, desk: NoticeDesk, message_id: UUID, found: Found) -> bool:
    """Write down what was learnt, unless somebody else was quicker."""
    row = lock_message(work, message_id)
    if row is None or row.state != MessageState.SENT or not is_news(row.state, found.state):
        return False
    learn(work, desk.patience, row, found.state, Why(found.reason), found.code)
    return True
