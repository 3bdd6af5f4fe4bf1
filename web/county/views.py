"""Pages of the county desk: people without a place, and cases that wait for room at a post."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.areas.queries import search
from proactive.kernel.errors import Refused
from proactive.kernel.states import DESKS
from proactive.kernel.work import Work
from proactive.people.vault import card
from proactive.routing.desks import Lying
from proactive.routing.handing import place_person
from web.access import Scope, policy, work
from web.coordinator.lists import place_names, place_of
from web.coordinator.sheets import person_of, reader_may_act
from web.errors import UNPROCESSABLE
from web.language import joined, say_refusal
from web.reading import page_number, posted_number, posted_text, undone_if_refused
from web.town.lists import listed

blueprint = Blueprint("county", __name__, template_folder="templates")
# The town may place people too: routing sends a person to the nearest desk above.
LONGEST_NAME = 60
MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where a person can be put: the tree ends there."""

    code: str
    path: str


@blueprint.get("/place")
@policy(roles=DESKS, scope=Scope.AREA)
def unplaced() -> ResponseReturnValue:
    return render_template(
        "county/unplaced.html",
        cases=listed(work(), Lying.PLACE, page_number()),
        waiting=listed(work(), Lying.ROOM, page_number("room")),
        today=work().today,
    )


@blueprint.get("/place/<uuid:case_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def place(case_id: UUID) -> ResponseReturnValue:
    return _place_page(case_id, request.args.get("area", "").strip()[:LONGEST_NAME])


def _place_page(case_id: UUID, wanted: str, **more: object) -> str:
    row = reader_may_act(work(), case_id)
    known = card(work(), row.subject_key, purpose="place_person")
    person = person_of(work(), known, place_of(row, place_names(work(), [row])))
    return render_template(
        "county/place.html",
        case=row,
        person=person,
        wanted=wanted,
        found=_spots(work(), wanted),
        today=work().today,
        **more,
    )


def _spots(unit: Work, wanted: str) -> list[Spot]:
    """Return the innermost places of that name or code inside the reader's areas."""
    found = [
        line
        for code in unit.actor.areas
        for line in search(unit.db, wanted, within=code)
        if not line.children and not line.retired
    ]
    return [Spot(line.code, " ".join(line.where) or line.name) for line in found[:MOST_SHOWN]]


@blueprint.post("/place/<uuid:case_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def do_place(case_id: UUID) -> ResponseReturnValue:
    """Put the person there; routing then finds the post, with the case's own due date."""
    try:
        with undone_if_refused():
            place_person(
                work(),
                case_id,
                posted_text("area", LONGEST_NAME),
                base_version=posted_number("base_version"),
            )
    except Refused as refusal:
        if refusal.code in {"not_found", "changed_meanwhile"}:
            raise
        errors = {"area": joined(say_refusal(refusal))}
        return _place_page(case_id, "", errors=errors), UNPROCESSABLE
    return redirect(url_for("county.placed"), 303)


@blueprint.get("/place/done")
@policy(roles=DESKS, scope=Scope.AREA)
def placed() -> ResponseReturnValue:
    return render_template("county/placed.html")
