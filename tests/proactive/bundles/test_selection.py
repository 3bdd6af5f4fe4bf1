"""The trigger proposes, the finding selects."""

from pathlib import Path

from proactive.bundles.definition_check import read_definitions
from proactive.bundles.selection import select_bundles, ticked

ROOT = Path(__file__).resolve().parents[3] / "triggers"
DEFINITIONS = read_definitions(ROOT / "bundles")
PROPOSED = ("medical_cost_relief", "disability_assistance")


def selected(
    findings: dict[str, str], need: str = "medical_cost_relief"
) -> dict[str, tuple[str, ...]]:
    found = select_bundles(DEFINITIONS, findings, PROPOSED, need=need)
    return {each.bundle: each.items for each in found}


def test_a_bill_alone_opens_medical_relief_only() -> None:
    found = selected(
        {"agrees": "yes", "hard_to_pay": "no", "income_lost": "no", "lasting_impairment": "no"}
    )

    assert found == {"medical_cost_relief": ("serious_illness_pay", "medical_aid")}


def test_a_lasting_impairment_found_on_a_bill_visit_opens_disability_assistance_too() -> None:
    found = selected(
        {"agrees": "yes", "hard_to_pay": "yes", "lasting_impairment": "yes", "no_supporter": "yes"}
    )

    assert set(found) == {"medical_cost_relief", "disability_assistance"}
    assert {"temporary_aid", "charity"} <= set(found["medical_cost_relief"])
    assert {"destitute_recognition", "care_centre_place"} <= set(found["disability_assistance"])
    assert "pension_contribution" not in found["disability_assistance"]


def test_a_finding_selects_a_bundle_that_nobody_proposed() -> None:
    found = select_bundles(
        DEFINITIONS, {"lasting_impairment": "yes"}, (), need="medical_cost_relief"
    )

    why = {each.bundle: each.why for each in found}
    assert why == {"disability_assistance": "found", "medical_cost_relief": "need_confirmed"}


def test_ticked_items_always_bring_what_they_need() -> None:
    for definition in DEFINITIONS.values():
        for answer in ("yes", "no", "unsure", ""):
            findings = dict.fromkeys(
                (
                    "no_supporter",
                    "wants_care_centre",
                    "daily_care",
                    "wants_guidance",
                    "delivery_costs_open",
                    "on_serious_list",
                ),
                answer,
            )
            items = set(ticked(definition, findings))
            for code in items:
                needed = {n.item for n in definition.item(code).needs if n.until == "granted"}
                assert needed <= items
