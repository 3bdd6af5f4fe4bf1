"""The statements of an intake. Of several rows about one subject the latest seen wins."""

CREATE_STAGED = """
CREATE TEMP TABLE staged_identity (
    ord bigint, key bigint, kind text, scheme text, id_cipher bytea, id_blind bytea,
    born_on date, died_on date, household_key bigint, guardian_key bigint,
    name_cipher bytea, name_mark bytea, phone_cipher bytea, phone_blind bytea,
    address_cipher bytea, extra_cipher bytea,
    living text, registered text, authority int, seen_on date
) ON COMMIT DROP;
CREATE TEMP TABLE staged_alias (temporary_key bigint, key bigint) ON COMMIT DROP;
CREATE TEMP TABLE staged_area (
    code text, area_1 text, area_2 text, area_3 text, area_4 text, area_5 text
) ON COMMIT DROP"""

COPY_STAGED = "COPY staged_identity FROM STDIN"
COPY_ALIASES = "COPY staged_alias FROM STDIN"
COPY_AREAS = "COPY staged_area FROM STDIN"

# Two numbers under one key: p = 2e-6 at 5.6 million people, and never to be passed over.
COLLISIONS = """
SELECT count(*) FROM (
    SELECT key FROM (
        SELECT DISTINCT key, scheme, id_blind FROM staged_identity
        UNION
        SELECT key, scheme, id_blind FROM subject WHERE key IN (SELECT key FROM staged_identity)
    ) both_sides GROUP BY key HAVING count(*) > 1
    UNION
    SELECT t.key FROM staged_identity t JOIN subject s
    ON s.scheme = t.scheme AND s.id_blind = t.id_blind AND s.key <> t.key
) collided"""

NEW_SUBJECTS = """
INSERT INTO subject (key, kind, scheme, id_cipher, id_blind, created_at)
SELECT DISTINCT ON (key) key, kind, scheme, id_cipher, id_blind, :now
FROM staged_identity ORDER BY key, ord
ON CONFLICT (key) DO NOTHING"""

# Birth and guardian are filled once; a household is the latest seen.
DATES = """
UPDATE subject s SET
    born_on = coalesce(s.born_on, t.born_on),
    guardian_key = coalesce(t.guardian_key, s.guardian_key)
FROM (
    SELECT key, max(born_on) AS born_on, max(guardian_key) AS guardian_key
    FROM staged_identity WHERE born_on IS NOT NULL OR guardian_key IS NOT NULL GROUP BY key
) t
WHERE t.key = s.key AND (
    (s.born_on IS NULL AND t.born_on IS NOT NULL)
    OR (t.guardian_key IS NOT NULL AND s.guardian_key IS DISTINCT FROM t.guardian_key))"""

LIFE = """
UPDATE subject s SET died_on = t.died_on
FROM (
    SELECT DISTINCT ON (key) key, died_on FROM staged_identity
    WHERE died_on IS NOT NULL ORDER BY key, seen_on DESC, ord DESC
) t
WHERE t.key = s.key AND s.died_on IS DISTINCT FROM t.died_on"""

# The place and household of the register with the highest authority, of two equal ones the later.
PLACES = """
UPDATE subject s SET
    living_area = t.living,
    registered_area = t.registered,
    household_key = coalesce(t.household_key, s.household_key),
    place_authority = t.authority,
    place_on = t.seen_on,
    area_1 = coalesce(a.area_1, ''), area_2 = coalesce(a.area_2, ''),
    area_3 = coalesce(a.area_3, ''), area_4 = coalesce(a.area_4, ''),
    area_5 = coalesce(a.area_5, '')
FROM (
    SELECT DISTINCT ON (key) key, living, registered, authority, seen_on, household_key
    FROM staged_identity WHERE authority >= 0
    ORDER BY key, authority DESC, seen_on DESC, ord DESC
) t LEFT JOIN staged_area a ON a.code = t.living
WHERE t.key = s.key
  AND (t.authority, t.seen_on) >= (s.place_authority, coalesce(s.place_on, '-infinity'::date));

UPDATE subject s SET household_key = t.household_key
FROM (
    SELECT DISTINCT ON (key) key, household_key FROM staged_identity
    WHERE household_key IS NOT NULL ORDER BY key, seen_on DESC, ord DESC
) t
WHERE t.key = s.key AND s.household_key IS NULL"""

IDENTITIES = """
INSERT INTO identity AS i (
    subject_key, feed, name_cipher, name_mark, names_differ, phone_cipher, phone_blind,
    address_cipher, extra_cipher, seen_at, seen_on, delivery_id,
    area_1, area_2, area_3, area_4, area_5)
SELECT DISTINCT ON (t.key) t.key, :feed, t.name_cipher, t.name_mark,
    coalesce(t.key = ANY (SELECT key FROM staged_identity WHERE name_mark IS NOT NULL
                          GROUP BY key HAVING count(DISTINCT name_mark) > 1), false),
    t.phone_cipher, t.phone_blind, t.address_cipher, t.extra_cipher,
    :now, t.seen_on, :delivery_id,
    s.area_1, s.area_2, s.area_3, s.area_4, s.area_5
FROM staged_identity t JOIN subject s ON s.key = t.key
ORDER BY t.key, t.seen_on DESC, t.ord DESC
ON CONFLICT (subject_key, feed) DO UPDATE SET
    name_cipher = coalesce(excluded.name_cipher, i.name_cipher),
    name_mark = coalesce(excluded.name_mark, i.name_mark),
    names_differ = excluded.names_differ
        OR coalesce(i.seen_on = excluded.seen_on AND i.name_mark <> excluded.name_mark, false),
    phone_cipher = coalesce(excluded.phone_cipher, i.phone_cipher),
    phone_blind = coalesce(excluded.phone_blind, i.phone_blind),
    address_cipher = coalesce(excluded.address_cipher, i.address_cipher),
    extra_cipher = coalesce(excluded.extra_cipher, i.extra_cipher),
    seen_at = excluded.seen_at, seen_on = excluded.seen_on, delivery_id = excluded.delivery_id,
    area_1 = excluded.area_1, area_2 = excluded.area_2, area_3 = excluded.area_3,
    area_4 = excluded.area_4, area_5 = excluded.area_5
WHERE excluded.seen_on >= i.seen_on"""

ALIASES = """
INSERT INTO subject_alias (temporary_key, key, since, source)
SELECT DISTINCT ON (temporary_key) temporary_key, key, :now, :feed
FROM staged_alias WHERE temporary_key <> key ORDER BY temporary_key, key
ON CONFLICT (temporary_key) DO NOTHING"""

# What the temporary subject knew and the permanent one does not: place, guardian, household.
ALIAS_CHAIN = """
UPDATE subject p SET
    guardian_key = coalesce(p.guardian_key, t.guardian_key),
    household_key = coalesce(p.household_key, t.household_key),
    born_on = coalesce(p.born_on, t.born_on)
FROM subject_alias a JOIN subject t ON t.key = a.temporary_key
WHERE p.key = a.key
  AND (a.temporary_key IN (SELECT temporary_key FROM staged_alias)
       OR a.key IN (SELECT key FROM staged_identity)
       OR a.temporary_key IN (SELECT key FROM staged_identity))
  AND (p.guardian_key, p.household_key, p.born_on) IS DISTINCT FROM
      (coalesce(p.guardian_key, t.guardian_key), coalesce(p.household_key, t.household_key),
       coalesce(p.born_on, t.born_on));

UPDATE subject p SET
    living_area = t.living_area, registered_area = t.registered_area,
    place_authority = t.place_authority, place_on = t.place_on,
    area_1 = t.area_1, area_2 = t.area_2, area_3 = t.area_3, area_4 = t.area_4, area_5 = t.area_5
FROM subject_alias a JOIN subject t ON t.key = a.temporary_key
WHERE p.key = a.key AND p.area_1 = '' AND t.area_1 <> ''
  AND (a.temporary_key IN (SELECT temporary_key FROM staged_alias)
       OR a.key IN (SELECT key FROM staged_identity)
       OR a.temporary_key IN (SELECT key FROM staged_identity))"""

# A child lives with its guardian, unless a register with more authority says otherwise.
CHILDREN = """
UPDATE subject c SET household_key = g.household_key FROM subject g
WHERE g.key = c.guardian_key AND c.household_key IS NULL AND g.household_key IS NOT NULL
  AND (c.key IN (SELECT key FROM staged_identity) OR g.key IN (SELECT key FROM staged_identity));

UPDATE subject c SET
    area_1 = g.area_1, area_2 = g.area_2, area_3 = g.area_3, area_4 = g.area_4, area_5 = g.area_5,
    living_area = g.living_area
FROM subject g
WHERE g.key = c.guardian_key AND g.area_1 <> '' AND g.place_authority > c.place_authority
  AND (c.key IN (SELECT key FROM staged_identity) OR g.key IN (SELECT key FROM staged_identity))"""

# What other feeds said of the subject lies where the subject lives now.
FOLLOW = """
UPDATE identity i SET area_1 = s.area_1, area_2 = s.area_2, area_3 = s.area_3,
    area_4 = s.area_4, area_5 = s.area_5
FROM subject s
WHERE s.key = i.subject_key
  AND (s.key IN (SELECT key FROM staged_identity)
       OR s.guardian_key IN (SELECT key FROM staged_identity))
  AND (i.area_1, i.area_2, i.area_3, i.area_4, i.area_5)
      IS DISTINCT FROM (s.area_1, s.area_2, s.area_3, s.area_4, s.area_5);

UPDATE identity_decision d SET area_1 = s.area_1, area_2 = s.area_2, area_3 = s.area_3,
    area_4 = s.area_4, area_5 = s.area_5
FROM subject s
WHERE s.key = d.subject_key AND s.key IN (SELECT key FROM staged_identity)
  AND (d.area_1, d.area_2, d.area_3, d.area_4, d.area_5)
      IS DISTINCT FROM (s.area_1, s.area_2, s.area_3, s.area_4, s.area_5)"""

# Differing names are doubtful, unless a person has seen them all and said: the same one.
IS_DOUBTFUL = """
SELECT i.subject_key,
    (count(DISTINCT i.name_mark) > 1 OR bool_or(i.names_differ))
    AND (count(d.id) = 0 OR bool_or(
        (i.name_mark IS NOT NULL AND i.name_mark <> ALL (d.marks))
        OR (i.names_differ AND i.feed <> ALL (d.differing)))) AS doubtful
FROM identity i LEFT JOIN identity_decision d
    ON d.subject_key = i.subject_key AND d.verdict = 'same' AND d.replaced_at IS NULL
WHERE i.subject_key IN ({keys}) GROUP BY i.subject_key"""

DOUBTS = f"""
UPDATE subject s SET identity_doubtful = d.doubtful
FROM ({IS_DOUBTFUL.format(keys="SELECT key FROM staged_identity")}) d
WHERE d.subject_key = s.key AND s.identity_doubtful <> d.doubtful"""

COUNT_DOUBTFUL = """
SELECT count(*) FROM subject
WHERE identity_doubtful AND key IN (SELECT key FROM staged_identity)"""

COUNT_SHARED = """
SELECT count(*) FROM (
    SELECT phone_blind FROM identity
    WHERE phone_blind IN (SELECT DISTINCT phone_blind FROM staged_identity)
    GROUP BY phone_blind HAVING count(DISTINCT subject_key) > :many) shared"""

COUNT_UNKNOWN_AREAS = """
SELECT count(DISTINCT living) FROM staged_identity
WHERE living <> '' AND living NOT IN (SELECT code FROM staged_area)"""
