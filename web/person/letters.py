"""Letters with number and code for people whom no message reaches: one, or all of a post at once.

The code stands in the letter and nowhere else, so a letter is printed when it is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import render_template as render
from flask import request
from flask.typing import ResponseReturnValue

from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.notices.service import mark_told, open_tellings
from proactive.people.vault import cards
from proactive.routing.queries import my_cases
from proactive.voice.codes import issue_code
from proactive.voice.model import How
from proactive.voice.queries import Comer, who_answers
from web.access import Scope, platform, policy, work
from web.coordinator.lists import place_names, place_of
from web.coordinator.sheets import reader_may_act
from web.errors import UNPROCESSABLE, bad_request
from web.naming import name_of
from web.person.mine import CONTACT, NEXT, STANDS
from web.person.views import blueprint
from web.reading import posted_text
from web.say import gettext
from web.words import word

FIELD = frozenset({Role.COORDINATOR, Role.TOWN, Role.COUNTY})
MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One case on the list of letters; `wanted`: something is to be told by letter."""

    case_id: UUID
    name: str
    place: str
    need: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it is printed."""

    name: str
    guardian: bool
    address: str
    need: str
    stands: str
    next: str
    comer: Comer | None
    ref: str
    code: str
    until: date


@blueprint.get("/letters")
@policy(roles=FIELD, scope=Scope.AREA)
def letters() -> ResponseReturnValue:
    return render("person/letters.html", lines=_lines(work()), chosen=request.args.get("case", ""))


@blueprint.post("/letters")
@policy(roles=FIELD, scope=Scope.AREA)
def print_letters() -> ResponseReturnValue:
    """Make a fresh code for each ticked case; what was to be told by letter is told with a letter.

    Whoever stands before the person may show number and code instead: nothing counts as told.
    """
    case_ids = _ticked()
    if not case_ids:
        errors = {"cases": gettext("Please tick at least one.")}
        page = render("person/letters.html", lines=_lines(work()), chosen="", errors=errors)
        return page, UNPROCESSABLE
    how = How.TOLD if posted_text("how", 10) == How.TOLD else How.LETTER
    made, without = [], []
    for case_id in case_ids:
        row = reader_may_act(work(), case_id)
        try:
            made.append(_letter(work(), case_id, how))
        except Refused as refusal:
            if refusal.code not in ("no_code_for_the_dead", "identity_doubtful"):
                raise
            who = cards(work(), [row.subject_key], purpose="letter")[row.subject_key]
            without.append((name_of(who, work().today), word("why", _why(refusal.code))))
    return render(
        "person/letter.html",
        letters=made,
        without=without,
        today=work().today,
        sender=platform().settings.sender_name,
        address=f"{platform().settings.public_url.rstrip('/')}/my",
    )


def _ticked() -> list[UUID]:
    try:
        found = [UUID(value) for value in request.form.getlist("cases")]
    except ValueError:
        raise bad_request() from None
    if len(found) > MOST_AT_ONCE:
        raise bad_request()
    return list(dict.fromkeys(found))


def _why(code: str) -> str:
    return "dead" if code == "no_code_for_the_dead" else code


def _letter(unit: Work, case_id: UUID, how: How) -> Letter:
    issued = issue_code(unit, case_id, how)
    for telling in _by_letter(unit, [case_id]) if how is How.LETTER else ():
        mark_told(unit, telling)
    row, who = issued.case, issued.card
    assigned = row.state == "assigned"
    return Letter(
        name=who.name,
        guardian=issued.guardian,
        address=who.address,
        need=word("need", row.need),
        stands=str(STANDS[row.state]),
        next=str(
            CONTACT.get(row.next_step, CONTACT["visit"]) if assigned else NEXT.get(row.state, "")
        ),
        comer=who_answers(unit, row.owner_post_id) if row.owner_post_id else None,
        ref=row.ref,
        code=f"{issued.code[:4]} {issued.code[4:]}",
        until=issued.expires_at.astimezone(unit.zone).date(),
    )


def _by_letter(unit: Work, case_ids: Sequence[UUID]) -> list[UUID]:
    return [row.id for row in open_tellings(unit, case_ids) if row.how == "letter"]


def _lines(unit: Work) -> list[LetterLine]:
    """Return the cases of the reader's posts, those first that wait for a letter."""
    rows = my_cases(unit.db, unit.actor.posts, unit.today)
    tellings = open_tellings(unit, [row.id for row in rows])
    wanted = {row.case_id for row in tellings if row.how == "letter"}
    people = cards(unit, sorted({row.subject_key for row in rows}), purpose="letter")
    places = place_names(unit, rows)
    lines = [
        LetterLine(
            row.id,
            name_of(people[row.subject_key], unit.today),
            place_of(row, places),
            word("need", row.need),
            row.id in wanted,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: not line.wanted)
