"""What screens and commands read of cases; row policies decide what the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from proactive.cases.store import case, case_event, case_evidence, case_hit
from proactive.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Fact:
    """One record the case stands on: where it comes from, of which date, with which values."""

    source: str
    record_id: str
    event_on: date | None
    recorded_on: date | None
    values: dict[str, Any]
    gone: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """Why the case exists: a trigger version with its measures and the parameter values used."""

    trigger: str
    trigger_version_id: UUID
    as_of: date
    measures: dict[str, Any]
    parameters: dict[str, Any]
    unknowns: list[str]


def facts_of(work: Work, case_id: UUID) -> list[Fact]:
    """Return the records behind a case, newest first."""
    query = (
        select(case_evidence)
        .where(case_evidence.c.case_id == case_id)
        .order_by(case_evidence.c.event_on.desc().nulls_last(), case_evidence.c.record_id)
    )
    return [
        Fact(row.source, row.record_id, row.event_on, row.recorded_on, row.facts, bool(row.gone_at))
        for row in work.db.execute(query)
    ]


def grounds_of(work: Work, case_ids: Sequence[UUID]) -> dict[UUID, list[Ground]]:
    """Return for each case the hits it stands on, newest first."""
    query = (
        select(case_hit)
        .where(case_hit.c.case_id.in_(case_ids))
        .order_by(case_hit.c.as_of.desc(), case_hit.c.trigger)
    )
    grounds: dict[UUID, list[Ground]] = {case_id: [] for case_id in case_ids}
    for row in work.db.execute(query):
        grounds[row.case_id].append(
            Ground(
                row.trigger,
                row.trigger_version_id,
                row.as_of,
                row.measures,
                row.parameters,
                row.unknowns,
            )
        )
    return grounds


def events_of(work: Work, case_id: UUID) -> list[Row[Any]]:
    """Return what has happened to a case, oldest first."""
    query = select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.seq)
    return list(work.db.execute(query))


def open_cases_of(work: Work, subject_key: int) -> list[Row[Any]]:
    """Return the open cases of one subject."""
    query = select(case).where(case.c.subject_key == subject_key, case.c.state != "closed")
    return list(work.db.execute(query.order_by(case.c.raised_at)))


def case_by_ref(work: Work, ref: str) -> Row[Any] | None:
    """Return the case of a public reference, None when there is none to be seen."""
    return work.db.execute(select(case).where(case.c.ref == ref.strip().upper())).one_or_none()


def cases_by_id(work: Work, case_ids: Sequence[UUID]) -> list[Row[Any]]:
    """Return those of the cases that the reader may see, by due date."""
    query = select(case).where(case.c.id.in_(case_ids)).order_by(case.c.due_on, case.c.id)
    return list(work.db.execute(query))


def count_by_state(work: Work, *, open_only: bool = False) -> dict[str, int]:
    """Return how many cases are in each state, or in each that is not `closed`."""
    query = select(case.c.state, func.count().label("n")).group_by(case.c.state)
    if open_only:
        query = query.where(case.c.state != "closed")
    return {row.state: row.n for row in work.db.execute(query)}


def recent_cases(work: Work, *, limit: int = 50) -> list[Row[Any]]:
    """Return the newest open cases."""
    query = select(case).where(case.c.state != "closed").order_by(case.c.raised_at.desc())
    return list(work.db.execute(query.limit(limit)))
