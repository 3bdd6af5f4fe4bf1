"""How often people confirmed what a trigger version raised: counts, and never without them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from proactive.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Yield:
    """Counts of one trigger version; `open` are cases nobody has judged yet."""

    trigger: str
    trigger_version_id: UUID
    raised: int
    confirmed: int
    not_confirmed: int
    declined: int

    @property
    def open(self) -> int:
        return self.raised - self.confirmed - self.not_confirmed - self.declined

    @property
    def precision(self) -> float | None:
        """Confirmed among judged; None as long as nothing is judged."""
        judged = self.confirmed + self.not_confirmed
        return self.confirmed / judged if judged else None


COUNT = """
SELECT ch.trigger, ch.trigger_version_id, count(DISTINCT ch.case_id) AS raised,
  count(DISTINCT o.case_id) FILTER (WHERE o.result = 'confirmed') AS confirmed,
  count(DISTINCT o.case_id) FILTER (WHERE o.result = 'not_confirmed') AS not_confirmed,
  count(DISTINCT o.case_id) FILTER (WHERE o.result = 'declined') AS declined
FROM case_hit AS ch LEFT JOIN outcome AS o
  ON o.case_id = ch.case_id AND o.trigger_version_id = ch.trigger_version_id
GROUP BY 1, 2 ORDER BY 1, 2
"""


def yields(work: Work) -> list[Yield]:
    """Return the counts of every trigger version that has raised a case."""
    return [Yield(**row) for row in work.db.execute(text(COUNT)).mappings()]
