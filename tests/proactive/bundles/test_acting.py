"""Who may act on an item, and two who do so at once."""

from typing import Any

import pytest
from sqlalchemy import func, select

from proactive.bundles.desk import DeskFilter, desk_ids
from proactive.bundles.service import act_on_item
from proactive.bundles.store import item
from proactive.kernel.errors import Refused
from tests.proactive.bundles.conftest import MACHINE
from tests.proactive.bundles.walking import (
    DESTITUTE,
    RESULTS,
    S,
    accept,
)


def test_two_clerks_at_once_make_one_effect(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    accept(desk, bundle_id, "grade_assessment")
    seen = desk.item(bundle_id, "grade_assessment")
    data = {"results": RESULTS["grade_assessment"], "base_version": seen.version}

    desk.act(bundle_id, "grade_assessment", "grant", **data)
    with pytest.raises(Refused) as refused:
        desk.act(
            bundle_id,
            "grade_assessment",
            "refuse",
            desk.clerk("disabled_federation", "b"),
            base_version=seen.version,
            reason="below_standard",
            legal_basis="x",
        )

    assert refused.value.code == "changed_meanwhile"
    assert desk.item(bundle_id, "grade_assessment").state == S.GRANTED


def test_two_clerks_in_the_same_instant_make_one_effect(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    row = desk.item(bundle_id, "grade_assessment")
    first, second = (desk.clerk("disabled_federation", who) for who in ("a", "b"))

    with desk.platform.work(second) as late:
        late.db.execute(select(func.count()).select_from(item))
        desk.act(bundle_id, "grade_assessment", "return", first, reason="other")
        with pytest.raises(Refused) as refused:
            act_on_item(late, row.id, "accept", base_version=row.version)
    assert refused.value.code == "changed_meanwhile"


def test_another_office_and_another_village_see_nothing(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    row = desk.item(bundle_id, "grade_assessment")

    for actor in (desk.clerk("education"), desk.stranger):
        with pytest.raises(Refused) as refused:
            desk.do(actor, lambda w: act_on_item(w, row.id, "accept", base_version=row.version))
        assert refused.value.code == "not_found"
        assert desk.do(actor, lambda work: desk_ids(work, DeskFilter())) == []
    mine = desk.do(desk.clerk("disabled_federation"), lambda w: desk_ids(w, DeskFilter()))
    assert mine == [row.id]
    with pytest.raises(Refused) as refused:
        desk.do(
            desk.clerk("civil_affairs"),
            lambda w: act_on_item(w, row.id, "grant", base_version=row.version),
        )
    assert refused.value.code == "not_found"


def test_a_coordinator_cannot_decide_and_the_machine_takes_no_persons_action(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))

    for actor, action in ((desk.coordinator, "accept"), (desk.town, "grant"), (MACHINE, "accept")):
        with pytest.raises(Refused):
            desk.act(bundle_id, "grade_assessment", action, actor)
