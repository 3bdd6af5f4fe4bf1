"""The truth file: the story's person, answers that fit the forms, and all damage named."""

from pathlib import Path

import pytest
import yaml

from proactive.feeds.contracts import load_contracts
from proactive.feeds.reasons import Reason, Warn
from proactive.simulate.dirt import Treatment
from proactive.visits.model import NoNeed
from tests.proactive.simulate.making import Made
from tests.proactive.simulate.reading import read_back

TRIGGERS = Path(__file__).resolve().parents[3] / "triggers"
# One kind of damage at least for each line of the field's list of data problems.
PROBLEMS = {
    "row_twice_in_file", "row_in_two_files", "bill_under_new_id", "refund_pair",
    "reverse_without_forward", "reverse_before_forward", "late_row", "version_out_of_order",
    "id_15_digits", "id_century", "id_lower_x", "id_full_width", "id_apostrophe",
    "id_point_zero", "id_spaces", "id_check_digit", "id_lost_digits", "id_birth_date",
    "id_future_birth", "id_scientific", "id_as_number_cell", "id_made_up", "area_retired",
    "name_differs", "name_traditional", "name_rare_character", "person_two_ids",
    "bill_after_death", "birth_without_number", "birth_without_name", "birth_twin",
    "birth_child_died", "insured_without_number", "phone_missing", "phone_landline",
    "phone_unusable", "phone_two_numbers", "date_excel_serial", "date_slashes",
    "date_sentinel_1900", "date_sentinel_9999", "date_impossible", "date_future",
    "date_format", "code_digit", "code_unknown", "code_unknown_required", "total_row",
    "row_ragged", "grade_changed", "household_unknown", "amount_sign", "sum_differs",
}  # fmt: skip


def test_the_story_is_a_low_income_villager_with_a_large_bill_and_no_certificate(
    county: Made,
) -> None:
    story = county.truth["roles"]["central_story"]
    number = story["number"]

    def rows(file: str, title: str) -> list[list[str]]:
        heading, *lines = read_back(county.folder / file)
        return [line for line in lines if line[heading.index(title)] == number]

    assert len(rows("01_resident_register.csv", "公民身份号码")) == 1
    assert len(rows("03_low_income_register.csv", "身份证号码")) == 1
    assert not rows("05_disability_register.xlsx", "身份证号")
    assert not rows("06_benefit.csv", "身份证号")
    assert not rows("02_death_register.csv", "身份证号")
    heading = read_back(county.folder / "23_medical_bill_202611.csv")[0]
    bills = rows("23_medical_bill_202611.csv", "身份证号")
    assert max(float(bill[heading.index("psn_part_amt")]) for bill in bills) == 31_846.20
    assert story["phone"].startswith("199")


@pytest.mark.parametrize("which", ["county", "small"])
def test_the_story_is_in_every_county_and_needs_both(
    which: str, request: pytest.FixtureRequest
) -> None:
    truth = request.getfixturevalue(which).truth
    number = truth["roles"]["central_story"]["number"]

    needs = {n["need"]: n["visible"] for n in truth["needs"] if n["number"] == number}

    assert needs == {"medical_cost_relief": True, "disability_assistance": False}


def test_answers_fit_the_forms_that_ask_for_them(county: Made) -> None:
    asked = {
        form["need"]: form
        for form in (
            yaml.safe_load(p.read_text("utf-8")) for p in (TRIGGERS / "findings").iterdir()
        )
    }
    for answer in county.truth["answers"]:
        questions = {q["code"]: q for q in asked[answer["need"]]["questions"]}
        assert set(answer["findings"]) <= set(questions)
        if answer["outcome"] == "confirmed":
            needed = {code for code, q in questions.items() if q.get("required", True)}
            assert needed <= set(answer["findings"])
            assert set(answer["findings"].values()) <= {"yes", "no", "unsure"}
        elif answer["outcome"] == "no_need":
            assert answer["reason"] in set(NoNeed)
        else:
            assert answer["outcome"] == "unreachable"


def test_an_answer_stands_once_per_subject_and_need(county: Made) -> None:
    keys = [(a["scheme"], a["number"], a["need"]) for a in county.truth["answers"]]

    assert len(set(keys)) == len(keys)


def test_every_problem_of_the_field_is_in_the_data(small: Made, county: Made) -> None:
    for made in (small, county):
        assert {row["kind"] for row in made.truth["dirty"]} >= PROBLEMS


def test_each_dirty_row_names_a_row_that_is_there_and_a_known_treatment(county: Made) -> None:
    waiting = {"possible_duplicate", "reverse_without_forward"}
    known = set(Reason) | set(Warn) | waiting | {"name_differs", ""}
    lines = {line["file"]: line for line in county.listed["deliveries"]}
    for row in county.truth["dirty"]:
        assert row["treatment"] in set(Treatment)
        assert row["reason"] in known
        assert 2 <= row["row"] <= lines[row["file"]]["rows"] + 3


def test_headings_are_words_the_contracts_know_and_hold_every_needed_column(county: Made) -> None:
    contracts = load_contracts(TRIGGERS / "feeds")
    for line in county.listed["deliveries"]:
        contract = contracts[line["feed"]]
        words = {
            word: column.field
            for column in contract.columns
            for word in (*column.synonyms, column.title.zh, column.field)
        }
        at = 1 if line["mapping"] else 0  # merged cells stand over the headings
        heading = [title for title in read_back(county.folder / line["file"])[at] if title]
        assert set(heading) <= set(words), line["file"]
        given = {words[title] for title in heading}
        wanted = {c.field for c in contract.columns if c.presence in {"required", "expected"}}
        assert wanted <= given


def test_every_feed_with_a_contract_is_delivered(county: Made) -> None:
    delivered = {line["feed"] for line in county.listed["deliveries"]}

    assert delivered == set(load_contracts(TRIGGERS / "feeds"))
