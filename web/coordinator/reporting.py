"""Raising from below: search the person first, then say what help is needed and what was seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.areas.queries import names as area_names
from proactive.cases.queries import open_cases_of
from proactive.cases.reporting import LONGEST_SEEN, report_need
from proactive.cases.reports import get_report
from proactive.cases.service import get_case
from proactive.feeds.identifiers import plain
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.masking import mask_id
from proactive.kernel.states import FIELD, Role
from proactive.kernel.work import Work
from proactive.people.model import PersonCard
from proactive.people.searching import PeopleFound, search_people
from proactive.people.typed import REPORTED
from proactive.people.vault import cards
from proactive.routing.queries import county_desks
from web.access import Scope, policy, work
from web.coordinator.report_form import (
    FIELDS,
    LONGEST_NAME,
    WRONG,
    day_in,
    ending_of,
    incomplete,
    kinds_of_help,
    posted_report,
    report_of,
    villages_here,
)
from web.coordinator.sheets import ENDED
from web.coordinator.views import blueprint
from web.errors import UNPROCESSABLE, bad_request
from web.language import joined, say_refusal
from web.naming import name_of
from web.reading import field_errors, posted_id, posted_text, undone_if_refused

LONGEST_KEY = 19


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """What runs for a person already; with an address only where the reader may open it."""

    need: str
    state: str
    url: str


@dataclass(frozen=True, slots=True)
class Match:
    """One person who fits the search, with what tells namesakes apart."""

    key: int
    name: str
    number: str
    born_on: date | None
    address: str
    died_on: date | None
    typed: bool
    matters: tuple[OpenMatter, ...]
    elsewhere: bool


@blueprint.get("/report")
@policy(roles=FIELD, scope=Scope.AREA)
def report() -> ResponseReturnValue:
    _check_may()
    return _search_page({}, {})


@blueprint.post("/report")
@policy(roles=FIELD, scope=Scope.AREA)
def search() -> ResponseReturnValue:
    """Show who fits. Nothing is kept, and the name stands in no address: so no redirect here."""
    _check_may()
    given = {name: posted_text(name, LONGEST_NAME) for name in ("name", "ending", "born_on")}
    wrong: dict[str, str] = {}
    born_on = day_in(given, wrong)
    try:
        if wrong:
            raise incomplete(wrong)
        with undone_if_refused():
            found = search_people(
                work(),
                name=plain(given["name"]),
                ending=ending_of(given["ending"], work().today),
                born_on=born_on,
            )
    except Refused as refusal:
        return _search_page(given, field_errors(refusal, WRONG)), UNPROCESSABLE
    return _search_page(given, {}, found)


def _check_may() -> None:
    """Keep out desks for firms: their area is a county, and its people are not their matter."""
    if work().actor.role is not Role.COORDINATOR or villages_here(work()):
        return
    raise Refused(
        "desk_for_firms",
        "This desk serves firms; people are reported by the village or the town.",
        todo="Call the village coordinator.",
    )


def _search_page(
    given: Mapping[str, str], errors: Mapping[str, str], found: PeopleFound | None = None
) -> str:
    return render_template(
        "coordinator/report_search.html",
        given={**dict.fromkeys(("name", "ending", "born_on"), ""), **given},
        errors=errors,
        matches=_matches(work(), found.keys) if found else None,
        more=found.more if found else False,
        kinds=kinds_of_help(),
    )


def _matches(unit: Work, keys: tuple[int, ...]) -> list[Match]:
    people = cards(unit, keys, purpose="report_search")
    return [_match(unit, people[key]) for key in keys if people[key].kind == "person"]


def _match(unit: Work, person: PersonCard) -> Match:
    rows = open_cases_of(unit, person.subject_key)
    desk = unit.actor.role is not Role.COORDINATOR
    mine = [row for row in rows if desk or str(row.owner_post_id) in unit.actor.posts]
    return Match(
        key=person.subject_key,
        name=name_of(person, unit.today) if person.sources else "",
        number=mask_id(person.id_number),
        born_on=person.born_on,
        address=person.address,
        died_on=person.died_on,
        typed=person.scheme == REPORTED,
        matters=tuple(
            OpenMatter(row.need, row.state, url_for("coordinator.sheet", case_id=row.id))
            for row in mine
        ),
        elsewhere=len(mine) < len(rows),
    )


@blueprint.post("/report/about")
@policy(roles=FIELD, scope=Scope.AREA)
def report_about() -> ResponseReturnValue:
    """Ask what help is needed, for the person that was chosen or for one to be typed in."""
    _check_may()
    return _form_page(new_id(), {"name": posted_text("name", LONGEST_NAME)}, {})


def _form_page(report_id: UUID, given: Mapping[str, str], errors: Mapping[str, str]) -> str:
    key = _posted_key()
    person = next(iter(_matches(work(), (key,))), None) if key else None
    if key and (person is None or not person.name):
        raise Refused("not_found", "There is no such person.", todo="Search again.")
    codes = villages_here(work())
    return render_template(
        "coordinator/report_form.html",
        report_id=report_id,
        key=key,
        person=person,
        kinds=kinds_of_help(),
        villages=list(area_names(work().db, codes).items()) if not key else [],
        given={**dict.fromkeys(FIELDS, ""), **given},
        errors=errors,
        longest=LONGEST_SEEN,
    )


def _posted_key() -> int | None:
    value = request.form.get("person", "")
    if value and (not value.isascii() or not value.isdigit() or len(value) > LONGEST_KEY):
        raise bad_request()
    if value and int(value) >= 2**63:
        raise bad_request()
    return int(value) if value else None


@blueprint.post("/report/raise")
@policy(roles=FIELD, scope=Scope.AREA)
def raise_report() -> ResponseReturnValue:
    """Raise the case; the same form again gives the same answer and changes nothing."""
    _check_may()
    if "report_id" not in request.form:
        return redirect(url_for("coordinator.report"), 303)
    report_id, given = posted_id("report_id"), posted_report()
    key = _posted_key()
    try:
        with undone_if_refused():
            done = report_need(work(), report_of(report_id, key, given), county_desks(work().db))
    except Refused as refusal:
        if refusal.code in ("not_found", "not_yours"):
            raise
        return _form_page(report_id, given, _errors(refusal)), UNPROCESSABLE
    return redirect(url_for("coordinator.reported", report_id=done.id), 303)


def _errors(refusal: Refused) -> dict[str, str]:
    """Return what is wrong by form field; what belongs to none stands above the form."""
    if refusal.fields:
        words = field_errors(refusal, WRONG)
        return {name: words[name] for name in sorted(words, key=FIELDS.index)}
    return {"": joined(say_refusal(refusal))}


@blueprint.get("/report/<uuid:report_id>/done")
@policy(roles=FIELD, scope=Scope.AREA)
def reported(report_id: UUID) -> ResponseReturnValue:
    """Say what became of the reader's own report, and what happens next."""
    row = get_report(work(), report_id)
    case = get_case(work(), row.case_id)
    desk = work().actor.role is not Role.COORDINATOR
    return render_template(
        "coordinator/report_done.html",
        report=row,
        case=case,
        over=row.joined and case.state in ENDED,
        opens=desk or str(case.owner_post_id) in work().actor.posts,
    )
