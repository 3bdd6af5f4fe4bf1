"""Lists of the desks, a page at a time: what waits for a decision, for a place, for room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from proactive.kernel.work import Work
from proactive.people.vault import cards
from proactive.routing.desks import Lying, desk_cases
from proactive.routing.queries import PostLine, list_posts
from web.coordinator.lists import place_names, place_of
from web.naming import name_of

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case on a desk's list."""

    case_id: UUID
    ref: str
    name: str
    need: str
    state: str
    place: str
    due_on: date
    due_provisional: bool
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list: how many there are in all, the lines, and whether more follow."""

    found: int
    lines: list[CaseLine]
    page: int

    @property
    def more(self) -> bool:
        return self.page * A_PAGE < self.found


def listed(work: Work, lying: Lying, page: int = 1) -> Listed:
    """Return a page of the cases that lie with the reader's desks, with names and posts.

    A page that has run empty meanwhile shows the first.
    """
    found, rows = desk_cases(work, lying, limit=A_PAGE, offset=(page - 1) * A_PAGE)
    if not rows and page > 1:
        return listed(work, lying)
    owners = {post.id: post.name for post in list_posts(work.db, work.today)}
    return Listed(found, case_lines(work, rows, owners), page)


def posts_beneath(work: Work) -> list[PostLine]:
    """Return the posts of the reader's areas, the desks' own among them."""
    found: dict[UUID, PostLine] = {}
    for code in work.actor.areas:
        found |= {post.id: post for post in list_posts(work.db, work.today, within=code)}
    return list(found.values())


def beneath(work: Work, posts: Sequence[PostLine], area: str) -> list[PostLine]:
    """Return those of `posts` that lie in an area; all where none is asked for."""
    if not area:
        return list(posts)
    inside = {post.id for post in list_posts(work.db, work.today, within=area)}
    return [post for post in posts if post.id in inside]


def case_lines(
    work: Work, rows: Iterable[Row[Any]], owners: dict[UUID, str] | None = None
) -> list[CaseLine]:
    """Return rows of cases with the names of people and places; leaves the vault's audit rows."""
    listed = list(rows)
    people = cards(work, sorted({row.subject_key for row in listed}), purpose="desk_list")
    places = place_names(work, listed)
    return [
        CaseLine(
            row.id,
            row.ref,
            name_of(people[row.subject_key], work.today),
            row.need,
            row.state,
            place_of(row, places),
            row.due_on,
            row.due_provisional,
            (owners or {}).get(row.owner_post_id, ""),
        )
        for row in listed
    ]
