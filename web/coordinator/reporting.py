"""Raising from below: search the person first, then say what help is needed and what was seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.areas.queries import names as area_names
from proactive.areas.queries import path_of
from proactive.bundles.from_below import help_for, help_kinds
from proactive.cases.queries import open_cases_of
from proactive.cases.reporting import LONGEST_SEEN, Report, report_need
from proactive.cases.reports import get_report
from proactive.cases.service import get_case
from proactive.feeds.identifiers import birth_in, check_resident_id, plain
from proactive.kernel.db import NOWHERE, AreaPath
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.masking import mask_id
from proactive.kernel.states import FIELD, Role
from proactive.kernel.work import Work
from proactive.people.model import PersonCard
from proactive.people.phones import read_phone
from proactive.people.searching import PeopleFound, search_people
from proactive.people.typed import TypedPerson
from proactive.people.vault import cards
from proactive.routing.queries import county_desks, villages_of
from web.access import Scope, policy, work
from web.coordinator.views import blueprint
from web.errors import UNPROCESSABLE, bad_request
from web.reading import field_errors, posted_day, posted_id, posted_text, undone_if_refused
from web.say import lazy as _l
from web.words import word

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_KEY = 60, 200, 19
WRONG = {
    "write the name": _l("Please write the name."),
    "the last four signs": _l("Please write the last four characters of the number."),
    "one of the two": _l("Please give the last four characters of the number, or the birth date."),
    "say what you saw": _l("Please say in a few words what you saw."),
    "too long": _l("This is too long."),
    "choose what kind of help": _l("Please choose what kind of help."),
    "not a citizen number": _l(
        "This is not a citizen number. Leave it empty if you do not know it."
    ),
    "belongs to another name": _l(
        "In the records this number belongs to another name. Compare it with the card. If you are "
        "not sure, leave it empty: a desk then finds out who it is."
    ),
    "open where you cannot see it": _l(
        "Such a matter is open for this person already, but you cannot see it. Send the report "
        "once more; if this stays, tell the county desk what you saw."
    ),
    "not a phone number": _l("This is not a phone number."),
    "in the future": _l("This day has not come yet."),
    "choose the village": _l("Please choose the village."),
}
TYPED = ("name", "number", "born_on", "phone", "address", "village")


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
    given = {"name": posted_text("name", LONGEST_NAME), "ending": posted_text("ending", 4)}
    born_on = posted_day("born_on")
    given["born_on"] = born_on.isoformat() if born_on else ""
    try:
        with undone_if_refused():
            found = search_people(
                work(), name=plain(given["name"]), ending=given["ending"], born_on=born_on
            )
    except Refused as refusal:
        return _search_page(given, field_errors(refusal, WRONG)), UNPROCESSABLE
    return _search_page(given, {}, found)


def _check_may() -> None:
    """Keep out desks for firms: their area is a county, and its people are not their matter."""
    if work().actor.role is not Role.COORDINATOR or _villages(work()):
        return
    raise Refused(
        "desk_for_firms",
        "This desk serves firms; people are reported by the village or the town.",
        todo="Call the village coordinator.",
    )


def _villages(unit: Work) -> tuple[str, ...]:
    """Return the codes of the villages whose post the reader holds or stands in for."""
    return villages_of(unit.db, unit.actor.posts)


def _search_page(
    given: Mapping[str, str], errors: Mapping[str, str], found: PeopleFound | None = None
) -> str:
    return render_template(
        "coordinator/report_search.html",
        given={**dict.fromkeys(("name", "ending", "born_on"), ""), **given},
        errors=errors,
        matches=_matches(work(), found.keys) if found else None,
        more=found.more if found else False,
        kinds=_kinds(),
    )


def _kinds() -> list[tuple[str, str]]:
    return [(kind.need, word("need", kind.need)) for kind in help_kinds(work())]


def _matches(unit: Work, keys: tuple[int, ...]) -> list[Match]:
    people = cards(unit, keys, purpose="report_search")
    return [_match(unit, people[key]) for key in keys]


def _match(unit: Work, person: PersonCard) -> Match:
    rows = open_cases_of(unit, person.subject_key)
    desk = unit.actor.role is not Role.COORDINATOR
    mine = [row for row in rows if desk or str(row.owner_post_id) in unit.actor.posts]
    return Match(
        key=person.subject_key,
        name=person.name,
        number=mask_id(person.id_number),
        born_on=person.born_on,
        address=person.address,
        died_on=person.died_on,
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
    person = _matches(work(), (key,))[0] if key else None
    if key and person is not None and not person.name:
        raise Refused("not_found", "There is no such person.", todo="Search again.")
    codes = _villages(work())
    return render_template(
        "coordinator/report_form.html",
        report_id=report_id,
        key=key,
        person=person,
        kinds=_kinds(),
        villages=list(area_names(work().db, codes).items()) if not key else [],
        given={**dict.fromkeys((*TYPED, "need", "seen"), ""), **given},
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
    report_id = posted_id("report_id")
    given = {name: posted_text(name, LONGEST_ADDRESS) for name in (*TYPED, "need")}
    given["seen"] = posted_text("seen")
    try:
        with undone_if_refused():
            report_need(work(), _report(report_id, given), county_desks(work().db))
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _form_page(report_id, given, field_errors(refusal, WRONG)), UNPROCESSABLE
    return redirect(url_for("coordinator.reported", report_id=report_id), 303)


def _report(report_id: UUID, given: Mapping[str, str]) -> Report:
    wrong: dict[str, str] = {}
    key = _posted_key()
    typed, path = (None, None) if key else _typed(given, wrong)
    if not given["seen"]:
        wrong["seen"] = "say what you saw"
    if given["need"] not in {need for need, _ in _kinds()}:
        wrong["need"] = "choose what kind of help"
    if wrong:
        raise incomplete(wrong)
    asked = help_for(work(), given["need"])
    return Report(report_id, asked, given["seen"], subject_key=key, typed=typed, path=path)


def _typed(given: Mapping[str, str], wrong: dict[str, str]) -> tuple[TypedPerson, AreaPath]:
    """Return the person as typed and where; what cannot be is named in `wrong`."""
    unit = work()
    name, number = plain(given["name"]), given["number"]
    checked = check_resident_id(number, unit.today)
    phone = read_phone(given["phone"], work().region)[0] if given["phone"] else ""
    born_on = posted_day("born_on") or (birth_in(checked.value) if checked.value else None)
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = "write the name"
    if number and checked.reason is not None:
        wrong["number"] = "not a citizen number"
    if given["phone"] and not phone:
        wrong["phone"] = "not a phone number"
    if born_on and born_on > unit.today:
        wrong["born_on"] = "in the future"
    path = _path(unit, given["village"])
    if path is None:
        wrong["village"] = "choose the village"
    typed = TypedPerson(name, checked.value, born_on, phone, given["address"])
    return typed, path or NOWHERE


def _path(unit: Work, village: str) -> AreaPath | None:
    """Return where the person lives: the reader's village; a desk's own area is placed later."""
    codes = _villages(unit) or unit.actor.areas
    code = codes[0] if len(codes) == 1 else village
    return path_of(unit.db, code) if code in codes else None


def incomplete(wrong: Mapping[str, str]) -> Refused:
    return Refused(
        "report_incomplete",
        "The report is not complete yet.",
        todo="Fill in what is marked and send it again.",
        fields=dict(wrong),
    )


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
        opens=desk or str(case.owner_post_id) in work().actor.posts,
    )
