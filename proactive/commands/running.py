"""Runs on the command line: planned by hand, vouched for by a person, told in words."""

from uuid import UUID

from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.rules.service import live_triggers
from proactive.rules.switching import start_scheduled
from proactive.scans.service import plan_manual_run
from proactive.scans.stopping import ACCEPTABLE, accept_stopped, stopped_runs

STOPS = {
    "stale_exclusion": "these records are too old to be sure whom to leave in peace: {feeds}.",
    "outside_band": "{hits} hits among {known} subjects, expected were {at_least} to {at_most}"
    " per 1,000.",
    "over_cap_run": "{new} new hits, at most {most} may come of one run.",
    "over_cap_day": "{new} new hits after {before} the same day, at most {most} may come of a day.",
    "more_than_accepted": "{hits} hits, somebody has vouched for no more than {most}.",
    "not_in_use": "this version is not in use any more.",
}
ACCEPT = (
    " If the number is right: proactive trigger scan NAME --accept-band --reason …;"
    " if not: proactive trigger rollback NAME."
)


def why_text(why: object) -> str:
    """Return why a run stopped itself as English; runs of before 0.2 kept a sentence."""
    if not isinstance(why, dict):
        return f"{why}."
    code = str(why["code"])
    told = {"feeds": ""} | {
        name: ", ".join(value) if isinstance(value, list) else value for name, value in why.items()
    }
    return STOPS[code].format(**told) + (ACCEPT if code in ACCEPTABLE else "")


def run_text(row: object) -> str:
    """Return one run as a sentence."""
    counts = getattr(row, "counts", {})
    name, state, day = (getattr(row, part) for part in ("trigger", "state", "as_of"))
    if state == "stopped":
        return (
            f"{name} as of {day}: stopped itself, nothing raised:"
            f" {why_text(counts.get('why_stopped'))}"
        )
    stale = ", ".join(getattr(row, "stale", []))
    text = (
        f"{name} as of {day}: {counts.get('found', 0)} found, {counts.get('pending', 0)} pending,"
        f" {counts.get('new', 0)} new."
    )
    return text + (f" Stale feeds: {stale}." if stale else "")


def plan_runs(work: Work, name: str) -> list[UUID]:
    """Plan a scan for what is in use of a trigger: its live version, its pilot, or both."""
    start_scheduled(work, work.today)
    planned = [
        plan_manual_run(work, one) for one in live_triggers(work, work.today) if one.trigger == name
    ]
    if not planned:
        raise Refused(
            "not_live",
            "The trigger '{trigger}' is not switched on.",
            todo="Switch it on, or look at a day with --as-of.",
            trigger=name,
        )
    return planned


def accept_runs(work: Work, name: str, reason: str) -> list[UUID]:
    """Run again what stopped itself at its number: this person vouches for it."""
    stopped = [one for one in stopped_runs(work, name) if one.can_be_accepted]
    if not stopped:
        raise Refused(
            "nothing_to_accept",
            "No run of '{trigger}' has stopped itself at its number.",
            todo="See 'proactive trigger runs'.",
            trigger=name[:60],
        )
    return [accept_stopped(work, one.id, reason=reason) for one in stopped]
