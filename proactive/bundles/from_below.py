"""Which help may be asked for from below: a trigger in use, a form, a bundle that allows it."""

from dataclasses import dataclass

from proactive.areas.calendar import add_working_days
from proactive.bundles.versions import live_definitions
from proactive.cases.reporting import Help
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.rules.service import LiveTrigger, live_triggers


@dataclass(frozen=True, slots=True)
class HelpKind:
    """One kind of help on the page; its first trigger by name stands for the rule."""

    need: str
    trigger: LiveTrigger


def help_kinds(work: Work) -> tuple[HelpKind, ...]:
    """Return what a person can be reported for today, one a need, by the bundles' names."""
    allowed = [
        one.definition.need
        for one in live_definitions(work.db).values()
        if one.definition.from_below and one.definition.subject == "person"
    ]
    triggers: dict[str, LiveTrigger] = {}
    for each in live_triggers(work, work.today):
        triggers.setdefault(each.rule.need, each)
    return tuple(
        HelpKind(need, triggers[need])
        for need in dict.fromkeys(allowed)
        if need in triggers and triggers[need].rule.subject == "person"
    )


def help_for(work: Work, need: str) -> Help:
    """Return what a report of this need asks for, with its due date; Refused where it is none."""
    kind = next((each for each in help_kinds(work) if each.need == need), None)
    if kind is None:
        raise Refused(
            "report_incomplete",
            "The report is not complete yet.",
            todo="Fill in what is marked and send it again.",
            fields={"need": "choose what kind of help"},
        )
    hit = kind.trigger.rule.hit
    due = add_working_days(work, work.today, hit.due_in.working_days)
    latest = add_working_days(work, work.today, 2 * hit.due_in.working_days)
    return Help(
        need=need,
        trigger=kind.trigger.trigger,
        version_id=kind.trigger.version_id,
        due_on=due.day,
        due_provisional=due.provisional,
        latest_on=latest.day,
        route="" if hit.route == "coordinator" else hit.route,
    )
