"""From hand to hand: handing over, giving out again, and placing a person. The clock is kept."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text

from proactive.areas.model import AreaPath
from proactive.areas.queries import path_of
from proactive.areas.store import area, path_in
from proactive.cases.model import CASE_TABLE, CaseState, NextStep
from proactive.cases.service import apply, get_case
from proactive.cases.store import case
from proactive.kernel.errors import Refused
from proactive.kernel.states import DESKS
from proactive.kernel.work import Work
from proactive.routing.board import read_posts
from proactive.routing.following import kept_dues
from proactive.routing.model import RANK, Post, Waiting, decides, route_cases, takes
from proactive.routing.moving import monday
from proactive.routing.places import restamp
from proactive.routing.store import assignment


def hand_over(
    work: Work, case_id: UUID, post_id: UUID, *, base_version: int, reason: str
) -> Row[Any]:
    """Give a case to another post that covers its place, or up; owner, due date and step stay set.

    A coordinator may hand over what one of his posts owns; town and county any case they see.
    Raises Refused `not_found`, `changed_meanwhile`, `not_yours`, `reason_needed`, `no_such_post`,
    `post_does_not_cover`, `relative`, `wrong_desk` or `nobody_there`; nothing is changed then.
    """
    row = get_case(work, case_id)
    if work.actor.role not in DESKS and str(row.owner_post_id) not in work.actor.posts:
        raise Refused(
            "not_yours",
            "This case belongs to another post.",
            todo="Ask the town desk to give it to somebody else.",
        )
    target = _able_post(work, post_id, row)
    return _give(work, row, target, base_version, reason)


def reassign(
    work: Work, case_id: UUID, post_id: UUID, *, base_version: int, reason: str
) -> Row[Any]:
    """Give a case of one's town or county to a post beneath (or beside) it.

    As `hand_over`, but only for town and county: Refused `not_yours` for others.
    """
    if work.actor.role not in DESKS:
        raise Refused(
            "not_yours",
            "Only the town or the county gives out cases.",
            todo="Hand your case over instead.",
        )
    return hand_over(work, case_id, post_id, base_version=base_version, reason=reason)


def _give(work: Work, row: Row[Any], target: Post, base_version: int, reason: str) -> Row[Any]:
    if not reason.strip():
        raise Refused(
            "reason_needed",
            "Say why the case goes to somebody else.",
            todo="Choose a reason or write a few words.",
            fields={"reason": "Say why the case goes to somebody else."},
        )
    moved = apply(
        work,
        row.id,
        "hand_over",
        base_version=base_version,
        reason=reason.strip(),
        detail={"post": str(target.id), "from_post": str(row.owner_post_id)},
        owner_post_id=target.id,
    )
    _note_assignment(work, moved, target.id, "hand_over")
    return moved


def _note_assignment(work: Work, row: Row[Any], post_id: UUID, why: str) -> None:
    path = path_in(row)
    work.db.execute(
        assignment.insert()
        .inline()
        .values(
            case_id=row.id,
            post_id=post_id,
            week=monday(work.today),
            at=work.now,
            why=why,
            area_1=path[0],
            area_2=path[1],
            area_3=path[2],
            area_4=path[3],
            area_5=path[4],
        )
    )


def _able_post(work: Work, post_id: UUID, row: Row[Any]) -> Post:
    """Return the post if it may have the case."""
    found = next((post for post in read_posts(work.db, work.today) if post.id == post_id), None)
    if found is None:
        raise Refused("no_such_post", "There is no such post.", todo="Choose one from the list.")
    if found.area_code not in path_in(row):
        raise Refused(
            "post_does_not_cover",
            "The post {post} does not cover the place of this case.",
            why="Its holder could not see the case.",
            todo="If the person lives elsewhere now, hand the case to the desk above, which "
            "places the person there.",
            post=found.code,
        )
    if not found.may_see(row.subject_key, row.household_key):
        raise Refused(
            "relative",
            "The case cannot go to the post {post}.",
            why="Relatives are visited by somebody else.",
            todo="Choose another post or the desk above.",
            post=found.code,
        )
    if not takes(found, row.route or "", organisation=row.kind == "organisation"):
        raise Refused(
            "wrong_desk",
            "The post {post} does not deal with such cases.",
            why="Persons are visited by coordinators, organisations served at their desk.",
            todo="Choose another post or the desk above.",
            post=found.code,
        )
    if row.state == CaseState.CONFIRMED and not decides(found):
        raise Refused(
            "wrong_desk",
            "The post {post} does not deal with such cases.",
            why="What was confirmed waits for the decision of a desk.",
            todo="Choose a desk.",
            post=found.code,
        )
    if not found.staffed and RANK[found.kind] == 0:
        raise Refused(
            "nobody_there",
            "Nobody is at the post {post} today.",
            why="Its holder is away and has no stand-in.",
            todo="Choose another post or the desk above.",
            post=found.code,
        )
    return found


def place_person(
    work: Work, case_id: UUID, area_code: str, *, base_version: int, reason: str = ""
) -> Row[Any]:
    """Say where the person of a case lives; all their rows move there and routing goes on.

    For town and county. Cases that waited for the place get their own due date back; other open
    cases whose post does not cover the new place go to one that does. Raises Refused
    `not_yours`, `not_found`, `changed_meanwhile`, `unknown_area`, `not_a_village` or
    `outside_your_area`; nothing is changed then.
    """
    if work.actor.role not in DESKS:
        raise Refused(
            "not_yours",
            "Only the town or the county places a person.",
            todo="Hand the case to the desk above.",
        )
    row = get_case(work, case_id)
    if row.version != base_version:
        raise Refused(
            "changed_meanwhile",
            "Somebody has worked on this case since you opened it.",
            why="Your form shows an older state.",
            todo="Open the case again.",
        )
    path = _village(work, area_code)
    restamp(work.db, {row.subject_key: path})
    work.db.execute(_LIVES_AT, _where_found(work, row.subject_key, path))
    open_cases = work.db.execute(
        select(case)
        .where(case.c.subject_key == row.subject_key, case.c.state != CaseState.CLOSED.value)
        .order_by(case.c.id)
        .with_for_update()
    ).all()
    for each in open_cases:
        if each.state == CaseState.RAISED:
            _back_to_routing(work, each, reason)
        elif _covers(work, each.owner_post_id, path) is False:
            _follow(work, each, path, reason)
    work.step("route_raised")
    return get_case(work, case_id)


# Whoever asked at the door is believed before any register.
STAFF_AUTHORITY = 100
_LIVES_AT = text(
    "UPDATE subject SET living_area = :code, place_authority = :authority, place_on = :today"
    " WHERE key = :key"
)


def _where_found(work: Work, subject_key: int, path: AreaPath) -> dict[str, Any]:
    code = next(part for part in reversed(path) if part)
    return {
        "code": code,
        "authority": STAFF_AUTHORITY,
        "today": work.today,
        "key": subject_key,
    }


def _village(work: Work, area_code: str) -> AreaPath:
    path = path_of(work.db, area_code, on=work.today)
    if path is None:
        raise Refused(
            "unknown_area",
            "The area {area_code} is not known.",
            todo="Choose one from the list.",
            area_code=area_code,
        )
    code = next(part for part in reversed(path) if part)
    beneath = select(area.c.code).where(area.c.parent == code, area.c.valid_to.is_(None)).limit(1)
    if work.db.execute(beneath).first() is not None:
        raise Refused(
            "not_a_village",
            "The area {area_code} holds further areas.",
            why="A person is placed where the tree ends, so that one post is in charge.",
            todo="Choose a village beneath it.",
            area_code=area_code,
        )
    if path[work.actor.level - 1] not in work.actor.areas:
        raise Refused(
            "outside_your_area",
            "The area {area_code} is not yours.",
            why="You could not see the case there any more.",
            todo="Leave a note and call the county that it belongs to.",
            area_code=area_code,
        )
    return path


def _back_to_routing(work: Work, row: Row[Any], reason: str) -> None:
    """Let routing take up a case that waited for its place, with the due date it was raised with.

    It goes to the desk of this place by the way of `route_raised`; until then its desk owns it.
    """
    changes: dict[str, Any] = {"next_step": NextStep.ROUTE.value}
    kept = kept_dues(work.db, [row.id]).get(row.id)
    if kept is not None:
        changes["due_on"], changes["due_provisional"] = kept
    apply(work, row.id, "note", reason=reason or "placed", detail={}, **changes)


def _covers(work: Work, post_id: UUID, path: AreaPath) -> bool:
    code = work.db.execute(
        text("SELECT area_code FROM post WHERE id = :id"), {"id": post_id}
    ).scalar_one()
    return code in path


def _follow(work: Work, row: Row[Any], path: AreaPath, reason: str) -> None:
    """Give a case that is under way to the post of the new place, even over capacity."""
    case_now = Waiting(
        row.id,
        row.subject_key,
        row.due_on,
        path,
        row.owner_post_id,
        row.household_key,
        latest_on=work.today,
        route=row.route or "",
        organisation=row.kind == "organisation",
    )
    (decision,) = route_cases([case_now], read_posts(work.db, work.today), work.today)
    action = "hand_over" if CASE_TABLE.can(row.state, "hand_over", work.actor.role) else "note"
    moved = apply(
        work,
        row.id,
        action,
        reason=reason or "moved",
        detail={"post": str(decision.post_id), "from_post": str(row.owner_post_id)},
        owner_post_id=decision.post_id,
    )
    _note_assignment(work, moved, decision.post_id, "moved")
