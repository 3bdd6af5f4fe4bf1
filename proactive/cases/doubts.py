"""Open cases of people about whom the offices' records disagree: what a desk must settle first."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from proactive.cases.model import CaseState
from proactive.cases.store import case
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.people.doubts import open_doubts
from proactive.people.store import subject


def doubtful_cases(work: Work) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """Cases whose person a desk must still decide about, and those that an office sets right.

    One case a person, the most urgent; the earliest due first. Row policies keep the list to the
    reader's areas.
    """
    query = (
        select(case)
        .join(subject, subject.c.key == case.c.subject_key)
        .where(subject.c.identity_doubtful, case.c.state != CaseState.CLOSED)
        .order_by(case.c.due_on, case.c.id)
    )
    first: dict[int, Row[Any]] = {}
    for row in work.db.execute(query):
        first.setdefault(row.subject_key, row)
    waiting = open_doubts(work, sorted(first))
    return _of(first, waiting), _of(first, first.keys() - waiting)


def doubtful_subject(work: Work, case_id: UUID) -> Row[Any]:
    """Return an open case whose person is looked at; Refused `not_found`."""
    row = work.db.execute(
        select(case).where(case.c.id == case_id, case.c.state != CaseState.CLOSED)
    ).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such case.", todo="Go back to the list.")
    return row


def _of(first: dict[int, Row[Any]], keys: Collection[int]) -> list[Row[Any]]:
    return [row for key, row in first.items() if key in keys]
