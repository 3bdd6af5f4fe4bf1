"""One form, one set of papers: each thing once, known things never asked."""

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from proactive.bundles.definition_check import read_definitions
from proactive.bundles.form import (
    Known,
    Sourced,
    field_codes,
    fields_to_ask,
    held_papers,
    item_fields_missing,
    paper_codes,
    prefilled,
)

ROOT = Path(__file__).resolve().parents[3] / "triggers"
DEFINITIONS = read_definitions(ROOT / "bundles")
DISABILITY = DEFINITIONS["disability_assistance"]
CHOSEN = st.sampled_from(sorted(DEFINITIONS)).flatmap(
    lambda code: st.tuples(
        st.just(DEFINITIONS[code]),
        st.sets(st.sampled_from(DEFINITIONS[code].codes), min_size=1),
    )
)


@given(CHOSEN)
def test_each_field_and_each_paper_stands_once_and_only_where_an_item_uses_it(
    case: tuple[object, set[str]],
) -> None:
    definition, chosen = case  # type: ignore[misc]
    fields, papers = field_codes(definition, chosen), paper_codes(definition, chosen)

    assert len(fields) == len(set(fields))
    assert len(papers) == len(set(papers))
    items = [item for item in definition.items if item.code in chosen]
    assert set(fields) == {code for item in items for code in item.fields}
    assert set(papers) == {paper.material for item in items for paper in item.materials}


def test_a_field_says_its_source_and_day_and_the_first_source_wins() -> None:
    known = Known(
        vault={"name": Sourced("某人", "register:resident_register", date(2026, 1, 2))},
        facts={"disability_register.grade": Sourced("2", "register:disability_register")},
        findings={"daily_care": Sourced("yes", "visit", date(2026, 11, 20))},
        results={"grade_assessment.disability_grade": Sourced("1", "item:grade_assessment")},
    )

    found = prefilled(DISABILITY, DISABILITY.codes, known)

    assert found["name"].source == "register:resident_register"
    assert found["disability_grade"].value == "2"
    assert found["daily_care"].on == date(2026, 11, 20)


def test_a_result_that_another_item_will_give_is_not_asked_of_the_person() -> None:
    chosen = ("grade_assessment", "care_subsidy")

    asked = fields_to_ask(DISABILITY, chosen, {"name", "id_number"}, to_come=["grade_assessment"])

    assert "disability_grade" not in asked
    assert "bank_account" in asked
    assert "disability_grade" in fields_to_ask(DISABILITY, chosen, set())


def test_an_office_is_shown_only_what_its_own_item_lacks() -> None:
    item = DISABILITY.item("care_centre_place")

    assert item_fields_missing(DISABILITY, item, {"name", "id_number", "phone"}) == (
        "disability_kind",
        "disability_grade",
    )


def test_a_paper_is_held_by_a_register_a_field_or_another_items_result() -> None:
    held = held_papers(
        DISABILITY,
        DISABILITY.codes,
        registers={"resident_register": date(2026, 1, 2)},
        filled={"bank_account": None},
        granted={"certificate": date(2026, 11, 25)},
    )

    assert held["id_card"].held_by == "register:resident_register"
    assert held["bank_card"].held_by == "field:bank_account"
    assert held["certificate_copy"].held_by == "item:certificate"
    assert "photo" not in held
