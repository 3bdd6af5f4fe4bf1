"""Objections on the desk of who reviews them: the list by due date, one objection, its answer."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import redirect, url_for
from flask import render_template as render
from flask.typing import ResponseReturnValue

from proactive.cases.service import get_case
from proactive.kernel.errors import Refused
from proactive.kernel.states import DESKS
from proactive.people.vault import cards
from proactive.voice.model import LONGEST_WORDS, Answer, Kind
from proactive.voice.objections import (
    Said,
    answer_objection,
    deciders,
    get_objection,
    open_objections,
    opened,
)
from proactive.voice.queries import who_answers
from web.access import Scope, policy, work
from web.coordinator.lists import place_names, place_of
from web.errors import UNPROCESSABLE
from web.naming import name_of
from web.person.views import blueprint
from web.reading import field_errors, page_number, posted_text, undone_if_refused
from web.say import lazy as _l
from web.words import word

A_PAGE = 50
KINDS = {
    Kind.OBJECTION: _l("Objection"),
    Kind.NOT_DONE: _l("Could not get it done"),
}
ANSWERS = {
    Answer.CHANGED: _l("The person is right: I have it changed"),
    Answer.STANDS: _l("It stays as it is"),
}
WRONG = {
    "choose an answer": _l("Please choose an answer."),
    "say it in a few words": _l("Please say it in a few words."),
}


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One open objection on the list."""

    id: UUID
    kind: str
    name: str
    need: str
    place: str
    made_at: datetime
    due_on: date
    mine: bool
    desk: str


@blueprint.get("/objections")
@policy(roles=DESKS, scope=Scope.AREA)
def reviews() -> ResponseReturnValue:
    """Show what waits for an answer: first what lies on the reader's own desk."""
    mine = set(work().actor.posts)
    waiting = sorted(open_objections(work()), key=lambda row: str(row.post_id) not in mine)
    page = page_number()
    rows = waiting[(page - 1) * A_PAGE : page * A_PAGE]
    people = cards(work(), sorted({row.subject_key for row in rows}), purpose="objection")
    places = place_names(work(), rows)
    desks = {post: who_answers(work(), post) for post in {row.post_id for row in rows}}
    lines = [
        ReviewLine(
            row.id,
            str(KINDS[Kind(row.kind)]),
            name_of(people[row.subject_key], work().today),
            word("need", row.need),
            place_of(row, places),
            row.made_at,
            row.due_on,
            str(row.post_id) in mine,
            desk.name if (desk := desks[row.post_id]) else "",
        )
        for row in rows
    ]
    return render(
        "person/reviews.html",
        lines=lines,
        found=len(waiting),
        page=page,
        more=page * A_PAGE < len(waiting),
        today=work().today,
    )


@blueprint.get("/objections/<uuid:objection_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def review(objection_id: UUID) -> ResponseReturnValue:
    return _page(objection_id)


@blueprint.post("/objections/<uuid:objection_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def do_review(objection_id: UUID) -> ResponseReturnValue:
    """Keep the reviewer's answer; the person reads it on the own page."""
    given = {
        "answer": posted_text("answer", 20),
        "words": posted_text("words", 2 * LONGEST_WORDS),
    }
    try:
        with undone_if_refused():
            answer_objection(work(), objection_id, given["answer"], given["words"])
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _page(objection_id, errors=field_errors(refusal, WRONG), given=given), UNPROCESSABLE
    return redirect(url_for("person.review", objection_id=objection_id), 303)


def _page(objection_id: UUID, **more: object) -> str:
    said: Said = opened(work(), get_objection(work(), objection_id))
    row = get_case(work(), said.case_id)
    who = cards(work(), [row.subject_key], purpose="objection")[row.subject_key]
    return render(
        "person/review.html",
        said=said,
        kind=KINDS[said.kind],
        name=name_of(who, work().today),
        need=word("need", row.need),
        case=row,
        today=work().today,
        decided=work().actor.id in deciders(work(), said.case_id),
        answers=[(str(code), str(words)) for code, words in ANSWERS.items()],
        answer_words=ANSWERS,
        limit=LONGEST_WORDS,
        **{"given": {"answer": "", "words": ""}, **more},
    )
