"""Deciding about held rows: a named person releases one into the lake, or rejects it for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.feeds.applying import lock_feed, release_found, write_settled
from proactive.feeds.contract import Contract
from proactive.feeds.contracts import Contracts
from proactive.feeds.keeping import known_held, mark_released, staged_rows, waiting_rows
from proactive.feeds.lake import Lake
from proactive.feeds.preparing import scratch_folder
from proactive.feeds.service import Door
from proactive.feeds.settling import Settlement, Stamp
from proactive.feeds.staging import staged_file
from proactive.feeds.store import delivery, held_row
from proactive.feeds.views import head_of
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work


def release_held(
    door: Door, actor: Actor, held_id: UUID, reason: str, contracts: Contracts
) -> UUID:
    """Let a possible duplicate count; the person and the reason stay with it.

    Returns the id of the delivery that carries the row. Refused `not_possible_now` for a refund
    whose bill has not come: there is no day on which it could count.
    """
    with door.work(actor) as work:
        return _release(work, door.lake, held_id, reason, contracts)


def _release(work: Work, lake: Lake, held_id: UUID, reason: str, contracts: Contracts) -> UUID:
    row = _open_row(work, held_id, reason)
    contract = contracts.named(row.feed)
    if row.reason != "possible_duplicate":
        raise Refused(
            "not_possible_now",
            "A refund counts by itself as soon as its bill arrives.",
            todo="Ask the office for the bill, or reject the refund.",
        )
    lock_feed(work, row.feed)
    delivery_id = _carrier(work, row)
    with scratch_folder(lake.root.parent) as scratch:
        _apply(work, lake, contract, row, delivery_id, scratch)
    mark_released(work, [row.id], work.actor.id, reason)
    work.audit("release_held", "held_row", held_id, feed=row.feed, delivery=delivery_id)
    work.step("scan_on_arrival", str(delivery_id))
    return delivery_id


def reject_held(work: Work, held_id: UUID, reason: str) -> None:
    """The row never counts; delivered again it changes nothing."""
    row = _open_row(work, held_id, reason)
    work.db.execute(
        update(held_row)
        .where(held_row.c.id == row.id)
        .values(
            state="rejected",
            rejected_at=work.now,
            decided_by=work.actor.id,
            decision_reason=reason,
        )
    )
    work.audit("reject_held", "held_row", held_id, feed=row.feed)


def _apply(
    work: Work, lake: Lake, contract: Contract, row: Row[Any], delivery_id: UUID, scratch: Path
) -> None:
    """Settle the one row like a delivery, without holding it again."""
    pq.write_table(staged_rows(contract, [row.row]), staged_file(scratch))
    files = lake.files(row.feed, head_of(work, row.feed))
    waiting, ids = waiting_rows(work, contract)
    with Settlement(contract, scratch, files) as settlement:
        settlement.load(staged_file(scratch), waiting, known_held(work, contract).slice(0, 0))
        stamp = Stamp(str(delivery_id), work.now, assumed=False)
        settled = settlement.settle(stamp, hold_duplicates=False)
        version = write_settled(work, lake, contract, delivery_id, settlement, settled)
        release_found(work, settled, ids)
    work.db.execute(
        update(delivery)
        .where(delivery.c.id == delivery_id)
        .values(
            state="applied", applied_at=work.now, lake_version=version, rows_applied=settled.applied
        )
    )


def _carrier(work: Work, row: Row[Any]) -> UUID:
    """A delivery of its own, so that the released row can be traced and looked at on arrival."""
    carrier = new_id()
    work.db.execute(
        insert(delivery).values(
            id=carrier,
            feed=row.feed,
            file_name="",
            sha256=f"held:{row.id}",
            reading="release",
            received_at=work.now,
            received_by=work.actor.id,
        )
    )
    return carrier


def _open_row(work: Work, held_id: UUID, reason: str) -> Row[Any]:
    if work.actor.role is Role.MACHINE:
        raise Refused("needs_a_person", "Only a named person decides about a held row.")
    if not reason.strip():
        raise Refused("reason_missing", "Say why.", todo="Give a reason in a few words.")
    query = select(held_row).where(held_row.c.id == held_id).with_for_update()
    row = work.db.execute(query).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such held row.")
    if row.state != "held":
        raise Refused("not_possible_now", "This row was {state} before.", state=row.state)
    return row
