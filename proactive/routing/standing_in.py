"""A desk plans who stands in for a post of its area: from when, until when, and why.

The plan works from its first day and ends by itself: rights follow from it in a step of the
machine, the post's daily word goes to who stands in, and the day after the last all is as before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from proactive.accounts.holders import PostGrant, keep_post_grants
from proactive.accounts.queries import account_names
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.routing.model import ROLE_OF, PostKind
from proactive.routing.store import post, post_stand_in

STEP = "keep_stand_ins"
SOURCE = "stand_in:"
LONGEST = timedelta(days=366)


class Away(StrEnum):
    """Why somebody stands in; nothing about a holder's health is kept."""

    LEAVE = "leave"
    TRAINING = "training"
    VACANT = "vacant"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Planned:
    """One plan that still works or will."""

    post_id: UUID
    account_id: str
    name: str
    from_day: date
    to_day: date
    why: str


def plan_stand_in(
    work: Work, post_id: UUID, account_id: str, *, from_day: date, to_day: date, why: str
) -> None:
    """Keep the plan of a desk. The row policy lets it plan for posts of its own area only.

    Raises Refused `not_found`, or `bad_plan` with what is wrong by field.
    """
    row = work.db.execute(select(post).where(post.c.id == post_id, post.c.active)).one_or_none()
    if row is None or not _mine(work, row):
        raise Refused("not_found", "There is no such post.", todo="Go back to the list.")
    wrong = dict(_mistakes(work, row, account_id, from_day, to_day, why))
    if wrong:
        raise Refused(
            "bad_plan",
            "Nobody stands in yet.",
            todo="Mend what is marked and send it again.",
            fields=wrong,
        )
    values = {"post_id": post_id, "account_id": account_id, "why": why}
    days = {"from_day": from_day, "to_day": to_day}
    work.db.execute(insert(post_stand_in).values(**values, **days, planned_by=work.actor.id))
    work.audit("plan_stand_in", "post", row.code, areas=_path(row), account=account_id)
    work.step(STEP)
    work.step("route_raised")


def end_stand_in(work: Work, post_id: UUID, account_id: str, from_day: date) -> None:
    """End a plan: one that has begun with yesterday, one that has not is taken out.

    Raises Refused `not_found` where no such plan of a post of one's area works or will.
    """
    mine = (
        (post_stand_in.c.post_id == post_id)
        & (post_stand_in.c.account_id == account_id)
        & (post_stand_in.c.from_day == from_day)
        & (post_stand_in.c.planned_by != "")
        & (post_stand_in.c.to_day >= work.today)
    )
    if from_day < work.today:
        ended = update(post_stand_in).where(mine)
        done = work.db.execute(ended.values(to_day=work.today - timedelta(days=1))).rowcount
    else:
        done = work.db.execute(delete(post_stand_in).where(mine)).rowcount
    if not done:
        raise Refused("not_found", "There is no such plan.", todo="Go back to the list.")
    work.audit("end_stand_in", "post", post_id, account=account_id)
    work.step(STEP)


def planned(db: Connection, post_ids: Collection[UUID], today: date) -> list[Planned]:
    """Return the plans for these posts that work today or later, the earliest first."""
    rows = db.execute(
        select(post_stand_in)
        .where(
            post_stand_in.c.post_id.in_(post_ids),
            post_stand_in.c.planned_by != "",
            post_stand_in.c.to_day >= today,
        )
        .order_by(post_stand_in.c.from_day, post_stand_in.c.account_id)
    ).all()
    called = account_names(db, {row.account_id for row in rows})
    return [
        Planned(
            *(row.post_id, row.account_id, called.get(row.account_id, "")),
            *(row.from_day, row.to_day, row.why),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Able:
    """Somebody who may stand in, by a post of his; `near`: in the same town or county desk."""

    name: str
    post: str
    near: bool


def able(work: Work, post_id: UUID) -> dict[str, Able]:
    """Return account → who may stand in: the holders of other posts of the reader's areas.

    Those of the same town first, then in the order of their names.
    """
    inside = or_(*(post.c[column].in_(work.actor.areas) for column in AREA_COLUMNS))
    own = work.db.execute(select(post).where(post.c.id == post_id)).one()
    rows = work.db.execute(
        select(post.c.holder_id, post.c.name, *(post.c[column] for column in AREA_COLUMNS))
        .where(inside, post.c.active, post.c.holder_id.is_not(None), post.c.id != post_id)
        .order_by(post.c.code)
    ).all()
    called = account_names(work.db, {row.holder_id for row in rows})
    found = {
        row.holder_id: Able(called.get(row.holder_id, ""), row.name, row.area_4 in (own.area_4, ""))
        for row in reversed(rows)
        if row.holder_id != own.holder_id
    }
    return dict(sorted(found.items(), key=lambda each: (not each[1].near, each[1].name)))


def keep_grants(work: Work) -> tuple[int, int]:
    """Make rights what the plans say; returns how many began and ended. Done by the machine."""
    rows = work.db.execute(
        select(post_stand_in, post.c.code, post.c.kind, post.c.area_code, post.c.area_level)
        .join(post, post.c.id == post_stand_in.c.post_id)
        .where(post_stand_in.c.planned_by != "", post_stand_in.c.to_day >= work.today)
    ).all()
    wanted = [
        PostGrant(
            *(row.code, row.account_id, ROLE_OF[PostKind(row.kind)].value),
            *(row.area_code, row.area_level, row.from_day, row.to_day),
        )
        for row in rows
    ]
    codes = work.db.execute(select(post.c.code)).scalars().all()
    return keep_post_grants(work, codes, wanted, prefix=SOURCE)


def _mistakes(
    work: Work, row: Row[Any], account_id: str, from_day: date, to_day: date, why: str
) -> list[tuple[str, str]]:
    wrong = []
    if account_id == row.holder_id:
        wrong.append(("account", "is the holder"))
    elif account_id not in able(work, row.id):
        wrong.append(("account", "choose somebody"))
    elif _exists(work, _away(account_id), from_day, to_day):
        wrong.append(("account", "is away then"))
    if from_day < work.today:
        wrong.append(("from_day", "is past"))
    if to_day < from_day:
        wrong.append(("to_day", "is before the first"))
    elif to_day - from_day > LONGEST:
        wrong.append(("to_day", "is too far"))
    elif from_day >= work.today and _exists(
        work, post_stand_in.c.post_id == row.id, from_day, to_day
    ):
        wrong.append(("from_day", "overlaps"))
    if why not in set(Away):
        wrong.append(("why", "choose a reason"))
    return wrong


def _away(account_id: str) -> ColumnElement[bool]:
    held = select(post.c.id).where(post.c.holder_id == account_id, post.c.active)
    return post_stand_in.c.post_id.in_(held)


def _exists(work: Work, which: ColumnElement[bool], from_day: date, to_day: date) -> bool:
    """Answer whether such a stand-in with days falls into these; a standing deputy has none."""
    query = select(func.count()).where(
        which, post_stand_in.c.from_day <= to_day, post_stand_in.c.to_day >= from_day
    )
    return bool(work.db.execute(query).scalar_one())


def _mine(work: Work, row: Row[Any]) -> bool:
    return bool(set(_path(row)) & set(work.actor.areas))


def _path(row: Row[Any]) -> list[str]:
    return [getattr(row, column) for column in AREA_COLUMNS]
