"""Bundles with real offices and a real database: run to their end, nothing jumped."""

from typing import Any

import pytest

from proactive.bundles.model import BundleState
from proactive.bundles.queries import all_settled, item_sheet, progress
from proactive.bundles.service import fill_form, settle_bundle
from proactive.bundles.store import item_event
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.tables import step
from proactive.kernel.work import Actor
from tests.proactive.bundles.conftest import MACHINE
from tests.proactive.bundles.walking import (
    CREDIT,
    DESTITUTE,
    NEWBORN,
    RESULTS,
    S,
    accept,
    finish,
    grant,
)


@pytest.mark.parametrize(
    ("need", "code", "findings"),
    [
        ("disability_assistance", "disability_assistance", DESTITUTE),
        ("medical_cost_relief", "medical_cost_relief", {"agrees": "yes", "hard_to_pay": "yes"}),
        ("newborn_services", "newborn", NEWBORN),
        ("credit_repair", "credit_repair", CREDIT),
    ],
    ids=["disability", "medical", "newborn", "credit"],
)
def test_each_shipped_bundle_runs_from_opening_to_its_end(
    desk: Any, need: str, code: str, findings: dict[str, str]
) -> None:
    case_id = desk.case(need, findings=findings)
    bundle_id = desk.open(case_id, code)
    assert not desk.do(MACHINE, lambda work: all_settled(work, case_id))

    finish(desk, bundle_id)

    chosen = [s for s in desk.states(bundle_id).values() if s != S.NOT_SELECTED]
    assert set(chosen) == {S.DELIVERED}
    assert desk.do(MACHINE, lambda work: settle_bundle(work, bundle_id)) is BundleState.SETTLED
    assert desk.do(MACHINE, lambda work: all_settled(work, case_id))
    assert [row.key for row in desk.rows(step, step.c.name == "bundle_completed")] == [
        str(bundle_id)
    ]


def test_offices_work_side_by_side_and_only_real_prerequisites_wait(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    assert desk.states(bundle_id) == {
        "grade_assessment": S.READY,
        "certificate": S.WAITING,
        "destitute_recognition": S.WAITING,
        "care_centre_place": S.WAITING,
        "living_subsidy": S.WAITING,
        "care_subsidy": S.WAITING,
        "pension_contribution": S.NOT_SELECTED,
    }

    grant(desk, bundle_id, "grade_assessment")

    states = desk.states(bundle_id)
    together = ("certificate", "destitute_recognition", "living_subsidy", "care_subsidy")
    assert {states[code] for code in together} == {S.READY}
    assert states["care_centre_place"] == S.WAITING


def test_a_refused_prerequisite_blocks_with_a_reason_and_a_colleague_can_lift_it(
    desk: Any,
) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    grant(desk, bundle_id, "grade_assessment")
    accept(desk, bundle_id, "destitute_recognition")

    desk.act(
        bundle_id,
        "destitute_recognition",
        "refuse",
        reason="able_supporter",
        legal_basis="民政部 2021 年 43 号",
    )

    place = desk.item(bundle_id, "care_centre_place")
    assert (place.state, place.reason) == (S.BLOCKED, "prerequisite_not_granted")
    refused_item = desk.item(bundle_id, "destitute_recognition")
    assert refused_item.decided_by == "clerk-sun"

    with pytest.raises(Refused) as refused:
        desk.act(bundle_id, "destitute_recognition", "overturn", reason="wrong")
    assert refused.value.code == "same_person"
    other = desk.clerk("civil_affairs", "clerk-zhou")
    desk.act(bundle_id, "destitute_recognition", "overturn", other, reason="new facts")
    assert desk.item(bundle_id, "care_centre_place").state == S.WAITING
    desk.act(bundle_id, "destitute_recognition", "accept")
    desk.act(bundle_id, "destitute_recognition", "grant")
    assert desk.item(bundle_id, "care_centre_place").state == S.READY


def test_a_refusal_needs_a_reason_of_the_list_and_its_legal_basis(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    accept(desk, bundle_id, "grade_assessment")

    for data in (
        {"reason": "", "legal_basis": "x"},
        {"reason": "do_not_like", "legal_basis": "x"},
        {"reason": "below_standard", "legal_basis": "  "},
    ):
        with pytest.raises(Refused) as refused:
            desk.act(bundle_id, "grade_assessment", "refuse", **data)
        assert refused.value.code == "no_legal_basis"
    with pytest.raises(Refused):
        desk.act(
            bundle_id,
            "grade_assessment",
            "refuse",
            MACHINE,
            reason="below_standard",
            legal_basis="x",
        )
    assert desk.item(bundle_id, "grade_assessment").state == S.ACCEPTED


def test_a_paper_may_come_later_where_the_item_allows_it_and_no_grant_goes_before(
    desk: Any,
) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    grant(desk, bundle_id, "grade_assessment")

    with pytest.raises(Refused) as refused:
        desk.act(bundle_id, "certificate", "accept")
    assert refused.value.code == "papers_missing"
    desk.act(bundle_id, "certificate", "accept_lenient")
    photo = desk.running(bundle_id).materials["photo"]
    assert (photo.state, photo.lenient_due_on.isoformat()) == ("lenient", "2026-12-01")

    with pytest.raises(Refused) as refused:
        desk.act(bundle_id, "certificate", "grant")
    assert refused.value.code == "papers_missing"

    desk.do(desk.coordinator, lambda w: fill_form(w, bundle_id, values={}, papers=["photo"]))
    desk.settle(bundle_id)
    assert desk.item(bundle_id, "certificate").state == S.ACCEPTED
    desk.act(bundle_id, "certificate", "grant")


def test_a_subsidy_may_be_granted_before_the_certificate_is_printed(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    grant(desk, bundle_id, "grade_assessment")
    desk.act(bundle_id, "care_subsidy", "accept_lenient", values={"bank_account": "6222"})

    desk.act(bundle_id, "care_subsidy", "grant")

    assert desk.running(bundle_id).materials["certificate_copy"].state == "lenient"
    grant(desk, bundle_id, "certificate")
    held = desk.running(bundle_id).materials["certificate_copy"]
    assert (held.state, held.held_by) == ("held", "item:certificate")


def test_papers_that_may_not_come_later_cannot_be_accepted_leniently(desk: Any) -> None:
    bundle_id = desk.open(desk.case("credit_repair", findings=CREDIT), "credit_repair")

    with pytest.raises(Refused) as refused:
        desk.act(bundle_id, "penalty_record", "accept_lenient", values={"promise_signed": "yes"})
    assert refused.value.code == "not_lenient"
    assert "credit_promise" in str(refused.value)


def test_a_returned_item_is_handed_in_again_and_keeps_its_history(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    desk.act(
        bundle_id,
        "grade_assessment",
        "return",
        reason="paper_unreadable",
        codes=("medical_record",),
    )
    assert desk.item(bundle_id, "grade_assessment").promised_due_on is None

    desk.act(bundle_id, "grade_assessment", "submit", desk.coordinator, papers=("medical_record",))
    accept(desk, bundle_id, "grade_assessment")

    row = desk.item(bundle_id, "grade_assessment")
    history = desk.rows(item_event, item_event.c.item_id == row.id)
    actions = [event.action for event in sorted(history, key=lambda event: event.seq)]
    assert actions == ["open", "prepare", "return", "submit", "accept"]
    assert [event.seq for event in sorted(history, key=lambda e: e.seq)] == [1, 2, 3, 4, 5]


def test_a_result_reaches_the_other_items_and_is_never_typed_twice(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))

    with pytest.raises(Refused) as refused:
        accept(desk, bundle_id, "grade_assessment")
        desk.act(bundle_id, "grade_assessment", "grant")
    assert refused.value.code == "results_missing"
    desk.act(bundle_id, "grade_assessment", "grant", results=RESULTS["grade_assessment"])

    row = desk.item(bundle_id, "care_subsidy")
    sheet = desk.do(desk.clerk("civil_affairs"), lambda w: item_sheet(w, row.id, "zh-CN"))
    grade = next(line for line in sheet.fields if line.code == "disability_grade")
    assert (grade.value, grade.source) == ("1", "item:grade_assessment")


def test_a_receipt_number_is_used_once_in_an_office_and_freely_in_another(desk: Any) -> None:
    first = desk.open(desk.case(findings=DESTITUTE))
    other = desk.open(desk.case("newborn_services", findings=NEWBORN), "newborn")
    desk.act(first, "grade_assessment", "accept", receipt_no="R-1", papers=("medical_record",))
    desk.act(first, "grade_assessment", "grant", results=RESULTS["grade_assessment"])
    desk.act(other, "vaccination_file", "accept", receipt_no="R-1", papers=("birth_certificate",))

    with pytest.raises(Refused) as refused:
        desk.act(first, "certificate", "accept", receipt_no="R-1", papers=("photo",))
    assert refused.value.code == "receipt_taken"


def test_what_is_collected_is_handed_out_against_its_code(desk: Any) -> None:
    bundle_id = desk.open(desk.case("newborn_services", findings=NEWBORN), "newborn")
    accept(desk, bundle_id, "vaccination_file")
    with pytest.raises(Refused) as refused:
        desk.act(bundle_id, "vaccination_file", "grant", mode="at_home")
    assert refused.value.code == "unknown_mode"
    desk.act(bundle_id, "vaccination_file", "grant", mode="collect")
    code = desk.item(bundle_id, "vaccination_file").pickup_code

    with pytest.raises(Refused) as refused:
        desk.act(bundle_id, "vaccination_file", "deliver", pickup_code="AAAAAAAA")
    assert refused.value.code == "wrong_pickup_code"
    desk.act(bundle_id, "vaccination_file", "deliver", pickup_code=code.lower())
    assert desk.item(bundle_id, "vaccination_file").delivered_on.isoformat() == "2026-11-21"


def test_settling_again_changes_nothing(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))
    before = desk.running(bundle_id).items

    desk.settle(bundle_id)

    assert desk.running(bundle_id).items == before
    with pytest.raises(Refused):
        desk.do(
            Actor(Role.CLERK, "x", office_id=str(desk.offices["health"].id)),
            lambda work: settle_bundle(work, bundle_id),
        )


def test_progress_says_who_waits_on_what_and_how_late_it_will_be(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))

    found = desk.do(desk.town, lambda work: progress(work, bundle_id, "zh-CN"))

    lines = {line.code: line for line in found.items}
    assert lines["care_centre_place"].waits_for == ("destitute_recognition",)
    assert found.path.items == ("grade_assessment", "certificate") or found.path.items == (
        "grade_assessment",
        "destitute_recognition",
        "care_centre_place",
    )
    assert found.bundle.promised_on.isoformat() == "2026-11-28"
    assert found.late_days == max((found.path.done_on.day - found.bundle.promised_on).days, 0)
