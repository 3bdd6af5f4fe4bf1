"""Deliveries: `check_delivery` looks, `ingest_delivery` applies whole or not at all.

A delivery is written down first; then vault, lake and heads change in one transaction under the
feed's lock. Killed anywhere it is as if it had not come, and the same command completes it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.feeds.alarms import watch_volume
from proactive.feeds.applying import (
    fill_vault,
    lock_feed,
    release_found,
    unusual_volume,
    write_settled,
)
from proactive.feeds.contract import Contract
from proactive.feeds.files import LIMITS, FileFacts, Limits, look_at
from proactive.feeds.keeping import delete_after, keep_bad, known_held, waiting_rows
from proactive.feeds.lake import Lake
from proactive.feeds.mapping import Mapping, no_mapping
from proactive.feeds.preparing import (
    Delivered,
    Progress,
    Sink,
    prepare,
    scratch_folder,
    setting_of,
)
from proactive.feeds.rawfiles import seal_file
from proactive.feeds.refusal_words import kept
from proactive.feeds.retention import purge_expired, raw_path, restore_lake
from proactive.feeds.settling import Settled, Settlement, Stamp
from proactive.feeds.staging import staged_file
from proactive.feeds.store import delivery
from proactive.feeds.summary import Summary, from_json
from proactive.feeds.units import check_units
from proactive.feeds.views import feed_views, head_of, stale_feeds, touched_subjects
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.people.intake import Intake

__all__ = [
    "Door",
    "check_delivery",
    "feed_views",
    "ingest_delivery",
    "purge_expired",
    "restore_lake",
    "stale_feeds",
    "touched_subjects",
]


class Door(Protocol):
    """What opens a unit of work and knows the lake: the Platform."""

    @property
    def lake(self) -> Lake: ...

    def work(
        self, actor: Actor, *, now: datetime | None = None
    ) -> AbstractContextManager[Work]: ...


@dataclass(frozen=True, slots=True)
class Options:
    """How a delivery is to be read. `override_unit` needs a named steward."""

    mapping: Mapping | None = None
    encoding: str | None = None
    history: bool = False
    override_unit: bool = False
    limits: Limits = LIMITS
    progress: Progress | None = None

    def of(self, contract: Contract, path: Path) -> Delivered:
        return Delivered(
            contract=contract,
            mapping=self.mapping or no_mapping(contract),
            path=path,
            encoding=self.encoding,
            history=self.history,
            override_unit=self.override_unit,
            limits=self.limits,
            progress=self.progress,
        )


def check_delivery(
    work: Work, lake: Lake, contract: Contract, path: Path, options: Options | None = None
) -> Summary:
    """What `ingest_delivery` would do with a file; nothing is stored.

    Refused like an ingest when the file as a whole cannot be taken.
    """
    delivered = (options or Options()).of(contract, path)
    facts = look_at(path, delivered.limits)
    with scratch_folder(lake.root.parent) as scratch:
        summary = prepare(delivered, facts, scratch, keys=work.keys, setting=setting_of(work))
        stamp = Stamp("", work.now, assumed=delivered.history)
        files = lake.files(contract.feed, head_of(work, contract.feed))
        with Settlement(contract, scratch, files) as settlement:
            settled = _settle(work, delivered, facts, settlement, scratch, stamp)[0]
    settled.tell(summary)
    summary.usual_rows = unusual_volume(work, contract, summary.rows_read)
    return summary


def ingest_delivery(
    door: Door, actor: Actor, contract: Contract, path: Path, options: Options | None = None
) -> Summary:
    """Apply a delivered file whole: bad rows put aside, the rest in the lake and the vault.

    The same content again is "nothing new". Refused when the file as a whole cannot be taken;
    the refusal is written down.
    """
    delivered = (options or Options()).of(contract, path)
    if delivered.override_unit and actor.role is Role.MACHINE:
        raise Refused("needs_a_person", "Only a named person may override the unit check.")
    try:
        facts = look_at(path, delivered.limits)
    except Refused as refusal:
        if refusal.code != "no_file":
            _note_refused(door, actor, delivered, refusal)
        raise
    with door.work(actor) as work:
        row = _receive(work, delivered, facts)
    if row.state == "applied":
        return _nothing_new(row, facts)
    try:
        with scratch_folder(door.lake.root.parent) as scratch, door.work(actor) as work:
            return _apply(work, door.lake, delivered, facts, row.id, scratch)
    except Refused as refusal:
        with door.work(actor) as work:
            _mark_refused(work, row.id, refusal)
        raise


def _receive(work: Work, delivered: Delivered, facts: FileFacts) -> Row[Any]:
    """The delivery's row: new, or that of the same content which is here or was interrupted."""
    found = {"feed": delivered.contract.feed, "sha256": facts.sha256, "reading": delivered.reading}
    statement = insert(delivery).values(
        id=new_id(),
        **found,
        file_name=facts.name,
        received_at=work.now,
        received_by=work.actor.id,
        history=delivered.history,
    )
    new = work.db.execute(statement.on_conflict_do_nothing().returning(delivery.c.id)).scalar()
    same = delivery.select().where(
        *(delivery.c[name] == value for name, value in found.items()),
        delivery.c.state != "refused",
    )
    row = work.db.execute(same).one()
    if new is not None:
        work.audit("receive", "delivery", row.id, feed=row.feed)
    elif row.state == "applied":
        work.db.execute(
            update(delivery).where(delivery.c.id == row.id).values(repeats=delivery.c.repeats + 1)
        )
        work.audit("receive_again", "delivery", row.id, feed=row.feed)
    return row


def _apply(
    work: Work,
    lake: Lake,
    delivered: Delivered,
    facts: FileFacts,
    delivery_id: UUID,
    scratch: Path,
) -> Summary:
    contract = delivered.contract
    mine = select(delivery).where(delivery.c.id == delivery_id).with_for_update()
    row = work.db.execute(mine).one()
    if row.state != "received":
        return _nothing_new(row, facts)
    intake = Intake(work, contract.feed, delivery_id)
    sink = Sink(
        identities=intake.add,
        aliases=intake.add_aliases,
        bad=lambda rows: keep_bad(work, contract, delivery_id, rows),
    )
    summary = prepare(
        delivered, facts, scratch, keys=work.keys, setting=setting_of(work), sink=sink
    )
    summary.delivery_id, summary.state = str(delivery_id), "applied"
    raw = raw_path(lake, f"{delivery_id}.bin")
    seal_file(facts.path, raw, work.keys)
    lock_feed(work, contract.feed)
    stamp = Stamp(str(delivery_id), work.now, assumed=delivered.history)
    files = lake.files(contract.feed, head_of(work, contract.feed))
    with Settlement(contract, scratch, files) as settlement:
        settled, waiting = _settle(work, delivered, facts, settlement, scratch, stamp)
        settled.tell(summary)
        summary.usual_rows = unusual_volume(work, contract, summary.rows_read)
        watch_volume(work, contract.feed, delivery_id, summary)
        fill_vault(work, intake, summary)
        version = write_settled(work, lake, contract, delivery_id, settlement, settled)
        release_found(work, settled, waiting)
    _close(work, delivery_id, summary, version, raw.name, delete_after(work, contract))
    return summary


def _settle(
    work: Work,
    delivered: Delivered,
    facts: FileFacts,
    settlement: Settlement,
    scratch: Path,
    stamp: Stamp,
) -> tuple[Settled, list[UUID]]:
    """Decide about every row; also the ids of the held rows that were looked at again."""
    contract = delivered.contract
    waiting, ids = waiting_rows(work, contract)
    settlement.load(staged_file(scratch), waiting, known_held(work, contract))
    check_units(work, delivered, facts, settlement)
    return settlement.settle(stamp, hold_duplicates=True), ids


def _close(
    work: Work,
    delivery_id: UUID,
    summary: Summary,
    version: int | None,
    raw_file: str,
    until: date,
) -> None:
    work.db.execute(
        update(delivery)
        .where(delivery.c.id == delivery_id)
        .values(
            state="applied",
            applied_at=work.now,
            rows_read=summary.rows_read,
            rows_applied=summary.applied,
            event_from=summary.event_from,
            event_to=summary.event_to,
            lake_version=version,
            summary=summary.as_json(),
            raw_file=raw_file,
            delete_after=until,
        )
    )
    work.audit("apply", "delivery", delivery_id, feed=summary.feed, rows=summary.applied)
    if summary.applied:
        work.step("scan_on_arrival", str(delivery_id))


def _nothing_new(row: Row[Any], facts: FileFacts) -> Summary:
    before = from_json(row.summary)
    before.state, before.file = "nothing_new", facts.name
    return before


def _mark_refused(work: Work, delivery_id: UUID, refusal: Refused) -> None:
    """The delivery ends here; the same file may be handed in again."""
    work.db.execute(
        update(delivery)
        .where(delivery.c.id == delivery_id, delivery.c.state == "received")
        .values(state="refused", refusal=kept(refusal))
    )
    work.audit("refuse", "delivery", delivery_id, code=refusal.code)


def _note_refused(door: Door, actor: Actor, delivered: Delivered, refusal: Refused) -> None:
    """A file that could not even be looked at leaves a row too."""
    with door.work(actor) as work:
        delivery_id = new_id()
        work.db.execute(
            insert(delivery).values(
                id=delivery_id,
                feed=delivered.contract.feed,
                file_name=delivered.path.name,
                sha256="",
                reading=delivered.reading,
                state="refused",
                received_at=work.now,
                received_by=actor.id,
                refusal=kept(refusal),
            )
        )
        work.audit("refuse", "delivery", delivery_id, code=refusal.code)
