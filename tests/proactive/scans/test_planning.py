"""Planning runs: one per trigger version and slot, missed ones once and late."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from proactive.bootstrap import Platform
from proactive.config import PACKAGES
from proactive.kernel.clock import ManualClock
from proactive.kernel.tables import step
from proactive.kernel.work import Actor
from proactive.path import plan_scans
from proactive.scans.store import scan_run
from tests.switching import switch_on


def live(platform: Platform, name: str) -> None:
    text = Path(PACKAGES / "triggers" / name / "trigger.yaml").read_text(encoding="utf-8")
    switch_on(platform, text)


def test_each_slot_is_planned_once_by_any_number_of_schedulers(
    platform: Platform, machine: Actor, clock: ManualClock
) -> None:
    clock.move_to(datetime(2026, 11, 20, 2, tzinfo=UTC))
    live(platform, "large_medical_bill")
    planned = []
    for hours in (0, 1, 24, 24, 25, 24 * 5):
        clock.move_to(datetime(2026, 11, 20, 2, tzinfo=UTC) + timedelta(hours=hours))
        with platform.work(machine) as work:
            planned.append(plan_scans(platform, work))

    with platform.work(machine) as work:
        runs = work.db.execute(select(scan_run).order_by(scan_run.c.slot)).all()
        steps = work.db.execute(select(step.c.key).where(step.c.name == "scan")).scalars().all()
    assert planned == [0, 0, 1, 0, 0, 1]
    assert [run.slot for run in runs] == ["2026-11-20T21:30Z", "2026-11-24T21:30Z"]
    assert [run.as_of.isoformat() for run in runs] == ["2026-11-21", "2026-11-25"]
    assert [run.late for run in runs] == [True, True]
    assert sorted(steps) == sorted(str(run.id) for run in runs)
