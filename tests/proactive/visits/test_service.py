"""Visits as phones send them: twice is once, and a late one is kept, never lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from proactive.cases.service import add_note, apply
from proactive.cases.store import case_event
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.needs import ConfirmBy
from proactive.kernel.work import Actor
from proactive.visits.form_versions import form_for, live_form, load_forms
from proactive.visits.model import Kept, Outcome, VisitForm
from proactive.visits.queries import confirmation_of, household_sheet, my_list
from proactive.visits.service import VisitKept, VisitTaken, record_visit
from proactive.visits.store import visit

MACHINE = Actor.machine("test")
FULL = {"agrees": "yes", "hard_to_pay": "yes", "income_lost": "no", "lasting_impairment": "yes"}


def filled(
    village: Any, case_id: UUID, outcome: Outcome = Outcome.CONFIRMED, **more: Any
) -> VisitForm:
    values = {"findings": FULL if outcome is Outcome.CONFIRMED else {}, "base_version": 2} | more
    return VisitForm(
        id=new_id(),
        case_id=case_id,
        outcome=outcome,
        told_at=village.platform.clock.now(),
        **values,
    )


def send(village: Any, form: VisitForm, actor: Actor | None = None) -> VisitTaken | VisitKept:
    found: VisitTaken | VisitKept = village.do(
        actor or village.coordinator, lambda work: record_visit(work, form)
    )
    return found


def actions(village: Any, case_id: UUID) -> list[str]:
    rows = village.rows(case_event, case_event.c.case_id == case_id)
    return [row.action for row in sorted(rows, key=lambda row: row.seq)]


def test_a_confirmed_visit_moves_its_case_and_keeps_what_was_found(village: Any) -> None:
    case_id = village.case()
    form = filled(village, case_id, note="老人独居,儿子在外打工")

    taken = send(village, form)

    assert isinstance(taken, VisitTaken)
    row = village.row(case_id)
    assert (row.state, row.consent, row.version) == ("confirmed", True, taken.case_version)
    found = village.do(MACHINE, lambda work: confirmation_of(work, case_id))
    assert (found.by, found.findings) == ("coord-qian", FULL)
    [stored] = village.rows(visit)
    assert stored.taken
    assert "独居".encode() not in stored.note_cipher


def test_a_visit_tapped_twice_is_one_effect_with_one_answer(village: Any) -> None:
    case_id = village.case()
    form = filled(village, case_id)

    first, second = send(village, form), send(village, form)

    assert first == second
    assert actions(village, case_id) == ["raise", "route", "confirm"]
    assert len(village.rows(visit)) == 1


def test_a_visit_arriving_four_times_in_the_same_instant_is_one_effect(village: Any) -> None:
    case_id = village.case()
    form = filled(village, case_id)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: send(village, form), range(4)))

    assert len(set(answers)) == 1
    assert actions(village, case_id) == ["raise", "route", "confirm"]


def test_a_repeated_number_with_another_case_is_refused(village: Any) -> None:
    form = filled(village, village.case())
    send(village, form)

    with pytest.raises(Refused) as refused:
        send(village, replace(form, case_id=village.case()))
    assert refused.value.code == "visit_id_taken"


def test_no_need_is_one_tap_and_the_case_leaves_the_list(village: Any) -> None:
    case_id = village.case()

    taken = send(village, filled(village, case_id, Outcome.NO_NEED, reason="already_helped"))

    assert isinstance(taken, VisitTaken)
    row = village.row(case_id)
    assert (row.state, row.close_reason) == ("closed", "already_helped")
    assert actions(village, case_id)[-2:] == ["not_confirm", "close"]
    assert village.do(village.coordinator, my_list) == []


def test_somebody_not_reached_comes_back_on_the_day_named(village: Any) -> None:
    case_id = village.case()

    send(village, filled(village, case_id, Outcome.UNREACHABLE, next_try_on=date(2026, 11, 30)))

    row = village.row(case_id)
    assert (row.state, row.due_on, row.next_step) == (
        "unreachable", date(2026, 11, 30), "try_again",
    )  # fmt: skip
    again = filled(village, case_id, base_version=row.version)
    assert isinstance(send(village, again), VisitTaken)


def test_handing_over_from_the_form_gives_the_case_to_the_other_post(village: Any) -> None:
    case_id = village.case()

    send(
        village,
        filled(village, case_id, Outcome.HANDED_OVER, hand_over_to=village.his, reason="relative"),
    )

    assert village.row(case_id).owner_post_id == village.his
    assert [line.cases[0].id for line in village.do(village.neighbour, my_list)] == [case_id]


def test_a_visit_after_a_hand_over_is_kept_for_the_new_owner(village: Any) -> None:
    case_id = village.case()
    form = filled(village, case_id, note="去过了")
    send(village, filled(village, case_id, Outcome.HANDED_OVER, hand_over_to=village.his))

    kept = send(village, form)

    assert kept == VisitKept(form.id, case_id, Kept.NOT_YOURS_NOW)
    assert send(village, form) == kept
    assert village.row(case_id).state == "assigned"
    assert actions(village, case_id)[-1] == "note"
    sheet = village.do(village.neighbour, lambda work: household_sheet(work, case_id, "zh-CN"))
    assert [(v.note, v.taken) for v in sheet.cases[0].visits if v.note] == [("去过了", False)]


def test_a_visit_on_a_stale_page_is_kept_and_said_plainly(village: Any) -> None:
    case_id = village.case()
    village.do(village.coordinator, lambda w: apply(w, case_id, "plan_visit", base_version=2))

    kept = send(village, filled(village, case_id))

    assert isinstance(kept, VisitKept)
    assert kept.why is Kept.CASE_CHANGED
    assert village.row(case_id).state == "assigned"
    again = filled(village, case_id, base_version=village.row(case_id).version)
    assert isinstance(send(village, again), VisitTaken)


def test_what_only_the_machine_wrote_meanwhile_does_not_cost_a_visit(village: Any) -> None:
    case_id = village.case()
    village.do(MACHINE, lambda work: apply(work, case_id, "escalate"))
    village.do(MACHINE, lambda work: add_note(work, case_id, "signal_gone"))
    assert village.row(case_id).version == 3

    assert isinstance(send(village, filled(village, case_id)), VisitTaken)


def test_a_visit_to_a_closed_case_is_kept(village: Any) -> None:
    case_id = village.case()
    send(village, filled(village, case_id, Outcome.NO_NEED, reason="no_need"))

    version = village.row(case_id).version

    kept = send(village, filled(village, case_id, base_version=version))

    assert isinstance(kept, VisitKept)
    assert kept.why is Kept.CASE_CLOSED


def test_a_second_form_of_the_same_person_for_the_same_visit_says_so(village: Any) -> None:
    case_id = village.case()
    forms = [filled(village, case_id) for _ in range(2)]
    send(village, forms[0])

    kept = send(village, forms[1])

    assert isinstance(kept, VisitKept)
    assert kept.why is Kept.RECORDED_BEFORE
    assert len(village.rows(visit)) == 2


def test_another_villages_case_is_not_there(village: Any) -> None:
    case_id = village.case()

    with pytest.raises(Refused) as refused:
        send(village, filled(village, case_id), village.stranger)
    assert refused.value.code == "not_found"
    with pytest.raises(Refused):
        village.do(village.stranger, lambda work: household_sheet(work, case_id, "en"))
    assert village.do(village.stranger, my_list) == []
    assert village.rows(visit) == []


def test_an_incomplete_visit_changes_nothing(village: Any) -> None:
    case_id = village.case()

    with pytest.raises(Refused) as refused:
        send(village, filled(village, case_id, findings={"agrees": "yes"}))

    assert set(refused.value.fields) == {"hard_to_pay", "income_lost", "lasting_impairment"}
    assert village.rows(visit) == []
    assert village.row(case_id).version == 2


def test_a_newborns_case_is_confirmed_by_a_call(village: Any) -> None:
    case_id = village.case("newborn_services", next_step="call")
    answers = {
        "agrees": "yes",
        "name_chosen": "no",
        "insured_before": "no",
        "delivery_costs_open": "unsure",
    }

    taken = send(village, filled(village, case_id, findings=answers, how=ConfirmBy.CALL))

    assert isinstance(taken, VisitTaken)


def test_a_phone_with_a_clock_ahead_does_not_write_into_the_future(village: Any) -> None:
    case_id = village.case()
    form = filled(village, case_id)

    send(village, replace(form, told_at=form.told_at + timedelta(days=400)))

    [stored] = village.rows(visit)
    assert stored.told_at == stored.received_at


def test_the_list_holds_one_line_per_household_overdue_first(village: Any) -> None:
    later = village.case(household_key=7)
    same_home = village.case("disability_assistance", household_key=7, due_on=date(2026, 11, 26))
    overdue = village.case(due_on=date(2026, 11, 20))

    lines = village.do(village.coordinator, my_list)

    assert [[row.id for row in line.cases] for line in lines] == [[overdue], [same_home, later]]
    assert [line.overdue for line in lines] == [True, False]
    sheet = village.do(village.coordinator, lambda work: household_sheet(work, later, "en"))
    assert [one.case.id for one in sheet.cases] == [same_home, later]
    assert all(one.mine and one.form and one.actions for one in sheet.cases)


def test_the_form_is_shown_in_both_languages_and_a_visit_keeps_its_version(village: Any) -> None:
    zh = village.do(village.coordinator, lambda w: form_for(w.db, "medical_cost_relief", "zh-CN"))
    en = village.do(village.coordinator, lambda w: form_for(w.db, "medical_cost_relief", "en"))

    assert len(zh.questions) == len(en.questions) == 5
    assert zh.questions[0].ask != en.questions[0].ask


def test_loading_the_same_forms_again_is_nothing_new(village: Any, tmp_path: Any) -> None:
    folder = Path(__file__).resolve().parents[3] / "triggers" / "findings"
    assert village.do(MACHINE, lambda work: load_forms(work, folder)) == 0

    text = (folder / "credit_repair.yaml").read_text(encoding="utf-8")
    (tmp_path / "x.yaml").write_text(text.replace("Credit repair talk", "Talk"), encoding="utf-8")
    assert village.do(MACHINE, lambda work: load_forms(work, tmp_path)) == 1
    assert village.do(MACHINE, lambda work: live_form(work.db, "credit_repair")).version == 2
    with pytest.raises(Refused):
        village.do(MACHINE, lambda work: live_form(work.db, "no_such_need"))
