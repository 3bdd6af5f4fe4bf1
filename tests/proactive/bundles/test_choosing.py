"""Choosing and dropping items, and ending what is open."""

from typing import Any

import pytest

from proactive.bundles.choosing import choose_items, end_items
from proactive.bundles.model import BundleState
from proactive.bundles.queries import progress
from proactive.bundles.service import settle_bundle
from proactive.kernel.errors import Refused
from tests.proactive.bundles.conftest import MACHINE
from tests.proactive.bundles.walking import (
    DESTITUTE,
    S,
    grant,
)


def test_choosing_and_dropping_show_what_they_draw_along(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))

    def choose(**data: Any) -> Any:
        version = desk.running(bundle_id).row.version
        data.setdefault("base_version", version)
        found = desk.do(desk.coordinator, lambda w: choose_items(w, bundle_id, **data))
        desk.settle(bundle_id)
        return found

    with pytest.raises(Refused) as refused:
        choose(drop=["destitute_recognition"])
    assert refused.value.facts["items"] == "care_centre_place"
    choice = choose(drop=["destitute_recognition"], cascade=True)
    assert choice.drawn_along == ("care_centre_place",)
    assert desk.states(bundle_id)["care_centre_place"] == S.NOT_SELECTED
    with pytest.raises(Refused):
        choose(choose=["pension_contribution"], base_version=1)
    choose(choose=["pension_contribution"])
    assert desk.states(bundle_id)["pension_contribution"] == S.WAITING


def test_everything_open_ends_at_once_but_what_is_granted_is_still_handed_over(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    grant(desk, bundle_id, "grade_assessment")
    clerk = desk.clerk("disabled_federation")

    for actor, action, reason in (
        (desk.town, "cancel", " "),
        (desk.coordinator, "cancel", "died"),
        (desk.town, "refuse", "x"),
    ):
        with pytest.raises(Refused):
            desk.do(
                actor, lambda w, a=action, r=reason: end_items(w, bundle_id, action=a, reason=r)
            )
    with pytest.raises(Refused):
        desk.do(clerk, lambda w: choose_items(w, bundle_id, base_version=1, drop=["certificate"]))
    assert desk.do(clerk, lambda w: progress(w, bundle_id, "en")).items[0].state == S.GRANTED

    ended = desk.do(
        desk.town, lambda w: end_items(w, bundle_id, action="cancel", reason="opened_by_mistake")
    )
    desk.settle(bundle_id)
    assert ended == 5
    assert set(desk.states(bundle_id).values()) == {S.GRANTED, S.CANCELLED, S.NOT_SELECTED}
    desk.act(bundle_id, "grade_assessment", "deliver")
    assert desk.do(MACHINE, lambda w: settle_bundle(w, bundle_id)) is BundleState.SETTLED
