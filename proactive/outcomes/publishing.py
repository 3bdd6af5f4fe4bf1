"""What the public may know of a trigger's results: counts of a year, none of them small."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from proactive.kernel.work import Work

SMALLEST_SHOWN = 10

COUNT = """
SELECT trigger, count(DISTINCT case_id) AS raised,
  count(DISTINCT case_id) FILTER (WHERE result = 'confirmed') AS confirmed
FROM outcome WHERE raised_at >= :since AND raised_at <= :now AND NOT sample GROUP BY trigger
"""


@dataclass(frozen=True, slots=True)
class PublicCount:
    """Cases of a trigger since a day; None stands for a number too small to be shown."""

    raised: int | None
    confirmed: int | None


def public_counts(work: Work, since: datetime) -> Mapping[str, PublicCount]:
    """Return trigger → counts of the cases raised since then; one without cases is left out."""
    rows = work.db.execute(text(COUNT), {"since": since, "now": work.now})
    return {row.trigger: PublicCount(_shown(row.raised), _shown(row.confirmed)) for row in rows}


def _shown(count: int) -> int | None:
    return count if count >= SMALLEST_SHOWN else None
