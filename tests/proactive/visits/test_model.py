"""What a visit means for its case."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.feeds.marked import FileRefused
from proactive.kernel.errors import Refused
from proactive.kernel.needs import ConfirmBy, Need
from proactive.visits.forms import read_form, read_forms, show
from proactive.visits.model import (
    KEPT_WORDS,
    NO_NEED_WORDS,
    Decision,
    Kept,
    NoNeed,
    Outcome,
    VisitForm,
    decide,
    reason_to_keep,
)

FORMS = read_forms(Path(__file__).resolve().parents[3] / "triggers" / "findings")
TODAY = date(2026, 11, 21)
FULL = {"agrees": "yes", "hard_to_pay": "yes", "income_lost": "unsure", "lasting_impairment": "no"}


def filled(outcome: Outcome, **more: object) -> VisitForm:
    values = {"findings": FULL, **more} if outcome is Outcome.CONFIRMED else more
    return VisitForm(
        id=uuid4(),
        case_id=uuid4(),
        base_version=1,
        outcome=outcome,
        told_at=datetime(2026, 11, 21, 2, tzinfo=UTC),
        **values,  # type: ignore[arg-type]
    )


def decided(visit: VisitForm, need: str = "medical_cost_relief") -> Decision:
    asked = FORMS[need].asked()
    return decide(asked, visit, today=TODAY, usual_next_try=TODAY + timedelta(days=2))


def wrong(visit: VisitForm, need: str = "medical_cost_relief") -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        decided(visit, need)
    assert refused.value.code == "visit_incomplete"
    return refused.value.fields


def test_every_need_has_a_form_with_at_most_five_questions_in_both_languages() -> None:
    assert set(FORMS) == set(Need)
    for form in FORMS.values():
        assert len(form.questions) <= 5
        for language in ("en", "zh-CN"):
            shown = show(form, language)
            assert [code for code, _ in shown.no_need] == [str(code) for code in NO_NEED_WORDS]
            assert all(question.ask for question in shown.questions)


def test_a_confirmed_visit_confirms_the_case() -> None:
    assert decided(filled(Outcome.CONFIRMED)) == Decision("confirm")


def test_no_need_is_one_tap_with_a_reason_of_the_list_and_no_other_answer() -> None:
    for reason in NoNeed:
        decision = decided(filled(Outcome.NO_NEED, reason=str(reason)))
        assert (decision.action, decision.reason) == ("not_confirm", str(reason))
    assert "reason" in wrong(filled(Outcome.NO_NEED, reason="she was rude"))


def test_each_unanswered_question_is_named() -> None:
    assert set(wrong(filled(Outcome.CONFIRMED, findings={"agrees": "yes"}))) == {
        "hard_to_pay",
        "income_lost",
        "lasting_impairment",
    }


def test_without_agreement_nothing_is_confirmed() -> None:
    assert "agrees" in wrong(filled(Outcome.CONFIRMED, findings={**FULL, "agrees": "no"}))


def test_answers_that_are_not_offered_are_refused() -> None:
    assert "hard_to_pay" in wrong(
        filled(Outcome.CONFIRMED, findings={**FULL, "hard_to_pay": "maybe"})
    )
    assert "income" in wrong(filled(Outcome.CONFIRMED, findings={**FULL, "income": "low"}))
    assert "note" in wrong(filled(Outcome.CONFIRMED, note="x" * 2001))


def test_a_call_does_not_confirm_what_needs_a_visit_and_a_visit_confirms_everything() -> None:
    assert "how" in wrong(filled(Outcome.CONFIRMED, how=ConfirmBy.CALL))
    baby = {
        "agrees": "yes",
        "name_chosen": "no",
        "insured_before": "no",
        "delivery_costs_open": "yes",
    }
    for how in (ConfirmBy.CALL, ConfirmBy.VISIT):
        visit = filled(Outcome.CONFIRMED, findings=baby, how=how)
        assert decided(visit, "newborn_services").action == "confirm"


def test_somebody_not_reached_is_tried_again_on_a_named_day() -> None:
    assert decided(filled(Outcome.UNREACHABLE)).next_try_on == TODAY + timedelta(days=2)
    chosen = filled(Outcome.UNREACHABLE, next_try_on=TODAY + timedelta(days=9))
    assert decided(chosen).next_try_on == TODAY + timedelta(days=9)
    for days in (-1, 31):
        late = filled(Outcome.UNREACHABLE, next_try_on=TODAY + timedelta(days=days))
        assert "next_try_on" in wrong(late)


def test_handing_over_names_who_takes_it() -> None:
    assert "hand_over_to" in wrong(filled(Outcome.HANDED_OVER))
    post = uuid4()
    assert decided(filled(Outcome.HANDED_OVER, hand_over_to=post)).hand_over_to == post


def test_a_visit_is_kept_with_the_first_reason_that_holds() -> None:
    def why(
        *, closed: bool = False, mine: bool = True, base: int = 3, fits: int = 3
    ) -> Kept | None:
        return reason_to_keep(
            closed=closed, mine=mine, base_version=base, oldest_fitting_version=fits
        )

    assert why() is None
    assert why(base=2) is Kept.CASE_CHANGED
    assert why(mine=False, base=2) is Kept.NOT_YOURS_NOW
    assert why(closed=True, mine=False) is Kept.CASE_CLOSED
    assert set(KEPT_WORDS) == set(Kept)


def test_a_form_that_asks_too_much_or_confirms_otherwise_is_refused() -> None:
    text = (
        Path(__file__).resolve().parents[3] / "triggers/findings/credit_repair.yaml"
    ).read_text()
    more = text + '  - code: sixth\n    ask: {en: "x", zh-CN: "y"}\n'

    with pytest.raises(FileRefused) as refused:
        read_form(more, "f.yaml")
    assert "at most 5" in str(refused.value)
    with pytest.raises(FileRefused) as refused:
        read_form(text.replace("confirm_by: desk", "confirm_by: visit"), "f.yaml")
    assert "confirmed by desk" in str(refused.value)
    with pytest.raises(FileRefused) as refused:
        read_form(text.replace("{agrees: yes}", "{agress: yes}"), "f.yaml")
    assert "did you mean 'agrees'?" in str(refused.value)


@given(st.text(max_size=300))
def test_no_text_crashes_the_reader(text: str) -> None:
    with pytest.raises(FileRefused):
        read_form(text, "f.yaml")
