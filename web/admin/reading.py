"""What the operator's pages read of the machinery: deliveries, runs, steps. No person in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update

from proactive.kernel.errors import Refused
from proactive.kernel.tables import step
from proactive.kernel.work import Work
from proactive.notices.queries import MessageLine, message_by_ref
from web.language import chosen_language
from web.reasons import feed_title
from web.say import gettext
from web.stopped import say_why_stopped

PAGE = 50
TONES = {
    "applied": "good",
    "done": "good",
    "delivered": "good",
    "sent": "good",
    "refused": "late",
    "failed": "late",
    "stopped": "late",
    "parked": "wait",
    "unknown": "wait",
}


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery of an office."""

    id: UUID
    feed: str
    file_name: str
    at: datetime
    state: str
    rows: int
    applied: int
    quarantined: int
    repeats: int
    refusal: dict[str, Any]

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "info")


@dataclass(frozen=True, slots=True)
class QuarantineLine:
    """Rows set aside for one reason in one column."""

    column: str
    reason: str
    count: int
    first_row: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of a trigger."""

    trigger: str
    trigger_version_id: UUID
    at: datetime
    as_of: date
    kind: str
    state: str
    late: bool
    counts: dict[str, Any]
    stale: Sequence[str]

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "info")

    @property
    def why_stopped(self) -> str:
        return say_why_stopped(self.counts["why_stopped"]) if self.state == "stopped" else ""

    @property
    def stale_feeds(self) -> str:
        return gettext(", ").join(feed_title(feed) for feed in self.stale)

    def count_of(self, name: str) -> int:
        """Return one of the counts; one that this run did not keep is 0."""
        value = self.counts.get(name, 0)
        return value if isinstance(value, int) else 0


DELIVERIES = """
SELECT d.id, d.feed, d.file_name, d.received_at AS at, d.state, coalesce(d.rows_read, 0) AS rows,
  coalesce(d.rows_applied, 0) AS applied, d.repeats, coalesce(d.refusal, '{}') AS refusal,
  (SELECT count(*) FROM quarantine AS q WHERE q.delivery_id = d.id) AS quarantined
FROM delivery AS d WHERE CAST(:id AS uuid) IS NULL OR d.id = :id
ORDER BY d.received_at DESC, d.id LIMIT :most
"""
QUARANTINED = """
SELECT q."column", q.reason, count(*) AS count, min(q.row_no) AS first_row
FROM quarantine AS q WHERE q.delivery_id = :id GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
RUNS = """
SELECT trigger, trigger_version_id, created_at AS at, as_of, kind, state, late, counts, stale
FROM scan_run ORDER BY created_at DESC, id DESC LIMIT :most
"""


def deliveries(work: Work) -> list[DeliveryLine]:
    """Return the newest deliveries."""
    rows = work.db.execute(text(DELIVERIES), {"most": PAGE, "id": None})
    return [DeliveryLine(**row) for row in rows.mappings()]


def delivery(work: Work, delivery_id: UUID) -> DeliveryLine:
    """Return one delivery, or Refused `not_found`."""
    found = work.db.execute(text(DELIVERIES), {"most": 1, "id": delivery_id})
    row = found.mappings().one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such delivery.", todo="Go back to the list.")
    return DeliveryLine(**row)


def quarantined(work: Work, delivery_id: UUID) -> list[QuarantineLine]:
    """Return why rows of a delivery were set aside, the most frequent reason first."""
    rows = work.db.execute(text(QUARANTINED), {"id": delivery_id})
    return [QuarantineLine(**row) for row in rows.mappings()]


def runs(work: Work) -> list[RunLine]:
    """Return the newest runs of triggers."""
    rows = work.db.execute(text(RUNS), {"most": PAGE})
    return [RunLine(**row) for row in rows.mappings()]


def step_counts(work: Work) -> dict[str, int]:
    """Return how many steps are in each open state."""
    query = text("SELECT state, count(*) AS n FROM step WHERE state <> 'done' GROUP BY state")
    return {row.state: row.n for row in work.db.execute(query)}


def parked_steps(work: Work) -> list[Row[Any]]:
    """Return the steps that wait for a person, the oldest first."""
    query = select(step).where(step.c.state == "parked").order_by(step.c.due_at).limit(PAGE)
    return list(work.db.execute(query))


def overdue_steps(work: Work, since: datetime) -> int:
    """Return how many steps were due before `since` and have not been taken."""
    query = text("SELECT count(*) FROM step WHERE state = 'pending' AND due_at < :since")
    return int(work.db.execute(query, {"since": since}).scalar_one())


def run_again(work: Work, step_id: UUID) -> None:
    """Let a parked step run again; Refused `not_found` when it is not parked any more."""
    row = work.db.execute(
        update(step)
        .where(step.c.id == step_id, step.c.state == "parked")
        .values(state="done")
        .returning(step.c.name, step.c.key)
    ).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such step.", todo="Go back to the list.")
    work.step(row.name, row.key)
    work.audit("run_step_again", "step", step_id, step=row.name)


def message(work: Work, message_id: UUID) -> MessageLine:
    """Return one attempt to tell somebody, or Refused `not_found`."""
    query = text(
        "SELECT n.ref FROM message AS m JOIN notice AS n ON n.id = m.notice_id WHERE m.id = :id"
    )
    ref = work.db.execute(query, {"id": message_id}).scalar_one_or_none()
    for line in message_by_ref(work.db, ref) if ref else ():
        if line.id == message_id:
            return line
    raise Refused("not_found", "There is no such message.", todo="Go back to the list.")


def say_refusal_of(line: DeliveryLine) -> str:
    """Return why a delivery was refused, as it was kept."""
    kept = line.refusal
    return str(kept.get(chosen_language()) or kept.get("sentence") or kept.get("what") or "")
