"""Lists for screens and commands: feeds and how they stand, deliveries, quarantine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from proactive.feeds.contract import Contract
from proactive.feeds.reasons import reason_text
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
    silent: bool
    held: int
    quarantined: int
    unusual: bool

    def as_json(self) -> dict[str, Any]:
        return _plain(asdict(self))


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
    applied: int | None
    quarantined: int
    repeats: int
    refusal: Mapping[str, str] = field(default_factory=dict)
    summary: Summary | None = None

    def as_json(self) -> dict[str, Any]:
        data = _plain({one.name: getattr(self, one.name) for one in fields(self)})
        data["summary"] = self.summary.as_json() if self.summary else None
        return data


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """Where a row was put aside and why; its contents stay sealed."""

    row: int
    column: str
    reason: str

    def text(self, language: str) -> str:
        return reason_text(self.reason, language)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"sentence": self.text("en")}


@dataclass(frozen=True, slots=True)
class QuarantineReason:
    """Rows put aside for one reason in one column."""

    column: str
    reason: str
    count: int
    first_row: int


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that does not count yet; `twin` is the record it resembles or waits for."""

    id: UUID
    feed: str
    reason: str
    record_id: str
    twin: str | None
    event_on: date | None
    delivery_id: UUID
    row: int
    since: datetime

    def as_json(self) -> dict[str, Any]:
        return _plain(asdict(self))


def feed_statuses(work: Work, contracts: Mapping[str, Contract]) -> list[FeedStatus]:
    """Every feed of the contracts, whether anything has come or not."""
    states = {row.feed: row for row in work.db.execute(select(feed_state))}
    held = _counts(work, select(held_row.c.feed, func.count()).where(held_row.c.state == "held"))
    aside = _counts(work, select(quarantine.c.feed, func.count()))
    last = _last_summaries(work)
    stale = set(stale_feeds(work, contracts))
    return [
        _status(work, contract, states.get(feed), held, aside, last, silent=feed in stale)
        for feed, contract in sorted(contracts.items())
    ]


def silent_feeds(work: Work, contracts: Mapping[str, Contract]) -> list[str]:
    """Feeds that came before and have been silent too long since."""
    came = select(feed_state.c.feed).where(feed_state.c.last_delivery_at.is_not(None))
    before = set(work.db.execute(came).scalars())
    return [feed for feed in stale_feeds(work, contracts) if feed in before]


def list_deliveries(work: Work, limit: int = 50) -> list[DeliveryLine]:
    """The latest deliveries, refused and interrupted ones too."""
    query = _with_aside().order_by(delivery.c.received_at.desc(), delivery.c.id.desc())
    return [_line(row) for row in work.db.execute(query.limit(limit))]


def delivery_of(work: Work, delivery_id: UUID) -> DeliveryLine:
    """One delivery; Refused `not_found` when there is none."""
    row = work.db.execute(_with_aside().where(delivery.c.id == delivery_id)).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such delivery.", todo="Go back to the list.")
    return _line(row)


def quarantine_reasons(work: Work, delivery_id: UUID) -> list[QuarantineReason]:
    """Why rows of a delivery were put aside, the most frequent reason first."""
    count = func.count().label("count")
    column, reason = quarantine.c.column, quarantine.c.reason
    rows = work.db.execute(
        select(column, reason, count, func.min(quarantine.c.row_no).label("first_row"))
        .where(quarantine.c.delivery_id == delivery_id)
        .group_by(column, reason)
        .order_by(count.desc(), column, reason)
    )
    return [QuarantineReason(**row) for row in rows.mappings()]


def quarantined_rows(work: Work, delivery_id: UUID, limit: int = 1_000) -> list[QuarantinedRow]:
    """Rows of a delivery that were put aside, without their contents."""
    rows = work.db.execute(
        select(quarantine.c.row_no, quarantine.c.column, quarantine.c.reason)
        .where(quarantine.c.delivery_id == delivery_id)
        .order_by(quarantine.c.row_no)
        .limit(limit)
    )
    return [QuarantinedRow(row.row_no, row.column, row.reason) for row in rows]


def quarantined_cells(work: Work, delivery_id: UUID, row_no: int) -> dict[str, str]:
    """One row as it came, for the named steward who asks the office; the look is audited."""
    if work.actor.role is Role.MACHINE:
        raise Refused("needs_a_person", "Only a named person reads quarantined rows.")
    query = select(quarantine.c.raw_cipher).where(
        quarantine.c.delivery_id == delivery_id, quarantine.c.row_no == row_no
    )
    sealed = work.db.execute(query).scalar_one_or_none()
    if sealed is None:
        raise Refused("not_found", "There is no such row in quarantine.")
    work.audit("read_quarantine", "delivery", delivery_id, row=row_no)
    cells: dict[str, str] = json.loads(
        work.keys.decrypt(sealed, aad=f"quarantine:{delivery_id}:{row_no}")
    )
    return cells


def held_rows(work: Work) -> list[HeldRow]:
    """What is held, the oldest first."""
    query = select(held_row).where(held_row.c.state == "held").order_by(held_row.c.held_at)
    return [_held(row) for row in work.db.execute(query)]


def _held(row: Row[Any]) -> HeldRow:
    day = row.row.get("event_on")
    return HeldRow(
        id=row.id,
        feed=row.feed,
        reason=row.reason,
        record_id=row.record_id,
        twin=row.twin,
        event_on=date.fromisoformat(day) if day else None,
        delivery_id=row.delivery_id,
        row=row.row_no,
        since=row.held_at,
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Days and instants as ISO text, ids as text."""
    plain = dict(values)
    for name, value in values.items():
        if isinstance(value, date):
            plain[name] = value.isoformat()
        elif isinstance(value, UUID):
            plain[name] = str(value)
    return plain


def _counts(work: Work, query: Any) -> dict[str, int]:
    return {feed: int(count) for feed, count in work.db.execute(query.group_by("feed"))}


def _last_summaries(work: Work) -> dict[str, Mapping[str, Any]]:
    rows = work.db.execute(
        select(delivery.c.feed, delivery.c.summary)
        .ext(distinct_on(delivery.c.feed))
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
    silent: bool,
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
        silent=silent,
        held=held.get(feed, 0),
        quarantined=aside.get(feed, 0),
        unusual=last.get(feed, {}).get("usual_rows") is not None,
    )


def _with_aside() -> Select[Any]:
    """Deliveries with the rows still in quarantine, for those that have no summary."""
    mine = quarantine.c.delivery_id == delivery.c.id
    return select(delivery, select(func.count()).where(mine).scalar_subquery().label("aside"))


def _line(row: Row[Any]) -> DeliveryLine:
    summary = from_json(row.summary) if row.summary else None
    return DeliveryLine(
        id=row.id,
        feed=row.feed,
        file_name=row.file_name,
        state=row.state,
        received_at=row.received_at,
        received_by=row.received_by,
        rows_read=row.rows_read,
        applied=row.rows_applied,
        quarantined=sum(summary.quarantined.values()) if summary else row.aside,
        repeats=row.repeats,
        refusal=row.refusal or {},
        summary=summary,
    )
