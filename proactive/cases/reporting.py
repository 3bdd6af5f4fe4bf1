"""Raising from below: a person met a need that no trigger found. The case goes the same path.

One open case per (subject, need) holds here too: where one is open the report joins it as a note.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert

from proactive.areas.store import path_in
from proactive.cases.model import NextStep
from proactive.cases.service import add_note
from proactive.cases.store import IS_OPEN, case, case_event, case_report
from proactive.kernel.db import AREA_COLUMNS, AreaPath
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.states import FIELD
from proactive.kernel.work import Work
from proactive.people.store import subject
from proactive.people.typed import TypedPerson, bears_one_of, keep_typed, name_mark
from proactive.people.vault import permanent_key

LONGEST_SEEN = 500
REASON = "reported"


@dataclass(frozen=True, slots=True)
class Help:
    """What was asked for: a need, and the trigger in use that should have found it."""

    need: str
    trigger: str
    version_id: UUID
    due_on: date
    due_provisional: bool = False
    latest_on: date | None = None
    route: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One filled-in report; `id` is made by the page. Either `subject_key` or `typed` at `path`.

    `typed_by` tells one typed person from another; several reports may be about one.
    """

    id: UUID
    help: Help
    seen: str
    subject_key: int | None = None
    typed: TypedPerson | None = None
    typed_by: UUID | None = None
    path: AreaPath | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a report; `joined`: a case for this need was open already."""

    id: UUID
    case_id: UUID
    joined: bool


def report_need(work: Work, report: Report, desks: Mapping[str, UUID]) -> Reported:
    """Raise a case for the person, or join the open one; the same `id` again changes nothing.

    `desks` is area → county desk, as for `raise_hits`. Raises Refused `not_yours`,
    `report_incomplete`, `not_found` (nobody of the own areas has this key), `names_differ`,
    `person_died`, `open_elsewhere`, `report_id_taken` or `no_county_desk`.
    """
    if work.actor.role not in FIELD:
        raise Refused("not_yours", "Only a coordinator or a desk reports a need.")
    _one_at_a_time(work, report.id)
    known = _known(work, report.id)
    if known is not None:
        return known
    _check(report)
    person = _person(work, report)
    raised = _raise(work, report, person, desks)
    joined = raised is None
    case_id = raised or _join(work, report, person)
    _keep(work, report, person, case_id, joined=joined)
    if not joined:
        work.step("route_raised")
    return Reported(report.id, case_id, joined)


def _one_at_a_time(work: Work, report_id: UUID) -> None:
    """Two taps at once wait for each other."""
    lock = text("SELECT pg_advisory_xact_lock(7203004, hashtext(:id))")
    work.db.execute(lock, {"id": str(report_id)})


def hold_person(work: Work, key: int) -> None:
    """Whoever reports a person waits for a desk that finds out who it is, and the other way."""
    lock = text("SELECT pg_advisory_xact_lock(7203005, hashtext(:key))")
    work.db.execute(lock, {"key": str(key)})


def _known(work: Work, report_id: UUID) -> Reported | None:
    query = select(case_report).where(case_report.c.id == report_id)
    row = work.db.execute(query).one_or_none()
    if row is None:
        return None
    if row.account_id != work.actor.id:
        raise _id_taken()
    return Reported(row.id, row.case_id, row.joined)


def _id_taken() -> Refused:
    return Refused(
        "report_id_taken",
        "This report cannot be taken in.",
        why="Its number belongs to another report.",
        todo="Open the page again and fill it in anew.",
    )


def _check(report: Report) -> None:
    wrong = {}
    if not report.seen.strip():
        wrong["seen"] = "say what you saw"
    if len(report.seen) > LONGEST_SEEN:
        wrong["seen"] = "too long"
    if report.typed is not None and not report.typed.name.strip():
        wrong["name"] = "write the name"
    if wrong:
        raise Refused(
            "report_incomplete",
            "The report is not complete yet.",
            todo="Fill in what is marked and send it again.",
            fields=wrong,
        )


def _person(work: Work, report: Report) -> Row[Any]:
    """Return the subject's row; a typed person is put into the vault first."""
    if report.typed is not None and report.path is not None:
        key = keep_typed(work, report.typed, report.path, typed_by=report.typed_by or report.id)
    else:
        key = _present_key(work, report.subject_key or 0)
    row = work.db.execute(select(subject).where(subject.c.key == key)).one_or_none()
    if row is None and report.typed is not None:
        raise Refused(
            "registered_elsewhere",
            "This number is registered in a place that is not yours.",
            why="The desk above can see the person and raise the matter there.",
            todo="Call the county desk, or leave the number empty if the person lives here now.",
            fields={"number": "registered elsewhere"},
        )
    if row is None or row.kind != "person":
        raise Refused("not_found", "There is no such person.", todo="Search again.")
    if report.typed is not None:
        _check_name(work, row.key, report.typed)
    if row.died_on is not None:
        raise Refused(
            "person_died",
            "According to the records this person has died.",
            todo="If that is wrong, call the county desk: the record must be mended first.",
        )
    return row


def _present_key(work: Work, key: int) -> int:
    """Return whom a desk has found behind a typed person since the page was shown.

    One whom the register knows in another place stays the typed one here: a desk joins them anew.
    """
    hold_person(work, key)
    present = permanent_key(work, key)
    seen = work.db.execute(select(subject.c.key).where(subject.c.key == present)).first()
    return present if seen else key


def _check_name(work: Work, key: int, typed: TypedPerson) -> None:
    """A number copied from the wrong card must not make this somebody else's matter."""
    if bears_one_of(work, key, [name_mark(work, typed.name)]):
        return
    raise Refused(
        "names_differ",
        "This number belongs to another name in the records.",
        why="A digit may be wrong, or the number stood on somebody else's card.",
        todo="Compare it with the card, or leave it empty: a desk then finds out who it is.",
        fields={"number": "belongs to another name"},
    )


def _raise(work: Work, report: Report, person: Row[Any], desks: Mapping[str, UUID]) -> UUID | None:
    """Insert the case with event and audit; None when one for this need is open already."""
    path, asked = path_in(person), report.help
    areas = dict(zip(AREA_COLUMNS, path, strict=True))
    case_id = new_id()
    statement = insert(case).values(
        id=case_id,
        ref=public_ref(),
        subject_key=person.key,
        kind=person.kind,
        need=asked.need,
        trigger=asked.trigger,
        state="raised",
        owner_post_id=_desk(desks, path),
        next_step=NextStep.ROUTE,
        due_on=asked.due_on,
        due_provisional=asked.due_provisional,
        latest_on=asked.latest_on,
        route=asked.route,
        household_key=person.household_key,
        lead_feed="",
        raised_at=work.now,
        raised_by=work.actor.id,
        reported=True,
        **areas,
    )
    fresh = statement.on_conflict_do_nothing(
        index_elements=["subject_key", "need"], index_where=IS_OPEN
    )
    if work.db.execute(fresh.returning(case.c.id)).one_or_none() is None:
        return None
    work.db.execute(
        insert(case_event).values(
            case_id=case_id,
            seq=1,
            at=work.now,
            actor_role=work.actor.role,
            actor_id=work.actor.id,
            action="raise",
            state="raised",
            reason=REASON,
            detail={"report": str(report.id)},
            **areas,
        )
    )
    work.audit("raise", "case", case_id, areas=path, report=report.id)
    return case_id


def _desk(desks: Mapping[str, UUID], path: AreaPath) -> UUID:
    found = next((desks[code] for code in (*reversed(path), "") if code in desks), None)
    if found is None:
        raise Refused(
            "no_county_desk",
            "No county desk covers this place.",
            why="Every case has an owner from its first instant.",
            todo="Ask the operator to load the posts.",
        )
    return found


def _join(work: Work, report: Report, person: Row[Any]) -> UUID:
    query = select(case.c.id).where(
        case.c.subject_key == person.key,
        case.c.need == report.help.need,
        case.c.state != "closed",
    )
    case_id: UUID | None = work.db.execute(query).scalar_one_or_none()
    if case_id is None:
        raise Refused(
            "open_elsewhere",
            "For this person such a matter is open already, but you cannot see it.",
            why="It lies in a place that is not yours, or it has been closed this very moment.",
            todo="Send the report once more; if this stays, tell the county desk what you saw.",
            fields={"need": "open where you cannot see it"},
        )
    add_note(work, case_id, "reported_too", report=str(report.id))
    return case_id


def _keep(work: Work, report: Report, person: Row[Any], case_id: UUID, *, joined: bool) -> None:
    """Keep the report; a number that somebody else's report bears out of sight is refused."""
    statement = insert(case_report).values(
        id=report.id,
        case_id=case_id,
        subject_key=person.key,
        need=report.help.need,
        trigger=report.help.trigger,
        trigger_version_id=report.help.version_id,
        joined=joined,
        typed=report.typed is not None and person.identity_doubtful,
        seen_cipher=work.keys.encrypt(report.seen.strip(), aad=seen_aad(report.id)),
        account_id=work.actor.id,
        reported_at=work.now,
        **dict(zip(AREA_COLUMNS, path_in(person), strict=True)),
    )
    fresh = statement.on_conflict_do_nothing().returning(case_report.c.id)
    if work.db.execute(fresh).one_or_none() is None:
        raise _id_taken()
    work.audit(
        "report_need", "case_report", report.id, areas=path_in(person), need=report.help.need
    )


def seen_aad(report_id: UUID) -> str:
    """Return what binds the words of a report to its row."""
    return f"case_report:seen:{report_id}"
