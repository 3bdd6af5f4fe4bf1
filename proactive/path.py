"""THE MAP: event → next step → what it does. Read this file first.

feed → scan → hit → case → routing → visit → bundle items → notice → outcome → tuning

A stage never calls the next one. It remembers a step by name (`work.step(name, key)`) in its own
transaction; after the commit the doorbell rings, and a worker looks up here what the step is. A
step lost by the queue is rung for again by the sweeper; a step run twice changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.connectors.planning import ring_for_calls
from proactive.handlers import (
    connecting,
    duties,
    finding,
    learning,
    measuring,
    moving,
    taking,
    telling,
    trying,
)
from proactive.kernel.chores import Chore, make_slot, plan_chores
from proactive.kernel.work import Work
from proactive.notices.sweeping import ring_again
from proactive.rules.service import live_triggers
from proactive.rules.switching import start_scheduled
from proactive.scans.service import plan_full_run
from proactive.scans.slots import last_slot
from proactive.tuning.shadows import plan_alone

__all__ = ["CHORES", "STANDING_CHECKS", "STEPS", "look_into_drop", "plan_chores", "plan_scans"]


@dataclass(frozen=True, slots=True)
class Step:
    """What a step does, and after which event it is taken; `key` says about what."""

    run: Callable[[Platform, str], None]
    after: str
    does: str


STEPS: Mapping[str, Step] = {
    # feed
    "take_parcel": Step(
        taking.take,
        "a file has rested in the drop folder, or was handed in or ordered by page (key: parcel)",
        "checks it, or takes it in as the command line does, and puts it away with a sentence",
    ),
    # feed → scan
    "scan_on_arrival": Step(
        finding.scan_on_arrival,
        "a delivery was applied (key: delivery)",
        "plans, for each live trigger that reads the feed, a run over those it touched",
    ),
    "scan": Step(
        finding.scan,
        "a run was planned, by a delivery or by the trigger's schedule (key: run)",
        "evaluates the rule over the pinned files and keeps the hits",
    ),
    # hit → case
    "raise_hits": Step(
        finding.raise_run,
        "a run was closed (key: run)",
        "raises cases or joins open ones; notes signals that are gone",
    ),
    # case → routing
    "route_raised": Step(
        duties.route,
        "cases were raised, a person was placed, posts were loaded, a delivery came; 06:30",
        "gives each case to the post that covers its place",
    ),
    "keep_stand_ins": Step(
        duties.keep_stand_ins,
        "a desk planned or ended a stand-in",
        "gives the rights of the post for these days, and ends what is over",
    ),
    # routing → visit → bundle items; every move of a case, by whomever
    "case_moved": Step(
        moving.case_moved,
        "a case moved (key: case event)",
        "routed: announces the visit · confirmed: lays it before the town or prepares · approved:"
        " opens the bundles that the findings select · judged: keeps the outcome, cools down",
    ),
    # bundle items
    "settle_bundle": Step(
        telling.settle,
        "an item moved, an answer or a paper came (key: bundle)",
        "makes ready what can begin and says what blocks what",
    ),
    "bundle_completed": Step(
        telling.bundle_completed,
        "nothing in a bundle can move any more (key: bundle)",
        "tells the end; notes on the case that all has ended",
    ),
    "call_offices": Step(
        connecting.call_offices,
        "an item is new at an office with a system of its own, or has ended elsewhere",
        "hands it over, one commit each; the office takes the same key once",
    ),
    "ask_offices": Step(
        connecting.ask_offices,
        "a call's fate is unknown, or an office has been silent",
        "asks the office's system by the same key",
    ),
    # notice
    "notice_bundle_event": Step(
        telling.notice_bundle_event,
        "an item was granted, refused, returned, or needs more (key: item event)",
        "tells the person, if it still holds",
    ),
    "give_code": Step(
        telling.give_code,
        "somebody with a number asked for a code to the own page (key: case, or nothing at all)",
        "sends a code to the phone on record, a few a day at most; says to nobody whether it did",
    ),
    "send_messages": Step(
        telling.send_messages, "a message is due", "sends what is due, one commit each"
    ),
    "sweep_messages": Step(
        telling.sweep_messages,
        "a message's fate is unknown, or time has passed",
        "looks it up, sends once more or parks it for a person",
    ),
    # tuning
    "try": Step(
        trying.try_it,
        "a person asked for a trial of a trigger version (key: trial)",
        "looks at the pinned files, keeps figures without persons; raises nothing",
    ),
    "shadow": Step(
        trying.look_beside,
        "a full run was closed while a shadow runs, or a shadow's own slot came (key: look)",
        "compares a candidate with the version in use; raises nothing",
    ),
    # outcome
    "sample": Step(
        learning.sample,
        "a full run of a rule with a sample has been raised (key: run)",
        "counts who stands just under the line, raises the few that the lot falls on as samples",
    ),
    "learn": Step(learning.learn, "02:30", "fills in what outcomes lack: margins, the first help"),
    # daily duties
    "tell_posts": Step(telling.tell_posts, "08:30", "tells each post how many visits wait"),
    "escalate": Step(duties.escalate, "07:00", "reminds of overdue cases, takes them up a level"),
    "remind": Step(duties.remind, "07:30", "reminds of items that are due; wakes snoozed cases"),
    "watch_feeds": Step(duties.watch, "09:30", "raises an alarm about feeds that are overdue"),
    "count_fairness": Step(
        measuring.count_fairness,
        "02:00, once a month; a reviewer asks for it (key: the day, or now)",
        "counts by group whom each version found and who was helped; for the reviewers only",
    ),
    "count_take_up": Step(
        measuring.count_take_up, "02:15", "counts bundles, clocks and savings by place and month"
    ),
    "purge": Step(duties.purge, "03:00", "forgets what has come to its date"),
}

CHORES = (
    Chore("tell_posts", "tell_posts", time(8, 30), "Daily word to posts", "每日提醒责任人"),
    Chore("escalate", "escalate", time(7, 0), "Escalation", "逾期升级"),
    Chore("route", "route_raised", time(6, 30), "Routing of what waited", "派单(含等待中的)"),
    Chore("remind", "remind", time(7, 30), "Reminders of items", "事项到期提醒"),
    Chore("watch_feeds", "watch_feeds", time(9, 30), "Feeds that are silent", "数据源静默检查"),
    Chore("count_fairness", "count_fairness", time(2, 0), "Fairness figures", "公平性统计"),
    Chore("count_take_up", "count_take_up", time(2, 15), "Take-up figures", "办件统计"),
    Chore("learn", "learn", time(2, 30), "Learning from outcomes", "核实结果归集"),
    Chore("purge", "purge", time(3, 0), "Forgetting by date", "到期清除"),
)

# Looked into by the sweeper, with the settings: `take_parcel` is planned for what has rested.
look_into_drop = taking.look_into_drop

LATE_AFTER = timedelta(minutes=10)
SWEEP_MINUTES = 3


def plan_scans(platform: Platform, work: Work) -> int:
    """Plan the latest due slot of every live trigger, once; a missed one is marked late."""
    planned = 0
    start_scheduled(work, work.today)
    for trigger in live_triggers(work, work.today):
        slot = last_slot(trigger.cron, trigger.zone, work.now) if trigger.cron else None
        if slot is None or slot < trigger.live_since:
            continue
        late = work.now - slot > LATE_AFTER
        planned += plan_full_run(work, trigger, slot, late=late) is not None
    plan_alone(work)
    return planned


def _sweep_when_needed(work: Work) -> None:
    """Look at messages on their way, and every few minutes at all."""
    on_their_way = text("SELECT EXISTS (SELECT FROM message WHERE state IN ('sending', 'unknown'))")
    now = work.now.astimezone(work.zone)
    slot = f"{now:%Y-%m-%dT%H:}{now.minute // SWEEP_MINUTES:02d}"
    if make_slot(work, "sweep_messages", slot) or work.db.execute(on_their_way).scalar_one():
        work.step("sweep_messages")


def _raise_what_waits(work: Work) -> None:
    """Hits that could not be raised, for want of a county desk, are raised when one is there."""
    rows = work.db.execute(
        text(
            "SELECT DISTINCT run_id FROM hit WHERE fate = 'waiting'"
            " AND EXISTS (SELECT FROM post WHERE kind = 'county_desk')"
            " AND EXISTS (SELECT FROM trigger_version AS v WHERE v.id = trigger_version_id"
            "  AND v.state IN ('pilot', 'live'))"
            " AND NOT EXISTS (SELECT FROM step WHERE name = 'raise_hits' AND key = run_id::text"
            "  AND (state IN ('pending', 'running') OR finished_at > now() - interval '10 min'))"
            " LIMIT 100"
        )
    ).scalars()
    for run_id in rows:
        work.step("raise_hits", str(run_id))


# Looked at by the sweeper every few seconds: what waits must have a step.
STANDING_CHECKS: tuple[Callable[[Work], object], ...] = (
    ring_again,
    ring_for_calls,
    _sweep_when_needed,
    _raise_what_waits,
)
