"""The daily duties: escalations, reminders, what has come to its date, what must be forgotten."""

from sqlalchemy import select

from proactive.accounts.devices import purge_devices
from proactive.accounts.sessions import purge_sessions
from proactive.attachments.service import purge_files
from proactive.bootstrap import Platform
from proactive.bundles.reminders import remind_items
from proactive.cases.model import CaseState
from proactive.cases.service import apply
from proactive.cases.store import case
from proactive.feeds.alarms import watch_silence
from proactive.feeds.retention import purge_expired
from proactive.handlers.forgetting import forget_all
from proactive.handlers.taking import forget
from proactive.kernel.chores import forget_slots
from proactive.kernel.steps import forget_steps
from proactive.kernel.work import Actor
from proactive.routing.escalating import read_escalation, run_escalations
from proactive.routing.service import route_raised
from proactive.routing.standing_in import keep_grants
from proactive.voice.codes import purge_door
from proactive.voice.escalating import take_up_late

KEEPER = Actor.machine("keeper")


def route(platform: Platform, key: str) -> None:
    """Give raised cases to their posts."""
    with platform.work(KEEPER) as work:
        route_raised(work)


def escalate(platform: Platform, key: str) -> None:
    """Remind of overdue cases and take them up a level, each step once; late objections too."""
    with platform.work(KEEPER) as work:
        run_escalations(work, platform.settings.definitions)
    late = read_escalation(platform.settings.definitions).answers
    with platform.work(KEEPER) as work:
        take_up_late(
            work,
            after_working_days=late.county_after_working_days,
        )


def keep_stand_ins(platform: Platform, key: str) -> None:
    """Give who a desk planned as stand-in the rights of the post for these days, and end them."""
    with platform.work(KEEPER) as work:
        keep_grants(work)


def remind(platform: Platform, key: str) -> None:
    """Remind of items due soon or overdue; put snoozed cases back on their list."""
    with platform.work(KEEPER) as work:
        remind_items(work)
    with platform.work(KEEPER) as work:
        query = select(case.c.id).where(
            case.c.state == CaseState.SNOOZED, case.c.snoozed_until <= work.today
        )
        for case_id in work.db.execute(query).scalars().all():
            apply(work, case_id, "wake")


def watch(platform: Platform, key: str) -> None:
    """Raise an alarm for each feed that is overdue; end those that came again."""
    with platform.work(KEEPER) as work:
        watch_silence(work, platform.contracts)


def purge(platform: Platform, key: str) -> None:
    """Forget what has come to its date: raw, put away and kept files, sessions, records."""
    with platform.work(KEEPER) as work:
        purge_sessions(work)
        purge_door(work)
        purge_devices(work)
    with platform.work(KEEPER) as work:
        purge_expired(work, platform.lake)
    with platform.work(KEEPER) as work:
        forget(platform, work)
        purge_files(work, keep_days=platform.settings.keep_files_days)
    with platform.work(KEEPER) as work:
        forget_steps(work.db)
        forget_slots(work)
    forget_all(platform)
