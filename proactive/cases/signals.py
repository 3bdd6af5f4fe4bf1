"""A signal that has gone, or come back: a note on the case, never its end (lesson C20)."""

from uuid import UUID

from sqlalchemy import text

from proactive.kernel.work import Work
from proactive.scans.territory import in_territory

# Hits of open cases, of subjects looked at in the run, that were seen before and not now, or back.
CHANGED_HITS = f"""
CREATE TEMPORARY TABLE changed_hit ON COMMIT DROP AS
SELECT ch.case_id, ch.hit_id, h.seen_run_id = r.id AS there
FROM scan_run AS r JOIN hit AS h ON h.trigger = r.trigger
JOIN case_hit AS ch ON ch.hit_id = h.id JOIN "case" AS c ON c.id = ch.case_id
WHERE r.id = :run AND c.state <> 'closed' AND NOT h.sample  -- a sample was never a signal
  AND (r.subjects IS NULL OR h.subject_key = ANY (r.subjects))
  AND {in_territory("r", "h.subject_key")}
  AND (h.seen_run_id = r.id) = (ch.gone_at IS NOT NULL)
  -- The newest run that looked at a subject has the word, in whatever order runs are raised.
  AND NOT EXISTS (SELECT FROM scan_run AS later WHERE later.trigger = r.trigger
    AND later.state = 'done' AND later.finished_at > r.finished_at
    AND (later.subjects IS NULL OR h.subject_key = ANY (later.subjects))
    AND {in_territory("later", "h.subject_key")})
"""

CHANGED_CASES = """
CREATE TEMPORARY TABLE changed_signal ON COMMIT DROP AS
SELECT c.id, c.state, bool_or(x.there) AS there,
  c.area_1, c.area_2, c.area_3, c.area_4, c.area_5
FROM changed_hit AS x JOIN "case" AS c ON c.id = x.case_id GROUP BY c.id
"""

MARK_HITS = """
UPDATE case_hit SET gone_at = CASE WHEN x.there THEN NULL ELSE CAST(:now AS timestamptz) END
FROM changed_hit AS x WHERE x.case_id = case_hit.case_id AND x.hit_id = case_hit.hit_id
"""

MARK_EVIDENCE = """
UPDATE case_evidence SET gone_at = CASE WHEN x.there THEN NULL ELSE CAST(:now AS timestamptz) END
FROM changed_hit AS x
WHERE x.case_id = case_evidence.case_id AND x.hit_id = case_evidence.hit_id
"""

# The case's signal has gone when none of its hits stands any more, whichever trigger found them.
MARK_CASES = """
UPDATE "case" SET signal_gone_at = CASE WHEN EXISTS (SELECT FROM case_hit AS ch
    WHERE ch.case_id = "case".id AND ch.gone_at IS NULL) THEN NULL
  ELSE CAST(:now AS timestamptz) END
FROM changed_signal AS s WHERE s.id = "case".id
"""

ADD_EVENTS = """
INSERT INTO case_event (case_id, seq, at, actor_role, actor_id, action, state, reason, detail,
  area_1, area_2, area_3, area_4, area_5)
SELECT s.id, (SELECT max(seq) + 1 FROM case_event WHERE case_id = s.id), :now, :role, :actor,
  'note', s.state, CASE WHEN s.there THEN 'signal_back' ELSE 'signal_gone' END,
  jsonb_build_object('run', CAST(:run AS text)),
  s.area_1, s.area_2, s.area_3, s.area_4, s.area_5
FROM changed_signal AS s
"""

ADD_AUDIT = """
INSERT INTO audit (business_at, actor_role, actor_id, action, entity, entity_id, detail,
  area_1, area_2, area_3, area_4, area_5)
SELECT :now, :role, :actor, 'note', 'case', s.id,
  jsonb_build_object('reason', CASE WHEN s.there THEN 'signal_back' ELSE 'signal_gone' END),
  s.area_1, s.area_2, s.area_3, s.area_4, s.area_5
FROM changed_signal AS s
"""


def note_signals(work: Work, run_id: UUID) -> int:
    """Note on open cases whose signal a fresh run no longer saw, or saw again; return how many."""
    values = {
        "run": run_id,
        "now": work.now,
        "role": work.actor.role,
        "actor": work.actor.id,
    }
    work.db.execute(text(CHANGED_HITS), values)
    work.db.execute(text(CHANGED_CASES), values)
    count: int = work.db.execute(text("SELECT count(*) FROM changed_signal")).scalar_one()
    if count:
        for statement in (MARK_HITS, MARK_EVIDENCE, MARK_CASES, ADD_EVENTS, ADD_AUDIT):
            work.db.execute(text(statement), values)
    work.db.execute(text("DROP TABLE changed_signal, changed_hit"))
    return count
