"""The scheduler and sweeper: makes due slots, rings for what waits, mends what a death left.

Any number may run: a slot is a unique row and whoever comes first makes it. A missed slot is
caught up once and marked late.
"""

import os
import time
from collections.abc import Callable

from proactive.bootstrap import Platform
from proactive.kernel.logs import get_logger
from proactive.kernel.steps import due_steps, give_back_expired
from proactive.kernel.tables import show_life
from proactive.kernel.work import Actor, Work
from proactive.path import CHORES, STANDING_CHECKS, look_into_drop, plan_chores, plan_scans

TICK_SECONDS = 5.0
SCHEDULER = Actor.machine("scheduler")
log = get_logger(__name__)


def tick(platform: Platform) -> int:
    """Do all that is due once; return how many steps were rung for.

    Each part has its own transaction: one that fails never stops the others.
    """
    parts: list[Callable[[Work], object]] = [
        lambda work: give_back_expired(work.db),
        lambda work: plan_scans(platform, work),
        lambda work: plan_chores(work, CHORES),
        lambda work: look_into_drop(platform, work),
        *STANDING_CHECKS,
        lambda work: show_life(work.db, "scheduler", os.getpid()),
    ]
    for part in parts:
        try:
            with platform.work(SCHEDULER) as work:
                part(work)
        except Exception as error:
            log.error("A part of the sweep did not succeed.", exc_info=error)
    with platform.work(SCHEDULER) as work:
        waiting = due_steps(work.db, work.now)
    platform.ring(waiting)
    return len(waiting)


def run_forever(platform: Platform) -> None:
    """Tick until the process is told to stop; the database being away is waited out."""
    while True:
        started = time.monotonic()
        try:
            tick(platform)
        except Exception as error:
            log.error("The sweep did not succeed.", exc_info=error)
        time.sleep(max(0.2, TICK_SECONDS - (time.monotonic() - started)))
