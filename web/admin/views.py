"""Pages of the operator: is all well, what waits for a person, what came in and what it led to."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.connectors.troubles import line_troubles
from proactive.feeds.alarms import open_alarms
from proactive.feeds.queries import delivery_of, list_deliveries, quarantine_reasons
from proactive.feeds.reasons import reason_text
from proactive.kernel.states import Role
from proactive.kernel.steps import overdue_steps, parked_steps, step_counts
from proactive.kernel.steps import run_again as steps_again
from proactive.notices.going_live import counties
from proactive.notices.model import Decision, MessageState
from proactive.notices.queries import (
    ageing,
    count_states,
    list_messages,
    list_tellings,
    message_line,
    stray_callbacks,
)
from proactive.notices.service import resolve_parked
from proactive.rules.service import rule_of
from proactive.scans.queries import list_runs
from proactive.scans.stopping import stopped_runs
from web.access import Scope, platform, policy, work
from web.admin import reading
from web.admin.words import title_of
from web.errors import bad_request, not_found
from web.language import chosen_language
from web.reading import posted_text
from web.reasons import feed_title, field_titles
from web.say import gettext, ngettext
from web.stopped import say_why_stopped
from web.words import in_language, word

blueprint = Blueprint("admin", __name__, template_folder="templates")
OPERATOR = frozenset({Role.OPERATOR})
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Worry:
    """Something that is not as it should be, and what to do about it."""

    tone: str
    what: str
    todo: str
    url: str = ""


@blueprint.get("/operator")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def health() -> ResponseReturnValue:
    return render_template(
        "admin/health.html",
        worries=_worries(),
        counts=[line for line in count_states(work().db) if line.count],
        steps=step_counts(work().db),
        stray=stray_callbacks(work().db),
    )


def _worries() -> list[Worry]:
    language = chosen_language()
    found = [
        Worry(
            "late",
            one.sentence(language, title_of(one)),
            one.todo(language),
            url_for("admin.alarms"),
        )
        for one in open_alarms(work())
    ]
    found += [
        Worry(
            "wait",
            f"{word('message', line.state)}{gettext(': ')}{line.count}",
            in_language(line.what_to_do),
            url_for("admin.messages", state=line.state),
        )
        for line in ageing(work().db)
    ]
    found += [
        Worry("wait", one.sentence(language), one.todo(language)) for one in line_troubles(work())
    ]
    overdue = overdue_steps(work().db, work().now - PATIENCE)
    if overdue:
        what = ngettext(
            "%(num)d step has waited for more than five minutes.",
            "%(num)d steps have waited for more than five minutes.",
            overdue,
        )
        found.append(Worry("late", what, gettext("See whether the worker runs: proactive doctor")))
    parked = step_counts(work().db).get("parked", 0)
    if parked:
        what = ngettext(
            "%(num)d step waits for a person.", "%(num)d steps wait for a person.", parked
        )
        todo = gettext("Read its reason, mend the cause, let it run again.")
        found.append(Worry("wait", what, todo, url_for("admin.steps")))
    for run in stopped_runs(work()):
        what = gettext(
            "A run of “%(trigger)s” stopped itself; nobody was raised.",
            trigger=rule_of(work(), run.version_id).title.in_language(chosen_language()),
        )
        url = url_for("switching.page", trigger=run.trigger)
        found.append(Worry("late", what, say_why_stopped(run.why), url))
    return found


@blueprint.get("/operator/messages")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def messages() -> ResponseReturnValue:
    counts = count_states(work().db)
    wanted = request.args.get("state", "")
    first = next((line.state for line in counts if line.state == "parked" and line.count), None)
    if wanted and wanted not in set(MessageState):
        raise not_found()
    state = MessageState(wanted) if wanted else first or MessageState.SENT
    return render_template(
        "admin/messages.html",
        counts=counts,
        state=state,
        entries=list_messages(work().db, state),
        tones=reading.TONES,
        trials=[county for county in counties(work().db) if not county.live],
    )


@blueprint.get("/operator/messages/<uuid:message_id>")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def message(message_id: UUID) -> ResponseReturnValue:
    return render_template(
        "admin/message.html",
        message=message_line(work().db, message_id),
        decisions=list(Decision),
        tones=reading.TONES,
    )


@blueprint.post("/operator/messages/<uuid:message_id>")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def resolve(message_id: UUID) -> ResponseReturnValue:
    """Carry out what the operator found out about a parked message."""
    try:
        decision = Decision(posted_text("decision", 40))
    except ValueError:
        raise bad_request() from None
    resolve_parked(work(), platform().desk, message_id, decision)
    return redirect(url_for("admin.message", message_id=message_id), 303)


@blueprint.get("/operator/tellings")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def tellings() -> ResponseReturnValue:
    listed = list_tellings(work().db)
    return render_template("admin/tellings.html", tellings=listed, today=work().today)


@blueprint.get("/operator/deliveries")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def deliveries() -> ResponseReturnValue:
    return render_template(
        "admin/deliveries.html",
        deliveries=list_deliveries(work(), limit=reading.PAGE),
        tone_of=reading.tone_of,
        feed_title=feed_title,
    )


@blueprint.get("/operator/deliveries/<uuid:delivery_id>")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def delivery(delivery_id: UUID) -> ResponseReturnValue:
    line = delivery_of(work(), delivery_id)
    return render_template(
        "admin/delivery.html",
        delivery=line,
        tone=reading.tone_of(line.state),
        title=feed_title(line.feed),
        titles=field_titles(line.feed),
        reason=reading.say_refusal_of(line),
        reasons=quarantine_reasons(work(), delivery_id),
        reason_text=lambda reason: reason_text(reason, chosen_language()),
    )


@blueprint.get("/operator/runs")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def runs() -> ResponseReturnValue:
    listed = list_runs(work(), reading.PAGE)
    versions = {run.trigger_version_id for run in listed}
    titles = {
        version: rule_of(work(), version).title.in_language(chosen_language())
        for version in versions
    }
    return render_template(
        "admin/runs.html", runs=[reading.RunView(run) for run in listed], titles=titles
    )


@blueprint.get("/operator/steps")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def steps() -> ResponseReturnValue:
    return render_template(
        "admin/steps.html",
        counts=step_counts(work().db),
        parked=parked_steps(work().db, reading.PAGE),
    )


@blueprint.post("/operator/steps/<uuid:step_id>")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def run_again(step_id: UUID) -> ResponseReturnValue:
    steps_again(work(), step_id)
    return redirect(url_for("admin.steps"), 303)
