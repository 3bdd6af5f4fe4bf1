"""Counting by night: fairness by group, take-up by place."""

from proactive.bootstrap import Platform
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Actor
from proactive.outcomes.fairness_counting import NOW, counted_this_month, gather, keep_counts
from proactive.outcomes.fairness_people import count_groups
from proactive.outcomes.takeup_counting import count_takeup

COUNTER = Actor.machine("counter")
log = get_logger(__name__)


def count_fairness(platform: Platform, key: str) -> None:
    """Count, for each version and month, whom it found and helped; no transaction is open.

    With a day as key it is the daily duty, which counts once a month; a reviewer asks any time.
    """
    with platform.work(COUNTER) as work:
        if key != NOW and counted_this_month(work):
            return
        gathered = gather(work, platform.lake, platform.contracts)
    rows = count_groups(gathered)
    with platform.work(COUNTER) as work:
        keep_counts(work, gathered.months, rows)
    log.info("Fairness was counted.", rows=len(rows))


def count_take_up(platform: Platform, key: str) -> None:
    """Count the figures of take-up anew, by place and month."""
    with platform.work(COUNTER) as work:
        rows = count_takeup(work)
    log.info("Take-up was counted.", rows=rows)
