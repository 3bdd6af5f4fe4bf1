"""What the system does by itself: every automatic step, made from the configuration in force."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue

from proactive.bundles.reminders import SOON
from proactive.kernel.periods import Period
from proactive.kernel.states import DESKS, POLICY_DESK
from proactive.kernel.steps import last_taken
from proactive.kernel.work import Actor, Work
from proactive.path import CHORES, STEPS
from proactive.routing.escalating import EscalationStep, Target, read_escalation
from proactive.rules.service import live_triggers
from web.access import platform, public
from web.language import chosen_language
from web.policy.rule_view import view_rule
from web.say import gettext, ngettext
from web.supervisor.door import blueprint
from web.supervisor.machine_words import LOOK_WORDS, REPLY_WORDS, changes, follows
from web.supervisor.step_words import STEP_WORDS

# Who also sees when a step was last taken.
INSIDE = DESKS | POLICY_DESK


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in force: what it is called, when it looks, and what a find leads to."""

    trigger: str
    title: str
    schedule: str
    afterwards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepLine:
    """One automatic step: after what or at what time, what is done, when it was last."""

    after: str
    does: str
    at: time | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class KeptLine:
    """How long what an office delivers is kept."""

    feed: str
    files: str
    records: str


@blueprint.get("/automatic")
@public("what the system does by itself, by the configuration in force; no persons")
def everything() -> ResponseReturnValue:
    me = g.get("signed_in")
    inside = me is not None and me.actor is not None and me.actor.role in INSIDE
    with platform().work(Actor.visitor()) as unit:
        last = last_taken(unit.db) if inside else {}
        return render_template(
            "supervisor/automatic.html",
            inside=inside,
            rules=_rules(unit),
            daily=_daily(last),
            steps=_steps(last),
            follows=follows(),
            replies=REPLY_WORDS.values(),
            looks=LOOK_WORDS.values(),
            changes=changes(),
            escalation=_escalation(),
            soon=SOON,
            messages=_messages(),
            kept=_kept(),
        )


def _rules(unit: Work) -> list[RuleLine]:
    lines = []
    for live in live_triggers(unit, unit.today):
        if not live.areas:
            view = view_rule(unit, live.rule, chosen_language(), platform().contracts, {})
            lines.append(RuleLine(live.trigger, view.title, view.schedule, view.afterwards))
    return lines


def _daily(last: dict[str, datetime]) -> list[StepLine]:
    """Return the duties that have a time of day, in its order."""
    return [
        StepLine("", str(STEP_WORDS[chore.step][1]), chore.at, last.get(chore.step))
        for chore in sorted(CHORES, key=lambda chore: chore.at)
    ]


def _steps(last: dict[str, datetime]) -> list[StepLine]:
    """Return the steps that follow an event, in the order of the path."""
    timed = {chore.step for chore in CHORES} - {"route_raised"}
    return [
        StepLine(str(STEP_WORDS[name][0]), str(STEP_WORDS[name][1]), None, last.get(name))
        for name in STEPS
        if name not in timed
    ]


def _escalation() -> list[str]:
    late = read_escalation(platform().settings.definitions)
    days = late.answers.county_after_working_days
    return [
        *map(_say, late.steps),
        ngettext(
            "An objection %(num)d working day after its date: the county desk takes it over.",
            "An objection %(num)d working days after its date: the county desk takes it over.",
            days,
        ),
        gettext("Every morning each desk is told how many of its answers and calls are late."),
    ]


def _say(step: EscalationStep) -> str:
    """Return one step of the escalation as a sentence."""
    days = step.overdue_working_days
    if step.to is Target.POST:
        return ngettext(
            "%(num)d working day after its date: the post is reminded.",
            "%(num)d working days after its date: the post is reminded.",
            days,
        )
    if step.to is Target.TOWN_DESK:
        return ngettext(
            "%(num)d working day after its date: the town desk takes the case over.",
            "%(num)d working days after its date: the town desk takes the case over.",
            days,
        )
    return ngettext(
        "%(num)d working day after its date: the county desk takes the case over.",
        "%(num)d working days after its date: the county desk takes the case over.",
        days,
    )


def _messages() -> list[tuple[str, str]]:
    """Return code and text of every message, its gaps marked with dots."""
    templates = platform().desk.templates
    return [
        (name, _dotted(getattr(templates.get(name).texts, chosen_language()))) for name in templates
    ]


def _dotted(text: str) -> str:
    parts = text.replace("}", "{").split("{")
    return "".join("…" if place % 2 else part for place, part in enumerate(parts)).strip()


def _kept() -> list[KeptLine]:
    contracts: Any = platform().contracts
    return [
        KeptLine(
            str(getattr(one.title, chosen_language())),
            _span(one.retention.raw),
            _span(one.retention.lake),
        )
        for one in (contracts[feed] for feed in contracts)
    ]


def _span(words: str) -> str:
    """Return a period in words."""
    period = Period.parse(words)
    if period.months:
        return ngettext("%(num)d month", "%(num)d months", period.months)
    return ngettext("%(num)d day", "%(num)d days", period.days)
