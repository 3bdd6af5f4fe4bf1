"""What a scan needs of the feeds: pinned files, what is superseded, who was touched, silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
from sqlalchemy import select

from proactive.feeds.contract import Contract
from proactive.feeds.lake import FeedView, Lake
from proactive.feeds.settling_sql import text as sql_text
from proactive.feeds.store import delivery, feed_state, superseded
from proactive.kernel.clock import local_date
from proactive.kernel.errors import Refused
from proactive.kernel.periods import Period, add
from proactive.kernel.work import Work
from proactive.people.store import subject, subject_alias

SUPERSEDED = pa.schema(
    [
        ("record_id", pa.string()),
        ("version", pa.int64()),
        ("since", pa.timestamp("us", tz="UTC")),
        ("since_recorded", pa.date32()),
    ]
)


def head_of(work: Work, feed: str) -> int | None:
    """The version of a feed's table that is visible."""
    query = select(feed_state.c.head_version).where(feed_state.c.feed == feed)
    found: int | None = work.db.execute(query).scalar_one_or_none()
    return found


def feed_views(
    work: Work, lake: Lake, feeds: Collection[str], contracts: Mapping[str, Contract]
) -> dict[str, FeedView]:
    """Per feed the pinned files and what has been superseded, as of this transaction.

    Known-at is a predicate of the engine, on the rows and on `superseded` alike.
    """
    return {
        feed: FeedView(
            contract=contracts[feed],
            files=lake.files(feed, head_of(work, feed)),
            superseded=_superseded(work, feed),
        )
        for feed in feeds
    }


def stale_feeds(work: Work, contracts: Mapping[str, Contract]) -> tuple[str, ...]:
    """Feeds that have been silent longer than their rhythm and grace allow, or always were."""
    query = select(feed_state.c.feed, feed_state.c.last_delivery_at)
    last = {
        row.feed: local_date(row.last_delivery_at, work.zone)
        for row in work.db.execute(query)
        if row.last_delivery_at is not None
    }
    return tuple(
        feed
        for feed, contract in contracts.items()
        if feed not in last or expected_by(contract, last[feed]) < work.today
    )


def expected_by(contract: Contract, last: date) -> date:
    """The last day on which a feed may still be silent."""
    rhythm = contract.rhythm
    return add(add(last, Period.parse(rhythm.every)), Period.parse(rhythm.grace))


def touched_subjects(work: Work, delivery_id: UUID, lake: Lake) -> tuple[str, list[int]]:
    """The feed of an applied delivery, and every subject whose facts it may have changed.

    A household's figures touch all its members, a temporary key the permanent one, and a
    corrected record whoever it was about before.
    """
    row = work.db.execute(
        select(delivery.c.feed, delivery.c.lake_version, delivery.c.state).where(
            delivery.c.id == delivery_id
        )
    ).one_or_none()
    if row is None or row.state != "applied":
        raise Refused("not_found", "There is no such applied delivery.")
    files = lake.files(row.feed, head_of(work, row.feed))
    gone = select(superseded.c.record_id).where(superseded.c.delivery_id == delivery_id)
    corrected = list(work.db.execute(gone.distinct()).scalars())
    keys, households = _touched(files, str(delivery_id), corrected) if files else (set(), set())
    if households:
        members = select(subject.c.key).where(subject.c.household_key.in_(households))
        keys |= set(work.db.execute(members).scalars())
    if keys:
        alias = select(subject_alias.c.key).where(subject_alias.c.temporary_key.in_(keys))
        keys |= set(work.db.execute(alias).scalars())
    return str(row.feed), sorted(keys)


def _touched(files: list[str], delivery_id: str, corrected: list[str]) -> tuple[set[int], set[int]]:
    """Subjects of a delivery, and the households of its rows that name no subject."""
    paths = ", ".join(map(sql_text, files))
    query = f"""
        SELECT DISTINCT subject_key, if(subject_key IS NULL, household_key, NULL)
        FROM read_parquet([{paths}], union_by_name = true)
        WHERE delivery_id = $delivery OR record_id IN (SELECT unnest($corrected::VARCHAR[]))"""
    values = {"delivery": delivery_id, "corrected": corrected}
    with duckdb.connect(config={"threads": "2", "memory_limit": "256MB"}) as db:
        rows: list[tuple[Any, ...]] = db.execute(query, values).fetchall()
    return {s for s, _ in rows if s is not None}, {h for _, h in rows if h is not None}


def _superseded(work: Work, feed: str) -> pa.Table:
    rows = work.db.execute(
        select(
            superseded.c.record_id,
            superseded.c.version,
            superseded.c.since,
            superseded.c.since_recorded,
        ).where(superseded.c.feed == feed)
    ).all()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SUPERSEDED)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, SUPERSEDED, strict=True)]
    return pa.table(arrays, schema=SUPERSEDED)
