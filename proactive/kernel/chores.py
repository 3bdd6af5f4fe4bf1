"""Repeated duties of the machine: each has a local time of day and happens once per day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from proactive.kernel.tables import chore
from proactive.kernel.work import Work

LATE_AFTER = timedelta(minutes=10)
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Chore:
    """A duty: the step it becomes, at `at` local time, in words for the page that lists them."""

    name: str
    step: str
    at: time
    en: str
    zh: str


def plan_chores(work: Work, chores: Iterable[Chore]) -> int:
    """Make today's due chores that nobody has made yet; return how many.

    A day that was missed whole is not caught up: each duty looks at all that is due when it runs.
    """
    made = 0
    for duty in chores:
        due = datetime.combine(work.today, duty.at, tzinfo=work.zone).astimezone(UTC)
        if due > work.now:
            continue
        if make_slot(work, duty.name, work.today.isoformat(), late=work.now - due > LATE_AFTER):
            work.step(duty.step, work.today.isoformat())
            made += 1
    return made


def make_slot(work: Work, name: str, slot: str, *, late: bool = False) -> bool:
    """Make a duty's slot; False when somebody made it before."""
    statement = insert(chore).values(name=name, slot=slot, late=late)
    made = statement.on_conflict_do_nothing().returning(chore.c.name)
    return work.db.execute(made).one_or_none() is not None


def forget_slots(work: Work) -> int:
    """Remove slots of long ago; return how many."""
    old = delete(chore).where(chore.c.at < func.clock_timestamp() - KEPT)
    return work.db.execute(old).rowcount
