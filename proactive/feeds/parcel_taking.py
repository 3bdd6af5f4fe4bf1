"""Taking parcels in: check what lies at a door, or make it a delivery and put it away."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, update

from proactive.feeds import drop_folder
from proactive.feeds.handing import options_for
from proactive.feeds.keeping import delete_after
from proactive.feeds.parcels import (
    DROP_FOLDER,
    FOLDER,
    Parcel,
    Rooms,
    end,
    inbox_place,
    keep,
    parcel_of,
)
from proactive.feeds.refusal_words import kept
from proactive.feeds.service import Door, check_delivery, ingest_delivery
from proactive.feeds.store import parcel
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor

TELL_EVERY = 2.0


def take_parcel(door: Door, rooms: Rooms, parcel_id: UUID) -> None:
    """Do what a parcel waits for; killed anywhere, the same call completes it."""
    with door.work(DROP_FOLDER) as work:
        one = parcel_of(work, parcel_id)
    if one.done:
        return
    if one.door == FOLDER:
        _take_dropped(door, rooms, one)
    elif one.state in ("waiting", "ordered"):
        _take_handed(door, rooms, one)


def _take_dropped(door: Door, rooms: Rooms, one: Parcel) -> None:
    if rooms.drop is None:
        raise Refused("no_drop_folder", "No drop folder is set any more.", todo="Set it again.")
    if one.state == "waiting":
        if _is_written(door, rooms.drop, one):
            return
        path = drop_folder.claim(rooms.drop, one.feed, one.name, str(one.id))
        if not path.exists():
            with door.work(DROP_FOLDER) as work:
                end(work, one.id, "gone")
            return
        one = _ingest(door, rooms, one, DROP_FOLDER, path)
    to, why = one.put_away or "", _why(one)
    drop_folder.put_away(rooms.drop, one.feed, one.name, str(one.id), to, why)
    with door.work(DROP_FOLDER) as work:
        end(work, one.id, one.state)


def _is_written(door: Door, drop: Path, one: Parcel) -> bool:
    """Has the file changed since it was found at rest? Then it is watched anew."""
    mark = drop_folder.mark_of(drop, one.feed, one.name)
    if not mark or mark == one.mark:
        return False
    keep(door, one, DROP_FOLDER, state="seen", mark=mark, marked_at=func.clock_timestamp())
    return True


def _take_handed(door: Door, rooms: Rooms, one: Parcel) -> None:
    """Check a page's file, or take it in, in the name of the person who handed it in."""
    person = Actor.operator_on_server(one.received_by)
    path = inbox_place(rooms, one.id, one.name)
    if one.state == "ordered":
        ended = _ingest(door, rooms, one, person, path).state
    else:
        ended = _check(door, rooms, one, person, path)
    if ended != "checked":
        shutil.rmtree(path.parent, ignore_errors=True)
        with door.work(person) as work:
            end(work, one.id, ended)


def _check(door: Door, rooms: Rooms, one: Parcel, person: Actor, path: Path) -> str:
    contract = rooms.contracts.named(one.feed)
    try:
        options = options_for(
            one.how, contract, rooms.definitions, progress=_teller(door, one, person)
        )
        with door.work(person) as work:
            summary = check_delivery(work, door.lake, contract, path, options)
    except Refused as refusal:
        return keep(door, one, person, state="refused", refusal=kept(refusal)).state
    return keep(door, one, person, state="checked", summary=summary.as_json()).state


def _ingest(door: Door, rooms: Rooms, one: Parcel, actor: Actor, path: Path) -> Parcel:
    """Take the file in as the command line does; the outcome is written down before it moves."""
    contract = rooms.contracts.named(one.feed)
    try:
        how = drop_folder.how_of(path) if one.door == FOLDER else one.how
        options = options_for(
            how,
            contract,
            rooms.definitions,
            beside=path.parent if one.door == FOLDER else None,
            progress=_teller(door, one, actor),
        )
        summary = ingest_delivery(door, actor, contract, path, options)
    except Refused as refusal:
        ended: dict[str, Any] = {"state": "refused", "refusal": kept(refusal)}
    else:
        ended = {"state": "taken", "summary": summary.as_json(), "refusal": None}
    if one.door == FOLDER and rooms.drop is not None:
        where = drop_folder.TAKEN if ended["state"] == "taken" else drop_folder.REFUSED
        ended["put_away"] = drop_folder.free_name(rooms.drop, one.feed, one.name, where)
        with door.work(actor) as work:
            ended["delete_after"] = delete_after(work, contract)
    return keep(door, one, actor, **ended)


def _teller(door: Door, one: Parcel, actor: Actor) -> Any:
    """Writes how many rows have been read, now and then, for whoever watches the page."""
    last = time.monotonic()

    def tell(done: int, _total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_EVERY:
            last = time.monotonic()
            with door.work(actor) as work:
                values = {"rows_done": done}
                work.db.execute(update(parcel).where(parcel.c.id == one.id).values(**values))

    return tell


def _why(one: Parcel) -> str:
    if one.summary is not None:
        return f"{one.summary.as_text('zh')}\n\n{one.summary.as_text('en')}"
    return f"{one.refusal.get('zh', '')}\n\n{one.refusal.get('sentence', '')}"
