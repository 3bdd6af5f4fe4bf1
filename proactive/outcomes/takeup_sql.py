"""The statement that counts take-up: one number per month, programme, item, place and counter.

Everything is counted in the month a bundle was opened (households found: in which the case was
raised), in local days, and counted anew until it ends. Absent rows are zeros.
"""

AREAS = "area_1, area_2, area_3, area_4, area_5"
_B_AREAS = "b.area_1, b.area_2, b.area_3, b.area_4, b.area_5"

# `definitions`: of each version and item what it took before and what is allowed; `needs`: which
# need a programme serves. Both come from the definitions the bundles pinned.
_SOURCES = f"""
definition AS (
  SELECT * FROM jsonb_to_recordset(CAST(:definitions AS jsonb)) AS d(version uuid, item text,
    trips int, days int, steps int, materials int, promised int, promised_kind text,
    legal int, legal_kind text)
),
need AS (SELECT * FROM jsonb_to_recordset(CAST(:needs AS jsonb)) AS n(bundle text, need text)),
b AS (
  SELECT b.*, date_trunc('month', b.opened_at AT TIME ZONE :zone)::date AS month,
    (b.opened_at AT TIME ZONE :zone)::date AS opened_on,
    (b.settled_at AT TIME ZONE :zone)::date AS settled_on
  FROM bundle AS b WHERE b.opened_at >= :first
),
history AS (
  SELECT e.item_id, bool_or(e.action = 'return') AS returned, bool_or(e.action = 'ask') AS asked,
    bool_or(e.action = 'accept_lenient') AS lenient,
    bool_or(e.action <> 'submit') AS looked_at,
    (min(e.at) AT TIME ZONE :zone)::date AS handed_in_on,
    (max(e.at) FILTER (WHERE e.action IN ('grant', 'refuse')) AT TIME ZONE :zone)::date AS ended_on
  FROM item_event AS e JOIN b ON b.id = e.bundle_id
  WHERE e.action IN ('submit', 'accept', 'accept_lenient', 'ask', 'return', 'refuse', 'grant')
  GROUP BY e.item_id
),
handled AS (
  SELECT b.month, b.bundle, i.bundle_id, i.code, {_B_AREAS}, h.returned, h.asked, h.lenient,
    h.looked_at, i.state IN ('granted', 'delivered', 'refused') AS decided,
    i.state IN ('granted', 'delivered') AS granted, i.state = 'refused' AS refused,
    i.state = 'delivered' AND i.delivery_mode = 'collect' AS collected,
    h.ended_on - h.handed_in_on AS whole_days, i.promised_used, i.legal_used,
    d.trips, d.days, d.steps, d.materials, d.promised, d.promised_kind, d.legal, d.legal_kind
  FROM item AS i JOIN history AS h ON h.item_id = i.id JOIN b ON b.id = i.bundle_id
  LEFT JOIN definition AS d ON d.version = b.bundle_version_id AND d.item = i.code
),
whole AS (
  SELECT b.id, b.month, b.bundle, {_B_AREAS}, b.settled_on - b.opened_on AS days,
    b.settled_on IS NOT NULL AND count(h.code) > 0 AS ended,
    b.settled_on <= b.promised_on AS in_promise,
    b.legal_on IS NOT NULL AS has_legal, b.settled_on <= b.legal_on AS in_legal,
    count(h.code) AS items, bool_or(h.returned) AS returned, bool_or(h.asked) AS asked,
    bool_or(h.lenient) AS lenient, bool_or(h.looked_at) AS looked_at,
    bool_and(h.granted) AS all_granted, bool_or(h.granted) AS helped,
    count(*) FILTER (WHERE h.collected) AS collected,
    sum(h.trips) FILTER (WHERE h.granted) AS trips, sum(h.steps) FILTER (WHERE h.granted) AS steps,
    sum(h.materials) FILTER (WHERE h.granted) AS materials
  FROM b LEFT JOIN handled AS h ON h.bundle_id = b.id
  GROUP BY b.id, b.month, b.bundle, {_B_AREAS}, b.settled_on, b.opened_on, b.promised_on, b.legal_on
),
ended AS (
  SELECT w.*,
    coalesce((SELECT sum(r.round) FROM request AS r
      WHERE r.bundle_id = w.id AND r.told_at IS NOT NULL), 0) AS rounds,
    (SELECT count(*) FROM material AS m
      WHERE m.bundle_id = w.id AND m.state IN ('given', 'lenient')) AS papers
  FROM whole AS w WHERE w.ended AND w.helped
)"""

# A household counts once a month, where its first case or bundle of the month lies, and as found
# by whoever raised that one; somebody without a known household is one.
_HOUSEHOLD = "coalesce('h' || c.household_key, 's' || c.subject_key)"
_COUNTERS = f"""
found AS (
  SELECT DISTINCT ON (n.bundle, m.month, k.household) n.bundle, m.month, c.reported, c.area_1,
    c.area_2, c.area_3, c.area_4, c.area_5
  FROM "case" AS c JOIN need AS n ON n.need = c.need
  CROSS JOIN LATERAL (SELECT date_trunc('month', c.raised_at AT TIME ZONE :zone)::date) AS m(month)
  CROSS JOIN LATERAL (SELECT {_HOUSEHOLD}) AS k(household)
  WHERE c.raised_at >= :first ORDER BY n.bundle, m.month, k.household, c.raised_at, c.id
),
served AS (
  SELECT DISTINCT ON (b.bundle, b.month, k.household) b.bundle, b.month, c.reported, {_B_AREAS}
  FROM b JOIN "case" AS c ON c.id = b.case_id
  CROSS JOIN LATERAL (SELECT {_HOUSEHOLD}) AS k(household)
  ORDER BY b.bundle, b.month, k.household, b.opened_at, b.id
),
counted AS (
  SELECT month, bundle, '' AS item, {AREAS}, counter, n FROM found CROSS JOIN LATERAL (VALUES
    ('households_found', 1), ('found_by_people', reported::int)) AS v(counter, n)
  UNION ALL
  SELECT month, bundle, '', {AREAS}, counter, n FROM served CROSS JOIN LATERAL (VALUES
    ('households_served', 1), ('served_by_people', reported::int)) AS v(counter, n)
  UNION ALL
  SELECT month, bundle, '', {AREAS}, counter, n FROM whole CROSS JOIN LATERAL (VALUES
    ('opened', 1), ('items_' || items, 1), ('handed_in', (items > 0)::int),
    ('looked_at', looked_at::int), ('returned', returned::int),
    ('ready_first', (looked_at AND NOT (returned OR asked OR lenient))::int),
    ('ended', ended::int), ('done_once', (ended AND all_granted AND NOT (returned OR asked))::int),
    ('whole_days', CASE WHEN ended THEN days END),
    ('in_promise', (ended AND in_promise)::int),
    ('ended_legal', (ended AND has_legal)::int), ('in_legal', (ended AND in_legal)::int)
  ) AS v(counter, n)
  UNION ALL
  SELECT month, bundle, '', {AREAS}, counter, n FROM ended CROSS JOIN LATERAL (VALUES
    ('helped', 1), ('before_trips', trips), ('now_trips', collected),
    ('before_steps', steps), ('now_steps', 1 + rounds + collected),
    ('before_materials', materials), ('now_materials', papers)
  ) AS v(counter, n)
  UNION ALL
  SELECT month, bundle, code, {AREAS}, counter, n FROM handled CROSS JOIN LATERAL (VALUES
    ('handed_in', 1), ('looked_at', looked_at::int), ('returned', returned::int),
    ('ready_first', (looked_at AND NOT (returned OR asked OR lenient))::int),
    ('decided', decided::int), ('granted', granted::int), ('refused', refused::int),
    ('done_once', (granted AND NOT (returned OR asked))::int),
    ('whole_days', CASE WHEN decided THEN whole_days END),
    ('before_days', CASE WHEN granted THEN days END),
    ('granted_days', CASE WHEN granted THEN whole_days END),
    ('promised_n_' || promised_kind, decided::int),
    ('promised_limit_' || promised_kind, CASE WHEN decided THEN promised END),
    ('promised_used_' || promised_kind, CASE WHEN decided THEN promised_used END),
    ('promised_kept_' || promised_kind, (decided AND promised_used <= promised)::int),
    ('legal_n_' || legal_kind, decided::int),
    ('legal_limit_' || legal_kind, CASE WHEN decided THEN legal END),
    ('legal_used_' || legal_kind, CASE WHEN decided THEN legal_used END),
    ('legal_kept_' || legal_kind, (decided AND legal_used <= legal)::int)
  ) AS v(counter, n)
  UNION ALL
  SELECT b.month, b.bundle, i.code, {_B_AREAS}, 'why_' || e.reason, 1
  FROM item_event AS e JOIN item AS i ON i.id = e.item_id JOIN b ON b.id = e.bundle_id
  WHERE e.action = 'return' AND e.reason <> ''
)"""

COUNT = f"""
WITH {_SOURCES}, {_COUNTERS}
INSERT INTO takeup_count (month, bundle, item, {AREAS}, counter, count, counted_at)
SELECT month, bundle, item, {AREAS}, counter, sum(n), :now FROM counted
WHERE counter IS NOT NULL GROUP BY month, bundle, item, {AREAS}, counter
HAVING sum(n) <> 0
"""
