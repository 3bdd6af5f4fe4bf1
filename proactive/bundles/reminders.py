"""Reminders of items and promised papers: due soon and overdue, each once. Silence is a fault too.

The machine reminds; it never refuses, returns or closes anything because a day has passed.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, case, func, select, update

from proactive.bundles.model import ITEM_TABLE, SETTLED, ItemState
from proactive.bundles.moving import record_event
from proactive.bundles.running import Calendar, Running, load_running
from proactive.bundles.store import item, material
from proactive.kernel.states import Role
from proactive.kernel.work import Work

SOON = 1  # working days before the due day
# Whose turn it is while an item waits here: the person (through the coordinator) or the office.
PERSONS_TURN = frozenset({ItemState.READY, ItemState.SUSPENDED, ItemState.RETURNED})


@dataclass(frozen=True, slots=True)
class Reminded:
    due_soon: int
    overdue: int
    papers: int


def remind_items(work: Work, *, limit: int = 1000) -> Reminded:
    """Remind once of each item that is due soon or overdue, and of papers promised; as machine.

    Run it as often as wanted: a reminder stands in the item's history once for each due day.
    """
    soon_until, _ = Calendar(work).add(work.today, SOON)
    rows = work.db.execute(
        select(item)
        .where(
            item.c.due_on <= soon_until,
            item.c.state.not_in(sorted(SETTLED)),
            item.c.reminded != _stage(item.c.due_on, work.today) + _day(item.c.due_on),
        )
        .order_by(item.c.due_on, item.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    counts = {"due_soon": 0, "overdue": 0}
    for row in rows:
        stage = "overdue" if row.due_on < work.today else "due_soon"
        _remind(work, row, stage, row.due_on)
        counts[stage] += 1
    return Reminded(**counts, papers=_remind_papers(work, soon_until, limit))


def _stage(due_on: Column[Any], today: date) -> ColumnElement[str]:
    return case((due_on < today, "overdue"), else_="due_soon")


def _day(due_on: Column[Any]) -> ColumnElement[str]:
    return func.to_char(due_on, ":YYYY-MM-DD")


def _remind(work: Work, row: Row[Any], stage: str, due_on: date) -> None:
    mark = f"{stage}:{due_on.isoformat()}"
    ITEM_TABLE.check(row.state, "remind", Role.MACHINE)
    work.db.execute(update(item).where(item.c.id == row.id).values(reminded=mark))
    turn = "person" if row.state in PERSONS_TURN else "office"
    record_event(work, row, action="remind", reason=stage, detail={"due": mark, "turn": turn})


def _remind_papers(work: Work, soon_until: date, limit: int) -> int:
    """Tell the person once that a promised paper is due; the item it hinders carries the event."""
    lenient_due = material.c.lenient_due_on
    rows = work.db.execute(
        select(material)
        .where(
            material.c.state == "lenient",
            material.c.lenient_due_on <= soon_until,
            material.c.reminded != _stage(lenient_due, work.today) + _day(lenient_due),
        )
        .order_by(material.c.lenient_due_on, material.c.id)
        .limit(limit)
    ).all()
    told = 0
    bundles: dict[object, Running] = {}
    for row in rows:
        if row.bundle_id not in bundles:
            bundles[row.bundle_id] = load_running(work, row.bundle_id)
        told += _remind_paper(work, bundles[row.bundle_id], row)
    return told


def _remind_paper(work: Work, running: Running, paper: Row[Any]) -> bool:
    wanting = [
        each
        for each in running.items.values()
        if each.state in (ItemState.ACCEPTED_LENIENT, ItemState.GRANTED)
        and paper.code in {p.material for p in running.definition.item(each.code).materials}
    ]
    stage = "overdue" if paper.lenient_due_on < work.today else "due_soon"
    mark = f"{stage}:{paper.lenient_due_on.isoformat()}"
    work.db.execute(update(material).where(material.c.id == paper.id).values(reminded=mark))
    if not wanting:
        return False
    event_id = record_event(
        work, wanting[0], action="remind", reason=f"paper_{stage}", detail={"papers": [paper.code]}
    )
    work.step("notice_bundle_event", str(event_id))
    return True
