"""A settled delivery written: vault, lake, what is held, put aside and superseded, the head."""

from __future__ import annotations

import zlib
from statistics import median
from uuid import UUID

from sqlalchemy import select, text

from proactive.feeds.contract import Contract
from proactive.feeds.keeping import (
    contradicted_rows,
    keep_bad,
    keep_held,
    keep_superseded,
    mark_released,
    move_head,
)
from proactive.feeds.lake import Lake
from proactive.feeds.reasons import Warn
from proactive.feeds.settling import Settled, Settlement
from proactive.feeds.store import delivery
from proactive.feeds.summary import Summary
from proactive.feeds.views import head_of
from proactive.kernel.work import Work
from proactive.people.intake import Intake, IntakeCounts

FEED_LOCK, VAULT_LOCK = 7_203_002, 7_203_003
REMEMBERED_DELIVERIES = 12


def lock_feed(work: Work, feed: str) -> None:
    """One delivery of a feed at a time, until the end of the transaction."""
    number = zlib.crc32(feed.encode()) - 2**31
    lock = text("SELECT pg_advisory_xact_lock(:family, :number)")
    work.db.execute(lock, {"family": FEED_LOCK, "number": number})


def write_settled(
    work: Work,
    lake: Lake,
    contract: Contract,
    delivery_id: UUID,
    settlement: Settlement,
    settled: Settled,
) -> int | None:
    """Append to the lake and move the head; the version that is visible from the commit on."""
    feed = contract.feed
    head = head_of(work, feed)
    if settled.applied:
        head = lake.append(feed, settlement.rows(), head=head)
    keep_superseded(work, feed, delivery_id, settlement.pairs())
    keep_held(work, contract, delivery_id, settled.held)
    keep_bad(work, contract, delivery_id, contradicted_rows(settled.contradicted))
    move_head(work, feed, head, rows=settled.applied, last_event=settled.event_to)
    return head


def release_found(work: Work, settled: Settled, waiting: list[UUID]) -> None:
    """Refunds whose bill has come with this delivery are held no longer."""
    ids = [waiting[number - 1] for number in settled.released]
    mark_released(work, ids, work.actor.id, "forward record arrived")


def fill_vault(work: Work, intake: Intake, summary: Summary) -> None:
    """Merge the identities; deliveries of different feeds take turns."""
    work.db.execute(text("SELECT pg_advisory_xact_lock(:family)"), {"family": VAULT_LOCK})
    counts: IntakeCounts = intake.finish()
    summary.new_subjects, summary.doubtful = counts.new_subjects, counts.doubtful
    for warning, count in (
        (Warn.PHONE_SHARED, counts.shared_phones),
        (Warn.UNKNOWN_AREA, counts.unknown_areas),
    ):
        if count:
            summary.warnings[warning] += count


def unusual_volume(work: Work, contract: Contract, rows: int) -> int | None:
    """The usual number of rows, where this delivery is far outside of it."""
    query = (
        select(delivery.c.rows_read)
        .where(
            delivery.c.feed == contract.feed,
            delivery.c.state == "applied",
            delivery.c.rows_read.is_not(None),
        )
        .order_by(delivery.c.received_at.desc())
        .limit(REMEMBERED_DELIVERIES)
    )
    before = [int(count) for count in work.db.execute(query).scalars()]
    if len(before) < contract.volume.after:
        return None
    usual = median(before)
    fits = contract.volume.low * usual <= rows <= contract.volume.high * usual
    return None if fits else int(usual)
