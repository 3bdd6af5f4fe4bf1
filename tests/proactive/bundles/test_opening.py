"""Opening a bundle: once, after people confirmed, with one form and one set of papers."""

from typing import Any

import pytest

from proactive.bundles.queries import item_sheet, progress
from proactive.bundles.records import SubjectRecords
from proactive.bundles.store import form_value, material
from proactive.kernel.errors import Refused
from tests.proactive.bundles.walking import (
    CREDIT,
    DESTITUTE,
    NEWBORN,
    S,
)


def test_opening_twice_gives_the_same_bundle_and_one_row_per_item(desk: Any) -> None:
    case_id = desk.case(findings=DESTITUTE)

    first, second = desk.open(case_id), desk.open(case_id)

    assert first == second
    assert len(desk.running(first).items) == 7


@pytest.mark.parametrize("state", ["assigned", "confirmed", "not_confirmed"])
def test_nothing_opens_before_the_person_and_the_town_have_confirmed(desk: Any, state: str) -> None:
    case_id = desk.case(state=state, findings=DESTITUTE)

    with pytest.raises(Refused) as refused:
        desk.open(case_id)
    assert refused.value.code == "not_confirmed"


def test_a_bundle_without_a_town_gate_opens_for_a_confirmed_case(desk: Any) -> None:
    case_id = desk.case("newborn_services", state="confirmed", findings=NEWBORN)

    assert desk.states(desk.open(case_id, "newborn"))["birth_registration"] == S.READY


def test_what_a_register_holds_is_not_asked_for_again(desk: Any) -> None:
    case_id = desk.case(findings=DESTITUTE)

    bundle_id = desk.open(case_id, records=SubjectRecords({"disability_register": None}))

    states = desk.states(bundle_id)
    assert states["grade_assessment"] == states["certificate"] == S.NOT_SELECTED
    assert states["destitute_recognition"] == states["living_subsidy"] == S.READY
    papers = desk.running(bundle_id).materials
    assert papers["certificate_copy"].held_by == "register:disability_register"
    assert papers["id_card"].held_by == "register:resident_register"


def test_who_sensed_first_leads_and_else_the_bundles_own_office(desk: Any) -> None:
    sensed = desk.open(
        desk.case("newborn_services", findings=NEWBORN), "newborn", lead_kind="public_security"
    )
    own = desk.open(
        desk.case("credit_repair", findings=CREDIT), "credit_repair", lead_kind="no_such_kind"
    )

    assert desk.running(sensed).row.lead_office_id == desk.offices["public_security"].id
    assert desk.running(sensed).row.lead_why == "first_sensor"
    assert desk.running(own).row.lead_office_id == desk.offices["development_reform"].id


def test_the_one_form_is_filled_with_sources_and_only_the_rest_is_asked(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))

    row = desk.item(bundle_id, "care_subsidy")
    clerk = desk.clerk("civil_affairs")
    form = {f.code: f for f in desk.do(clerk, lambda w: item_sheet(w, row.id, "en")).fields}
    asked = desk.do(desk.town, lambda w: progress(w, bundle_id, "en")).to_ask

    assert (form["name"].value, form["name"].source) == ("王小明", "register:resident_register")
    assert form["name"].on.isoformat() == "2026-01-02"
    assert form["daily_care"].source == "visit"
    assert [line.code for line in asked] == ["bank_account"]


def test_values_of_the_form_are_unreadable_in_the_table(desk: Any) -> None:
    desk.open(desk.case(findings=DESTITUTE))

    rows = desk.rows(form_value)

    assert rows
    dump = b"".join(row.value_cipher for row in rows)
    for plain in ("王小明", "371422199001011234", "13900000000"):
        assert plain.encode() not in dump


def test_each_paper_stands_once_however_many_items_want_it(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))

    rows = desk.rows(material, material.c.bundle_id == bundle_id)

    assert len(rows) == len({row.code for row in rows}) == 8
