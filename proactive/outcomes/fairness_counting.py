"""Counting fairness month by month: gather, count outside any transaction, keep."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import text

from proactive.areas.queries import all_paths
from proactive.feeds.contract import Contract
from proactive.feeds.lake import Lake
from proactive.feeds.views import feed_views
from proactive.kernel.periods import Period, subtract
from proactive.kernel.work import Work
from proactive.outcomes.fairness_people import FEEDS, FINDS, Gathered, Scope
from proactive.outcomes.tables import fairness_count
from proactive.rules.service import rule_of

MONTHS_COUNTED = 13  # judgements and help come late: a month's figures move for a year

NOW = "now"  # the key of a step that a person asked for

# A case counts once for each trigger it stands on, for the version that found it first.
FOUND = """
SELECT DISTINCT ON (o.trigger, o.case_id)
  o.trigger, o.trigger_version_id::text AS version,
  date_trunc('month', o.raised_at AT TIME ZONE :zone)::date AS month,
  coalesce(a.key, c.subject_key) AS subject_key,
  o.sample,
  o.result <> 'open' AS visited,
  o.result = 'confirmed' AS confirmed,
  o.helped_at IS NOT NULL AS granted,
  o.helped_at IS NULL AND EXISTS (
    SELECT FROM item AS i WHERE i.case_id = c.id AND i.state = 'refused') AS refused,
  o.result = 'declined' OR o.reason = 'declined_later' AS declined,
  o.result = 'open' AND o.reason = 'not_reached' AS not_reached,
  (o.helped_at AT TIME ZONE :zone)::date - (o.raised_at AT TIME ZONE :zone)::date AS days
FROM outcome AS o
JOIN "case" AS c ON c.id = o.case_id
JOIN trigger_version AS v ON v.id = o.trigger_version_id
LEFT JOIN subject_alias AS a ON a.temporary_key = c.subject_key
WHERE c.kind = 'person' AND o.raised_at >= :first
ORDER BY o.trigger, o.case_id, v.version
"""
# Versions that looked for people in the time counted: switched on by then, not retired before it.
SCOPES = """
SELECT v.trigger, v.id, v.areas,
  least(coalesce(v.live_from, (v.activated_at AT TIME ZONE :zone)::date),
        (f.first_at AT TIME ZONE :zone)::date) AS begins,
  CASE WHEN v.state IN ('live', 'pilot') THEN NULL
    ELSE greatest((v.retired_at AT TIME ZONE :zone)::date, (f.last_at AT TIME ZONE :zone)::date)
  END AS ends
FROM trigger_version AS v LEFT JOIN (
  SELECT trigger_version_id, min(raised_at) AS first_at, max(raised_at) AS last_at
  FROM outcome WHERE raised_at >= :first GROUP BY 1
) AS f ON f.trigger_version_id = v.id
WHERE v.state IN ('live', 'pilot') OR v.retired_at >= :first OR f.first_at IS NOT NULL
ORDER BY v.trigger, v.version
"""


def months_back(today: date, count: int = MONTHS_COUNTED) -> tuple[date, ...]:
    """Return the first days of this month and of those before it, oldest first."""
    this = today.replace(day=1)
    return tuple(subtract(this, Period(months=back)) for back in range(count - 1, -1, -1))


def counted_this_month(work: Work) -> bool:
    """Answer whether figures of the present month, and so of all whole ones, are there."""
    query = text("SELECT EXISTS (SELECT month FROM fairness_count WHERE month = :month)")
    return bool(work.db.execute(query, {"month": work.today.replace(day=1)}).scalar_one())


def ask_for_counts(work: Work) -> None:
    """Have the figures counted anew at once; asked twice is once."""
    work.audit("ask_count", "fairness", work.today)
    work.step("count_fairness", NOW)


def gather(work: Work, lake: Lake, contracts: Mapping[str, Contract]) -> Gathered:
    """Read, in this transaction, who was found and what became of it, and pin the registers."""
    months = months_back(work.today)
    first = datetime.combine(months[0], time(), tzinfo=work.zone)
    values = {"zone": str(work.zone), "first": first}
    rows = work.db.execute(text(FOUND), values).mappings().all()
    columns = {name: [row[name] for row in rows] for name in FINDS.names}
    return Gathered(
        views=feed_views(work, lake, [feed for feed in FEEDS if feed in contracts], contracts),
        finds=pa.table(columns, schema=FINDS),
        areas=all_paths(work.db),
        scopes=tuple(
            Scope(row.trigger, str(row.id), row.begins, row.ends, tuple(row.areas))
            for row in work.db.execute(text(SCOPES), values)
            if rule_of(work, row.id).subject == "person"
        ),
        months=months,
        today=work.today,
    )


def keep_counts(work: Work, months: Sequence[date], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the months anew; what was counted of them before is gone."""
    work.db.execute(
        text("DELETE FROM fairness_count WHERE month = ANY(:months)"), {"months": list(months)}
    )
    counted = [
        {
            **row,
            "trigger_version_id": UUID(row["trigger_version_id"]),
            "counted_at": work.now,
        }
        for row in rows
    ]
    if counted:
        work.db.execute(fairness_count.insert().inline(), counted)
    work.audit("count", "fairness", months[-1], rows=len(rows))
