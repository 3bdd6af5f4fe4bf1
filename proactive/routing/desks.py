"""What lies with the desks: each list a page at a time with its whole number, and the second gate.

Row policies keep every list to the reader's areas.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, not_, or_, select, text

from proactive.cases.model import CaseState, NextStep
from proactive.cases.store import case, case_event
from proactive.kernel.work import Work
from proactive.routing.queries import overdue_condition


class Lying(StrEnum):
    """Why a case lies with a desk."""

    GATE = "gate"  # the reader may approve it
    ANOTHER = "another"  # of these: nobody at its own desk may
    OWN = "own"  # at the reader's desk, and the reader confirmed the need
    PLACE = "place"  # nobody knows where the person lives
    ROOM = "room"  # waits for room at a post beneath
    LATE = "late"  # past its date, whoever has it


# Who confirmed the need does not approve it. Nobody else is at the desk that has the case today:
# its holder is away or replaced, stands in for himself, or there is none.
_NOBODY_ELSE = """NOT EXISTS (
  SELECT FROM post AS p CROSS JOIN LATERAL (
    SELECT p.holder_id AS id WHERE NOT (coalesce(p.absent_from, p.absent_to) IS NOT NULL
        AND coalesce(p.absent_from, :today) <= :today AND coalesce(p.absent_to, :today) >= :today)
      AND NOT EXISTS (SELECT FROM post_stand_in AS s WHERE s.post_id = p.id
        AND s.planned_by <> '' AND :today BETWEEN s.from_day AND s.to_day)
    UNION ALL SELECT s.account_id FROM post_stand_in AS s WHERE s.post_id = p.id
      AND coalesce(s.from_day, :today) <= :today AND coalesce(s.to_day, :today) >= :today
  ) AS there JOIN account AS a ON a.id = there.id AND a.active
  WHERE p.id = "case".owner_post_id AND p.active AND p.kind IN ('town_desk', 'county_desk')
    AND a.id IS DISTINCT FROM ({confirmed_by}))"""
_CONFIRMED_BY = """SELECT e.actor_id FROM case_event AS e
  WHERE e.case_id = "case".id AND e.action = 'confirm' ORDER BY e.seq DESC LIMIT 1"""
_AT_GATE = """EXISTS (SELECT FROM case_event AS g WHERE g.case_id = "case".id
  AND g.action = 'to_gate' AND g.seq > (SELECT max(e.seq) FROM case_event AS e
    WHERE e.case_id = g.case_id AND e.action = 'confirm'))"""


def desk_cases(
    work: Work, lying: Lying, *, limit: int, offset: int = 0
) -> tuple[int, Sequence[Row[Any]]]:
    """Return how many cases lie with the reader's desks for a reason, and a page, by due date."""
    query = (
        select(case, func.count().over().label("found"))
        .where(_condition(work, lying))
        .order_by(case.c.due_on, case.c.raised_at, case.c.id)
    )
    rows = work.db.execute(query.limit(limit).offset(offset)).all()
    return (rows[0].found if rows else 0), rows


def count_lying(work: Work, *which: Lying) -> dict[Lying, int]:
    """Return for each reason how many cases lie with the reader's desks: as long as its list."""
    return {
        lying: work.db.execute(
            select(func.count()).select_from(case).where(_condition(work, lying))
        ).scalar_one()
        for lying in which
    }


def need_another(work: Work) -> list[UUID]:
    """Return the cases at the gate that nobody at their own desk may approve, in sight."""
    query = select(case.c.id).where(case.c.state == CaseState.CONFIRMED, _needs_another(work))
    return list(work.db.execute(query).scalars())


def _condition(work: Work, lying: Lying) -> ColumnElement[bool]:
    mine = case.c.owner_post_id.in_([UUID(each) for each in work.actor.posts])
    if lying is Lying.LATE:
        return overdue_condition(work.today)
    if lying is Lying.PLACE:
        return and_(mine, case.c.state != CaseState.CLOSED, case.c.next_step == NextStep.PLACE)
    if lying is Lying.ROOM:
        return and_(mine, case.c.state == CaseState.RAISED, case.c.next_step != NextStep.PLACE)
    by_reader = _last_confirmed_by() == work.actor.id
    waits = case.c.state == CaseState.CONFIRMED
    if lying is Lying.OWN:
        return and_(waits, mine, by_reader)
    reach = _needs_another(work)
    if lying is Lying.GATE:
        reach = or_(mine, reach)
    return and_(waits, reach, not_(func.coalesce(by_reader, False)))


def _last_confirmed_by() -> ColumnElement[str]:
    return (
        select(case_event.c.actor_id)
        .where(case_event.c.case_id == case.c.id, case_event.c.action == "confirm")
        .order_by(case_event.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


def _needs_another(work: Work) -> ColumnElement[bool]:
    nobody = text(_NOBODY_ELSE.format(confirmed_by=_CONFIRMED_BY)).bindparams(today=work.today)
    return and_(text(_AT_GATE), nobody)
