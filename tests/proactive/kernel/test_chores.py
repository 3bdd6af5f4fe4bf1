"""Daily duties: each once a day, whoever looks and however often."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from proactive.bootstrap import Platform
from proactive.kernel.chores import Chore, plan_chores
from proactive.kernel.clock import ManualClock
from proactive.kernel.tables import chore, step
from proactive.kernel.work import Actor

SHANGHAI = ZoneInfo("Asia/Shanghai")
DUTY = Chore("look", "look_after", time(8, 30), "Look", "查看")


def at(hour: int, minute: int, day: int = 21) -> datetime:
    """Return local time in Shanghai as UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_a_duty_is_planned_once_a_day_from_its_hour_on(
    platform: Platform, machine: Actor, clock: ManualClock
) -> None:
    made = []
    for moment in (at(8, 29), at(8, 30), at(8, 31), at(23, 30), at(0, 30, 22), at(8, 30, 22)):
        clock.move_to(moment)
        with platform.work(machine) as work:
            made.append(plan_chores(work, [DUTY]))

    with platform.work(machine) as work:
        keys = work.db.execute(select(step.c.key).order_by(step.c.key)).scalars().all()
        late = work.db.execute(select(chore.c.late)).scalars().all()
    assert made == [0, 1, 0, 0, 0, 1]
    assert keys == ["2026-11-21", "2026-11-22"]
    assert late == [False, False]


def test_a_duty_found_hours_after_its_time_is_marked_late(
    platform: Platform, machine: Actor, clock: ManualClock
) -> None:
    clock.move_to(at(12, 0))
    with platform.work(machine) as work:
        plan_chores(work, [DUTY])
        assert work.db.execute(select(chore.c.late)).scalar_one() is True
