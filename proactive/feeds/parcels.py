"""Parcels: files that lie at a door (drop folder, page) until they have become a delivery."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.feeds import drop_folder
from proactive.feeds.contracts import Contracts
from proactive.feeds.handing import How
from proactive.feeds.service import Door
from proactive.feeds.store import parcel
from proactive.feeds.summary import Summary, from_json
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Actor, Work

FOLDER, PAGE = "folder", "page"
STEP = "take_parcel"
DROP_FOLDER = Actor.machine("drop-folder")
PAGE_KEPT = timedelta(days=1)
ORPHAN_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Rooms:
    """Where parcels lie and what they are read by."""

    contracts: Contracts
    definitions: Path
    inbox: Path
    drop: Path | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file at a door. `state`: seen, waiting, checked, ordered; ended: taken, refused, gone."""

    id: UUID
    door: str
    feed: str
    name: str
    mark: str
    how: How
    state: str
    received_at: datetime
    received_by: str
    rows_done: int
    summary: Summary | None
    refusal: Mapping[str, str]
    put_away: str | None
    done: bool

    @property
    def busy(self) -> bool:
        """The machine is looking at it or taking it in."""
        return self.state in ("seen", "waiting", "ordered")


def note_dropped(work: Work, drop: Path, contracts: Mapping[str, Any], *, quiet: timedelta) -> int:
    """Look at the drop folder; plan a step for each file that has rested; return how many.

    How long a file has rested is told by the database's clock, not by business time.
    """
    known = {(row.feed, row.name): row for row in work.db.execute(_open_dropped(quiet))}
    planned = 0
    found = [one for one in drop_folder.look_into(drop) if one.feed in contracts]
    for one in found:
        row = known.pop((one.feed, one.name), None)
        if row is None:
            _remember(work, one)
        elif row.state == "seen" and row.mark != one.mark:
            values = {"mark": one.mark, "marked_at": func.clock_timestamp()}
            work.db.execute(update(parcel).where(parcel.c.id == row.id).values(**values))
        elif row.state == "seen" and row.rested:
            work.db.execute(update(parcel).where(parcel.c.id == row.id).values(state="waiting"))
            work.step(STEP, str(row.id))
            planned += 1
    for row in known.values():
        if row.state == "seen":
            end(work, row.id, "gone")
    return planned


def hand_in(work: Work, parcel_id: UUID, feed: str, name: str, how: How) -> None:
    """A person has put a file into the inbox by page: it is checked first, taken when ordered."""
    work.db.execute(
        insert(parcel).values(
            id=parcel_id,
            door=PAGE,
            feed=feed,
            name=name,
            how=how.model_dump(),
            state="waiting",
            received_at=work.now,
            received_by=work.actor.id,
        )
    )
    work.audit("hand_in", "parcel", parcel_id, feed=feed)
    work.step(STEP, str(parcel_id))


def order(work: Work, parcel_id: UUID) -> None:
    """A person has read what taking the file in would do, and wants it."""
    ordered = update(parcel).where(parcel.c.id == parcel_id, parcel.c.state == "checked")
    changed = work.db.execute(
        ordered.values(state="ordered", rows_done=0, received_by=work.actor.id)
    )
    if not changed.rowcount:
        raise Refused(
            "not_possible_now",
            "This file cannot be taken in now.",
            why="It has been taken in, refused or put away meanwhile.",
            todo="Look at its page, or hand the file in again.",
        )
    work.audit("order_parcel", "parcel", parcel_id)
    work.step(STEP, str(parcel_id))


def parcel_of(work: Work, parcel_id: UUID) -> Parcel:
    """One parcel; Refused `not_found` when there is none."""
    row = work.db.execute(select(parcel).where(parcel.c.id == parcel_id)).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such file.", todo="Go back to the list.")
    return _parcel(row)


def list_parcels(work: Work, limit: int = 50) -> list[Parcel]:
    """The newest files at the doors."""
    query = select(parcel).order_by(parcel.c.received_at.desc(), parcel.c.id.desc()).limit(limit)
    return [_parcel(row) for row in work.db.execute(query)]


def forget_parcels(work: Work, rooms: Rooms) -> int:
    """Delete what was put away when its day has come, and what nobody ordered; return how many."""
    due = select(parcel).where(parcel.c.delete_after < work.today, parcel.c.put_away.is_not(None))
    gone = work.db.execute(due).all()
    for row in gone:
        if rooms.drop is not None:
            drop_folder.forget(rooms.drop, row.feed, row.put_away)
        work.db.execute(update(parcel).where(parcel.c.id == row.id).values(put_away=None))
    left = select(parcel.c.id).where(
        parcel.c.door == PAGE,
        parcel.c.done_at.is_(None),
        parcel.c.received_at < work.now - PAGE_KEPT,
    )
    for parcel_id in work.db.execute(left).scalars().all():
        end(work, parcel_id, "gone")
    open_ones = select(parcel.c.id).where(parcel.c.door == PAGE, parcel.c.done_at.is_(None))
    wanted = {str(one) for one in work.db.execute(open_ones).scalars()}
    lying = [place for place in rooms.inbox.glob("*/") if place.name not in wanted]
    orphans = [place for place in lying if time.time() - place.stat().st_mtime > ORPHAN_SECONDS]
    for place in orphans:
        shutil.rmtree(place, ignore_errors=True)
    if gone or orphans:
        work.audit("purge", "feeds", "parcels", put_away=len(gone), inbox=len(orphans))
    return len(gone) + len(orphans)


def inbox_place(rooms: Rooms, parcel_id: UUID, name: str) -> Path:
    """Where a page's file lies until it is taken in."""
    return rooms.inbox / str(parcel_id) / name


def keep(door: Door, one: Parcel, actor: Actor, **values: Any) -> Parcel:
    """Write down what became of a parcel, in a work of its own."""
    with door.work(actor) as work:
        work.db.execute(update(parcel).where(parcel.c.id == one.id).values(**values))
        return parcel_of(work, one.id)


def _open_dropped(quiet: timedelta) -> Any:
    rested = (parcel.c.marked_at <= func.clock_timestamp() - quiet).label("rested")
    return select(parcel, rested).where(parcel.c.door == FOLDER, parcel.c.done_at.is_(None))


def _remember(work: Work, one: drop_folder.Dropped) -> None:
    statement = insert(parcel).values(
        id=new_id(),
        door=FOLDER,
        feed=one.feed,
        name=one.name,
        state="seen",
        mark=one.mark,
        marked_at=func.clock_timestamp(),
        received_at=work.now,
        received_by=DROP_FOLDER.id,
    )
    work.db.execute(statement.on_conflict_do_nothing())


def end(work: Work, parcel_id: UUID, state: str) -> None:
    """Nothing more will happen to this parcel."""
    values = {"state": state, "done_at": work.now}
    work.db.execute(update(parcel).where(parcel.c.id == parcel_id).values(**values))


def _parcel(row: Row[Any]) -> Parcel:
    return Parcel(
        id=row.id,
        door=row.door,
        feed=row.feed,
        name=row.name,
        mark=row.mark,
        how=How(**row.how),
        state=row.state,
        received_at=row.received_at,
        received_by=row.received_by,
        rows_done=row.rows_done,
        summary=from_json(row.summary) if row.summary else None,
        refusal=row.refusal or {},
        put_away=row.put_away,
        done=row.done_at is not None,
    )
