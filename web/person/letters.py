"""Letters with number and code for people whom no message reaches: one, or all of a post at once.

The code stands in the letter and nowhere else, so a letter is printed when it is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from flask import render_template as render
from flask import request, send_file
from flask.typing import ResponseReturnValue

from proactive.kernel.errors import Refused
from proactive.kernel.states import FIELD
from proactive.kernel.work import Work
from proactive.notices.service import open_tellings
from proactive.people.vault import cards
from proactive.routing.queries import my_cases
from proactive.voice.model import How
from web.access import Scope, platform, policy, work
from web.coordinator.lists import place_names, place_of
from web.coordinator.sheets import reader_may_act
from web.errors import UNPROCESSABLE, bad_request
from web.language import chosen_language, joined, say_refusal
from web.naming import name_of
from web.person.fonts import find_font
from web.person.views import blueprint
from web.person.written import (
    Letter,
    advice,
    house,
    says_what_is_wanted,
    says_who_comes,
    write_letter,
)
from web.reading import posted_text, undone_if_refused
from web.say import gettext
from web.words import word

PDF = "application/pdf"
MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One case on the list of letters; `wanted`: something is to be told by letter."""

    case_id: UUID
    name: str
    place: str
    need: str
    wanted: bool


@blueprint.get("/letters")
@policy(roles=FIELD, scope=Scope.AREA)
def letters() -> ResponseReturnValue:
    chosen = {request.args["case"]} if "case" in request.args else set()
    return render("person/letters.html", lines=_lines(work()), chosen=chosen)


@blueprint.post("/letters")
@policy(roles=FIELD, scope=Scope.AREA)
def print_letters() -> ResponseReturnValue:
    """Make a fresh code for each ticked case; what was to be told by letter is told with a letter.

    Whoever stands before the person may show number and code instead: nothing counts as told.
    """
    case_ids = _ticked()
    if not case_ids:
        return _again({"cases": gettext("Please tick at least one.")})
    wanted = posted_text("how", 10)
    if wanted == "pdf":
        return _pdf(case_ids)
    made, without = _made(case_ids, How.TOLD if wanted == How.TOLD else How.LETTER)
    return render(
        "person/letter.html",
        letters=made,
        without=without,
        house=(written_by := house(work().today)),
        comers=[says_who_comes(letter, written_by) for letter in made],
        wanted=[says_what_is_wanted(letter) for letter in made],
        advice=advice(written_by),
    )


def _pdf(case_ids: Sequence[UUID]) -> ResponseReturnValue:
    """Return all letters as one file, or none and the reason: a file can say nothing beside it."""
    from web.person.pdf import lacking, letters_as_pdf  # slow to load

    written_by = house(work().today)
    without: list[tuple[str, str]] = []
    signs: dict[str, str] = {}
    try:
        with undone_if_refused():
            font = find_font(platform().settings.font)
            made, without = _made(case_ids, How.LETTER)
            signs = lacking(made, font, written_by)
            if without or signs:
                raise Refused("not_all", "Not every letter can be made.")
    except Refused as refusal:
        if refusal.code in ("no_font", "bad_font"):
            return _again({"cases": joined(say_refusal(refusal))}, case_ids)
        if refusal.code != "not_all":
            raise
        return _again({"cases": _not_all(without, signs)}, case_ids)
    paper = letters_as_pdf(
        made, font, written_by=written_by, now=work().now, language=chosen_language()
    )
    name = f"letters-{work().today}.pdf"
    return send_file(BytesIO(paper), mimetype=PDF, as_attachment=True, download_name=name)


def _not_all(without: Sequence[tuple[str, str]], signs: Mapping[str, str]) -> str:
    """Return who gets no letter in the file and why; nothing was made yet."""
    lines = [gettext("No letter for %(name)s: %(why)s", name=who, why=why) for who, why in without]
    lines += [
        gettext(
            "The font of the PDF has no character for %(signs)s in the letter of %(name)s: print "
            "that one from the page.",
            signs=" ".join(lacks),
            name=name,
        )
        for name, lacks in signs.items()
    ]
    return joined([*lines, gettext("Untick them and make the file again. No code was made yet.")])


def _made(case_ids: Sequence[UUID], how: How) -> tuple[list[Letter], list[tuple[str, str]]]:
    """Return the letters, and who gets none with the reason."""
    made, without = [], []
    for case_id in case_ids:
        row = reader_may_act(work(), case_id)
        try:
            made.append(write_letter(work(), case_id, how))
        except Refused as refusal:
            if refusal.code not in ("no_code_for_the_dead", "identity_doubtful"):
                raise
            who = cards(work(), [row.subject_key], purpose="letter")[row.subject_key]
            without.append((name_of(who, work().today), word("why", _why(refusal.code))))
    return made, without


def _again(errors: Mapping[str, str], ticked: Sequence[UUID] = ()) -> ResponseReturnValue:
    """Show the list again with what is wrong; what was ticked stays ticked."""
    chosen = {str(each) for each in ticked}
    page = render("person/letters.html", lines=_lines(work()), chosen=chosen, errors=errors)
    return page, UNPROCESSABLE


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
