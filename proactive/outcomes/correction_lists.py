"""Correction requests as they are read: by the case, the asker, the office's desk, policy staff."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from proactive.cases.queries import Fact
from proactive.cases.store import case_evidence
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.outcomes.corrections import get_correction
from proactive.outcomes.faults import CorrectionState
from proactive.outcomes.store import correction_request

ASKED = correction_request.c


def corrections_of(work: Work, case_id: UUID) -> list[Row[Any]]:
    """Return the requests of a case, oldest first, as far as the reader may see them."""
    query = select(correction_request).where(ASKED.case_id == case_id).order_by(ASKED.asked_at)
    return list(work.db.execute(query))


def correction_records(work: Work, request_id: UUID) -> list[tuple[UUID, Fact]]:
    """Return the case's records of the request's feed that may be meant, newest first."""
    row = get_correction(work, request_id)
    query = (
        select(case_evidence)
        .where(case_evidence.c.case_id == row.case_id, case_evidence.c.source == row.feed)
        .order_by(case_evidence.c.event_on.desc().nulls_last(), case_evidence.c.record_id)
    )
    return [
        (
            each.id,
            Fact(
                each.source,
                each.record_id,
                each.event_on,
                each.recorded_on,
                each.facts,
                each.gone_at is not None,
            ),
        )
        for each in work.db.execute(query)
    ]


def asked_corrections(work: Work) -> list[Row[Any]]:
    """Return what the reader has asked offices, newest first; desks above see their whole area."""
    query = select(correction_request).order_by(ASKED.asked_at.desc(), ASKED.ref).limit(100)
    if work.actor.role is Role.COORDINATOR:
        query = query.where(ASKED.asked_by == work.actor.id)
    return list(work.db.execute(query))


def desk_corrections(work: Work) -> list[Row[Any]]:
    """Return what the reader's office is asked: open ones by due date, then the newest answers."""
    query = (
        select(correction_request)
        .where(ASKED.state != CorrectionState.WITHDRAWN)
        .order_by(ASKED.state != CorrectionState.OPEN, ASKED.answered_at.desc(), ASKED.due_on)
        .limit(200)
    )
    return list(work.db.execute(query))


def counted_corrections(work: Work, trigger: str | None = None) -> list[Row[Any]]:
    """Return requests without case, record and words, newest first: what policy staff may see."""
    columns = [ASKED[name] for name in correction_request.info["counted"]]
    query = select(*columns).order_by(ASKED.asked_at.desc())
    if trigger is not None:
        query = query.where(ASKED.trigger == trigger)
    return list(work.db.execute(query.limit(500)))
