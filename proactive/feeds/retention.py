"""What is kept only for some weeks: raw files and quarantined rows; and what a crash left lying."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select, update

from proactive.feeds.lake import Lake
from proactive.feeds.preparing import remove_left_behind
from proactive.feeds.rawfiles import open_sealed
from proactive.feeds.store import delivery, feed_state, quarantine
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work

RAW = "raw"


@dataclass(frozen=True, slots=True)
class Purged:
    """How many raw files, quarantined rows and things left by killed processes are gone."""

    raw_files: int
    quarantined_rows: int
    left_behind: int = 0


def raw_path(lake: Lake, name: str) -> Path:
    """Where a delivery's sealed file lies, beside the lake."""
    return lake.root.parent / RAW / name


def read_raw(work: Work, lake: Lake, delivery_id: UUID) -> Iterator[bytes]:
    """Return a delivery's file as it came, block by block; the look is audited.

    Raises Refused `not_found` where none is kept, Failed `cannot_decrypt` while it is read.
    """
    query = select(delivery.c.raw_file).where(delivery.c.id == delivery_id)
    name = work.db.execute(query).scalar_one_or_none()
    if name is None:
        raise Refused(
            "not_found",
            "The file of this delivery is not there.",
            why="There is no such delivery, it was refused, or the time for keeping it is over.",
            todo="Ask the office for the file.",
        )
    work.audit("read_raw", "delivery", delivery_id)
    return open_sealed(raw_path(lake, name), work.keys)


def purge_expired(work: Work, lake: Lake) -> Purged:
    """Delete raw files and quarantined rows whose day has come; counts stay in the summaries."""
    due = work.db.execute(
        select(delivery.c.id, delivery.c.raw_file).where(
            delivery.c.raw_file.is_not(None), delivery.c.delete_after < work.today
        )
    ).all()
    for row in due:
        raw_path(lake, row.raw_file).unlink(missing_ok=True)
    ids = [row.id for row in due]
    if ids:
        work.db.execute(update(delivery).where(delivery.c.id.in_(ids)).values(raw_file=None))
    rows = work.db.execute(delete(quarantine).where(quarantine.c.delete_after < work.today))
    left = remove_left_behind(lake.root.parent) + _orphans(work, lake)
    if due or rows.rowcount or left:
        work.audit("purge", "feeds", RAW, files=len(due), rows=rows.rowcount, left=left)
    return Purged(len(due), rows.rowcount, left)


def restore_lake(work: Work, lake: Lake) -> dict[str, int]:
    """After a restored backup: roll each table back to the version the database pins."""
    heads = {
        row.feed: row.head_version
        for row in work.db.execute(select(feed_state.c.feed, feed_state.c.head_version))
        if row.head_version is not None
    }
    for feed, head in sorted(heads.items()):
        lake.restore(feed, head)
        work.audit("restore_lake", "feed", feed, version=head)
    return heads


def _orphans(work: Work, lake: Lake) -> int:
    """Sealed files whose delivery was never completed, and is not being completed right now."""
    removed = 0
    for path in raw_path(lake, "").glob("*"):
        query = select(delivery.c.state, delivery.c.raw_file).where(
            delivery.c.id == _delivery_in(path)
        )
        known = work.db.execute(query).one_or_none()
        free = work.db.execute(query.with_for_update(skip_locked=True)).one_or_none()
        if known is None or (free is not None and free.raw_file != path.name):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _delivery_in(path: Path) -> UUID | None:
    try:
        return UUID(path.stem)
    except ValueError:
        return None
