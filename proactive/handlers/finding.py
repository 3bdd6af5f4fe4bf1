"""From a delivery to raised cases: plan runs, look, keep what was found, raise."""

from uuid import UUID

from proactive.areas.calendar import add_working_days
from proactive.bootstrap import Platform
from proactive.cases.raising import Raising, raise_hits
from proactive.cases.signals import note_signals
from proactive.feeds.views import touched_subjects
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Actor, Work
from proactive.outcomes.corrections import note_arrived
from proactive.outcomes.service import open_outcomes
from proactive.routing.queries import county_desks
from proactive.rules.lines import line_of
from proactive.rules.service import is_in_use, live_triggers, plan_of
from proactive.rules.switching import start_scheduled
from proactive.scans.keeping import keep
from proactive.scans.service import get_ready, look, need_run, plan_arrival_run
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
        note_arrived(work)
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
    """Raise the hits of a closed run, then note whose signal has gone or come back.

    What a version found that has been taken back meanwhile is not raised.
    """
    run_id = UUID(key)
    with platform.work(SCANNER) as work:
        if not is_in_use(work, need_run(work, run_id).trigger_version_id):
            return
        raised = raise_hits(work, raising_of(platform, work, run_id), county_desks(work.db))
        learn_of_run(platform, work, run_id)
        noted = 0 if need_run(work, run_id).stale else note_signals(work, run_id)
    log.info("Hits were raised.", run=run_id, count=raised.new, rows=raised.joined, due=noted)


def raising_of(platform: Platform, work: Work, run_id: UUID) -> Raising:
    """Return what all cases of a run share."""
    run = need_run(work, run_id)
    plan = plan_of(work, run.trigger_version_id, platform.contracts)
    rule = plan.rule
    days = rule.hit.due_in.working_days
    due = add_working_days(work, work.today, days)
    latest = add_working_days(work, work.today, 2 * days)
    return Raising(
        run_id=run_id,
        trigger=run.trigger,
        need=rule.need,
        kind=rule.subject,
        due_on=due.day,
        due_provisional=due.provisional,
        route="" if rule.hit.route == "coordinator" else rule.hit.route,
        lead_feed=plan.evidence[0],
        latest_on=latest.day,
        restated=tuple(name for name in plan.evidence if plan.contracts[name].restated),
    )


def learn_of_run(platform: Platform, work: Work, run_id: UUID) -> None:
    """Write open outcomes for what a run raised; after a full one, look just under the line."""
    run = need_run(work, run_id)
    plan = plan_of(work, run.trigger_version_id, platform.contracts)
    open_outcomes(work, run_id=run_id, line=line_of(plan))
    if run.kind == "full" and plan.rule.hit.sample is not None:
        work.step("sample", str(run_id))
