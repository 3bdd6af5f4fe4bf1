"""Bundles with real offices and a real database: opened once, run to their end, nothing jumped."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from proactive.bundles.choosing import choose_items, end_items
from proactive.bundles.desk import DeskFilter, desk_ids
from proactive.bundles.model import BundleState, ItemState
from proactive.bundles.queries import all_settled, item_sheet, progress
from proactive.bundles.records import SubjectRecords
from proactive.bundles.service import act_on_item, fill_form, settle_bundle
from proactive.bundles.store import form_value, item, item_event, material
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.tables import step
from proactive.kernel.work import Actor

S = ItemState
MACHINE = Actor.machine("test")
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


def test_each_paper_stands_once_however_many_items_want_it(desk: Any) -> None:
    bundle_id = desk.open(desk.case(findings=DESTITUTE))

    rows = desk.rows(material, material.c.bundle_id == bundle_id)

    assert len(rows) == len({row.code for row in rows}) == 8


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
