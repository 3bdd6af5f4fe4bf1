"""Lists for screens and commands: feeds and how they stand, deliveries, quarantine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from proactive.feeds.contract import Contract
from proactive.feeds.store import delivery, feed_state, held_row, quarantine
from proactive.feeds.summary import Summary, from_json
from proactive.feeds.views import expected_by, stale_feeds
from proactive.kernel.clock import local_date
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One feed: what is stored, when it last came, what waits for a person."""

    feed: str
    title_zh: str
    title_en: str
    owner: str
    rows: int
    last_delivery_at: datetime | None
    last_event_on: date | None
    expected_by: date | None
    stale: bool
    held: int
    quarantined: int
    unusual: bool


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery of a list; the counts of an applied one are in its summary."""

    id: UUID
    feed: str
    file_name: str
    state: str
    received_at: datetime
    received_by: str
    rows_read: int | None
    rows_applied: int | None
    repeats: int
    refusal: Mapping[str, str] = field(default_factory=dict)
    summary: Summary | None = None


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row put aside; `cells` are decrypted, so reading them leaves an audit row."""

    row_no: int
    column: str
    reason: str
    cells: Mapping[str, str]


def feed_statuses(work: Work, contracts: Mapping[str, Contract]) -> list[FeedStatus]:
    """Every feed of the contracts, whether anything has come or not."""
    states = {row.feed: row for row in work.db.execute(select(feed_state))}
    held = _counts(work, select(held_row.c.feed, func.count()).where(held_row.c.state == "held"))
    aside = _counts(work, select(quarantine.c.feed, func.count()))
    last = _last_summaries(work)
    stale = set(stale_feeds(work, contracts))
    return [
        _status(work, contract, states.get(feed), held, aside, last, stale=feed in stale)
        for feed, contract in sorted(contracts.items())
    ]


def silent_feeds(work: Work, contracts: Mapping[str, Contract]) -> list[str]:
    """Feeds that came before and have been silent too long since."""
    came = select(feed_state.c.feed).where(feed_state.c.last_delivery_at.is_not(None))
    before = set(work.db.execute(came).scalars())
    return [feed for feed in stale_feeds(work, contracts) if feed in before]


def deliveries(work: Work, feed: str | None = None, limit: int = 50) -> list[DeliveryLine]:
    """The latest deliveries, refused and interrupted ones too."""
    query = select(delivery).order_by(delivery.c.received_at.desc(), delivery.c.id.desc())
    if feed is not None:
        query = query.where(delivery.c.feed == feed)
    return [_line(row) for row in work.db.execute(query.limit(limit))]


def delivery_of(work: Work, delivery_id: UUID) -> DeliveryLine:
    """One delivery; Refused `not_found` when there is none."""
    row = work.db.execute(select(delivery).where(delivery.c.id == delivery_id)).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such delivery.")
    return _line(row)


def quarantined_rows(work: Work, delivery_id: UUID, limit: int = 200) -> list[QuarantinedRow]:
    """Rows put aside of a delivery, as they came, for the steward who asks the office."""
    if work.actor.role is Role.MACHINE:
        raise Refused("needs_a_person", "Only a named person reads quarantined rows.")
    rows = work.db.execute(
        select(quarantine)
        .where(quarantine.c.delivery_id == delivery_id)
        .order_by(quarantine.c.row_no)
        .limit(limit)
    ).all()
    work.audit("read_quarantine", "delivery", delivery_id, rows=len(rows))
    return [
        QuarantinedRow(
            row.row_no,
            row.column,
            row.reason,
            json.loads(
                work.keys.decrypt(row.raw_cipher, aad=f"quarantine:{delivery_id}:{row.row_no}")
            ),
        )
        for row in rows
    ]


def _counts(work: Work, query: Any) -> dict[str, int]:
    return {feed: int(count) for feed, count in work.db.execute(query.group_by("feed"))}


def _last_summaries(work: Work) -> dict[str, Mapping[str, Any]]:
    rows = work.db.execute(
        select(delivery.c.feed, delivery.c.summary)
        .distinct(delivery.c.feed)
        .where(delivery.c.state == "applied", delivery.c.summary.is_not(None))
        .order_by(delivery.c.feed, delivery.c.applied_at.desc())
    )
    return {row.feed: row.summary for row in rows}


def _status(
    work: Work,
    contract: Contract,
    state: Row[Any] | None,
    held: Mapping[str, int],
    aside: Mapping[str, int],
    last: Mapping[str, Mapping[str, Any]],
    *,
    stale: bool,
) -> FeedStatus:
    came = state.last_delivery_at if state else None
    feed = contract.feed
    return FeedStatus(
        feed=feed,
        title_zh=contract.title.zh,
        title_en=contract.title.en,
        owner=contract.owner,
        rows=state.rows if state else 0,
        last_delivery_at=came,
        last_event_on=state.last_event_on if state else None,
        expected_by=expected_by(contract, local_date(came, work.zone)) if came else None,
        stale=stale,
        held=held.get(feed, 0),
        quarantined=aside.get(feed, 0),
        unusual=last.get(feed, {}).get("usual_rows") is not None,
    )


def _line(row: Row[Any]) -> DeliveryLine:
    return DeliveryLine(
        id=row.id,
        feed=row.feed,
        file_name=row.file_name,
        state=row.state,
        received_at=row.received_at,
        received_by=row.received_by,
        rows_read=row.rows_read,
        rows_applied=row.rows_applied,
        repeats=row.repeats,
        refusal=row.refusal or {},
        summary=from_json(row.summary) if row.summary else None,
    )
