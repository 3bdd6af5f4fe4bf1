"""A mistaken answer that closed a matter is taken back by who gave it, within hours, with a trace.

Allowed as long as nothing that cannot be undone has followed: no office has answered a question
about its record, and no other case for the same need is open. What the actor has asked offices is
withdrawn; an answer given anew asks them anew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from proactive.cases.model import TAKE_BACK_TO, CaseState
from proactive.cases.service import CaseRow, apply, get_case
from proactive.cases.store import case, case_event
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.outcomes.correction_lists import corrections_of
from proactive.outcomes.corrections import withdraw_correction
from proactive.outcomes.faults import CorrectionState
from proactive.outcomes.model import TAKEN_BACK
from proactive.visits.store import visit

ANSWERS = ("not_confirm", "decline")
OVER = (CaseState.CLOSED, CaseState.DECLINED)


@dataclass(frozen=True, slots=True)
class RecentAnswer:
    """One closing answer of the reader's own that can still be taken back, until `until`."""

    case_id: UUID
    subject_key: int
    need: str
    version: int
    action: str
    reason: str
    at: datetime
    until: datetime


def recent_answers(work: Work, window: timedelta) -> list[RecentAnswer]:
    """Return what the actor has answered within `window` and may take back, newest first."""
    query = (
        select(case_event, case.c.subject_key, case.c.need, case.c.version)
        .join(case, case.c.id == case_event.c.case_id)
        .where(
            case_event.c.actor_id == work.actor.id,
            case_event.c.action.in_(ANSWERS),
            case_event.c.at > work.now - window,
            case.c.state.in_(OVER),
        )
        .order_by(case_event.c.at.desc(), case_event.c.id)
    )
    rows = work.db.execute(query).all()
    return [
        RecentAnswer(
            row.case_id,
            row.subject_key,
            row.need,
            row.version,
            row.action,
            row.reason,
            row.at,
            row.at + window,
        )
        for row in rows
        if _may(work, row, window)
    ]


def take_back(work: Work, case_id: UUID, *, base_version: int, window: timedelta) -> CaseRow:
    """Return the case to the state before the actor's own closing answer.

    Raises Refused `not_found`, `changed_meanwhile`, `not_possible_now` (nothing of the actor's own
    to take back), `too_late_to_take_back`, `office_answered` or `raised_anew`.
    """
    row = get_case(work, case_id)
    answer = _own_answer(work, row)
    _check(work, row, answer, window)
    for asked in _asked_by_actor(work, case_id):
        if asked.state == CorrectionState.OPEN:
            withdraw_correction(work, asked.id)
    moved = apply(
        work,
        case_id,
        TAKE_BACK_TO[_state_before(work, answer)],
        base_version=base_version,
        reason=answer.reason,
        detail={"visit": answer.detail.get("visit", "")},
        closed_at=None,
        close_reason=None,
    )
    if answer.detail.get("visit"):
        of_answer = visit.c.id == UUID(answer.detail["visit"])
        work.db.execute(update(visit).where(of_answer).values(taken_back_at=work.now))
    return moved


def taken_back_since(work: Work, event: Row[Any]) -> bool:
    """Answer whether an event's answer was taken back later: what follows from it is over."""
    query = select(case_event.c.id).where(
        case_event.c.case_id == event.case_id,
        case_event.c.action.in_(TAKEN_BACK),
        case_event.c.seq > event.seq,
    )
    return work.db.execute(query.limit(1)).first() is not None


def _own_answer(work: Work, row: CaseRow) -> Row[Any]:
    """Return the actor's own answer that ended the case."""
    query = select(case_event).where(
        case_event.c.case_id == row.id, case_event.c.action.in_((*ANSWERS, *TAKEN_BACK))
    )
    last = work.db.execute(query.order_by(case_event.c.seq.desc()).limit(1)).one_or_none()
    own = last is not None and last.action in ANSWERS and last.actor_id == work.actor.id
    if last is None or not own or row.state not in OVER:
        raise Refused(
            "not_possible_now",
            "There is nothing to take back here.",
            why="The answer was taken back already, or somebody else gave it.",
            todo="Open your list.",
        )
    return last


def _check(work: Work, row: CaseRow, answer: Row[Any], window: timedelta) -> None:
    if answer.at <= work.now - window or _state_before(work, answer) not in TAKE_BACK_TO:
        raise Refused(
            "too_late_to_take_back",
            "This answer cannot be taken back any more.",
            why="The time for it is over.",
            todo="If help is needed after all, report the person anew. The person may also object "
            "at the town office.",
        )
    if any(asked.state == CorrectionState.ANSWERED for asked in _asked_by_actor(work, row.id)):
        raise Refused(
            "office_answered",
            "This answer cannot be taken back any more.",
            why="The office has answered already and may have changed its record.",
            todo="If help is needed after all, report the person anew. The person may also object "
            "at the town office.",
        )
    if _raised_anew(work, row):
        raise Refused(
            "raised_anew",
            "For this person the same matter was raised anew meanwhile.",
            todo="Go on with the new one; it is on the list of whoever is responsible.",
        )


def _asked_by_actor(work: Work, case_id: UUID) -> list[Row[Any]]:
    """Return what the actor has asked offices; what the person asked them is the person's own."""
    return [asked for asked in corrections_of(work, case_id) if asked.asked_by == work.actor.id]


def _may(work: Work, answer: Row[Any], window: timedelta) -> bool:
    row = get_case(work, answer.case_id)
    try:
        if _own_answer(work, row).id != answer.id:
            return False
        _check(work, row, answer, window)
    except Refused:
        return False
    return True


def _raised_anew(work: Work, row: CaseRow) -> bool:
    query = select(case.c.id).where(
        case.c.subject_key == row.subject_key,
        case.c.need == row.need,
        case.c.id != row.id,
        case.c.state != CaseState.CLOSED,
    )
    return work.db.execute(query.limit(1)).first() is not None


def _state_before(work: Work, answer: Row[Any]) -> CaseState:
    query = select(case_event.c.state).where(
        case_event.c.case_id == answer.case_id, case_event.c.seq < answer.seq
    )
    return CaseState(work.db.execute(query.order_by(case_event.c.seq.desc()).limit(1)).scalar_one())
