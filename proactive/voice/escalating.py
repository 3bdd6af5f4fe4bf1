"""Late answers: an objection that its desk leaves lying goes to the county desk, once, never down.

Nothing is answered, closed or refused by being late, and the date that was promised stays.
"""

from collections import Counter
from uuid import UUID

from sqlalchemy import func, select, update

from proactive.areas.store import path_in
from proactive.cases.store import case
from proactive.kernel.work import Work
from proactive.notices.moving import note_on_case
from proactive.notices.store import needs_telling
from proactive.routing.board import read_posts
from proactive.routing.escalating import last_due
from proactive.routing.model import RANK, PostKind, desk_above
from proactive.voice.model import ObjectionState
from proactive.voice.store import objection

COUNTY = RANK[PostKind.COUNTY_DESK]


def take_up_late(work: Work, *, after_working_days: int) -> int:
    """Give open objections that are so late to the county desk of their place; return how many.

    The case gets a note. Where the county has it already, or there is no such desk, it stays.
    """
    since = last_due(work, after_working_days)
    late = work.db.execute(
        select(objection)
        .where(objection.c.state == ObjectionState.OPEN, objection.c.due_on <= since)
        .order_by(objection.c.id)
        .with_for_update()
    ).all()
    posts = read_posts(work.db, work.today) if late else []
    rank = {post.id: RANK[post.kind] for post in posts}
    moved = 0
    for row in late:
        desk = desk_above(posts, path_in(row), rank=COUNTY - 1)
        if desk is None or rank.get(row.post_id, 0) >= COUNTY:
            continue
        taken = update(objection).where(objection.c.id == row.id).values(post_id=desk.id)
        work.db.execute(taken)
        work.audit("escalate_objection", "objection", row.id, areas=path_in(row), post=desk.id)
        note_on_case(work, row.case_id, "objection_escalated", post=str(desk.id))
        moved += 1
    return moved


def late_by_post(work: Work) -> dict[UUID, int]:
    """Return post → how many answers and tellings of its cases are past their date."""
    answers = (
        select(objection.c.post_id, func.count().label("n"))
        .where(objection.c.state == ObjectionState.OPEN, objection.c.due_on < work.today)
        .group_by(objection.c.post_id)
    )
    tellings = (
        select(case.c.owner_post_id, func.count().label("n"))
        .join(needs_telling, needs_telling.c.case_id == case.c.id)
        .where(needs_telling.c.told_at.is_(None), needs_telling.c.due_on < work.today)
        .group_by(case.c.owner_post_id)
    )
    counted: Counter[UUID] = Counter()
    for query in (answers, tellings):
        for post_id, number in work.db.execute(query):
            counted[post_id] += number
    return dict(counted)
