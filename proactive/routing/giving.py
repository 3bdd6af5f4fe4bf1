"""Giving out many cases at once: each is checked by its version and told of by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from proactive.cases.model import CASE_TABLE
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.routing.handing import reassign
from proactive.routing.queries import my_cases

MOST_AT_ONCE = 100
MOST_OF_A_POST = 10_000


@dataclass(frozen=True, slots=True)
class Given:
    """What became of one chosen case: given, or left where it was with the refusal."""

    case_id: UUID
    refusal: Refused | None = None


def may_be_given(db: Connection, post_id: UUID, today: date, role: Role) -> list[Row[Any]]:
    """Return all cases of a post that can go to another one, by due date."""
    rows = my_cases(db, [str(post_id)], today, limit=MOST_OF_A_POST)
    return [row for row in rows if CASE_TABLE.can(row.state, "hand_over", role)]


def give_many(
    work: Work, chosen: Sequence[tuple[UUID, int]], post_id: UUID, reason: str
) -> list[Given]:
    """Give each chosen case (id, version seen) to a post; return what became of each, in order.

    One that is refused stays where it is and does not hold up the others.
    """
    if len(chosen) > MOST_AT_ONCE:
        raise Refused(
            "too_many_at_once",
            "At most {most} cases can be given out at once.",
            todo="Choose fewer, then go on with the rest.",
            most=MOST_AT_ONCE,
        )
    return [_give(work, case_id, version, post_id, reason) for case_id, version in chosen]


def _give(work: Work, case_id: UUID, version: int, post_id: UUID, reason: str) -> Given:
    try:
        with work.db.begin_nested():
            reassign(work, case_id, post_id, base_version=version, reason=reason)
    except Refused as refusal:
        return Given(case_id, refusal)
    return Given(case_id)
