"""Keeping outcomes: one row per case and trigger version, from the raising to the help."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from proactive.cases.reports import judge_reports
from proactive.cases.store import case_event
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.outcomes.model import JUDGING_ACTIONS, Judgement, judge
from proactive.outcomes.store import learning_read
from proactive.rules.lines import Line

# The measure over the value in force at the hit, where both are known.
MARGIN = """
CASE WHEN ch.parameters -> :parameter ->> 'value' ~ '^[0-9]+([.][0-9]+)?$'
 THEN (ch.measures ->> :measure)::numeric
   / nullif((ch.parameters -> :parameter ->> 'value')::numeric * :unit, 0) END
"""

# A hit that joins a case which people have judged already shares that judgement.
OPEN = f"""
INSERT INTO outcome (case_id, trigger, trigger_version_id, result, reason, measures, raised_at,
  judged_at, margin, klass, unknowns, sample, area)
SELECT DISTINCT ON (c.id, ch.trigger_version_id) c.id, ch.trigger, ch.trigger_version_id,
  coalesce(said.result, 'open'), coalesce(said.reason, ''), ch.measures,
  CASE WHEN CAST(:run AS uuid) IS NULL THEN c.raised_at ELSE greatest(c.raised_at, :now) END,
  CASE WHEN said.result IS NULL THEN NULL WHEN CAST(:run AS uuid) IS NULL THEN said.judged_at
    ELSE greatest(said.judged_at, :now) END,
  {MARGIN}, coalesce(ch.parameters -> :parameter ->> 'class', ''), ch.unknowns, h.sample,
  coalesce(nullif(c.area_5, ''), nullif(c.area_4, ''), nullif(c.area_3, ''), nullif(c.area_2, ''),
    c.area_1)
FROM case_hit AS ch JOIN "case" AS c ON c.id = ch.case_id JOIN hit AS h ON h.id = ch.hit_id
LEFT JOIN LATERAL (SELECT o.result, o.reason, o.judged_at FROM outcome AS o
  WHERE o.case_id = c.id AND o.result <> 'open' ORDER BY o.judged_at LIMIT 1) AS said ON true
WHERE (CAST(:run AS uuid) IS NULL OR h.run_id = :run)
  AND (CAST(:version AS uuid) IS NULL OR ch.trigger_version_id = :version)
  AND (CAST(:case_id AS uuid) IS NULL OR c.id = :case_id)
ORDER BY c.id, ch.trigger_version_id, h.sample, ch.as_of, ch.hit_id
ON CONFLICT (case_id, trigger_version_id) DO UPDATE SET
  margin = CASE WHEN outcome.sample AND NOT excluded.sample THEN excluded.margin
    ELSE coalesce(outcome.margin, excluded.margin) END,
  measures = CASE WHEN outcome.sample AND NOT excluded.sample THEN excluded.measures
    ELSE outcome.measures END,
  klass = CASE WHEN outcome.klass = '' THEN excluded.klass ELSE outcome.klass END,
  unknowns = CASE WHEN outcome.unknowns = '[]' THEN excluded.unknowns ELSE outcome.unknowns END,
  sample = outcome.sample AND excluded.sample,
  area = excluded.area
"""

JUDGE = """
UPDATE outcome SET result = :result, reason = :reason,
  judged_at = CASE WHEN CAST(:at AS timestamptz) IS NULL THEN NULL ELSE greatest(:at, raised_at) END
WHERE case_id = :case_id
"""

HELP = """
UPDATE outcome SET helped_at = given.at
FROM (SELECT case_id, min(at) AS at FROM item_event WHERE action IN ('grant', 'deliver')
  AND (CAST(:bundle AS uuid) IS NULL OR bundle_id = :bundle) GROUP BY case_id) AS given
WHERE given.case_id = outcome.case_id AND outcome.helped_at IS NULL
"""


def open_outcomes(
    work: Work, *, run_id: UUID | None = None, version_id: UUID | None = None, line: Line | None
) -> int:
    """Write an open outcome for what a run raised or, without a run, for all of a version.

    Rows that are there keep their judgement and get what they lack: the margin, the place. A case
    drawn as a sample that then crosses the line is no sample any more. Returns rows written.
    """
    return _open(work, line, run=run_id, version=version_id, case_id=None)


def _open(work: Work, line: Line | None, **which: UUID | None) -> int:
    values = {
        "measure": line.measure if line else "",
        "parameter": line.parameter if line else "",
        "unit": line.unit if line else 1,
        "now": work.now,
        **which,
    }
    return work.db.execute(text(OPEN), values).rowcount


def keep_judgement(work: Work, case_id: UUID) -> Judgement:
    """Bring a case's outcomes to what its events say; asking twice changes nothing."""
    query = (
        case_event.select()
        .where(case_event.c.case_id == case_id, case_event.c.action.in_(JUDGING_ACTIONS))
        .order_by(case_event.c.seq)
    )
    said = judge((row.action, row.reason, row.at) for row in work.db.execute(query))
    _open(work, None, run=None, version=None, case_id=case_id)
    values = {"case_id": case_id, "result": said.result, "reason": said.reason, "at": said.at}
    work.db.execute(text(JUDGE), values)
    judge_reports(work, case_id, said.result)
    return said


def note_help(work: Work, bundle_id: UUID | None = None) -> int:
    """Note when the first item was granted or delivered, of one bundle's case or of all."""
    return work.db.execute(text(HELP), {"bundle": bundle_id}).rowcount


def mark_read(work: Work, trigger: str) -> None:
    """Keep that a person has read what visits said against a trigger's rule up to now."""
    if work.actor.role is Role.MACHINE:
        raise Refused("needs_a_person", "Only a named person reads what visits found.")
    values = {"trigger": trigger, "read_at": work.now, "read_by": work.actor.id}
    statement = insert(learning_read).values(values)
    work.db.execute(statement.on_conflict_do_update(index_elements=["trigger"], set_=values))
    work.audit("read_outcomes", "trigger", trigger)
