"""Leaving a way out alone after trouble in a row, whichever process met it.

Without this a gateway that is down would take the whole queue, one lost answer at a time, to the
people who decide about parked messages. After a pause one message goes as a probe.
"""

from typing import Any

from sqlalchemy import ColumnElement, exists, func, update
from sqlalchemy.dialects.postgresql import insert

from proactive.kernel.work import Work
from proactive.notices.desk import NoticeDesk
from proactive.notices.model import Patience, channel_pause_after
from proactive.notices.store import channel_pause, message


def note_trouble(work: Work, channel: str, patience: Patience) -> bool:
    """Count a busy or lost answer; True when the way out is now left alone for a while."""
    count = insert(channel_pause).values(channel=channel, troubles=1)
    troubles = work.db.execute(
        count.on_conflict_do_update(
            index_elements=["channel"], set_={"troubles": channel_pause.c.troubles + 1}
        ).returning(channel_pause.c.troubles)
    ).scalar_one()
    pause = channel_pause_after(troubles, patience)
    if pause is None:
        return False
    stopped = update(channel_pause).where(channel_pause.c.channel == channel)
    work.db.execute(stopped.values(until=func.clock_timestamp() + pause))
    work.audit("channel.pause", "channel", channel, troubles=troubles)
    return True


def note_success(work: Work, channel: str) -> None:
    """Forget the trouble of a way out that answers again."""
    answered = update(channel_pause).where(
        channel_pause.c.channel == channel, channel_pause.c.troubles > 0
    )
    work.db.execute(answered.values(troubles=0, until=None))


def is_open(desk: NoticeDesk) -> ColumnElement[bool]:
    """Return the condition that a message's way out is known and not paused."""
    channel: ColumnElement[Any] = func.coalesce(func.nullif(message.c.channel, ""), desk.channel)
    paused = exists().where(
        channel_pause.c.channel == channel, channel_pause.c.until > func.clock_timestamp()
    )
    return channel.in_(list(desk.notifiers)) & ~paused
