"""Walking a bundle's items to where a test wants them, with what each item asks for."""

from typing import Any
from uuid import UUID

import pytest

from proactive.bundles.model import ItemState

S = ItemState
DESTITUTE = {
    "agrees": "yes",
    "daily_care": "yes",
    "cannot_leave_home": "yes",
    "no_supporter": "yes",
    "wants_care_centre": "yes",
}
CREDIT = dict.fromkeys(
    ("agrees", "duty_done", "on_abnormal_list", "on_serious_list", "wants_guidance"), "yes"
)
NEWBORN = {"agrees": "yes", "delivery_costs_open": "yes", "wants_guidance": "yes"}
RESULTS = {
    "grade_assessment": {"disability_kind": "4", "disability_grade": "1"},
    "birth_registration": {"child_number": "371422202611200011"},
}
ANSWERS = {"bank_account": "6222000000000000", "promise_signed": "yes", "duty_done": "yes"}


def accept(desk: Any, bundle_id: UUID, code: str) -> None:
    """Let the item's office take it in with every paper and answer it needs."""
    running = desk.running(bundle_id)
    wanted = running.definition.item(code)
    values = {
        name: ANSWERS.get(name, "x")
        for name in wanted.fields
        if name not in running.filled and running.definition.fields[name].required
    }
    desk.act(bundle_id, code, "accept", papers=running.papers_missing(wanted), values=values)


def grant(desk: Any, bundle_id: UUID, code: str) -> None:
    accept(desk, bundle_id, code)
    desk.act(bundle_id, code, "grant", results=RESULTS.get(code, {}))


def finish(desk: Any, bundle_id: UUID) -> None:
    for _ in range(40):
        states = desk.states(bundle_id)
        code = next((c for c, s in states.items() if s in (S.READY, S.GRANTED)), None)
        if code is None:
            return
        if states[code] == S.READY:
            grant(desk, bundle_id, code)
        else:
            code_given = desk.item(bundle_id, code).pickup_code
            desk.act(bundle_id, code, "deliver", pickup_code=code_given, tracking_no="EM1CN")
    pytest.fail(f"never ends: {desk.states(bundle_id)}")
