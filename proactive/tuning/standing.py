"""What raising would do with the people a trial found: who is new, who is known already, and where.

The figures of a few moments in the database; the people stay in a temporary table that ends with
the transaction. The order of the tests is that of `scans.recording` and `cases.raising`.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from proactive.cases.raising import NEW_SINCE
from proactive.kernel.db import AREA_COLUMNS, AreaPath
from proactive.kernel.periods import Period, subtract
from proactive.kernel.work import Work
from proactive.rules.nodes import Plan
from proactive.rules.results import Evaluation
from proactive.tuning.model import Standing

BATCH = 10_000
TRIED = """
CREATE TEMPORARY TABLE tried (subject_key bigint, episode text, seen_by date, grows numeric,
  evidence jsonb)
ON COMMIT DROP
"""

# Those of whom a reported need was looked at: only what came later is new of them.
SEEN = "SELECT subject_key FROM cool_down WHERE trigger = :trigger AND seen_on IS NOT NULL"

JUDGE = f"""
WITH one AS (
  SELECT t.subject_key, t.seen_by, h.fate,
    c.id IS NOT NULL AS open,
    coalesce(c.state = 'snoozed' AND c.snoozed_until > :today, false) AS snoozed,
    coalesce(cool.subject_key IS NOT NULL AND (cool.until IS NULL OR cool.until > :today), false)
      AS cool,
    coalesce(t.grows >= (cool.measures ->> :measure)::numeric * (1 + CAST(:by AS numeric)), false)
      AS grown,
    coalesce({NEW_SINCE.format(found="t")}, false) AS newer,
    t.seen_by IS NOT NULL AND coalesce(p.first_seen > t.seen_by, true) AS pending
  FROM tried AS t
  LEFT JOIN episode AS e ON t.episode = '' AND e.trigger = :trigger
    AND e.subject_key = t.subject_key AND e.closed_on IS NULL
  LEFT JOIN hit AS h ON h.trigger = :trigger AND h.subject_key = t.subject_key
    AND h.episode = CASE WHEN t.episode = '' THEN e.id::text ELSE t.episode END
  LEFT JOIN pending AS p ON p.trigger = :trigger AND p.subject_key = t.subject_key
    AND p.episode = t.episode
  LEFT JOIN cool_down AS cool ON cool.trigger = :trigger AND cool.subject_key = t.subject_key
  LEFT JOIN "case" AS c ON c.subject_key = t.subject_key AND c.need = :need AND c.state <> 'closed'
), person AS (
  SELECT subject_key, bool_or(open) AS open, bool_or(snoozed) AS snoozed,
    bool_or(cool AND NOT grown AND NOT newer) AS cool,
    bool_or(coalesce(fate NOT IN ('raised', 'joined'), true) OR grown) AS fresh,
    bool_and(pending) AS pending
  FROM one GROUP BY subject_key
), told AS (
  SELECT *, CASE WHEN snoozed THEN 'snoozed' WHEN open THEN 'open' WHEN cool THEN 'cool_down'
    WHEN fresh THEN 'new' ELSE 'known' END AS standing
  FROM person
)
SELECT {", ".join(f"coalesce(s.{name}, '') AS {name}" for name in AREA_COLUMNS)},
  standing, count(*) AS people, count(*) FILTER (WHERE pending AND standing = 'new') AS pending
FROM told LEFT JOIN subject AS s ON s.key = told.subject_key
GROUP BY {", ".join(str(n) for n in range(1, len(AREA_COLUMNS) + 2))}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """How many people with one home and one standing; `pending` of them would still wait."""

    path: AreaPath
    standing: Standing
    people: int
    pending: int


def judge(work: Work, plan: Plan, found: Evaluation, as_of: date) -> list[Place]:
    """Return the people found, by home and by what raising would do with them today."""
    hit = plan.rule.hit
    grows = hit.cool_down.unless_grows if hit.cool_down else None
    measure = grows.measure if grows else ""
    work.db.execute(text(TRIED))
    seen = set(work.db.execute(text(SEEN), {"trigger": plan.trigger}).scalars())
    cursor = work.db.connection.cursor()
    with cursor.copy(
        "COPY tried (subject_key, episode, seen_by, grows, evidence) FROM STDIN"
    ) as copy:
        for row in _rows(found, as_of, measure, seen):
            copy.write_row(row)
    values = {
        "trigger": plan.trigger,
        "need": plan.rule.need,
        "today": work.today,
        "measure": measure,
        "by": float(grows.by) if grows else 0.0,
        "restated": [name for name in plan.evidence if plan.contracts[name].restated],
    }
    rows = work.db.execute(text(JUDGE), values).mappings().all()
    work.db.execute(text("DROP TABLE tried"))
    return [
        Place(path_in(row), Standing(row["standing"]), row["people"], row["pending"])
        for row in rows
    ]


def _rows(
    found: Evaluation, as_of: date, measure: str, seen: Collection[int]
) -> Iterator[tuple[int, str, date | None, object, str | None]]:
    columns = ["subject_key", "episode", "pending", "measures"]
    columns += ["evidence"] if seen else []
    for batch in found.hits.select(columns).to_batches(max_chunksize=BATCH):
        for row in batch.to_pylist():
            pending = row["pending"]
            seen_by = subtract(as_of, Period.parse(pending)) if pending else None
            value = (row["measures"] or {}).get(measure) if measure else None
            records = _records(row["evidence"]) if row["subject_key"] in seen else None
            yield row["subject_key"], row["episode"], seen_by, value, records


def _records(evidence: Iterable[Mapping[str, Any]]) -> str:
    """Return the records a hit stands on as raising reads them (`NEW_SINCE`): JSON text."""
    names = ("feed", "record_id", "version", "event_on", "recorded_on")
    return json.dumps([{name: record[name] for name in names} for record in evidence], default=str)


KNOWN = f"""
SELECT {", ".join(f"coalesce(s.{name}, '') AS {name}" for name in AREA_COLUMNS)},
  count(DISTINCT h.subject_key) AS people
FROM hit AS h LEFT JOIN subject AS s ON s.key = h.subject_key
WHERE h.trigger = :trigger AND h.seen_run_id = (
  SELECT id FROM scan_run WHERE trigger = :trigger AND kind = 'full' AND state = 'done'
  ORDER BY known_at DESC LIMIT 1)
GROUP BY {", ".join(str(n) for n in range(1, len(AREA_COLUMNS) + 1))}
"""


def known_now(work: Work, trigger: str) -> dict[AreaPath, int]:
    """Return how many people, by home, the latest full scan of the trigger found."""
    rows = work.db.execute(text(KNOWN), {"trigger": trigger}).mappings()
    return {path_in(row): row["people"] for row in rows}


def path_in(row: Mapping[Any, Any]) -> AreaPath:
    """Return the area columns of a row as a path."""
    a, b, c, d, e = (str(row[name]) for name in AREA_COLUMNS)
    return a, b, c, d, e
