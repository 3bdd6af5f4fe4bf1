"""Raising: a run's hits become cases, set-based, in one transaction.

One open case per (subject, need): a hit for which one is open joins it as evidence. Cool-downs and
snoozes are applied here, not in the scan, and their reason stays on the hit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from proactive.cases.model import NextStep
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.work import Work

# Places without a county desk of their own fall to the desk of '' (any place).
Desks = Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class Raised:
    """What became of the waiting hits of one run."""

    new: int = 0
    joined: int = 0
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Raising:
    """What all cases of one run share: the rule's need, its due date and where it is routed.

    `restated`: feeds whose entries come again and again, each time as recorded on a new day.
    """

    run_id: UUID
    trigger: str
    need: str
    kind: str
    due_on: date
    due_provisional: bool
    route: str = ""
    lead_feed: str = ""
    latest_on: date | None = None
    restated: tuple[str, ...] = ()


# A reported need was looked at: what has happened or was entered since then is new (cooling.py).
# A correction of a single event is entered later and counts. Entries of `restated` feeds come anew
# with a new day of entry (the shipped low_income_register each month, household_income too): there
# only a first version counts by that day, or everybody on the list would come back.
NEW_SINCE = """
(cool.until IS NOT NULL AND EXISTS (SELECT FROM jsonb_to_recordset({found}.evidence)
  AS e(feed text, record_id text, version bigint, event_on date, recorded_on date)
  WHERE e.event_on > cool.seen_on OR (e.recorded_on > cool.seen_on
    AND NOT (e.feed = ANY (CAST(:restated AS text[]))
      AND EXISTS (SELECT FROM superseded AS s WHERE s.feed = e.feed
        AND s.record_id = e.record_id AND s.by_version = e.version)))))
"""

HOLD_BACK = f"""
UPDATE hit SET fate = CASE WHEN snoozed.subject_key IS NULL THEN 'cool_down' ELSE 'snoozed' END
FROM hit AS h
LEFT JOIN cool_down AS cool ON cool.trigger = h.trigger AND cool.subject_key = h.subject_key
  AND (cool.until IS NULL OR cool.until > :today)
LEFT JOIN (SELECT DISTINCT subject_key, trigger FROM "case"
           WHERE state = 'snoozed' AND snoozed_until > :today) AS snoozed
  ON snoozed.subject_key = h.subject_key AND snoozed.trigger = h.trigger
WHERE hit.id = h.id AND h.run_id = :run AND h.fate = 'waiting'
  AND (snoozed.subject_key IS NOT NULL
    OR (cool.subject_key IS NOT NULL AND NOT h.grown AND NOT {NEW_SINCE.format(found="h")}))
"""

CANDIDATES = """
CREATE TEMPORARY TABLE candidate ON COMMIT DROP AS
SELECT DISTINCT ON (h.subject_key) h.id AS hit_id, h.subject_key, h.order_value, h.sample,
  row_number() OVER (ORDER BY h.subject_key, h.id) AS n,
  s.household_key, coalesce(s.area_1, '') AS area_1, coalesce(s.area_2, '') AS area_2,
  coalesce(s.area_3, '') AS area_3, coalesce(s.area_4, '') AS area_4,
  coalesce(s.area_5, '') AS area_5
FROM hit AS h LEFT JOIN subject AS s ON s.key = h.subject_key
WHERE h.run_id = :run AND h.fate = 'waiting'
ORDER BY h.subject_key, h.sample, h.created_at, h.id
"""

# The shape measured in reliability.md §2.4: the partial unique index decides, nobody looks first.
RAISE = """
WITH raised AS (
  INSERT INTO "case" (id, ref, subject_key, kind, need, trigger, state, owner_post_id, next_step,
    due_on, due_provisional, latest_on, order_value, route, household_key, lead_feed, raised_at,
    raised_by, last_hit_at, sample, area_1, area_2, area_3, area_4, area_5)
  SELECT fresh.id, fresh.ref, c.subject_key, :kind, :need, :trigger, 'raised', desk.post_id,
    :next_step, :due_on, :due_provisional, :latest_on, c.order_value, :route, c.household_key,
    :lead_feed, :now, :actor, :now, c.sample, c.area_1, c.area_2, c.area_3, c.area_4, c.area_5
  FROM candidate AS c
  JOIN fresh ON fresh.n = c.n
  JOIN LATERAL (SELECT post_id FROM desk
    WHERE area IN ('', c.area_1, c.area_2, c.area_3, c.area_4, c.area_5)
    ORDER BY depth DESC LIMIT 1) AS desk ON true
  ORDER BY c.subject_key
  ON CONFLICT (subject_key, need) WHERE state <> 'closed'
  DO UPDATE SET last_hit_at = excluded.last_hit_at, signal_gone_at = NULL,
    sample = "case".sample AND excluded.sample
  RETURNING id, subject_key, state, (xmax = 0) AS is_new, area_1, area_2, area_3, area_4, area_5
)
SELECT * INTO TEMPORARY TABLE raised_case FROM raised
"""

MARK_HITS = """
UPDATE hit SET fate = CASE WHEN r.is_new THEN 'raised' ELSE 'joined' END
FROM raised_case AS r
WHERE hit.run_id = :run AND hit.fate = 'waiting' AND hit.subject_key = r.subject_key
"""

LINK_HITS = """
INSERT INTO case_hit (case_id, hit_id, trigger, trigger_version_id, as_of, measures, parameters,
  unknowns, area_1, area_2, area_3, area_4, area_5)
SELECT r.id, h.id, h.trigger, h.trigger_version_id, h.as_of, h.measures, h.parameters, h.unknowns,
  r.area_1, r.area_2, r.area_3, r.area_4, r.area_5
FROM raised_case AS r JOIN hit AS h ON h.subject_key = r.subject_key
WHERE h.run_id = :run AND h.fate IN ('raised', 'joined')
ON CONFLICT (case_id, hit_id) DO NOTHING
"""

ADD_EVIDENCE = """
INSERT INTO case_evidence (case_id, hit_id, source, record_id, version, event_on, recorded_on,
  facts, area_1, area_2, area_3, area_4, area_5)
SELECT r.id, h.id, e.feed, e.record_id, e.version, e.event_on, e.recorded_on,
  coalesce(e.facts, '{}'),
  r.area_1, r.area_2, r.area_3, r.area_4, r.area_5
FROM raised_case AS r JOIN hit AS h ON h.subject_key = r.subject_key
CROSS JOIN LATERAL jsonb_to_recordset(h.evidence)
  AS e(feed text, record_id text, version bigint, event_on date, recorded_on date, facts jsonb)
WHERE h.run_id = :run AND h.fate IN ('raised', 'joined')
ON CONFLICT (case_id, source, record_id, version) DO NOTHING
"""

ADD_EVENTS = """
INSERT INTO case_event (case_id, seq, at, actor_role, actor_id, action, state, detail,
  area_1, area_2, area_3, area_4, area_5)
SELECT r.id, CASE WHEN r.is_new THEN 1 ELSE (SELECT max(seq) + 1 FROM case_event
    WHERE case_id = r.id) END,
  :now, :role, :actor, CASE WHEN r.is_new THEN 'raise' ELSE 'join' END, r.state,
  jsonb_build_object('run', CAST(:run AS text), 'trigger', CAST(:trigger AS text)),
  r.area_1, r.area_2, r.area_3, r.area_4, r.area_5
FROM raised_case AS r
"""

ADD_AUDIT = """
INSERT INTO audit (business_at, actor_role, actor_id, action, entity, entity_id, detail,
  area_1, area_2, area_3, area_4, area_5)
SELECT :now, :role, :actor, CASE WHEN r.is_new THEN 'raise' ELSE 'join' END, 'case', r.id,
  jsonb_build_object('run', CAST(:run AS text)),
  r.area_1, r.area_2, r.area_3, r.area_4, r.area_5
FROM raised_case AS r
"""


def raise_hits(work: Work, raising: Raising, desks: Desks) -> Raised:
    """Turn the waiting hits of a run into cases and evidence; a second call finds none waiting.

    Raises Refused `no_county_desk` when no desk covers the places: the hits go on waiting.
    """
    values = _values(work, raising)
    held = work.db.execute(text(HOLD_BACK), values).rowcount
    work.db.execute(text(CANDIDATES), values)
    count: int = work.db.execute(text("SELECT coalesce(max(n), 0) FROM candidate")).scalar_one()
    if not count:
        work.db.execute(text("DROP TABLE candidate"))
        return Raised(held_back=held)
    _lend_desks(work, desks)
    _lend_fresh_ids(work, count)
    for statement in (RAISE, MARK_HITS, LINK_HITS, ADD_EVIDENCE, ADD_EVENTS, ADD_AUDIT):
        work.db.execute(text(statement), values)
    row = work.db.execute(
        text("SELECT count(*) FILTER (WHERE is_new) AS new, count(*) AS whole FROM raised_case")
    ).one()
    work.db.execute(text("DROP TABLE raised_case, fresh, desk, candidate"))
    if row.new:
        work.step("route_raised")
    return Raised(new=row.new, joined=row.whole - row.new, held_back=held)


def _values(work: Work, raising: Raising) -> dict[str, object]:
    return {
        "run": raising.run_id,
        "trigger": raising.trigger,
        "need": raising.need,
        "kind": raising.kind,
        "due_on": raising.due_on,
        "due_provisional": raising.due_provisional,
        "latest_on": raising.latest_on,
        "route": raising.route,
        "restated": list(raising.restated),
        "lead_feed": raising.lead_feed,
        "next_step": NextStep.ROUTE,
        "now": work.now,
        "today": work.today,
        "role": work.actor.role,
        "actor": work.actor.id,
    }


def _lend_desks(work: Work, desks: Desks) -> None:
    """Make the desks a temporary table; a deeper area wins over the one around it."""
    work.db.execute(
        text("CREATE TEMPORARY TABLE desk (area text, post_id uuid, depth int) ON COMMIT DROP")
    )
    if desks:
        work.db.execute(
            text(
                "INSERT INTO desk SELECT :area, :post, coalesce((SELECT level FROM area"
                " WHERE code = :area), 0)"
            ),
            [{"area": area, "post": post} for area, post in desks.items()],
        )
    homeless = work.db.execute(
        text(
            "SELECT count(*) FROM candidate AS c WHERE NOT EXISTS (SELECT FROM desk WHERE area IN"
            " ('', c.area_1, c.area_2, c.area_3, c.area_4, c.area_5))"
        )
    ).scalar_one()
    if homeless:
        raise Refused(
            "no_county_desk",
            "{count} hits cannot be raised: no county desk covers their places.",
            why="Every case has an owner from its first instant.",
            todo="Load the posts with 'proactive post load'; the hits wait and are raised then.",
            count=homeless,
        )


def _lend_fresh_ids(work: Work, count: int) -> None:
    """Make ids and public references, one for each candidate, for the statement to take from."""
    work.db.execute(
        text("CREATE TEMPORARY TABLE fresh (n bigint, id uuid, ref text) ON COMMIT DROP")
    )
    cursor = work.db.connection.cursor()
    with cursor.copy("COPY fresh (n, id, ref) FROM STDIN") as copy:
        for n in range(1, count + 1):
            copy.write_row((n, new_id(), public_ref()))
