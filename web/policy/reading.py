"""Read it: every trigger in plain words, its versions, what differs, and the public page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.feeds.queries import FeedStatus, feed_statuses
from proactive.kernel.states import POLICY_DESK
from proactive.kernel.work import Actor, Work
from proactive.outcomes.publishing import SMALLEST_SHOWN, PublicCount, public_counts
from proactive.rules.differing import by_topic, differences
from proactive.rules.mistakes import say_mistake
from proactive.rules.plan import plan_rule
from proactive.rules.reading import RuleRefused
from proactive.rules.service import export_trigger, list_triggers, rule_of, version_row
from proactive.scans.stopping import stopped_runs
from web.access import Scope, platform, policy, public, work
from web.errors import not_found
from web.language import chosen_language
from web.policy.rule_view import RuleView, places_named, view_rule
from web.say import lazy as _l

blueprint = Blueprint("policy", __name__, template_folder="templates")
IN_USE = ("live", "pilot")
# A reader that may count cases but opens none: the machine's own, for the public page.
PUBLISHER = Actor.machine("public rules")
UNCOUNTED = PublicCount(None, None)
NEXT_PAGES = (
    ("trying.index", _l("Try it")),
    ("switching.page", _l("Switch it on")),
    ("learning.page", _l("What people found out")),
)


@dataclass(frozen=True, slots=True)
class TriggerLine:
    """One trigger of the list: the version in use, or its newest where none is."""

    row: Row[Any]
    rule: RuleView
    newest: int
    coming: int


@blueprint.get("/policy/triggers")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def triggers() -> ResponseReturnValue:
    unit = work()
    versions, statuses = _versions(unit), _statuses(unit)
    lines = [
        TriggerLine(
            row=(row := _in_use(rows)),
            rule=(view := _view(unit, row, statuses)),
            newest=rows[0].version,
            coming=sum(line.time == "coming" for each in view.parameters for line in each.lines),
        )
        for rows in versions.values()
    ]
    stopped = {run.trigger for run in stopped_runs(unit)}
    return render_template("policy/triggers.html", lines=lines, stopped=stopped)


@blueprint.get("/policy/triggers/<trigger>")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def trigger(trigger: str) -> ResponseReturnValue:
    rows = _of(work(), trigger)
    return _page(rows, _in_use(rows))


@blueprint.get("/policy/triggers/<trigger>/versions/<int:version>")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def version(trigger: str, version: int) -> ResponseReturnValue:
    rows = _of(work(), trigger)
    chosen = next((row for row in rows if row.version == version), None)
    if chosen is None:
        raise not_found()
    return _page(rows, chosen)


@blueprint.get("/policy/triggers/<trigger>/versions/<int:version>/<kind>")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def export(trigger: str, version: int, kind: str) -> ResponseReturnValue:
    """Hand out the file of a version, or its examples, letter by letter as they were kept."""
    row = version_row(work(), trigger, version)
    texts = {"trigger.yaml": row.yaml, "examples.yaml": row.examples}
    if kind not in texts:
        raise not_found()
    name = f"{row.trigger}-{version}-{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(texts[kind].encode(), mimetype="application/yaml", headers=headers)


@blueprint.get("/policy/triggers/<trigger>/compare")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def compare(trigger: str) -> ResponseReturnValue:
    rows = _of(work(), trigger)
    newest = rows[0].version
    old = request.args.get("from", max(newest - 1, 1), type=int)
    new = request.args.get("to", newest, type=int)
    one, two = (_row(rows, number) for number in (old, new))
    before, after = rule_of(work(), one.id), rule_of(work(), two.id)
    places = {**places_named(work(), before), **places_named(work(), after)}
    found = differences(before, after, chosen_language(), platform().contracts, places)
    return render_template(
        "policy/compare.html",
        rows=rows,
        title=after.title.in_language(chosen_language()),
        trigger=trigger,
        old=old,
        new=new,
        topics=by_topic(found, chosen_language()),
    )


@blueprint.get("/rules")
@public("what the system looks for and by which law; counts of ten or more, no persons")
def rules() -> ResponseReturnValue:
    with platform().work(PUBLISHER) as unit:
        counts = _counts(unit)
        lines = [
            (row, _view(unit, row, {}), counts.get(row.trigger, UNCOUNTED)) for row in _public(unit)
        ]
        return render_template("policy/rules.html", lines=lines, smallest=SMALLEST_SHOWN)


@blueprint.get("/rules/<trigger>")
@public("one rule in words and by which law; counts of ten or more, no persons")
def public_rule(trigger: str) -> ResponseReturnValue:
    with platform().work(PUBLISHER) as unit:
        row = next((row for row in _public(unit) if row.trigger == trigger), None)
        if row is None:
            raise not_found()
        return render_template(
            "policy/public_rule.html",
            row=row,
            rule=_view(unit, row, {}),
            counted=_counts(unit).get(trigger, UNCOUNTED),
            smallest=SMALLEST_SHOWN,
        )


def _public(unit: Work) -> list[Row[Any]]:
    """The version of each trigger that is in force everywhere today."""
    return [
        row
        for row in list_triggers(unit)
        if row.state == "live" and row.live_from and row.live_from <= unit.today
    ]


def _counts(unit: Work) -> Mapping[str, PublicCount]:
    return public_counts(unit, unit.now - timedelta(days=365))


def _page(rows: list[Row[Any]], row: Row[Any]) -> ResponseReturnValue:
    unit = work()
    return render_template(
        "policy/trigger.html",
        rows=rows,
        row=row,
        rule=_view(unit, row, _statuses(unit)),
        text=export_trigger(unit, row.trigger, row.version),
        has_examples=bool(version_row(unit, row.trigger, row.version).examples),
        mistakes=_today_wrong(unit, row),
        pages=[(name, words) for name, words in NEXT_PAGES if name in current_app.view_functions],
    )


def _today_wrong(unit: Work, row: Row[Any]) -> list[str]:
    """What today's contracts say against a version that was right when it was kept."""
    try:
        plan_rule(rule_of(unit, row.id), platform().contracts)
    except RuleRefused as refused:
        return [say_mistake(one.text, chosen_language()) for one in refused.mistakes]
    return []


def _view(unit: Work, row: Row[Any], statuses: Mapping[str, FeedStatus]) -> RuleView:
    rule, contracts = rule_of(unit, row.id), platform().contracts
    return view_rule(unit, rule, chosen_language(), contracts, statuses)


def _statuses(unit: Work) -> dict[str, FeedStatus]:
    return {one.feed: one for one in feed_statuses(unit, platform().contracts)}


def _versions(unit: Work) -> dict[str, list[Row[Any]]]:
    """Every trigger with its versions, the newest first."""
    found: dict[str, list[Row[Any]]] = {}
    for row in list_triggers(unit):
        found.setdefault(row.trigger, []).append(row)
    return found


def _of(unit: Work, trigger: str) -> list[Row[Any]]:
    rows = _versions(unit).get(trigger)
    if not rows:
        raise not_found()
    return rows


def _row(rows: list[Row[Any]], version: int) -> Row[Any]:
    found = next((row for row in rows if row.version == version), None)
    if found is None:
        raise not_found()
    return found


def _in_use(rows: list[Row[Any]]) -> Row[Any]:
    """The version in use, else one on trial in some areas, else the newest."""
    for state in IN_USE:
        for row in rows:
            if row.state == state:
                return row
    return rows[0]
