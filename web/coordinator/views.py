"""Pages of whoever holds a post: my list, the sheet of a household, record a visit, hand over."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.cases.model import CaseState
from proactive.cases.service import apply, is_own_confirmation
from proactive.kernel.errors import Refused
from proactive.kernel.needs import ConfirmBy
from proactive.kernel.states import FIELD
from proactive.outcomes.correction_lists import asked_corrections
from proactive.outcomes.taking_back import recent_answers
from proactive.routing.handing import hand_over as move_case
from proactive.routing.queries import get_post, posts_for
from proactive.visits.model import Outcome, VisitForm
from proactive.visits.service import record_visit
from web.access import Scope, from_worker, platform, policy, work
from web.coordinator.lists import read_my_list
from web.coordinator.progress import hand_in as keep_handed_in
from web.coordinator.saved import read_saved, said_of
from web.coordinator.sheets import ENDED, read_sheet, reader_had_it, reader_may_act
from web.coordinator.tellings import count_tellings, read_tellings, tell
from web.errors import UNPROCESSABLE, bad_request
from web.reading import (
    field_errors,
    posted_day,
    posted_id,
    posted_moment,
    posted_number,
    posted_text,
    posted_texts,
    undone_if_refused,
)
from web.say import gettext
from web.say import lazy as _l
from web.words import word

blueprint = Blueprint("coordinator", __name__, template_folder="templates")
HAND_OVER_REASONS = {
    "lives_elsewhere": _l("The person lives somewhere else now"),
    "relative": _l("The person is a relative of mine"),
    "away": _l("I am away or ill"),
    "too_much": _l("I have too much to do before the due date"),
    "other_skills": _l("Somebody else can help better"),
}
OWN_CONFIRMATION = {"own_confirmation": _l("I confirmed it myself, so another person approves it")}
QUESTION, ANSWER = "q-", "field-"
LONGEST_ANSWER = 500
LONGEST_NOTE = 2000
WRONG_ANSWERS = {
    "answer this": _l("Please answer this."),
    "choose one of the answers": _l("Please choose one of the answers."),
    "choose a reason": _l("Please choose a reason."),
    "choose a day within the next 30 days": _l("Please choose a day within the next 30 days."),
    "choose a day within the next three years": _l(
        "Please choose a day within the next three years."
    ),
    "too long": _l("This is too long."),
    "without this the case cannot be confirmed; choose 'no need' instead": _l(
        "With this answer there is nothing to confirm. Choose “No need” instead."
    ),
}


@blueprint.get("/visits", defaults={"page": 1})
@blueprint.get("/visits/page/<int:page>")
@policy(roles=FIELD, scope=Scope.AREA)
def my_list(page: int) -> ResponseReturnValue:
    """Show a page of the list; each has a path of its own, by which the device keeps it."""
    return render_template(
        "coordinator/my_list.html",
        mine=read_my_list(work(), page),
        tellings=count_tellings(work()),
        asked=len(asked_corrections(work())),
        answered=len(recent_answers(work(), timedelta(hours=platform().settings.take_back_hours))),
        today=work().today,
    )


@blueprint.get("/visits/<uuid:case_id>")
@policy(roles=FIELD, scope=Scope.AREA)
def sheet(case_id: UUID) -> ResponseReturnValue:
    return render_template(
        "coordinator/sheet.html",
        sheet=read_sheet(work(), case_id),
        today=work().today,
        wrong_case=None,
        summary={},
    )


@blueprint.post("/visits/<uuid:case_id>")
@policy(roles=FIELD, scope=Scope.AREA)
def record(case_id: UUID) -> ResponseReturnValue:
    """Take one filled-in form; the same form again gives the same answer and changes nothing."""
    visit = _posted_visit(case_id)
    reader_had_it(work(), case_id)
    try:
        with undone_if_refused():
            done = record_visit(work(), visit)
    except Refused as refusal:
        if not refusal.fields or from_worker():
            raise
        return _sheet_again(case_id, field_errors(refusal, WRONG_ANSWERS, QUESTION)), UNPROCESSABLE
    if from_worker():
        return jsonify(said_of(work(), done))
    return redirect(url_for("coordinator.saved", case_id=case_id), 303)


def _sheet_again(case_id: UUID, errors: dict[str, str]) -> str:
    """Return the sheet with what was answered, and what is wrong named by its question."""
    shown = read_sheet(work(), case_id, answers=dict(request.form.items()))
    questions = {
        f"{QUESTION}{asked.code}": asked.ask
        for matter in shown.matters
        if matter.case_id == case_id and matter.form
        for asked in matter.form.questions
    }
    in_order = [name for name in (*questions, *errors) if name in errors]
    return render_template(
        "coordinator/sheet.html",
        sheet=shown,
        today=work().today,
        wrong_case=case_id,
        errors=errors,
        summary={name: questions.get(name, errors[name]) for name in in_order},
    )


def _posted_visit(case_id: UUID) -> VisitForm:
    try:
        outcome = Outcome(posted_text("outcome"))
        how = ConfirmBy(posted_text("how") or ConfirmBy.VISIT)
    except ValueError:
        raise bad_request() from None
    if outcome is Outcome.HANDED_OVER:
        raise bad_request()  # has its own page, which asks to whom and why
    answers = {
        name.removeprefix(QUESTION): posted_text(name, 60)
        for name in request.form
        if name.startswith(QUESTION)
    }
    return VisitForm(
        id=posted_id("visit_id"),
        case_id=case_id,
        base_version=posted_number("base_version"),
        outcome=outcome,
        told_at=posted_moment("told_at") or work().now,
        findings=answers,
        how=how,
        reason=posted_text("reason", 60),
        note=posted_text("note", LONGEST_NOTE),
        next_try_on=_next_try(),
        quiet_until=posted_day("quiet_until"),
    )


def _next_try() -> date | None:
    """Return the day of the next try; one that passed while the form waited for signal is today."""
    day = posted_day("next_try_on")
    return max(day, work().today) if day and posted_moment("told_at") else day


@blueprint.get("/visits/<uuid:case_id>/saved")
@policy(roles=FIELD, scope=Scope.AREA)
def saved(case_id: UUID) -> ResponseReturnValue:
    return render_template("coordinator/saved.html", saved=read_saved(work(), case_id))


@blueprint.post("/visits/<uuid:case_id>/answer")
@policy(roles=FIELD, scope=Scope.AREA)
def answer(case_id: UUID) -> ResponseReturnValue:
    """Keep what the person said to the offer; to decline is always possible and safe."""
    reader_may_act(work(), case_id)
    action = posted_text("action")
    if action not in {"accept", "decline"}:
        raise bad_request()
    apply(work(), case_id, action, base_version=posted_number("base_version"))
    return redirect(url_for("coordinator.sheet", case_id=case_id), 303)


@blueprint.post("/visits/<uuid:case_id>/close")
@policy(roles=FIELD, scope=Scope.AREA)
def close(case_id: UUID) -> ResponseReturnValue:
    """Close what has ended: all items are done, or the person said no."""
    row = reader_may_act(work(), case_id)
    if row.state not in ENDED:
        raise Refused(
            "not_possible_now",
            "This matter is still being worked on.",
            todo="Open it and see what is still to do.",
        )
    apply(
        work(),
        case_id,
        "close",
        base_version=posted_number("base_version"),
        reason=row.state,
        close_reason=row.state,
    )
    return redirect(url_for("coordinator.my_list"), 303)


@blueprint.post("/visits/<uuid:case_id>/bundles/<uuid:bundle_id>")
@policy(roles=FIELD, scope=Scope.AREA)
def hand_in(case_id: UUID, bundle_id: UUID) -> ResponseReturnValue:
    """Keep the papers and answers that the person gave; the offices go on by themselves."""
    reader_may_act(work(), case_id)
    values = {
        name.removeprefix(ANSWER): posted_text(name, LONGEST_ANSWER)
        for name in request.form
        if name.startswith(ANSWER)
    }
    keep_handed_in(work(), case_id, bundle_id, values, posted_texts("papers"))
    return redirect(url_for("coordinator.sheet", case_id=case_id), 303)


@blueprint.get("/visits/<uuid:case_id>/hand-over")
@policy(roles=FIELD, scope=Scope.AREA)
def hand_over(case_id: UUID) -> ResponseReturnValue:
    return _hand_over_page(case_id)


def _hand_over_page(case_id: UUID, **more: object) -> str:
    row = reader_may_act(work(), case_id)
    posts = posts_for(work().db, row, work().today)
    reasons = _reasons(row)
    own = next(iter(reasons.keys() & OWN_CONFIRMATION), "")
    return render_template(
        "coordinator/hand_over.html",
        case_id=case_id,
        version=row.version,
        posts=[(str(post.id), _post_words(post.id)) for post in posts],
        reasons=list(reasons.items()),
        **{"reason": own, "post": "", **more},
    )


def _reasons(row: Row[Any]) -> dict[str, object]:
    """Return the reasons for handing a case over; before the second gate one more, and first."""
    own = row.state == CaseState.CONFIRMED and is_own_confirmation(work(), row.id)
    return {**(OWN_CONFIRMATION if own else {}), **HAND_OVER_REASONS}


def _post_words(post_id: UUID) -> str:
    """Return a post as people know it: its name and who holds it."""
    post = get_post(work().db, post_id, work().today)
    if post is None:
        return str(post_id)
    return gettext(
        "%(post)s (%(holder)s)", post=post.name, holder=post.holder or word("post", post.kind)
    )


@blueprint.post("/visits/<uuid:case_id>/hand-over")
@policy(roles=FIELD, scope=Scope.AREA)
def do_hand_over(case_id: UUID) -> ResponseReturnValue:
    row = reader_may_act(work(), case_id)
    reason, post = posted_text("reason", 40), posted_text("post", 40)
    errors = {}
    if reason not in _reasons(row):
        errors["reason"] = gettext("Please choose a reason.")
    if not post:
        errors["post"] = gettext("Please choose who takes it over.")
    if errors:
        page = _hand_over_page(case_id, errors=errors, reason=reason, post=post)
        return page, UNPROCESSABLE
    move_case(
        work(),
        case_id,
        posted_id("post"),
        base_version=posted_number("base_version"),
        reason=reason,
    )
    return render_template("coordinator/handed_over.html")


@blueprint.get("/tell")
@policy(roles=FIELD, scope=Scope.AREA)
def tellings() -> ResponseReturnValue:
    mine = read_tellings(work())
    return render_template("coordinator/tellings.html", tellings=mine, today=work().today)


@blueprint.post("/tell/<uuid:telling_id>")
@policy(roles=FIELD, scope=Scope.AREA)
def told(telling_id: UUID) -> ResponseReturnValue:
    tell(work(), telling_id, posted_text("what", 20) or "told")
    return redirect(url_for("coordinator.tellings"), 303)
