"""Room for sample visits: only what a post can take this week beside all that waits already."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from proactive.areas.store import path_in
from proactive.kernel.work import Work
from proactive.routing.board import read_posts
from proactive.routing.model import Fate, Waiting, route_cases
from proactive.routing.service import waiting_case
from proactive.rules.grammar import Route, SubjectKind, TriggerRule

NOBODY = UUID(int=0)
SOME_DAY = date.max

WAITING = """
SELECT c.*, true AS placed FROM "case" AS c WHERE c.state = 'raised' AND c.next_step = 'route'
ORDER BY c.id
"""
SUBJECTS = """
SELECT key, household_key, area_1, area_2, area_3, area_4, area_5 FROM subject
WHERE key = ANY(:keys)
"""


def with_room(work: Work, rule: TriggerRule, keys: Sequence[int]) -> set[int]:
    """Return those whom a post could take this week, after every case that waits for a post.

    They are dealt out by routing itself, last of all and never over capacity.
    """
    if not keys:
        return set()
    rows = {row.key: row for row in work.db.execute(text(SUBJECTS), {"keys": list(keys)})}
    asked = [
        Waiting(
            id=UUID(int=place + 1),  # ties are dealt in the order of the lots
            subject_key=key,
            due_on=SOME_DAY,
            path=path_in(rows[key]),
            owner_post_id=NOBODY,
            household_key=rows[key].household_key,
            route="" if rule.hit.route is Route.COORDINATOR else rule.hit.route,
            organisation=rule.subject is SubjectKind.ORGANISATION,
        )
        for place, key in enumerate(keys)
        if key in rows
    ]
    waiting = [waiting_case(row) for row in work.db.execute(text(WAITING))]
    decisions = route_cases([*waiting, *asked], read_posts(work.db, work.today), work.today)
    given = {one.case_id: one for one in decisions}
    return {
        each.subject_key
        for each in asked
        if given[each.id].fate is Fate.ASSIGN and given[each.id].post_id != NOBODY
    }
