"""What is kept only for some weeks: raw files and quarantined rows, both encrypted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select, update

from proactive.feeds.lake import Lake
from proactive.feeds.store import delivery, quarantine
from proactive.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Purged:
    raw_files: int
    quarantined_rows: int


def purge_expired(work: Work, lake: Lake) -> Purged:
    """Delete raw files and quarantined rows whose day has come; counts stay in the summaries."""
    due = work.db.execute(
        select(delivery.c.id, delivery.c.raw_file).where(
            delivery.c.raw_file.is_not(None), delivery.c.delete_after < work.today
        )
    ).all()
    for row in due:
        (lake.root.parent / "raw" / row.raw_file).unlink(missing_ok=True)
    ids = [row.id for row in due]
    if ids:
        work.db.execute(update(delivery).where(delivery.c.id.in_(ids)).values(raw_file=None))
    rows = work.db.execute(delete(quarantine).where(quarantine.c.delete_after < work.today))
    if due or rows.rowcount:
        work.audit("purge", "feeds", "raw", files=len(due), rows=rows.rowcount)
    return Purged(len(due), rows.rowcount)
