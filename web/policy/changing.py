"""Change it: a form that maps one to one to the grammar, and the text beside it."""

from dataclasses import replace
from difflib import unified_diff
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.kernel.errors import Refused
from proactive.kernel.states import POLICY_DESK
from proactive.rules.drafts import (
    EMPTY,
    Checked,
    Draft,
    StaleDraft,
    begin_draft,
    begin_from_version,
    check_text,
    discard_draft,
    get_draft,
    keep_draft,
    list_drafts,
    save_draft,
    take_up_draft,
)
from proactive.rules.examples import Outcome, run_examples
from proactive.rules.mistakes import say_outcome
from proactive.rules.reading import LARGEST_EXAMPLES, LARGEST_FILE, RuleRefused
from proactive.rules.service import rule_of, version_row
from web.access import Scope, platform, policy, work
from web.errors import UNPROCESSABLE, bad_request, not_found, status_of
from web.language import chosen_language, say_refusal
from web.policy.draft_view import MarkedLine, differs, draft_page, lines_marked
from web.policy.part_form import next_month
from web.policy.part_words import KINDS
from web.reading import posted_number, posted_text, undone_if_refused

blueprint = Blueprint("changing", __name__, template_folder="templates")
PREFILLED = ("value", "area", "class", "legal_basis")


@blueprint.get("/policy/drafts")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def drafts() -> ResponseReturnValue:
    return render_template("policy/drafts.html", drafts=list_drafts(work()))


@blueprint.post("/policy/drafts")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def begin() -> ResponseReturnValue:
    """Begin from a version; with a parameter, go straight to the form of its new dated value."""
    trigger = posted_text("trigger", 63)
    if not trigger:
        raise not_found()
    version = posted_number("version")
    draft_id = begin_from_version(work(), trigger, version)
    parameter = posted_text("parameter", 63)
    if not parameter:
        return redirect(url_for("changing.draft", draft_id=draft_id), 303)
    row = version_row(work(), trigger, version)
    if parameter not in rule_of(work(), row.id).parameters:
        raise bad_request()
    given = {name: posted_text(name, 2000) for name in PREFILLED}
    given["from"] = posted_text("from", 10) or next_month(work().today).isoformat()
    values = {name: value for name, value in given.items() if value}
    values["at"] = f"parameters.{parameter}.values.+"
    page = url_for("parts.part", draft_id=draft_id)
    return redirect(f"{page}?{urlencode(values)}", 303)


@blueprint.post("/policy/drafts/new")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def begin_new() -> ResponseReturnValue:
    """Begin from a file, or from an empty text when none was chosen."""
    text = _uploaded("file", LARGEST_FILE) or EMPTY
    draft_id = begin_draft(work(), text, _uploaded("examples", LARGEST_EXAMPLES))
    return redirect(url_for("changing.draft", draft_id=draft_id), 303)


@blueprint.get("/policy/drafts/<uuid:draft_id>")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def draft(draft_id: UUID) -> ResponseReturnValue:
    return _page(get_draft(work(), draft_id))


@blueprint.post("/policy/drafts/<uuid:draft_id>/text")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def save_text(draft_id: UUID) -> ResponseReturnValue:
    text = _posted_file("text", LARGEST_FILE, get_draft(work(), draft_id).text)
    try:
        save_draft(work(), draft_id, posted_number("revision"), text=text)
    except StaleDraft as stale:
        return _both(stale, "text", text)
    return redirect(url_for("changing.draft", draft_id=draft_id, _anchor="text"), 303)


@blueprint.get("/policy/drafts/<uuid:draft_id>/examples")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def examples(draft_id: UUID) -> ResponseReturnValue:
    return _examples_page(get_draft(work(), draft_id))


@blueprint.post("/policy/drafts/<uuid:draft_id>/examples")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def save_examples(draft_id: UUID) -> ResponseReturnValue:
    """Keep the examples and run them now."""
    text = _posted_file("examples", LARGEST_EXAMPLES, get_draft(work(), draft_id).examples)
    try:
        saved = save_draft(work(), draft_id, posted_number("revision"), examples=text)
    except StaleDraft as stale:
        return _both(stale, "examples", text)
    return _examples_page(saved, run=True)


@blueprint.post("/policy/drafts/<uuid:draft_id>/keep")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def keep(draft_id: UUID) -> ResponseReturnValue:
    try:
        with undone_if_refused():
            kept = keep_draft(work(), draft_id, posted_number("revision"), platform().contracts)
    except StaleDraft as stale:
        return _both(stale, "text", stale.draft.text)
    except Refused as refusal:
        if refusal.code == "not_found":
            raise
        what, why, todo = say_refusal(refusal)
        told = [what, todo] if isinstance(refusal, RuleRefused) else [what, why, todo]
        return _page(get_draft(work(), draft_id), refused=told), status_of(refusal)
    return redirect(url_for("policy.version", trigger=kept.trigger, version=kept.version), 303)


@blueprint.post("/policy/drafts/<uuid:draft_id>/discard")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def discard(draft_id: UUID) -> ResponseReturnValue:
    """Put a working text away, once the person has ticked that it is meant."""
    draft = get_draft(work(), draft_id)
    if request.form.get("sure") != "yes":
        return _page(draft, unsure=True), UNPROCESSABLE
    try:
        discard_draft(work(), draft_id, posted_number("revision"))
    except StaleDraft as stale:
        return _page(stale.draft, unsure=True), status_of(stale)
    return redirect(url_for("changing.draft", draft_id=draft_id), 303)


@blueprint.post("/policy/drafts/<uuid:draft_id>/take-up")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def take_up(draft_id: UUID) -> ResponseReturnValue:
    take_up_draft(work(), draft_id)
    return redirect(url_for("changing.draft", draft_id=draft_id), 303)


def _page(draft: Draft, refused: list[str] | None = None, *, unsure: bool = False) -> str:
    view = draft_page(work(), draft, platform().contracts, chosen_language())
    return render_template(
        "policy/draft.html",
        draft=draft,
        view=view,
        kinds=KINDS,
        refused=[one for one in refused or [] if one],
        unsure=unsure,
    )


def _examples_page(draft: Draft, *, run: bool = False) -> ResponseReturnValue:
    contracts = platform().contracts
    checked: Checked = check_text(draft.text, contracts)
    outcomes: list[Outcome] = []
    mistakes: list[MarkedLine] = []
    if run and checked.rule is not None and draft.examples.strip():
        try:
            outcomes = run_examples(checked.rule, contracts, draft.examples)
        except RuleRefused as refused:
            mistakes = lines_marked(draft.examples, refused.mistakes, chosen_language())
    page = render_template(
        "policy/draft_examples.html",
        draft=draft,
        right=checked.rule is not None,
        ran=run,
        outcomes=[replace(one, why=say_outcome(one.why, chosen_language())) for one in outcomes],
        mistakes=mistakes,
    )
    return (page, UNPROCESSABLE) if mistakes else page


def _both(stale: StaleDraft, what: str, mine: str) -> ResponseReturnValue:
    """Show the text as it stands now and the one that was to be saved: nothing is lost."""
    theirs = stale.draft.text if what == "text" else stale.draft.examples
    lines = list(unified_diff(theirs.splitlines(), mine.splitlines(), "1", "2", lineterm="", n=2))
    page = render_template(
        "policy/draft_both.html",
        draft=stale.draft,
        what=what,
        theirs=theirs,
        mine=mine,
        lines=lines[2:],
        changes=differs(work(), theirs, mine, platform().contracts, chosen_language())
        if what == "text"
        else (),
    )
    return page, status_of(stale)


def _posted_file(name: str, limit: int, before: str) -> str:
    """Return a posted text; browsers send line breaks as CRLF, the file keeps those it had."""
    text = request.form.get(name, "").replace("\r\n", "\n")
    if len(text) > limit + 1 or "\x00" in text:
        raise Refused(
            "too_large",
            "The text is too large for a trigger, or is no text.",
            todo="A trigger has at most 64 KiB, its examples at most 1 MiB.",
        )
    plain = before.replace("\r\n", "\n")
    if text == plain or text == plain.removeprefix("\n"):
        return before
    return text.replace("\n", "\r\n") if "\r\n" in before else text


def _uploaded(name: str, limit: int) -> str:
    file = request.files.get(name)
    if file is None or not file.filename:
        return ""
    try:
        return file.stream.read(4 * limit + 1).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(
            "not_text",
            "The file is not UTF-8 text.",
            todo="Export the trigger again, or save the file as UTF-8.",
        ) from None
