"""Escalation: an overdue case is reminded of, then goes up, each step once. Never down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Row, text

from proactive.areas.calendar import subtract_working_days
from proactive.areas.store import path_in
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.routing.board import read_posts
from proactive.routing.model import RANK, Post, PostKind
from proactive.routing.moving import Move, move_cases

SHIPPED = Path(__file__).parent / "escalation.yaml"


class Target(StrEnum):
    POST = "post"
    TOWN_DESK = "town_desk"
    COUNTY_DESK = "county_desk"


class EscalationStep(BaseModel):
    """One step: after this many full working days beyond the due date, to whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")
    overdue_working_days: int = Field(ge=1, le=250)
    to: Target


class Answers(BaseModel):
    """When an objection that nobody answers goes to the county desk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    county_after_working_days: int = Field(default=3, ge=1, le=250)


class Escalation(BaseModel):
    """What a region decided about lateness: of cases, and of answers owed to a person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[EscalationStep, ...]
    answers: Answers = Answers()

    @model_validator(mode="after")
    def _rising(self) -> "Escalation":
        days = [step.overdue_working_days for step in self.steps]
        if days != sorted(days) or len({step.name for step in self.steps}) != len(days):
            raise ValueError("steps must have different names and rising working days")
        return self


@dataclass(frozen=True, slots=True)
class Escalated:
    """How many cases were reminded of and how many went up in one pass."""

    reminded: int = 0
    raised_up: int = 0


def read_escalation(definitions: Path | None = None) -> Escalation:
    """Return what the region set (escalation.yaml in `definitions`), else what is shipped.

    Raises Refused `bad_escalation` naming each mistake.
    """
    own = definitions / "escalation.yaml" if definitions else SHIPPED
    path = own if own.is_file() else SHIPPED
    try:
        return Escalation.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        mistakes = (
            "; ".join(
                f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}"
                for each in error.errors()
            )
            if isinstance(error, ValidationError)
            else str(error).splitlines()[0]
        )
        raise Refused(
            "bad_escalation",
            "The escalation steps in {file} cannot be used: {mistakes}",
            todo="Correct them; the shipped file is an example.",
            file=path.name,
            mistakes=mistakes,
        ) from error


# Taken once by the primary key; the case's row is locked so that nobody moves it meanwhile.
_DUE = text(
    """
SELECT c.id, c.version, c.owner_post_id, c.area_1, c.area_2, c.area_3, c.area_4, c.area_5
FROM "case" AS c
WHERE c.state <> 'closed' AND c.due_on <= :since
  AND (c.snoozed_until IS NULL OR c.snoozed_until <= :today)
  AND NOT EXISTS (SELECT FROM escalation AS e WHERE e.case_id = c.id AND e.step = :step
    AND e.due_on = c.due_on)
ORDER BY c.id FOR UPDATE OF c
"""
)

_TAKE = text(
    """
INSERT INTO escalation (case_id, step, due_on, at, post_id, area_1, area_2, area_3, area_4, area_5)
SELECT c.id, :step, c.due_on, :now, c.owner_post_id,
  c.area_1, c.area_2, c.area_3, c.area_4, c.area_5
FROM "case" AS c WHERE c.id = ANY(:ids)
ON CONFLICT (case_id, step, due_on) DO NOTHING RETURNING case_id
"""
)


def run_escalations(work: Work, definitions: Path | None = None) -> Escalated:
    """Fire every step that is due and was not fired; a second call on the same day does nothing.

    The machine only reminds and escalates: the owner changes upwards or not at all, the due date
    stays, and no case is ever closed by being late.
    """
    reminded = raised_up = 0
    for step in read_escalation(definitions).steps:
        since = last_due(work, step.overdue_working_days)
        rows = _take(work, step.name, since)
        if step.to is Target.POST:
            reminded += move_cases(work, [_reminder(row, step.name) for row in rows])
        else:
            raised_up += _raise_up(work, rows, step)
    return Escalated(reminded, raised_up)


def last_due(work: Work, working_days: int) -> date:
    """Return the latest due date after which so many working days have come, today included."""
    tomorrow = work.today + timedelta(days=1)
    last = subtract_working_days(work, tomorrow, working_days).day
    return last - timedelta(days=1)


def _take(work: Work, step: str, since: date) -> list[Row[Any]]:
    values = {"step": step, "since": since, "today": work.today, "now": work.now}
    rows = work.db.execute(_DUE, values).all()
    taken = set(
        work.db.execute(_TAKE, values | {"ids": [row.id for row in rows]}).scalars() if rows else ()
    )
    return [row for row in rows if row.id in taken]


def _reminder(row: Row[Any], step: str) -> Move:
    return Move(row.id, row.version, "remind", row.owner_post_id, reason=step)


def _raise_up(work: Work, rows: Sequence[Row[Any]], step: EscalationStep) -> int:
    if not rows:
        return 0
    posts = read_posts(work.db, work.today)
    by_id = {post.id: post for post in posts}
    moves = []
    for row in rows:
        desk = _desk(posts, by_id.get(row.owner_post_id), path_in(row), PostKind(step.to.value))
        if desk is not None:
            moves.append(
                Move(row.id, row.version, "escalate", desk.id, reason=step.name, assigns=True)
            )
    return move_cases(work, moves)


def _desk(
    posts: Sequence[Post], owner: Post | None, path: Sequence[str], kind: PostKind
) -> Post | None:
    """Return the desk of `kind` on the path, if it stands above the present owner."""
    desks = [post for post in posts if post.kind is kind and post.area_code in path]
    if owner is not None:
        desks = [
            desk
            for desk in desks
            if RANK[desk.kind] > RANK[owner.kind] and desk.area_level <= owner.area_level
        ]
    return min(
        desks,
        key=lambda desk: (not desk.staffed, -desk.area_level, desk.code),
        default=None,
    )
