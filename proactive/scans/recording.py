"""Keeping what a run found: pending periods, episodes and hits, set-based in one transaction.

A hit is one per (trigger, subject, episode), whatever how often it is found: repeating a run or
running tomorrow over the same data adds nothing.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from proactive.kernel.ids import new_id
from proactive.kernel.periods import Period, subtract
from proactive.kernel.work import Work
from proactive.rules.results import HitRow
from proactive.scans.territory import in_territory


@dataclass(frozen=True, slots=True)
class Recording:
    """What the whole run shares. `subjects` None means that everybody was looked at.

    `skipped` were looked at by a run that knew more; this one leaves them alone.
    """

    run_id: UUID
    trigger: str
    trigger_version_id: UUID
    need: str
    as_of: date
    order_by: str = ""
    descending: bool = True
    grows_measure: str = ""
    grows_by: float = 0.0
    subjects: Sequence[int] | None = None
    skipped: frozenset[int] = frozenset()
    fresh: bool = True


FOUND = """
CREATE TEMPORARY TABLE found (id uuid, subject_key bigint, episode text, measures jsonb,
  parameters jsonb, unknowns jsonb, evidence jsonb, seen_by date, grown boolean DEFAULT false)
ON COMMIT DROP
"""

# What lies outside the run's territory is another version's, and is not looked at here.
IN_TERRITORY = """
EXISTS (SELECT FROM scan_run AS r WHERE r.id = :run AND {})
"""
LEAVE_TO_OTHERS = f"""
DELETE FROM found WHERE NOT {IN_TERRITORY.format(in_territory("r", "found.subject_key"))}
"""

REMEMBER_PENDING = """
INSERT INTO pending (trigger, subject_key, episode, first_seen)
SELECT :trigger, subject_key, episode, :as_of FROM found WHERE seen_by IS NOT NULL
ON CONFLICT (trigger, subject_key, episode) DO NOTHING
"""

FORGET_PENDING = f"""
DELETE FROM pending WHERE trigger = :trigger AND (:everybody OR subject_key = ANY(:subjects))
  AND subject_key <> ALL(:skipped)
  AND NOT EXISTS (SELECT FROM found AS f WHERE f.subject_key = pending.subject_key
                  AND f.episode = pending.episode)
  AND {IN_TERRITORY.format(in_territory("r", "pending.subject_key"))}
"""

WAIT_PENDING = """
DELETE FROM found AS f USING pending AS p
WHERE p.trigger = :trigger AND p.subject_key = f.subject_key AND p.episode = f.episode
  AND p.first_seen > f.seen_by
"""

OPEN_EPISODES = """
INSERT INTO episode (id, trigger, subject_key, opened_on)
SELECT id, :trigger, subject_key, :as_of FROM found WHERE episode = ''
ON CONFLICT (trigger, subject_key) WHERE closed_on IS NULL DO NOTHING
"""

NAME_EPISODES = """
UPDATE found SET episode = e.id::text FROM episode AS e
WHERE found.episode = '' AND e.trigger = :trigger AND e.subject_key = found.subject_key
  AND e.closed_on IS NULL
"""

CLOSE_EPISODES = f"""
UPDATE episode SET closed_on = :as_of
WHERE trigger = :trigger AND closed_on IS NULL AND opened_on <= :as_of
  AND (:everybody OR subject_key = ANY(:subjects)) AND subject_key <> ALL(:skipped)
  AND NOT EXISTS (SELECT FROM found AS f WHERE f.subject_key = episode.subject_key)
  AND {IN_TERRITORY.format(in_territory("r", "episode.subject_key"))}
"""

# A cool-down is broken by a measure that has grown by the stated share since its outcome.
MARK_GROWN = """
UPDATE found SET grown = true FROM cool_down AS c
WHERE c.trigger = :trigger AND c.subject_key = found.subject_key
  AND (found.measures ->> :grows_measure)::numeric
      >= (c.measures ->> :grows_measure)::numeric * (1 + CAST(:grows_by AS numeric))
"""

KEEP_HITS = """
INSERT INTO hit (id, run_id, seen_run_id, trigger, trigger_version_id, subject_key, episode, as_of,
  measures, parameters, unknowns, evidence, order_value, grown)
SELECT id, :run, :run, :trigger, :version, subject_key, episode, :as_of, measures, parameters,
  unknowns, evidence, (measures ->> :order_by)::numeric::bigint * :order_sign, grown
FROM found ORDER BY subject_key, episode
ON CONFLICT (trigger, subject_key, episode) DO UPDATE SET seen_run_id = excluded.seen_run_id,
  run_id = CASE WHEN {again} THEN excluded.run_id ELSE hit.run_id END,
  as_of = CASE WHEN {again} THEN excluded.as_of ELSE hit.as_of END,
  measures = CASE WHEN {again} THEN excluded.measures ELSE hit.measures END,
  parameters = CASE WHEN {again} THEN excluded.parameters ELSE hit.parameters END,
  unknowns = CASE WHEN {again} THEN excluded.unknowns ELSE hit.unknowns END,
  evidence = CASE WHEN {again} THEN excluded.evidence ELSE hit.evidence END,
  trigger_version_id = CASE WHEN {again} THEN excluded.trigger_version_id
    ELSE hit.trigger_version_id END,
  grown = excluded.grown,
  fate = CASE WHEN {again} THEN 'waiting' ELSE hit.fate END
RETURNING fate, (xmax = 0) AS is_new
"""

# Held-back hits are looked at again at every run; a raised one only when its measure has grown
# through a cool-down and nobody is working on it now.
AGAIN = """(hit.fate IN ('waiting', 'cool_down', 'snoozed') OR (excluded.grown AND NOT EXISTS (
  SELECT FROM "case" AS c WHERE c.subject_key = hit.subject_key AND c.need = :need
  AND c.state <> 'closed')))"""


def record_found(work: Work, recording: Recording, found: Iterable[HitRow]) -> dict[str, int]:
    """Keep the hits of a run and return counts: found, pending, new, waiting."""
    counts = {"found": take_found(work, recording, found)}
    return counts | keep_found(work, recording)


def take_found(work: Work, recording: Recording, found: Iterable[HitRow]) -> int:
    """Lay what was found in the run's territory into the table `found`; return how many."""
    work.db.execute(text(FOUND))
    ours = (one for one in found if one.subject_key not in recording.skipped)
    taken = _copy(work, recording.as_of, ours)
    return taken - work.db.execute(text(LEAVE_TO_OTHERS), {"run": recording.run_id}).rowcount


def keep_found(work: Work, recording: Recording) -> dict[str, int]:
    """Keep what `take_found` laid out; return counts: pending, new, waiting."""
    values, counts = _values(recording), {}
    before = _count_found(work)
    for statement in (REMEMBER_PENDING, FORGET_PENDING, WAIT_PENDING):
        work.db.execute(text(statement), values)
    counts["pending"] = before - _count_found(work)
    work.db.execute(text(OPEN_EPISODES), values)
    work.db.execute(text(NAME_EPISODES), values)
    if recording.fresh:
        work.db.execute(text(CLOSE_EPISODES), values)
    if recording.grows_measure:
        work.db.execute(text(MARK_GROWN), values)
    kept = work.db.execute(text(KEEP_HITS.format(again=AGAIN)), values).all()
    work.db.execute(text("DROP TABLE found"))
    counts["new"] = sum(row.is_new for row in kept)
    counts["waiting"] = sum(row.fate == "waiting" for row in kept)
    return counts


def _count_found(work: Work) -> int:
    return int(work.db.execute(text("SELECT count(*) FROM found")).scalar_one())


def _values(recording: Recording) -> dict[str, Any]:
    return {
        "run": recording.run_id,
        "trigger": recording.trigger,
        "version": recording.trigger_version_id,
        "need": recording.need,
        "as_of": recording.as_of,
        "order_by": recording.order_by,
        "order_sign": 1 if recording.descending else -1,
        "grows_measure": recording.grows_measure,
        "grows_by": recording.grows_by,
        "everybody": recording.subjects is None,
        "subjects": list(recording.subjects or ()),
        "skipped": sorted(recording.skipped),
    }


def _copy(work: Work, as_of: date, found: Iterable[HitRow]) -> int:
    columns = "id, subject_key, episode, measures, parameters, unknowns, evidence, seen_by"
    cursor = work.db.connection.cursor()
    count = 0
    with cursor.copy(f"COPY found ({columns}) FROM STDIN") as copy:
        for one in found:
            copy.write_row(
                (
                    new_id(),
                    one.subject_key,
                    one.episode,
                    _json(one.measures),
                    _json(one.parameters),
                    _json(one.unknowns),
                    _json(one.evidence),
                    subtract(as_of, Period.parse(one.pending)) if one.pending else None,
                )
            )
            count += 1
    return count


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
