"""Bundle files: the shipped ones are whole, and every mistake is named with its place."""

from pathlib import Path

import pytest

from proactive.bundles.definition_check import read_definition, read_definitions
from proactive.bundles.model import FAVOURABLE
from proactive.feeds.marked import FileRefused
from proactive.visits.forms import all_answers, read_forms

ROOT = Path(__file__).resolve().parents[3] / "triggers"
ANSWERS = all_answers(read_forms(ROOT / "findings").values())
GOOD = (ROOT / "bundles" / "disability_assistance.yaml").read_text(encoding="utf-8")


def refused(text: str, **more: object) -> str:
    with pytest.raises(FileRefused) as error:
        read_definition(text, file="x.yaml", answers=ANSWERS, **more)  # type: ignore[arg-type]
    return "\n".join(str(mistake) for mistake in error.value.mistakes)


def test_the_four_shipped_bundles_are_taken() -> None:
    found = read_definitions(ROOT / "bundles", findings=ROOT / "findings")

    assert set(found) == {
        "disability_assistance",
        "medical_cost_relief",
        "newborn",
        "credit_repair",
    }
    assert all(definition.legal_basis for definition in found.values())
    assert found["disability_assistance"].limits.promised.calendar_days == 7
    assert found["disability_assistance"].town_gate
    assert not found["newborn"].town_gate
    assert FAVOURABLE


def test_the_grade_comes_before_destitute_status_and_both_subsidies() -> None:
    definition = read_definition(GOOD)

    needs = {item.code: [need.item for need in item.needs] for item in definition.items}
    for later in ("certificate", "destitute_recognition", "living_subsidy", "care_subsidy"):
        assert "grade_assessment" in needs[later]
    assert "destitute_recognition" in needs["care_centre_place"]


def test_mostly_nothing_waits_in_medical_cost_relief() -> None:
    definition = read_definitions(ROOT / "bundles")["medical_cost_relief"]

    waiting = [item.code for item in definition.items if item.needs]
    assert waiting == ["medical_aid"]
    assert definition.item("medical_aid").needs[0].until == "decided"


def test_the_electronic_register_stands_between_registration_and_insurance() -> None:
    definition = read_definitions(ROOT / "bundles")["newborn"]

    needs = {item.code: [need.item for need in item.needs] for item in definition.items}
    assert needs["e_register"] == ["birth_registration"]
    assert needs["insurance_enrolment"] == ["e_register"]
    assert needs["insurance_payment"] == ["insurance_enrolment"]
    assert needs["vaccination_file"] == []


def test_items_that_wait_in_a_circle_are_refused() -> None:
    said = refused(
        GOOD.replace(
            "    level: county\n    done_when: [disability_register]\n    fields",
            "    level: county\n    needs: [care_subsidy]\n    fields",
            1,
        )
    )

    assert "circle" in said
    assert "care_subsidy" in said


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "needs: [destitute_recognition]",
            "needs: [destitute_recognitoin]",
            "did you mean 'destitute_recognition'?",
        ),
        (
            "- id_card\n      - household_book",
            "- id_crad\n      - household_book",
            "did you mean 'id_card'?",
        ),
        (
            "phone, daily_care, disability_kind",
            "phone, daly_care, disability_kind",
            "did you mean 'daily_care'?",
        ),
        ("office: care_centre", "office: care_center", "did you mean 'care_centre'?"),
        ("delivery: [at_home, post, collect]", "delivery: [at_hom]", "did you mean 'at_home'?"),
        (
            "{finding: no_supporter, is: yes}",
            "{finding: no_suporter, is: yes}",
            "did you mean 'no_supporter'?",
        ),
        (
            "{finding: no_supporter, is: yes}",
            "{finding: no_supporter, is: yess}",
            "did you mean 'yes'?",
        ),
        ("town_gate: true", "town_gaet: true", "did you mean 'town_gate'?"),
        ("{working_days: 5, source", "{working_days: 5, calendar_days: 5, source", "one of them"),
        ("{result: grade_assessment}", "{result: certificate}", "does not give"),
        ("    gives: [disability_kind, disability_grade]\n", "", "does not give"),
        ("merge_hours: 2", "merge_hours: 2\nmerge_hours: 3", "stands here twice"),
        ("need: disability_assistance", "need: debt_collection", "known:"),
    ],
    ids=lambda value: value[:28].strip(),
)
def test_each_mistake_is_named_with_its_line_and_the_right_word(
    old: str, new: str, expected: str
) -> None:
    assert old in GOOD

    said = refused(GOOD.replace(old, new, 1))

    assert expected in said
    assert said.startswith("x.yaml:")


def test_the_line_of_a_mistake_is_the_line_in_the_file() -> None:
    text = GOOD.replace("office: care_centre", "office: nowhere", 1)
    line = 1 + text[: text.index("office: nowhere")].count("\n")

    assert f"x.yaml:{line}: " in refused(text)


def test_several_mistakes_are_named_at_once() -> None:
    text = GOOD.replace("office: care_centre", "office: nowhere").replace("town_gate: true\n", "")

    assert len(refused(text).splitlines()) == 2


def test_unknown_feeds_and_fields_are_refused_when_the_contracts_are_known() -> None:
    feeds = {"disability_register": ["kind"], "resident_register": [], "low_income_register": []}

    said = refused(GOOD, feeds=feeds)

    assert "'grade': no such field of disability_register" in said
    assert "'household_income': no such feed" in said


def test_an_entry_that_no_item_uses_is_refused() -> None:
    text = GOOD.replace(
        "materials:\n  id_card",
        "materials:\n  seal: {title: {en: Seal, zh-CN: 印章}}\n  id_card",
        1,
    )

    assert "no item uses it" in refused(text)


@pytest.mark.parametrize("text", ["", "[]", "a: [", "&a [*a]", "bundle: x\n" * 3, "\t- x"])
def test_what_is_no_bundle_at_all_is_refused_and_does_not_crash(text: str) -> None:
    assert refused(text)
