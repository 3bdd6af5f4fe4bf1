"""Alarms about feeds: raised once, seen until they are over or a person vouches with a reason."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.feeds.contract import Contract
from proactive.feeds.queries import silent_feeds
from proactive.feeds.store import feed_alarm, feed_state
from proactive.feeds.summary import Summary
from proactive.feeds.views import stale_feeds
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Work


class AlarmKind(StrEnum):
    VOLUME = "volume"  # a delivery far outside the usual number of rows
    SILENCE = "silence"  # nothing for longer than the contract allows
    FOLDER = "folder"  # something in the drop folder that nobody can take


@dataclass(frozen=True, slots=True)
class Alarm:
    """One open alarm; `facts` are counts, days and names of folders."""

    id: UUID
    feed: str
    kind: AlarmKind
    raised_at: datetime
    delivery_id: UUID | None
    facts: Mapping[str, Any]

    def sentence(self, language: str, title: str = "") -> str:
        """What is the matter, `zh` or `en`; the feed by its title where one is given."""
        both = SENTENCES[self.kind]
        return both[0 if language == "zh" else 1].format(feed=title or self.feed, **self.facts)

    def todo(self, language: str) -> str:
        return TODOS[self.kind][0 if language == "zh" else 1]


SENTENCES = {
    AlarmKind.VOLUME: (
        "“{feed}”的行数异常：本次 {rows} 行，以往中位数 {usual} 行。",
        "'{feed}' delivered an unusual number of rows: {rows}, usually {usual}.",
    ),
    AlarmKind.SILENCE: (
        "“{feed}”自 {since} 起没有新数据，已超过约定时间。",
        "Nothing new from '{feed}' since {since}, longer than agreed.",
    ),
    AlarmKind.FOLDER: (
        "投递文件夹中的“{feed}”不是已知的数据源，其中的文件未处理。",
        "The drop folder holds '{feed}', which is no feed; what lies in it is not taken.",
    ),
}
TODOS = {
    AlarmKind.VOLUME: (
        "请向交付部门核实；下一批正常交付会自动解除，也可说明理由后解除。",
        "Ask the office; the next usual delivery ends this, or close it with a reason.",
    ),
    AlarmKind.SILENCE: (
        "请向交付部门核实；读取它的规则会注明“数据过期”。下一批交付会自动解除。",
        "Ask its office; triggers that read it say 'stale'. The next delivery ends this.",
    ),
    AlarmKind.FOLDER: (
        "请改成数据源的名称，或移走。",
        "Give it the name of a feed ('proactive feed list'), or take it away.",
    ),
}


def open_alarms(work: Work) -> list[Alarm]:
    """What is the matter now, the oldest first."""
    rows = work.db.execute(
        select(feed_alarm)
        .where(feed_alarm.c.closed_at.is_(None))
        .order_by(feed_alarm.c.raised_at, feed_alarm.c.feed)
    )
    return [
        Alarm(row.id, row.feed, AlarmKind(row.kind), row.raised_at, row.delivery_id, row.facts)
        for row in rows
    ]


def troubles(
    work: Work, contracts: Mapping[str, Contract], drop: Path | None
) -> list[tuple[str, str]]:
    """What the doctor says: each open alarm, what is silent before its alarm, the drop folder."""
    alarms = open_alarms(work)
    found = [(one.sentence("en"), one.todo("en")) for one in alarms]
    told = {one.feed for one in alarms if one.kind is AlarmKind.SILENCE}
    found += [
        (f"Nothing new from '{feed}' for longer than agreed.", TODOS[AlarmKind.SILENCE][1])
        for feed in silent_feeds(work, contracts)
        if feed not in told
    ]
    if drop is not None and not (drop.is_dir() and os.access(drop, os.W_OK)):
        seen = "The drop folder is not there, or may not be written to."
        found.append((seen, "Make it for the account that runs the system, or mend the setting."))
    return found


def close_alarm(work: Work, alarm_id: UUID, reason: str) -> None:
    """A named person vouches that all is well; the reason stays with the alarm."""
    if work.actor.role is Role.MACHINE:
        raise Refused("needs_a_person", "Only a named person closes an alarm with a reason.")
    open_ = (feed_alarm.c.id == alarm_id) & feed_alarm.c.closed_at.is_(None)
    if work.db.execute(select(feed_alarm.c.id).where(open_)).one_or_none() is None:
        raise Refused("not_found", "There is no such open alarm.", todo="Go back to the list.")
    if not reason.strip():
        raise Refused("reason_missing", "Say why.", todo="Give a reason in a few words.")
    closed = work.db.execute(
        update(feed_alarm)
        .where(open_)
        .values(closed_at=work.now, closed_by=work.actor.id, closed_why=reason.strip()[:500])
        .returning(feed_alarm.c.feed, feed_alarm.c.kind)
    ).one()
    work.audit("close_alarm", "feed_alarm", alarm_id, feed=closed.feed, kind=closed.kind)


def watch_volume(work: Work, feed: str, delivery_id: UUID, summary: Summary) -> None:
    """Raise an alarm about an unusual delivery; a usual one ends the alarm before it."""
    if summary.usual_rows is None:
        end_alarm(work, feed, AlarmKind.VOLUME, "a usual delivery came")
        return
    facts = {"rows": summary.rows_read, "usual": summary.usual_rows}
    raise_alarm(work, feed, AlarmKind.VOLUME, facts, delivery_id)


def watch_silence(work: Work, contracts: Mapping[str, Contract]) -> None:
    """Raise an alarm for every feed that came before and is overdue; end those that came again."""
    came = {
        row.feed: row.last_delivery_at
        for row in work.db.execute(select(feed_state.c.feed, feed_state.c.last_delivery_at))
        if row.last_delivery_at is not None
    }
    silent = {feed for feed in stale_feeds(work, contracts) if feed in came}
    for feed in sorted(silent - _open(work, AlarmKind.SILENCE)):
        since = came[feed].astimezone(work.zone).date().isoformat()
        if not _vouched_since(work, feed, came[feed]):
            raise_alarm(work, feed, AlarmKind.SILENCE, {"since": since})
    for feed in sorted(_open(work, AlarmKind.SILENCE) - silent):
        end_alarm(work, feed, AlarmKind.SILENCE, "it came again")


def watch_folders(work: Work, strangers: Collection[str]) -> None:
    """Raise an alarm for every folder that is no feed's; end those whose folder has gone."""
    known = _open(work, AlarmKind.FOLDER)
    for name in sorted(set(strangers) - known):
        raise_alarm(work, name, AlarmKind.FOLDER, {})
    for name in sorted(known - set(strangers)):
        end_alarm(work, name, AlarmKind.FOLDER, "it is gone")


def raise_alarm(
    work: Work,
    feed: str,
    kind: AlarmKind,
    facts: Mapping[str, Any],
    delivery_id: UUID | None = None,
) -> None:
    """One open alarm per feed and kind; a newer delivery's figures take the place of older ones."""
    values = {"facts": dict(facts), "delivery_id": delivery_id, "raised_at": work.now}
    statement = insert(feed_alarm).values(id=new_id(), feed=feed, kind=kind, **values)
    row = work.db.execute(
        statement.on_conflict_do_update(
            index_elements=["feed", "kind"],
            index_where=feed_alarm.c.closed_at.is_(None),
            set_={"facts": statement.excluded.facts, "delivery_id": statement.excluded.delivery_id},
        ).returning(feed_alarm.c.id)
    ).one()
    work.audit("raise_alarm", "feed_alarm", row.id, feed=feed, kind=kind)


def end_alarm(work: Work, feed: str, kind: AlarmKind, why: str) -> None:
    """The machine notes that the matter is over."""
    work.db.execute(
        update(feed_alarm)
        .where(
            feed_alarm.c.feed == feed,
            feed_alarm.c.kind == kind,
            feed_alarm.c.closed_at.is_(None),
        )
        .values(closed_at=work.now, closed_by=work.actor.id, closed_why=why)
    )


def _open(work: Work, kind: AlarmKind) -> set[str]:
    query = select(feed_alarm.c.feed).where(
        feed_alarm.c.kind == kind, feed_alarm.c.closed_at.is_(None)
    )
    return set(work.db.execute(query).scalars())


def _vouched_since(work: Work, feed: str, came: datetime) -> bool:
    """A person closed the alarm about this very silence: it is not raised again."""
    query = select(feed_alarm.c.id).where(
        feed_alarm.c.feed == feed,
        feed_alarm.c.kind == AlarmKind.SILENCE,
        feed_alarm.c.closed_at.is_not(None),
        feed_alarm.c.raised_at >= came,
    )
    return work.db.execute(query.limit(1)).one_or_none() is not None
