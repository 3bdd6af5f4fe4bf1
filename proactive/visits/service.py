"""Taking in a visit: once for each phone-made id, and only while the case is still theirs."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert

from proactive.areas.calendar import add_working_days
from proactive.cases.model import QUIET_ACTIONS, CaseState
from proactive.cases.service import add_note, apply, area_path, get_case
from proactive.cases.store import case, case_event
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.routing.handing import hand_over
from proactive.visits.form_versions import LiveForm, live_form
from proactive.visits.model import (
    LATEST_NEXT_TRY,
    Decision,
    Kept,
    Outcome,
    VisitForm,
    decide,
    reason_to_keep,
)
from proactive.visits.store import visit

USUAL_NEXT_TRY = 2  # working days


@dataclass(frozen=True, slots=True)
class VisitTaken:
    """The visit moved its case; `case_version` is what the next form must name."""

    visit_id: UUID
    case_id: UUID
    case_state: str
    case_version: int


@dataclass(frozen=True, slots=True)
class VisitKept:
    """The visit came too late to move its case and is kept with it as a note."""

    visit_id: UUID
    case_id: UUID
    why: Kept


def record_visit(work: Work, form: VisitForm) -> VisitTaken | VisitKept:
    """Take a visit in and move its case, or keep it as a note and say why.

    The same `form.id` again changes nothing and gets the same answer. Raises Refused `not_found`
    (a case outside the actor's area), `visit_incomplete` (with the fields) or `visit_id_taken`.
    """
    known = _known(work, form)
    if known is not None:
        return known
    case_row = _locked_case(work, form.case_id)
    known = _known(work, form)
    if known is not None:
        return known
    live = live_form(work.db, case_row.need)
    decision = _decision(work, live, form)
    why = reason_to_keep(
        closed=_is_over(case_row.state),
        mine=_is_theirs(work, case_row),
        base_version=form.base_version,
        oldest_fitting_version=_oldest_fitting_version(work, case_row),
    )
    if why in (Kept.CASE_CLOSED, Kept.CASE_CHANGED) and _recorded_since(work, form):
        why = Kept.RECORDED_BEFORE
    if why is not None:
        return _keep(work, form, live, case_row, decision, why)
    return _take(work, form, live, case_row, decision)


def _known(work: Work, form: VisitForm) -> VisitTaken | VisitKept | None:
    row = work.db.execute(select(visit).where(visit.c.id == form.id)).one_or_none()
    if row is None:
        return None
    if row.case_id != form.case_id or row.account_id != work.actor.id:
        raise Refused(
            "visit_id_taken",
            "This visit cannot be taken in.",
            why="Its number belongs to another visit.",
            todo="Open the case again and fill in the form anew.",
        )
    if not row.taken:
        return VisitKept(row.id, row.case_id, Kept(row.kept_why))
    state = get_case(work, row.case_id).state
    return VisitTaken(row.id, row.case_id, state, row.case_version)


def _recorded_since(work: Work, form: VisitForm) -> bool:
    """Has the same person recorded another visit on the version that this form was made for?"""
    query = select(visit.c.id).where(
        visit.c.case_id == form.case_id,
        visit.c.account_id == work.actor.id,
        visit.c.taken,
        visit.c.case_version > form.base_version,
    )
    return work.db.execute(query.limit(1)).one_or_none() is not None


def _locked_case(work: Work, case_id: UUID) -> Row[Any]:
    """Return the case, held until the end: two taps at once must wait for each other."""
    query = select(case).where(case.c.id == case_id).with_for_update()
    row = work.db.execute(query).one_or_none()
    return row if row is not None else get_case(work, case_id)


def _decision(work: Work, live: LiveForm, form: VisitForm) -> Decision:
    usual = add_working_days(work, work.today, USUAL_NEXT_TRY).day
    latest = work.today + LATEST_NEXT_TRY
    return decide(live.form.asked(), form, today=work.today, usual_next_try=min(usual, latest))


def _is_over(state: str) -> bool:
    return state not in (CaseState.ASSIGNED, CaseState.UNREACHABLE, CaseState.RAISED)


def _is_theirs(work: Work, case_row: Row[Any]) -> bool:
    """The town and the county may stand in for their people; a coordinator must hold the case."""
    if work.actor.role in (Role.TOWN, Role.COUNTY):
        return True
    return str(case_row.owner_post_id) in work.actor.posts


def _oldest_fitting_version(work: Work, case_row: Row[Any]) -> int:
    """Return the version since which only the machine has written to the case."""
    rows = work.db.execute(
        select(case_event.c.actor_role)
        .where(
            case_event.c.case_id == case_row.id, case_event.c.action.not_in(sorted(QUIET_ACTIONS))
        )
        .order_by(case_event.c.seq.desc())
    ).scalars()
    version = int(case_row.version)
    for role in rows:
        if role != Role.MACHINE or version <= 1:
            break
        version -= 1
    return version


def _keep(
    work: Work,
    form: VisitForm,
    live: LiveForm,
    case_row: Row[Any],
    decision: Decision,
    why: Kept,
) -> VisitKept:
    _insert(work, form, live, case_row, decision, why=why, case_version=case_row.version)
    if case_row.state != CaseState.CLOSED:
        add_note(work, case_row.id, "visit_kept", visit=str(form.id), why=str(why))
    return VisitKept(form.id, form.case_id, why)


def _take(
    work: Work, form: VisitForm, live: LiveForm, case_row: Row[Any], decision: Decision
) -> VisitTaken:
    moved = _move(work, form, case_row, decision)
    _insert(work, form, live, case_row, decision, why=None, case_version=moved.version)
    return VisitTaken(form.id, form.case_id, moved.state, moved.version)


def _move(work: Work, form: VisitForm, case_row: Row[Any], decision: Decision) -> Row[Any]:
    detail = {"visit": str(form.id), "how": str(form.how)}
    if decision.quiet_until is not None:
        detail["quiet_until"] = decision.quiet_until.isoformat()
    version = case_row.version
    if decision.hand_over_to is not None:
        return hand_over(
            work, case_row.id, decision.hand_over_to, base_version=version, reason=decision.reason
        )
    changes: dict[str, Any] = {}
    if decision.next_try_on is not None:
        changes["due_on"] = decision.next_try_on
    if form.outcome is Outcome.CONFIRMED:
        changes["consent"] = form.findings.get("agrees") == "yes"
    moved = apply(
        work,
        case_row.id,
        decision.action,
        base_version=version,
        reason=decision.reason,
        detail=detail,
        **changes,
    )
    if form.outcome is Outcome.NO_NEED:
        moved = apply(
            work,
            case_row.id,
            "close",
            reason=decision.reason,
            detail=detail,
            close_reason=decision.reason,
        )
    return moved


def _insert(
    work: Work,
    form: VisitForm,
    live: LiveForm,
    case_row: Row[Any],
    decision: Decision,
    *,
    why: Kept | None,
    case_version: int,
) -> None:
    areas = area_path(case_row)
    note = form.note.strip()
    work.db.execute(
        insert(visit).values(
            id=form.id,
            case_id=form.case_id,
            form_id=live.id,
            base_version=form.base_version,
            account_id=work.actor.id,
            outcome=form.outcome,
            how=form.how,
            reason=decision.reason,
            findings={code: answer for code, answer in form.findings.items() if answer},
            note_cipher=work.keys.encrypt(note, aad=note_aad(form.id)) if note else None,
            told_at=min(form.told_at, work.now),
            received_at=work.now,
            taken=why is None,
            kept_why=why or "",
            case_version=case_version,
            **dict(zip(AREA_COLUMNS, areas, strict=True)),
        )
    )
    work.audit("record_visit", "visit", form.id, areas=areas, outcome=form.outcome, kept=why or "")


def note_aad(visit_id: UUID) -> str:
    """Return what binds a note's cipher to its row."""
    return f"visit:note_cipher:{visit_id}"
