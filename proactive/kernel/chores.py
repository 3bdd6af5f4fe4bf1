"""Repeated duties of the machine: each has a local time of day and happens once per day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.dialects.postgresql import insert

from proactive.kernel.tables import chore
from proactive.kernel.work import Work

LATE_AFTER = timedelta(minutes=10)


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
        statement = insert(chore).values(
            name=duty.name, slot=work.today.isoformat(), late=work.now - due > LATE_AFTER
        )
        made_now = statement.on_conflict_do_nothing().returning(chore.c.name)
        if work.db.execute(made_now).one_or_none():
            work.step(duty.step, work.today.isoformat())
            made += 1
    return made
