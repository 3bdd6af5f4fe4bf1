"""Reminders: once per due day, and no day that passes ever decides anything."""

from typing import Any

from proactive.bundles.model import ItemState
from proactive.bundles.reminders import Reminded, remind_items
from proactive.bundles.store import item_event
from proactive.kernel.tables import step
from proactive.kernel.work import Actor

S = ItemState
MACHINE = Actor.machine("test")
FOUND = {"agrees": "yes", "daily_care": "yes", "cannot_leave_home": "yes", "no_supporter": "no"}


def remind(desk: Any) -> Reminded:
    found: Reminded = desk.do(MACHINE, remind_items)
    return found


def test_an_item_is_reminded_once_when_due_soon_and_once_when_overdue(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=FOUND))
    desk.act(bundle_id, "grade_assessment", "accept_lenient")
    version = desk.item(bundle_id, "grade_assessment").version

    assert remind(desk) == Reminded(due_soon=1, overdue=0, papers=0)
    assert remind(desk) == Reminded(due_soon=0, overdue=0, papers=0)
    desk.forward(days=4)
    assert remind(desk) == Reminded(due_soon=0, overdue=1, papers=0)
    assert remind(desk) == Reminded(due_soon=0, overdue=0, papers=0)

    row = desk.item(bundle_id, "grade_assessment")
    assert (row.state, row.version) == (S.ACCEPTED_LENIENT, version)
    reminders = desk.rows(item_event, item_event.c.action == "remind")
    assert sorted(event.reason for event in reminders) == ["due_soon", "overdue"]


def test_a_promised_paper_is_asked_for_again_and_nothing_happens_when_its_day_passes(
    desk: Any,
) -> None:
    bundle_id = desk.open(desk.case(findings=FOUND))
    desk.act(bundle_id, "grade_assessment", "accept_lenient")

    desk.forward(days=60)
    assert remind(desk).papers == 1
    assert remind(desk).papers == 0

    assert desk.states(bundle_id)["grade_assessment"] == S.ACCEPTED_LENIENT
    assert len(desk.rows(step, step.c.name == "notice_bundle_event")) == 1
    desk.act(
        bundle_id,
        "grade_assessment",
        "extend",
        reason="ill",
        until=desk.platform.clock.now().date().replace(year=2027, month=3),
    )
    paper = desk.running(bundle_id).materials["medical_record"]
    assert paper.lenient_due_on.isoformat().startswith("2027-03")
