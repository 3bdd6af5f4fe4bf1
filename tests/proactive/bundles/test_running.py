"""Bundles with real offices and a real database: the four definitions run to their end."""

from uuid import UUID

import pytest
from sqlalchemy import select

from proactive.bundles.choosing import choose_items
from proactive.bundles.model import BundleState, ItemState
from proactive.bundles.opening import open_bundle
from proactive.bundles.queries import all_settled, item_sheet, my_items, one_form, progress
from proactive.bundles.service import act_on_item, fill_form, settle_bundle
from proactive.bundles.store import bundle, form_value, item_event
from proactive.kernel.errors import Refused
from proactive.kernel.tables import audit, step
from proactive.kernel.work import Actor

MACHINE = Actor.machine("test")
S = ItemState
DESTITUTE = {
    "agrees": "yes", "daily_care": "yes", "cannot_leave_home": "yes", "no_supporter": "yes",
    "wants_care_centre": "yes",
}
RESULTS = {
    "grade_assessment": {"disability_kind": "4", "disability_grade": "1"},
    "birth_registration": {"child_number": "371422202611200011"},
}
ANSWERS = {"bank_account": "6222000000000000", "promise_signed": "yes", "duty_done": "yes"}


def finish(desk, bundle_id: UUID) -> None:
    """Let every office accept, grant and deliver whatever is before it, until nothing is left."""
    definition = desk.running(bundle_id).definition
    for _ in range(40):
        states = desk.states(bundle_id)
        open_ones = [c for c, s in states.items() if s in (S.READY, S.ACCEPTED, S.GRANTED)]
        if not open_ones:
            return
        code = open_ones[0]
        item = definition.item(code)
        if states[code] == S.READY:
            running = desk.running(bundle_id)
            papers = [c for c in running.papers_missing(item)]
            values = {
                f: ANSWERS.get(f, "x") for f in item.fields
                if f not in running.filled and definition.fields[f].required
            }
            desk.act(bundle_id, code, "accept", papers=tuple(papers), values=values)
        elif states[code] == S.ACCEPTED:
            desk.act(bundle_id, code, "grant", results=RESULTS.get(code, {}))
        else:
            row = desk.item(bundle_id, code)
            desk.act(bundle_id, code, "deliver", pickup_code=row.pickup_code)
    pytest.fail(f"never ends: {desk.states(bundle_id)}")


@pytest.mark.parametrize(
    ("need", "code", "findings"),
    [
        ("disability_assistance", "disability_assistance", DESTITUTE),
        ("medical_cost_relief", "medical_cost_relief", {"agrees": "yes", "hard_to_pay": "yes"}),
        ("newborn_services", "newborn",
         {"agrees": "yes", "delivery_costs_open": "yes", "wants_guidance": "yes"}),
        ("credit_repair", "credit_repair",
         {"agrees": "yes", "duty_done": "yes", "on_abnormal_list": "yes", "on_serious_list": "yes",
          "wants_guidance": "yes"}),
    ],
)
def test_each_shipped_bundle_runs_from_opening_to_its_end(desk, need, code, findings) -> None:
    case_id = desk.case(need, findings=findings)
    bundle_id = desk.open(case_id, code)
    assert desk.do(desk.clerk("civil_affairs"), lambda w: all_settled(w, case_id)) is False

    finish(desk, bundle_id)

    chosen = [s for s in desk.states(bundle_id).values() if s != S.NOT_SELECTED]
    assert set(chosen) == {S.DELIVERED}
    assert desk.do(MACHINE, lambda work: settle_bundle(work, bundle_id)) is BundleState.SETTLED
    assert desk.do(MACHINE, lambda work: all_settled(work, case_id))
    steps = desk.events(step, step.c.name == "bundle_completed")
    assert [row.key for row in steps] == [str(bundle_id)]


def test_opening_twice_gives_the_same_bundle_and_one_row_per_item(desk) -> None:
    case_id = desk.case(findings=DESTITUTE)

    first, second = desk.open(case_id), desk.open(case_id)

    assert first == second
    assert len(desk.running(first).items) == 7


