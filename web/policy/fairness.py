"""Fairness: whom a trigger finds and helps, by group, for its own role only."""

from datetime import date
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.outcomes.fairness import AttributeTable, Choice, Report, choices, report
from proactive.outcomes.fairness_counting import ask_for_counts
from proactive.outcomes.fairness_model import UNKNOWN, Limits, Measure
from proactive.rules.service import rule_of
from web.access import Scope, platform, policy, work
from web.charts import Frame, Series, bar_chart
from web.errors import bad_request
from web.language import chosen_language
from web.policy import fairness_words as words
from web.say import gettext

blueprint = Blueprint("fairness", __name__, template_folder="templates")
REVIEWERS = frozenset({Role.FAIRNESS})
USUAL_MONTHS = 12


@blueprint.get("/policy/fairness")
@policy(roles=REVIEWERS, scope=Scope.SYSTEM)
def page() -> ResponseReturnValue:
    """Show a trigger's figures, its alarms first; reading them leaves an audit row."""
    unit = work()
    known = choices(unit)
    if not known:
        return render_template("policy/fairness_empty.html")
    choice = _chosen(known)
    first, last = _months(choice)
    version = request.args.get("version", "")
    if version and version not in dict(choice.versions):
        raise bad_request()
    found = report(unit, choice.trigger, first, last, version=version, limits=limits())
    return render_template(
        "policy/fairness.html",
        choice=choice,
        titles={one.trigger: _title(unit, one) for one in known},
        first=first,
        last=last,
        version=version,
        found=found,
        limits=limits(),
        charts={table.attribute: _chart(table, found) for table in found.tables},
        measures=list(Measure),
        words=words,
        unknown=UNKNOWN,
    )


@blueprint.post("/policy/fairness/count")
@policy(roles=REVIEWERS, scope=Scope.SYSTEM)
def count() -> ResponseReturnValue:
    """Have the figures counted anew; the page shows them as soon as they are there."""
    ask_for_counts(work())
    return redirect(url_for("fairness.page", asked="yes"), 303)


def limits() -> Limits:
    """Return the limits of this place's settings."""
    settings = platform().settings
    return Limits(settings.fairness_ratio, settings.fairness_people, settings.fairness_events)


def _chosen(known: tuple[Choice, ...]) -> Choice:
    wanted = request.args.get("trigger", known[0].trigger)
    found = next((one for one in known if one.trigger == wanted), None)
    if found is None:
        raise bad_request()
    return found


def _months(choice: Choice) -> tuple[date, date]:
    """Return the first and last month asked for; a year up to the newest where nothing is."""
    newest, oldest = choice.months[0], choice.months[:USUAL_MONTHS][-1]
    first, last = _month("from") or oldest, _month("to") or newest
    if first > last:
        raise bad_request()
    return first, last


def _month(name: str) -> date | None:
    given = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(f"{given}-01") if given else None
    except ValueError:
        raise bad_request() from None


def _title(unit: Work, choice: Choice) -> str:
    """Return the title of a trigger's newest version with figures."""
    return rule_of(unit, UUID(choice.versions[0][0])).title.in_language(chosen_language())


def _chart(table: AttributeTable, found: Report) -> str:
    """Return bars of how many of 1,000 each group's rule finds; hidden cells leave a gap."""
    groups = [group for group in table.groups if group.part != UNKNOWN]
    if len(groups) < 2:
        return ""
    cells = [group.cells[Measure.FOUND] for group in groups]
    values = [
        None if cell.hidden or cell.standing.rate.value is None else cell.standing.rate.value * 1000
        for cell in cells
    ]
    names = [words.short_name(table.attribute, g.part, found.place_names) for g in groups]
    title = str(words.ATTRIBUTES[table.attribute])
    about = gettext("Found among 1,000 people of each group; the table below has all figures.")
    frame = Frame(f"chart-{table.attribute}", title, about, "", gettext("Found per 1,000 people"))
    return bar_chart(frame, names, [Series(gettext("Found per 1,000 people"), values)])
