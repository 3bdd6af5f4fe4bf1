"""How long the lake keeps records: each feed's period, then rows, versions and names go.

An event goes when its day has passed by the feed's period (months, as its contract says). An entry
of a register goes when it has ended that long ago; one that is still valid stays, however old, and
so does one without an end. A version that gave way to another goes when that is so long ago.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import duckdb
import pyarrow as pa
from sqlalchemy import delete, select, tuple_, update

from proactive.feeds.applying import lock_feed
from proactive.feeds.contract import Contract
from proactive.feeds.lake import Lake
from proactive.feeds.settling_sql import text as sql_text
from proactive.feeds.store import feed_state, superseded
from proactive.feeds.views import head_of
from proactive.feeds.words import Kind
from proactive.kernel.periods import Period, subtract
from proactive.kernel.work import Work
from proactive.people.store import identity

VERSIONS = pa.schema([("record_id", pa.string()), ("version", pa.int64())])
AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a feed has let go: rows of its table, and the subjects it knows nothing of any more."""

    feed: str
    rows: int = 0
    subjects: tuple[int, ...] = ()


def forget_records(work: Work, lake: Lake, contract: Contract) -> Forgotten:
    """Let the records of a feed go whose time has come; killed anywhere, nothing has happened.

    The pinned head moves in this transaction. Names that this feed alone has told of a subject
    which no record of it speaks of any more go too.
    """
    feed = contract.feed
    lock_feed(work, feed)
    head = head_of(work, feed)
    if head is None:
        return Forgotten(feed)
    until = subtract(work.today, Period.parse(contract.retention.lake))
    before = lake.files(feed, head)
    version, rows = lake.forget(
        feed, head, when=_over(contract, until), versions=_given_way(work, contract, until)
    )
    if not rows:
        return Forgotten(feed)
    after = lake.files(feed, version)
    subjects = _gone(before, after)
    _forget_versions(work, feed, after)
    _forget_names(work, feed, subjects, until)
    moved = {"head_version": version, "rows": feed_state.c.rows - rows}
    work.db.execute(update(feed_state).where(feed_state.c.feed == feed).values(**moved))
    work.audit("forget_records", "feed", feed, rows=rows, until=until, subjects=len(subjects))
    return Forgotten(feed, rows, tuple(subjects))


def sweep_files(work: Work, lake: Lake, feed: str) -> int:
    """Take files from the disk that no pinned version and no running scan needs; how many."""
    lock_feed(work, feed)
    head = head_of(work, feed)
    if head is None:
        return 0
    version, files = lake.sweep(feed, head)
    if files:
        moved = update(feed_state).where(feed_state.c.feed == feed)
        work.db.execute(moved.values(head_version=version))
        work.audit("sweep_files", "feed", feed, files=files)
    return files


def _over(contract: Contract, until: date) -> str:
    """Which rows are over, as SQL on the table; '' where none can be told by a date."""
    if contract.kind is Kind.EVENT:
        return f"event_on < DATE '{until.isoformat()}'"
    ends = contract.register_.valid_to if contract.register_ else None
    return f"{ends} < DATE '{until.isoformat()}'" if ends else ""


def _given_way(work: Work, contract: Contract, until: date) -> pa.Table:
    """Versions of a register's entries that gave way to others before a day."""
    if contract.kind is Kind.EVENT:
        return VERSIONS.empty_table()
    moment = datetime.combine(until, time(), tzinfo=work.zone).astimezone(UTC)
    rows = work.db.execute(
        select(superseded.c.record_id, superseded.c.version)
        .where(superseded.c.feed == contract.feed, superseded.c.since < moment)
        .distinct()
    )
    return pa.Table.from_pylist([dict(row) for row in rows.mappings()], schema=VERSIONS)


def _gone(before: Sequence[str], after: Sequence[str]) -> list[int]:
    """Subjects of whom the files of before spoke and those of after do not."""
    query = f"SELECT DISTINCT subject_key FROM {_rows(before)} WHERE subject_key IS NOT NULL"
    if after:
        query += f" EXCEPT SELECT subject_key FROM {_rows(after)}"
    with _duck() as db:
        return sorted(key for (key,) in db.execute(query).fetchall())


def _forget_versions(work: Work, feed: str, files: Sequence[str]) -> None:
    """Of what was superseded only that is remembered of which the table still has the row."""
    query = select(superseded.c.record_id, superseded.c.version).where(superseded.c.feed == feed)
    rows = work.db.execute(query.distinct()).mappings()
    known = pa.Table.from_pylist([dict(row) for row in rows], schema=VERSIONS)
    lost = "SELECT k.record_id, k.version FROM known k"
    if files:
        lost += f" ANTI JOIN {_rows(files)} r ON r.record_id = k.record_id"
        lost += " AND r.version = k.version"
    with _duck() as db:
        db.register("known", known)
        gone = db.execute(lost).fetchall()
    for start in range(0, len(gone), AT_ONCE):
        pair = tuple_(superseded.c.record_id, superseded.c.version)
        some = pair.in_(gone[start : start + AT_ONCE])
        work.db.execute(delete(superseded).where(superseded.c.feed == feed, some))


def _forget_names(work: Work, feed: str, subjects: Sequence[int], until: date) -> None:
    for start in range(0, len(subjects), AT_ONCE):
        work.db.execute(
            delete(identity).where(
                identity.c.feed == feed,
                identity.c.subject_key.in_(subjects[start : start + AT_ONCE]),
                identity.c.seen_on < until,
            )
        )


def _rows(files: Sequence[str]) -> str:
    return f"read_parquet([{', '.join(map(sql_text, files))}], union_by_name = true)"


def _duck() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": "2", "memory_limit": "512MB"})
