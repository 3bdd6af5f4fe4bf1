"""Keeping triggers quiet after an answer, each as its rule asks for after such an end."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row

from proactive.cases.cooling import (
    OUTCOMES,
    cool_down_reported,
    leave_alone,
    refresh_cool_down,
    start_cool_down,
)
from proactive.cases.queries import grounds_of
from proactive.kernel.clock import local_date
from proactive.kernel.periods import Period, add
from proactive.kernel.work import Work
from proactive.rules.service import cool_down_spans, live_triggers
from proactive.visits.model import NoNeed

USUAL_QUIET = Period(months=6)


def cool_down(work: Work, row: Row[Any], event: Row[Any]) -> None:
    """Keep the triggers of a case quiet for a while, where its event is such an end."""
    if event.action == "close":
        refresh_cool_down(work, row.id)
    outcome = OUTCOMES.get(event.action)
    if outcome is None:
        return
    grounds = grounds_of(work, [row.id])[row.id]
    if row.reported and not grounds:
        _after_report(work, row, event, outcome)
        return
    spans = cool_down_spans(work, [ground.trigger_version_id for ground in grounds], outcome)
    if event.reason == NoNeed.ALREADY_HELPED:
        triggers = {ground.trigger for ground in grounds}
        leave_alone(work, row.id, _quiet_until(work, event, triggers, spans))
    else:
        start_cool_down(work, row.id, outcome, spans, work.today)


def _after_report(work: Work, row: Row[Any], event: Row[Any], outcome: str) -> None:
    """No trigger found this person: those that may find the same need leave be what was seen.

    What happens later is new to them; not before a day that was chosen at the visit, and not to
    somebody who does not want it: they are left in peace for the whole time.
    """
    live = [one for one in live_triggers(work, work.today) if one.rule.need == row.need]
    spans = cool_down_spans(work, [one.version_id for one in live], outcome)
    until = _quiet_until(work, event, {one.trigger for one in live}, spans)
    unwanted = outcome == "declined" or event.reason == NoNeed.REFUSED
    in_peace = unwanted or event.detail.get("quiet_until")
    seen_on = None if in_peace else local_date(event.at, work.zone)
    cool_down_reported(work, row.id, outcome, until, seen_on)


def _quiet_until(
    work: Work,
    event: Row[Any],
    triggers: Iterable[str],
    spans: Mapping[str, Period | None],
) -> dict[str, date | None]:
    """Return trigger → the day chosen at the visit, else its own cool-down, else half a year."""
    chosen = event.detail.get("quiet_until")
    if chosen:
        return dict.fromkeys(triggers, date.fromisoformat(chosen))
    periods = {name: spans.get(name, USUAL_QUIET) for name in triggers}
    day = local_date(event.at, work.zone)
    return {name: add(day, span) if span else None for name, span in periods.items()}
