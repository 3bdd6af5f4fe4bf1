"""Switch it on: propose, approve by another person, begin in chosen towns, take back."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.kernel.errors import Refused
from proactive.kernel.states import POLICY_DESK
from proactive.rules.approving import approve_trigger, propose_trigger, send_back_trigger
from proactive.rules.examples import prove_with
from proactive.rules.service import version_row
from proactive.rules.switching import activate_trigger, retire_trigger, roll_back_trigger
from proactive.scans.stopping import accept_stopped
from proactive.tuning.model import TrialKind
from proactive.tuning.queries import latest_dry_run
from proactive.tuning.service import ask_trial
from web.access import Scope, platform, policy, work
from web.errors import UNPROCESSABLE, not_found
from web.language import joined, say_refusal
from web.policy.standing import read_board
from web.reading import (
    field_errors,
    posted_day,
    posted_text,
    posted_texts,
    undone_if_refused,
)
from web.say import lazy as _l

blueprint = Blueprint("switching", __name__, template_folder="templates")
FIELD_WORDS = {
    "Write what it changes and why.": _l("Write what it changes and why."),
    "Give its number.": _l("Give its number."),
    "Write the reason.": _l("Write the reason."),
    "Write how you know it.": _l("Write how you know it."),
    "Tick this when you have read it.": _l("Tick this when you have read it."),
    "Choose at least one place.": _l("Choose at least one place."),
}


@blueprint.get("/policy/triggers/<trigger>/switch")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def page(trigger: str) -> ResponseReturnValue:
    return _page(trigger)


def _page(trigger: str, refusal: Refused | None = None, form: str = "") -> str:
    """Show where things stand; `form` names the one whose mistake is told."""
    here = field_errors(refusal, FIELD_WORDS) if refusal else {}
    errors = {f"{form}-{name}": words for name, words in here.items()}
    if refusal and not errors:
        errors = {"": joined(say_refusal(refusal))}
    return render_template(
        "policy/switch.html",
        board=read_board(work(), trigger),
        errors=errors,
        wrong=lambda wanted: here if wanted == form else {},
        today=work().today,
        moved=request.args.get("moved") == "1",
        typed=request.form if refusal else {},
        form=form,
    )


def _act(trigger: str, form: str, step: Callable[[], object]) -> ResponseReturnValue:
    """Take a step and go back to the page; what was done already is not an error."""
    try:
        with undone_if_refused():
            step()
    except Refused as refusal:
        if refusal.code == "not_possible_now":
            return redirect(url_for("switching.page", trigger=trigger, moved=1), 303)
        if refusal.code == "no_such_version":
            raise not_found() from None
        return _page(trigger, refusal, form), UNPROCESSABLE
    return redirect(url_for("switching.page", trigger=trigger), 303)


@blueprint.post("/policy/triggers/<trigger>/switch/<int:version>/dry-run")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def dry_run(trigger: str, version: int) -> ResponseReturnValue:
    kind = TrialKind.DRY_RUN
    contracts = platform().contracts
    return _act(
        trigger,
        f"try-{version}",
        lambda: ask_trial(work(), kind, trigger, version, {}, contracts=contracts),
    )


@blueprint.post("/policy/triggers/<trigger>/switch/<int:version>/propose")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def propose(trigger: str, version: int) -> ResponseReturnValue:
    note = posted_text("note")

    def step() -> None:
        trial = latest_dry_run(work(), version_row(work(), trigger, version).id)
        figures = trial.result if trial else None
        prove = prove_with(platform().contracts)
        propose_trigger(work(), trigger, version, prove=prove, note=note, figures=figures)

    return _act(trigger, f"propose-{version}", step)


@blueprint.post("/policy/triggers/<trigger>/switch/<int:version>/approve")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def approve(trigger: str, version: int) -> ResponseReturnValue:
    assessment = posted_text("assessment", 200)

    def step() -> None:
        version_row(work(), trigger, version)
        if request.form.get("read") != "yes":
            raise Refused(
                "dry_run_not_read",
                "The figures of the dry run have not been read.",
                fields={"read": "Tick this when you have read it."},
            )
        prove = prove_with(platform().contracts)
        approve_trigger(work(), trigger, version, prove=prove, assessment=assessment)

    return _act(trigger, f"approve-{version}", step)


@blueprint.post("/policy/triggers/<trigger>/switch/<int:version>/send-back")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def send_back(trigger: str, version: int) -> ResponseReturnValue:
    reason = posted_text("reason")
    return _act(
        trigger,
        f"back-{version}",
        lambda: send_back_trigger(work(), trigger, version, reason=reason),
    )


@blueprint.post("/policy/triggers/<trigger>/switch/<int:version>/activate")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def activate(trigger: str, version: int) -> ResponseReturnValue:
    """Switch on where and from when the form says; `where` is 'everywhere' or 'chosen'."""
    live_from = posted_day("live_from")
    chosen = posted_texts("areas") if request.form.get("where") == "chosen" else ()

    def step() -> None:
        version_row(work(), trigger, version)
        if request.form.get("where") == "chosen" and not chosen:
            raise Refused(
                "no_place_chosen",
                "No place is chosen.",
                fields={"areas": "Choose at least one place."},
            )
        prove = prove_with(platform().contracts)
        activate_trigger(work(), trigger, version, prove=prove, live_from=live_from, areas=chosen)

    return _act(trigger, f"on-{version}", step)


@blueprint.get("/policy/triggers/<trigger>/switch/<int:version>/back")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def confirm_back(trigger: str, version: int) -> ResponseReturnValue:
    """Ask once more before a version that is in use is taken back or switched off."""
    board = read_board(work(), trigger)
    seen = next((one for one in board.in_use if one.version == version), None)
    if seen is None:
        return redirect(url_for("switching.page", trigger=trigger, moved=1), 303)
    return render_template("policy/switch_back.html", board=board, seen=seen)


@blueprint.post("/policy/triggers/<trigger>/switch/<int:version>/back")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def back(trigger: str, version: int) -> ResponseReturnValue:
    """Take a version back; a second tap finds it out of use already."""
    if version not in {one.version for one in read_board(work(), trigger).in_use}:
        return redirect(url_for("switching.page", trigger=trigger), 303)
    return _act(
        trigger,
        f"off-{version}",
        lambda: roll_back_trigger(work(), trigger, seen=version),
    )


@blueprint.post("/policy/triggers/<trigger>/switch/off")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def off(trigger: str) -> ResponseReturnValue:
    """Switch the trigger off everywhere; a second tap finds it off already."""
    if not read_board(work(), trigger).in_use:
        return redirect(url_for("switching.page", trigger=trigger), 303)
    return _act(trigger, "off", lambda: retire_trigger(work(), trigger))


@blueprint.post("/policy/triggers/<trigger>/switch/accept/<uuid:run_id>")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def accept(trigger: str, run_id: UUID) -> ResponseReturnValue:
    """Vouch that the number of a stopped run is right."""
    reason = posted_text("reason")
    return _act(trigger, f"accept-{run_id}", lambda: accept_stopped(work(), run_id, reason=reason))
