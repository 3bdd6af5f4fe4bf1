"""Posts and their lists as pages and other stages ask for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from proactive.accounts.queries import account_names
from proactive.areas.model import DEPTH
from proactive.areas.queries import names
from proactive.cases.store import case
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.routing.board import read_posts
from proactive.routing.loading import phone_of
from proactive.routing.model import PostKind, decides, takes
from proactive.routing.store import post, post_stand_in


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post as a list shows it; counts hold what the asker may see."""

    id: UUID
    code: str
    kind: str
    name: str
    area_code: str
    area_name: str
    holder: str
    stand_ins: tuple[str, ...]
    staffed: bool
    load: int
    overdue: int
    this_week: int
    capacity: int | None
    public_phone: str

    @property
    def has_room(self) -> bool:
        return self.capacity is None or self.this_week < self.capacity


def overdue_condition(today: date) -> ColumnElement[bool]:
    """Return the condition that a case is overdue: the one definition, for lists and counts.

    The due date itself is still in time; a case put off until a day is not overdue before it.
    """
    return and_(
        case.c.state != "closed",
        case.c.due_on < today,
        or_(case.c.snoozed_until.is_(None), case.c.snoozed_until <= today),
    )


def posts_of(db: Connection, account_id: str, today: date) -> tuple[str, ...]:
    """Return the ids of the open posts an account holds or stands in for on this day."""
    stands_in = select(post_stand_in.c.post_id).where(
        post_stand_in.c.account_id == account_id,
        or_(post_stand_in.c.from_day.is_(None), post_stand_in.c.from_day <= today),
        or_(post_stand_in.c.to_day.is_(None), post_stand_in.c.to_day >= today),
    )
    rows = db.execute(
        select(post.c.id)
        .where(post.c.active, or_(post.c.holder_id == account_id, post.c.id.in_(stands_in)))
        .order_by(post.c.code)
    )
    return tuple(str(post_id) for post_id in rows.scalars())


def narrowed(db: Connection, actor: Actor) -> Actor:
    """Return the actor with the rights of the posts held: a desk for organisations sees no homes.

    Homes of more than one village are shown to a coordinator only for a post of that level in the
    field: a grant that outlives its post, as after a stand-in ended, shows none. Who holds such a
    post beside a desk keeps what that one needs.
    """
    if actor.role is not Role.COORDINATOR:
        return actor
    held = select(post.c.kind).where(
        post.c.id.in_([UUID(each) for each in actor.posts]), post.c.area_level == actor.level
    )
    kinds = set(db.execute(held).scalars()) if actor.posts else set()
    field = kinds - {PostKind.ENTERPRISE_DESK.value}
    return replace(actor, firms_only=not field and (bool(kinds) or actor.level < DEPTH))


def villages_of(db: Connection, post_ids: Collection[str]) -> tuple[str, ...]:
    """Return the codes of the places that these posts serve as their coordinator, by code."""
    query = select(post.c.area_code).where(
        post.c.id.in_([UUID(each) for each in post_ids]), post.c.kind == PostKind.COORDINATOR.value
    )
    return tuple(db.execute(query.distinct().order_by(post.c.area_code)).scalars())


def county_desks(db: Connection) -> dict[str, UUID]:
    """Return area code → its county desk, and '' → the desk for places nobody else covers.

    This is what raising is given, so that every case has an owner from its first instant. Several
    desks of one area: the one there today counts less than a stable choice, so the first by code.
    """
    rows = db.execute(
        select(post.c.area_code, post.c.id)
        .where(post.c.active, post.c.kind == PostKind.COUNTY_DESK.value)
        .order_by(post.c.area_level, post.c.code)
    ).all()
    desks: dict[str, UUID] = {}
    for row in rows:
        desks.setdefault(row.area_code, row.id)
        desks.setdefault("", row.id)
    return desks


def list_posts(
    db: Connection, today: date, *, within: str = "", kind: str = ""
) -> tuple[PostLine, ...]:
    """Return open posts with their loads, by area and code; `within` narrows to an area."""
    query = select(post).where(post.c.active)
    if within:
        query = query.where(or_(*(post.c[column] == within for column in AREA_COLUMNS)))
    if kind:
        query = query.where(post.c.kind == kind)
    return _lines(db, db.execute(query.order_by(post.c.area_code, post.c.code)).all(), today)


def get_post(db: Connection, post_id: UUID, today: date) -> PostLine | None:
    """Return one post, also a closed one."""
    rows = db.execute(select(post).where(post.c.id == post_id)).all()
    return next(iter(_lines(db, rows, today)), None)


def _lines(db: Connection, rows: Sequence[Row[Any]], today: date) -> tuple[PostLine, ...]:
    standing = {each.id: each for each in read_posts(db, today)}
    overdue = _overdue(db, [row.id for row in rows], today)
    stand_ins = _stand_ins(db, [row.id for row in rows], today)
    people = {row.holder_id for row in rows if row.holder_id}
    people |= {account for each in stand_ins.values() for account in each}
    called = account_names(db, people)
    places = names(db, {row.area_code for row in rows})
    return tuple(
        PostLine(
            row.id,
            row.code,
            row.kind,
            row.name,
            row.area_code,
            places.get(row.area_code, row.area_code),
            called.get(row.holder_id, ""),
            tuple(called[each] for each in stand_ins.get(row.id, ()) if each in called),
            row.id in standing and standing[row.id].staffed,
            standing[row.id].load if row.id in standing else 0,
            overdue.get(row.id, 0),
            standing[row.id].taken if row.id in standing else 0,
            row.capacity_per_week,
            row.public_phone,
        )
        for row in rows
    )


def _overdue(db: Connection, ids: Collection[UUID], today: date) -> dict[UUID, int]:
    rows = db.execute(
        select(case.c.owner_post_id, func.count().label("n"))
        .where(case.c.owner_post_id.in_(ids), overdue_condition(today))
        .group_by(case.c.owner_post_id)
    )
    return {row.owner_post_id: row.n for row in rows}


def _stand_ins(db: Connection, ids: Collection[UUID], today: date) -> dict[UUID, list[str]]:
    """Return post → accounts that stand in on this day."""
    rows = db.execute(
        select(post_stand_in.c.post_id, post_stand_in.c.account_id)
        .where(
            post_stand_in.c.post_id.in_(ids),
            or_(post_stand_in.c.from_day.is_(None), post_stand_in.c.from_day <= today),
            or_(post_stand_in.c.to_day.is_(None), post_stand_in.c.to_day >= today),
        )
        .order_by(post_stand_in.c.account_id)
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row.post_id, []).append(row.account_id)
    return found


def on_duty(db: Connection, post_id: UUID, today: date) -> tuple[str, ...]:
    """Return the accounts that answer for a post on this day: its holder, then its stand-ins.

    Who a desk planned stands in the holder's place.
    """
    return all_on_duty(db, [post_id], today).get(post_id, ())


def all_on_duty(
    db: Connection, post_ids: Collection[UUID], today: date
) -> dict[UUID, tuple[str, ...]]:
    """Return `on_duty` for every open one of `post_ids`, in three statements."""
    rows = db.execute(select(post).where(post.c.id.in_(post_ids), post.c.active)).all()
    planned = select(post_stand_in.c.post_id).where(
        post_stand_in.c.post_id.in_(post_ids),
        post_stand_in.c.planned_by != "",
        post_stand_in.c.from_day <= today,
        post_stand_in.c.to_day >= today,
    )
    instead = set(db.execute(planned).scalars())
    stand_ins = _stand_ins(db, post_ids, today)
    found: dict[UUID, tuple[str, ...]] = {}
    for row in rows:
        away = (row.absent_from or row.absent_to) and (
            (row.absent_from or date.min) <= today <= (row.absent_to or date.max)
        )
        here = row.holder_id and not away and row.id not in instead
        holder = [row.holder_id] if here else []
        found[row.id] = tuple(dict.fromkeys([*holder, *stand_ins.get(row.id, [])]))
    return found


def post_phone(work: Work, post_id: UUID) -> str:
    """Return the phone number of a post's holder, '' for none; the reading is audited."""
    row = work.db.execute(select(post).where(post.c.id == post_id)).one_or_none()
    if row is None:
        return ""
    work.audit("read_phone", "post", post_id)
    return phone_of(work, row)


def posts_for(db: Connection, row: Row[Any], today: date) -> tuple[PostLine, ...]:
    """Return the posts a case may be handed to: covering its place, staffed, no relatives.

    Innermost first; the present owner is left out. Desks above are named even when unstaffed.
    """
    path = [getattr(row, column) for column in AREA_COLUMNS]
    able = [
        each
        for each in read_posts(db, today)
        if each.area_code in path
        and each.id != row.owner_post_id
        and (each.staffed or each.kind in (PostKind.TOWN_DESK, PostKind.COUNTY_DESK))
        and each.may_see(row.subject_key, row.household_key)
        and takes(each, row.route or "", organisation=row.kind == "organisation")
        and (row.state != "confirmed" or decides(each))
    ]
    order = {
        each.id: place
        for place, each in enumerate(
            sorted(able, key=lambda each: (-each.area_level, each.load, each.code))
        )
    }
    rows = db.execute(select(post).where(post.c.id.in_(order))).all()
    return tuple(sorted(_lines(db, rows, today), key=lambda line: order[line.id]))


def my_cases(
    db: Connection, post_ids: Collection[str], today: date, *, limit: int = 500
) -> Sequence[Row[Any]]:
    """Return the open cases these posts own, each with `overdue`; overdue first, then by due date.

    Cases put off until a later day come last.
    """
    late = overdue_condition(today)
    put_off = func.coalesce(case.c.snoozed_until > today, False)
    return db.execute(
        select(case, late.label("overdue"), put_off.label("put_off"))
        .where(
            case.c.owner_post_id.in_([UUID(post_id) for post_id in post_ids]),
            case.c.state != "closed",
        )
        .order_by(late.desc(), put_off, case.c.due_on, case.c.raised_at, case.c.id)
        .limit(limit)
    ).all()
