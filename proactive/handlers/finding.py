"""From a delivery to raised cases: plan runs, look, keep what was found, raise."""

from uuid import UUID

from proactive.areas.calendar import add_working_days
from proactive.bootstrap import Platform
from proactive.cases.raising import Raising, raise_hits
from proactive.cases.signals import note_signals
from proactive.feeds.views import touched_subjects
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Actor, Work
from proactive.routing.queries import county_desks
from proactive.rules.service import live_triggers, rule_of
from proactive.rules.switching import start_scheduled
from proactive.scans.service import get_ready, keep, look, need_run, plan_arrival_run
from proactive.tuning.shadows import plan_beside

SCANNER = Actor.machine("scanner")
log = get_logger(__name__)


def scan_on_arrival(platform: Platform, key: str) -> None:
    """Plan, for each live trigger that reads the delivered feed, a look at whom it touched."""
    delivery_id = UUID(key)
    with platform.work(SCANNER) as work:
        feed, subjects = touched_subjects(work, delivery_id, platform.lake)
        start_scheduled(work, work.today)
        for trigger in live_triggers(work, work.today):
            if feed in trigger.reads(platform.contracts):
                plan_arrival_run(work, trigger, delivery_id, subjects)
        work.step("route_raised")  # a register may have moved people: their open cases follow


def scan(platform: Platform, key: str) -> None:
    """Do one planned run: read, look (no transaction open), keep."""
    run_id = UUID(key)
    with platform.work(SCANNER) as work:
        ready = get_ready(work, run_id, platform.lake, platform.contracts)
    if ready is None:
        return
    evaluation = look(ready)
    with platform.work(SCANNER) as work:
        state = keep(work, ready, evaluation)
        plan_beside(work, run_id)
    log.info(
        "A run was closed.",
        run=run_id,
        trigger=ready.run.trigger,
        state=state,
        count=evaluation.counts["hits"],
    )


def raise_run(platform: Platform, key: str) -> None:
    """Raise the hits of a closed run, then note whose signal has gone or come back."""
    run_id = UUID(key)
    with platform.work(SCANNER) as work:
        raised = raise_hits(work, _raising(platform, work, run_id), county_desks(work.db))
        noted = 0 if need_run(work, run_id).stale else note_signals(work, run_id)
    log.info("Hits were raised.", run=run_id, count=raised.new, rows=raised.joined, due=noted)


def _raising(platform: Platform, work: Work, run_id: UUID) -> Raising:
    run = need_run(work, run_id)
    rule = rule_of(work, run.trigger_version_id)
    days = rule.hit.due_in.working_days
    calendar = platform.settings.calendar
    due = add_working_days(work.db, work.today, days, calendar)
    latest = add_working_days(work.db, work.today, 2 * days, calendar)
    return Raising(
        run_id=run_id,
        trigger=run.trigger,
        need=rule.need,
        kind=rule.subject,
        due_on=due.day,
        due_provisional=due.provisional,
        route="" if rule.hit.route == "coordinator" else rule.hit.route,
        lead_feed=rule.hit.evidence[0],
        latest_on=latest.day,
    )
