"""Deciding which post a case goes to; plain values in, plain values out.

Ordering. Cases are taken by due date. The trigger's `order_by` value only breaks ties among
equal due dates when capacity is short; it is no score of a person and decides nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from proactive.kernel.states import Role


class PostKind(StrEnum):
    COORDINATOR = "coordinator"
    ENTERPRISE_DESK = "enterprise_desk"
    TOWN_DESK = "town_desk"
    COUNTY_DESK = "county_desk"


# The role under which the holder of a post works; a desk for organisations does field work.
ROLE_OF = {
    PostKind.COORDINATOR: Role.COORDINATOR,
    PostKind.ENTERPRISE_DESK: Role.COORDINATOR,
    PostKind.TOWN_DESK: Role.TOWN,
    PostKind.COUNTY_DESK: Role.COUNTY,
}

RANK = {
    PostKind.COORDINATOR: 0,
    PostKind.ENTERPRISE_DESK: 0,
    PostKind.TOWN_DESK: 1,
    PostKind.COUNTY_DESK: 2,
}

FIELD_KINDS = {"enterprise_service": PostKind.ENTERPRISE_DESK}
START_RANK = {"town": RANK[PostKind.TOWN_DESK], "county": RANK[PostKind.COUNTY_DESK]}


class Fate(StrEnum):
    """What routing decided for one case."""

    ASSIGN = "assign"
    WAIT = "wait"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Post:
    """A post as routing sees it on one day.

    `staffed`: its holder or a stand-in is there. `load`: open cases it owns. `taken`: cases it
    was given this week. `relatives` and `household` are kept away from it.
    """

    id: UUID
    code: str
    kind: PostKind
    area_code: str
    area_level: int
    staffed: bool = True
    load: int = 0
    taken: int = 0
    capacity: int | None = None
    relatives: frozenset[int] = frozenset()
    household: int | None = None

    def may_see(self, subject_key: int, household_key: int | None) -> bool:
        """Answer whether the subject is nobody's relative at this post."""
        same_home = household_key is not None and household_key == self.household
        return subject_key not in self.relatives and not same_home


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that has an owner but no post in the field yet.

    `placed`: its place is known as deep as the tree goes. `latest_on`: capacity may not push it
    beyond the week of this day; without one the due date counts.
    """

    id: UUID
    subject_key: int
    due_on: date
    path: tuple[str, ...]
    owner_post_id: UUID
    household_key: int | None = None
    latest_on: date | None = None
    order_value: int | None = None
    route: str = ""
    organisation: bool = False
    placed: bool = True
    raised: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a case goes; `forced`: given over capacity because its latest date has come."""

    case_id: UUID
    fate: Fate
    post_id: UUID
    forced: bool = False


@dataclass
class Board:
    """The posts by area, and their loads as they fill up while cases are dealt out."""

    posts: Sequence[Post]
    load: dict[UUID, int] = field(default_factory=dict)
    taken: dict[UUID, int] = field(default_factory=dict)
    homes: dict[int, UUID] = field(default_factory=dict)
    by_area: dict[str, list[Post]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for post in sorted(self.posts, key=lambda each: each.code):
            self.load[post.id] = post.load
            self.taken[post.id] = post.taken
            self.by_area.setdefault(post.area_code, []).append(post)

    def covering(self, path: Iterable[str], kind: PostKind) -> Iterable[list[Post]]:
        """Yield the posts of `kind` on the path, innermost area first."""
        for code in reversed([part for part in path if part]):
            found = [post for post in self.by_area.get(code, ()) if post.kind is kind]
            if found:
                yield found

    def has_room(self, post: Post) -> bool:
        return post.capacity is None or self.taken[post.id] < post.capacity

    def give(self, post: Post, household_key: int | None) -> None:
        self.load[post.id] += 1
        self.taken[post.id] += 1
        if household_key is not None:
            self.homes.setdefault(household_key, post.id)


def route_cases(
    cases: Iterable[Waiting],
    posts: Sequence[Post],
    today: date,
    homes: Mapping[int, UUID] | None = None,
) -> list[Decision]:
    """Return a decision for each case, dealt out by due date (ties: `order_value`, highest first).

    `homes`: household → the post that already has an open case of it, so that a household meets
    one visitor. The same cases and posts in any order give the same decisions.
    """
    board = Board(posts, homes=dict(homes or {}))
    week_ends = today + timedelta(days=6 - today.weekday())
    return [_decide(board, case, week_ends) for case in sorted(cases, key=_turn)]


def _turn(case: Waiting) -> tuple[date, int, str]:
    value = case.order_value
    return (case.due_on, -value if value is not None else 1 << 62, str(case.id))


def _decide(board: Board, case: Waiting, week_ends: date) -> Decision:
    if not any(case.path) or (not case.placed and not _in_field(board, case)):
        desk = desk_above(board.posts, case.path, rank=0) or None
        return Decision(case.id, Fate.PLACE, desk.id if desk else case.owner_post_id)
    team = _team(board, case)
    if not team:
        return Decision(case.id, Fate.ASSIGN, case.owner_post_id)
    forced = (case.latest_on or case.due_on) <= week_ends
    post = _choose(board, team, case, forced=forced)
    if post is None:
        desk = desk_above(board.posts, case.path, rank=RANK[team[0].kind])
        return Decision(case.id, Fate.WAIT, desk.id if desk else case.owner_post_id)
    over = not board.has_room(post)
    board.give(post, case.household_key)
    return Decision(case.id, Fate.ASSIGN, post.id, forced=over)


def _in_field(board: Board, case: Waiting) -> bool:
    """Answer whether somebody in the field covers a place that is not known to its end."""
    kind = _field_kind(case)
    return any(True for _ in board.covering(case.path, kind)) or case.route in START_RANK


def _field_kind(case: Waiting) -> PostKind:
    return field_kind(case.route, organisation=case.organisation)


def field_kind(route: str, *, organisation: bool) -> PostKind:
    """Return which kind of post does the field work of a case."""
    if organisation:
        return PostKind.ENTERPRISE_DESK
    return FIELD_KINDS.get(route, PostKind.COORDINATOR)


def takes(post: Post, route: str, *, organisation: bool) -> bool:
    """Answer whether a post of this kind deals with such a case at all; desks above do always."""
    return RANK[post.kind] > 0 or post.kind is field_kind(route, organisation=organisation)


def decides(post: Post) -> bool:
    """Answer whether who is at this post may approve at the second gate."""
    return RANK[post.kind] > 0


def _team(board: Board, case: Waiting) -> list[Post]:
    """Return the posts that may take the case: innermost first, then the levels above.

    A post without anybody there today, or with a relative, is passed over.
    """
    first = START_RANK.get(case.route, 0)
    kinds = [] if first else [_field_kind(case)]
    kinds += [kind for kind in (PostKind.TOWN_DESK, PostKind.COUNTY_DESK) if RANK[kind] >= first]
    for kind in kinds:
        for posts in board.covering(case.path, kind):
            able = [
                post
                for post in posts
                if post.staffed and post.may_see(case.subject_key, case.household_key)
            ]
            if able:
                return able
    return []


def _choose(board: Board, team: list[Post], case: Waiting, *, forced: bool) -> Post | None:
    """Return the post for the case: the household's own, else the least loaded with room."""
    home = board.homes.get(case.household_key) if case.household_key is not None else None
    known = [post for post in team if post.id == home]
    if known:
        return known[0] if forced or board.has_room(known[0]) else None
    open_to = [post for post in team if board.has_room(post)]
    if not open_to:
        open_to = team if forced else []
    return min(open_to, key=lambda post: (board.load[post.id], post.code), default=None)


def desk_above(posts: Iterable[Post], path: Iterable[str], *, rank: int) -> Post | None:
    """Return the next desk above `rank` on the path, innermost first; staffed ones come first."""
    parts = [part for part in path if part]
    desks = [post for post in posts if RANK[post.kind] > rank and post.area_code in parts]
    return min(
        desks,
        key=lambda post: (not post.staffed, RANK[post.kind], -post.area_level, post.code),
        default=None,
    )
