"""Keeping outcomes: each judged case counts once for every trigger version it stood on."""

from uuid import UUID

from sqlalchemy import text

from proactive.kernel.work import Work

# Confirming counts for the trigger; what happens to the items later does not take that back.
RESULTS = {"confirm": "confirmed", "not_confirm": "not_confirmed", "decline": "declined"}

KEEP = """
INSERT INTO outcome (case_id, trigger, trigger_version_id, result, reason, measures, raised_at,
  judged_at)
SELECT DISTINCT ON (ch.trigger_version_id) c.id, ch.trigger, ch.trigger_version_id, :result,
  :reason, ch.measures, c.raised_at, :judged_at
FROM "case" AS c JOIN case_hit AS ch ON ch.case_id = c.id
WHERE c.id = :case_id ORDER BY ch.trigger_version_id, ch.as_of
ON CONFLICT (case_id, trigger_version_id) DO UPDATE
SET result = excluded.result, reason = excluded.reason, judged_at = excluded.judged_at
"""


def keep_outcome(work: Work, case_id: UUID, action: str, reason: str) -> bool:
    """Record what a person judged by `action`; False when the action is no judgement."""
    result = RESULTS.get(action)
    if result is None:
        return False
    values = {"case_id": case_id, "result": result, "reason": reason, "judged_at": work.now}
    work.db.execute(text(KEEP), values)
    return True
