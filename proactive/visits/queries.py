"""What coordinators read: my list, one sheet per household, and what visits have found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, or_, select

from proactive.cases.model import CASE_TABLE, CaseState
from proactive.cases.queries import Fact, Ground, facts_of, grounds_of
from proactive.cases.reports import ReportSeen, reports_of
from proactive.cases.service import area_path, get_case
from proactive.cases.store import case, case_event
from proactive.kernel.clock import local_date
from proactive.kernel.states import Transition
from proactive.kernel.work import Work
from proactive.people.model import PersonCard
from proactive.people.vault import cards
from proactive.visits.form_versions import form_for
from proactive.visits.forms import ShownForm
from proactive.visits.service import note_aad
from proactive.visits.store import visit

HomeCases = tuple[Row[Any], ...]  # the open cases of one household, the most urgent first
TO_CONFIRM = (CaseState.RAISED, CaseState.ASSIGNED, CaseState.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who confirmed a case, on which day, and what the visit found."""

    by: str
    on: date
    findings: dict[str, str]


@dataclass(frozen=True, slots=True)
class ListLine:
    """One household on the list: its most urgent case first."""

    household_key: int | None
    cases: tuple[Row[Any], ...]
    person: PersonCard
    due_on: date
    overdue: bool


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """One open case on a household's sheet; `mine` says whether the reader may act on it."""

    case: Row[Any]
    person: PersonCard
    grounds: tuple[Ground, ...]
    facts: tuple[Fact, ...]
    form: ShownForm | None
    actions: tuple[Transition, ...]
    visits: tuple["EarlierVisit", ...]
    mine: bool
    reports: tuple[ReportSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class EarlierVisit:
    """A visit recorded before, with its note opened for the reader."""

    id: UUID
    outcome: str
    reason: str
    findings: dict[str, str]
    note: str
    told_at: datetime
    taken: bool
    kept_why: str
    account_id: str


@dataclass(frozen=True, slots=True)
class HouseholdSheet:
    """Everything a coordinator needs for one visit to one household."""

    household_key: int | None
    cases: tuple[CaseSheet, ...]


def my_list(work: Work, *, post_ids: Sequence[str] | None = None) -> list[ListLine]:
    """Return the open cases of the actor's posts by household, overdue and earliest due first."""
    return with_names(work, my_homes(work, post_ids=post_ids))


def my_homes(work: Work, *, post_ids: Sequence[str] | None = None) -> list[HomeCases]:
    """Return the cases of `my_list`, those of one household together; no name is opened."""
    posts = [UUID(post) for post in (post_ids if post_ids is not None else work.actor.posts)]
    rows = list(
        work.db.execute(
            select(case)
            .where(case.c.owner_post_id.in_(posts), case.c.state != CaseState.CLOSED)
            .order_by(case.c.due_on, case.c.raised_at, case.c.id)
        )
    )
    groups: dict[object, list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault(row.household_key or row.id, []).append(row)
    return [tuple(group) for group in groups.values()]


def with_names(work: Work, homes: Sequence[HomeCases]) -> list[ListLine]:
    """Return these households as lines, with who is named first; the looks are audited."""
    people = cards(work, sorted({home[0].subject_key for home in homes}), purpose="visit_list")
    return [
        ListLine(
            household_key=home[0].household_key,
            cases=home,
            person=people[home[0].subject_key],
            due_on=home[0].due_on,
            overdue=home[0].due_on < work.today,
        )
        for home in homes
    ]


def household_sheet(work: Work, case_id: UUID, language: str) -> HouseholdSheet:
    """Return the sheet of the household that a case belongs to, or Refused `not_found`.

    Only cases the reader may see stand on it; row policies take care of that.
    """
    first = get_case(work, case_id)
    same_home = case.c.id == first.id
    if first.household_key is not None:
        open_there = and_(
            case.c.household_key == first.household_key, case.c.state != CaseState.CLOSED
        )
        same_home = or_(same_home, open_there)
    rows = list(work.db.execute(select(case).where(same_home).order_by(case.c.due_on, case.c.id)))
    people = cards(work, sorted({row.subject_key for row in rows}), purpose="visit_sheet")
    grounds = grounds_of(work, [row.id for row in rows])
    reports = reports_of(work, [row.id for row in rows])
    sheets = []
    for row in rows:
        mine = str(row.owner_post_id) in work.actor.posts
        sheets.append(
            CaseSheet(
                case=row,
                person=people[row.subject_key],
                grounds=tuple(grounds[row.id]),
                facts=tuple(facts_of(work, row.id)),
                form=form_for(work.db, row.need, language) if row.state in TO_CONFIRM else None,
                actions=CASE_TABLE.actions(row.state, work.actor.role),
                visits=tuple(earlier_visits(work, row.id)),
                mine=mine,
                reports=tuple(reports[row.id]),
            )
        )
    return HouseholdSheet(first.household_key, tuple(sheets))


def earlier_visits(work: Work, case_id: UUID) -> list[EarlierVisit]:
    """Return the visits of a case, newest first, with their notes; leaves an audit row."""
    rows = list(
        work.db.execute(
            select(visit)
            .where(visit.c.case_id == case_id)
            .order_by(visit.c.received_at.desc(), visit.c.id)
        )
    )
    if any(row.note_cipher for row in rows):
        work.audit("read_notes", "case", case_id, areas=area_path(rows[0]))
    return [
        EarlierVisit(
            id=row.id,
            outcome=row.outcome,
            reason=row.reason,
            findings=row.findings,
            note=_note(work, row),
            told_at=row.told_at,
            taken=row.taken,
            kept_why=row.kept_why,
            account_id=row.account_id,
        )
        for row in rows
    ]


def confirmation_of(work: Work, case_id: UUID) -> Confirmation | None:
    """Return the last confirmation of a case with its findings, None where nobody confirmed it."""
    event = work.db.execute(
        select(case_event)
        .where(case_event.c.case_id == case_id, case_event.c.action == "confirm")
        .order_by(case_event.c.seq.desc())
        .limit(1)
    ).one_or_none()
    if event is None:
        return None
    findings: dict[str, str] | None = None
    if event.detail.get("visit"):
        findings = work.db.execute(
            select(visit.c.findings).where(visit.c.id == UUID(event.detail["visit"]))
        ).scalar_one_or_none()
    return Confirmation(event.actor_id, local_date(event.at, work.zone), findings or {})


def _note(work: Work, row: Row[Any]) -> str:
    return work.keys.decrypt(row.note_cipher, aad=note_aad(row.id)) if row.note_cipher else ""
