"""What screens ask about runs: the newest, with what they counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from proactive.kernel.work import Work
from proactive.scans.store import scan_run


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of a trigger; `counts` are figures by name, `stale` the feeds that were too old."""

    trigger: str
    trigger_version_id: UUID
    created_at: datetime
    as_of: date
    kind: str
    state: str
    late: bool
    counts: dict[str, Any]
    stale: Sequence[str]


def list_runs(work: Work, limit: int = 50) -> list[RunLine]:
    """Return the newest runs."""
    columns = [scan_run.c[name] for name in RunLine.__dataclass_fields__]
    newest = select(*columns).order_by(scan_run.c.created_at.desc(), scan_run.c.id.desc())
    return [RunLine(**row) for row in work.db.execute(newest.limit(limit)).mappings()]
