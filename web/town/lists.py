"""Lists of the desks: what waits for a decision, what is late beneath, where people are missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from proactive.cases.model import CaseState, NextStep
from proactive.kernel.work import Work
from proactive.people.vault import cards
from proactive.routing.queries import PostLine, list_posts, my_cases
from web.coordinator.lists import place_names, place_of
from web.naming import name_of

MOST_LATE = 200


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


def at_gate(work: Work) -> list[CaseLine]:
    """Return the cases of the reader's desks that were confirmed and wait for the town."""
    return _own(work, lambda row: row.state == CaseState.CONFIRMED)


def to_place(work: Work) -> list[CaseLine]:
    """Return the cases of the reader's desks whose person has no known place."""
    return _own(work, lambda row: row.next_step == NextStep.PLACE)


def waiting(work: Work) -> list[CaseLine]:
    """Return the raised cases of the reader's desks that wait for room at a post beneath."""
    return _own(work, lambda row: row.state == CaseState.RAISED and row.next_step != NextStep.PLACE)


def _own(work: Work, wanted: Any) -> list[CaseLine]:
    rows = my_cases(work.db, work.actor.posts, work.today)
    return case_lines(work, [row for row in rows if wanted(row)])


def late(work: Work, posts: Sequence[PostLine]) -> list[CaseLine]:
    """Return the overdue cases of `posts`, the longest overdue first."""
    ids = [str(post.id) for post in posts if post.overdue]
    rows = [row for row in my_cases(work.db, ids, work.today, limit=MOST_LATE) if row.overdue]
    return case_lines(work, rows, {post.id: post.name for post in posts})


def posts_beneath(work: Work) -> list[PostLine]:
    """Return the posts of the reader's areas, the desks' own among them."""
    found: dict[UUID, PostLine] = {}
    for code in work.actor.areas:
        found |= {post.id: post for post in list_posts(work.db, work.today, within=code)}
    return list(found.values())


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
