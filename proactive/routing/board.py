"""The posts as they stand on a day: who is there, how much they carry, whom they must not visit."""

from datetime import date

from sqlalchemy import Connection, text

from proactive.routing.model import Post, PostKind
from proactive.routing.moving import monday

_POSTS = text(
    """
SELECT p.id, p.code, p.kind, p.area_code, p.area_level, p.capacity_per_week,
  home.household_key AS household,
  (p.holder_id IS NOT NULL AND holder.active AND NOT coalesce(:today BETWEEN
     coalesce(p.absent_from, '-infinity') AND coalesce(p.absent_to, 'infinity')
     AND (p.absent_from IS NOT NULL OR p.absent_to IS NOT NULL), false))
  OR EXISTS (SELECT FROM post_stand_in AS s JOIN account AS a ON a.id = s.account_id AND a.active
     WHERE s.post_id = p.id AND coalesce(s.from_day, '-infinity') <= :today
       AND coalesce(s.to_day, 'infinity') >= :today) AS staffed,
  coalesce(carried.n, 0) AS load, coalesce(given.n, 0) AS taken
FROM post AS p
LEFT JOIN account AS holder ON holder.id = p.holder_id
LEFT JOIN subject AS home ON home.key = p.holder_subject_key
LEFT JOIN (SELECT owner_post_id, count(*) AS n FROM "case" WHERE state <> 'closed'
  GROUP BY owner_post_id) AS carried ON carried.owner_post_id = p.id
LEFT JOIN (SELECT post_id, count(DISTINCT case_id) AS n FROM assignment WHERE week = :week
  GROUP BY post_id) AS given ON given.post_id = p.id
WHERE p.active ORDER BY p.code
"""
)


def read_posts(db: Connection, today: date) -> list[Post]:
    """Return every active post with its load, this week's cases and its relatives."""
    relatives: dict[object, set[int]] = {}
    for row in db.execute(text("SELECT post_id, subject_key FROM post_relative")):
        relatives.setdefault(row.post_id, set()).add(row.subject_key)
    rows = db.execute(_POSTS, {"today": today, "week": monday(today)})
    return [
        Post(
            row.id,
            row.code,
            PostKind(row.kind),
            row.area_code,
            row.area_level,
            bool(row.staffed),
            row.load,
            row.taken,
            row.capacity_per_week,
            frozenset(relatives.get(row.id, ())),
            row.household,
        )
        for row in rows
    ]
