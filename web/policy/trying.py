"""Try it: dry runs, sweeps, back-tests, replays and shadows, with charts and tables."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.kernel.errors import Refused
from proactive.kernel.states import POLICY_DESK
from proactive.rules.service import list_triggers, plan_of, rule_of
from proactive.tuning.model import TrialKind
from proactive.tuning.queries import (
    Shadow,
    Trial,
    get_shadow,
    get_trial,
    list_shadows,
    list_trials,
    shadow_runs,
)
from proactive.tuning.service import ask_trial, cancel_trial
from proactive.tuning.shadows import start_shadow, stop_shadow
from web.access import Scope, platform, policy, work
from web.errors import UNPROCESSABLE, bad_request, not_found
from web.language import chosen_language, say_refusal, say_sentence
from web.policy.first_view import first_view, seconds_to_next
from web.policy.shadow_view import shadow_view
from web.policy.trial_book import trial_book
from web.policy.trial_forms import filled, settings_sent, version_words
from web.policy.trial_view import view_of
from web.policy.trial_words import KINDS, STATES, people_named
from web.reading import posted_number, posted_text, undone_if_refused
from web.workbook import send_workbook

blueprint = Blueprint("trying", __name__, template_folder="templates")


@blueprint.get("/policy/triggers/<trigger>/try")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def index(trigger: str) -> ResponseReturnValue:
    return _index(trigger, request.args.get("version", ""))


@blueprint.post("/policy/triggers/<trigger>/try")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def ask(trigger: str) -> ResponseReturnValue:
    row = _chosen(_versions(trigger), request.form.get("version", ""))
    kind = posted_text("kind", 20)
    if kind not in set(TrialKind):
        raise bad_request()
    try:
        with undone_if_refused():
            settings = settings_sent(TrialKind(kind), rule_of(work(), row.id))
            contracts = platform().contracts
            trial_id = ask_trial(work(), kind, trigger, row.version, settings, contracts=contracts)
    except Refused as refusal:
        return _index(trigger, str(row.version), refusal, kind), UNPROCESSABLE
    return redirect(url_for(".show", trigger=trigger, trial_id=trial_id), 303)


@blueprint.get("/policy/triggers/<trigger>/try/<uuid:trial_id>")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def show(trigger: str, trial_id: UUID) -> ResponseReturnValue:
    trial = _trial(trigger, trial_id)
    rule = rule_of(work(), trial.version_id)
    title = rule.title.in_language(chosen_language())
    who = people_named(work(), [trial.asked_by])[trial.asked_by]
    shared = {"trial": trial, "title": title, "kinds": KINDS, "states": STATES, "who": who}
    if trial.open:
        plan, now = plan_of(work(), trial.version_id, platform().contracts), work().now
        first = first_view(trial, rule, plan, now)
        page = make_response(render_template("policy/trial_open.html", first=first, **shared))
        page.headers["Refresh"] = str(seconds_to_next(trial, now))
        return page
    if trial.result is None:
        return render_template("policy/trial_ended.html", why=_why(trial), **shared)
    view = view_of(work(), trial, rule, request.args)
    return render_template(f"policy/trial_{trial.kind}.html", view=view, **shared)


@blueprint.get("/policy/triggers/<trigger>/try/<uuid:trial_id>/figures.xlsx")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def book(trigger: str, trial_id: UUID) -> ResponseReturnValue:
    """All figures of a trial that is done, as an Excel file."""
    trial = _trial(trigger, trial_id)
    if trial.result is None:
        raise not_found()
    rule = rule_of(work(), trial.version_id)
    who = people_named(work(), [trial.asked_by])[trial.asked_by]
    made = trial_book(work(), trial, rule, rule.title.in_language(chosen_language()), who)
    work().audit("export", "trial", trial_id, trigger=trigger)
    return send_workbook(made, f"{trigger}-{trial.version}-{trial.kind}.xlsx")


@blueprint.post("/policy/triggers/<trigger>/try/<uuid:trial_id>/cancel")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def cancel(trigger: str, trial_id: UUID) -> ResponseReturnValue:
    cancel_trial(work(), _trial(trigger, trial_id).id)
    return redirect(url_for(".show", trigger=trigger, trial_id=trial_id), 303)


@blueprint.post("/policy/triggers/<trigger>/shadow")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def start(trigger: str) -> ResponseReturnValue:
    row = _chosen(_versions(trigger), str(posted_number("version")))
    try:
        with undone_if_refused():
            until = _day(posted_text("until", 10))
            shadow_id = start_shadow(work(), trigger, row.version, until)
    except Refused as refusal:
        return _index(trigger, str(row.version), refusal, "shadow"), UNPROCESSABLE
    return redirect(url_for(".beside", trigger=trigger, shadow_id=shadow_id), 303)


@blueprint.get("/policy/triggers/<trigger>/shadow/<uuid:shadow_id>")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def beside(trigger: str, shadow_id: UUID) -> ResponseReturnValue:
    shadow = _shadow(trigger, shadow_id)
    rule = rule_of(work(), shadow.version_id)
    return render_template(
        "policy/shadow.html",
        shadow=shadow,
        running=shadow.running(work().today),
        who=people_named(work(), [shadow.started_by])[shadow.started_by],
        title=rule.title.in_language(chosen_language()),
        view=shadow_view(work(), shadow_runs(work(), shadow.id)),
    )


@blueprint.post("/policy/triggers/<trigger>/shadow/<uuid:shadow_id>/stop")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def stop(trigger: str, shadow_id: UUID) -> ResponseReturnValue:
    stop_shadow(work(), _shadow(trigger, shadow_id).id)
    return redirect(url_for(".beside", trigger=trigger, shadow_id=shadow_id), 303)


def _index(trigger: str, version: str, refusal: Refused | None = None, kind: str = "") -> str:
    """Show what can be tried and what has been; a refusal stands over the form it is about."""
    rows = _versions(trigger)
    row = _chosen(rows, version)
    unit = work()
    plan = plan_of(unit, row.id, platform().contracts)
    words = [part for part in say_refusal(refusal) if part] if refusal else []
    trials = list_trials(unit, trigger)
    return render_template(
        "policy/try.html",
        row=row,
        versions=[(one.version, version_words(one)) for one in rows],
        title=plan.rule.title.in_language(chosen_language()),
        forms=filled(unit, plan, chosen_language()),
        trials=trials,
        people=people_named(unit, {one.asked_by for one in trials}),
        shadows=[(one, one.running(unit.today)) for one in list_shadows(unit, trigger)],
        kinds=KINDS,
        states=STATES,
        errors={"": " ".join(words)} if words else {},
        wrong=kind,
        today=unit.today,
    )


def _versions(trigger: str) -> list[Row[Any]]:
    rows = [row for row in list_triggers(work()) if row.trigger == trigger]
    if not rows:
        raise not_found()
    return rows


def _chosen(rows: list[Row[Any]], version: str) -> Row[Any]:
    """Return the version that is named, or the newest."""
    if not version:
        return rows[0]
    for row in rows:
        if str(row.version) == version:
            return row
    raise not_found()


def _trial(trigger: str, trial_id: UUID) -> Trial:
    trial = get_trial(work(), trial_id)
    if trial.trigger != trigger:
        raise not_found()
    return trial


def _shadow(trigger: str, shadow_id: UUID) -> Shadow:
    shadow = get_shadow(work(), shadow_id)
    if shadow.trigger != trigger:
        raise not_found()
    return shadow


def _why(trial: Trial) -> list[str]:
    """Return why a trial gave no answer, in the reader's language."""
    why = trial.why or {}
    parts = (why.get(name, "") for name in ("what", "why", "todo"))
    return [say_sentence(part, dict(why.get("facts", {}))) for part in parts if part]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(
            "bad_day", "'{text}' is not a day.", todo="Write it like 2026-11-21.", text=text
        ) from None
