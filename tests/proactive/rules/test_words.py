"""Triggers and hits in plain words, in both languages."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from proactive.feeds.contracts import load_contracts
from proactive.rules.check import check_rule
from proactive.rules.grammar import TriggerRule
from proactive.rules.words import describe_rule, describe_unknown, render_explain

TRIGGERS = Path(__file__).resolve().parents[3] / "triggers"
CONTRACTS = load_contracts(TRIGGERS / "feeds")


@dataclass
class Hit:
    as_of: date = date(2026, 11, 21)
    measures: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)


def rule(trigger: str) -> TriggerRule:
    return check_rule((TRIGGERS / trigger / "trigger.yaml").read_text("utf-8"), CONTRACTS)


def test_the_reason_is_told_with_its_figures_in_both_languages() -> None:
    hit = Hit(measures={"oop_person": 2600050}, parameters={"oop_threshold": {"value": "26000"}})

    english = render_explain(rule("large_medical_bill"), hit, "en")
    chinese = render_explain(rule("large_medical_bill"), hit, "zh-CN")

    assert "26,000.50 yuan (a visit is due from 26,000 yuan)" in english
    assert "个人负担医疗费26,000.50元（走访标准26,000元）" in chinese


def test_a_field_of_the_record_is_told_and_a_missing_one_is_not_hidden() -> None:
    credit = rule("credit_blemish")

    assert "2026-01-01" in render_explain(credit, Hit(), "zh", facts={"decided_on": "2026-01-01"})
    assert "(not known)" in render_explain(credit, Hit(), "en")


def test_a_language_without_words_of_its_own_gets_title_and_figures() -> None:
    own = rule("large_medical_bill")
    silent = own.hit.explain.model_copy(update={"en": None})
    bare = own.model_copy(update={"hit": own.hit.model_copy(update={"explain": silent})})
    hit = Hit(measures={"oop_person": 100, "oop_household": None})

    assert render_explain(bare, hit, "en") == (
        "Large out-of-pocket medical spending: own payments in twelve months 1, "
        "own payments of the household in twelve months (not known)."
    )


@pytest.mark.parametrize("trigger", [file.parent.name for file in TRIGGERS.glob("*/trigger.yaml")])
def test_every_shipped_trigger_reads_as_one_sentence_in_each_language(trigger: str) -> None:
    english = describe_rule(rule(trigger), "en", CONTRACTS)
    chinese = describe_rule(rule(trigger), "zh-CN", CONTRACTS)

    assert english.endswith(".")
    assert chinese.endswith("。")
    assert "{" not in english + chinese
    assert english.isascii() or "“" in english


def test_the_sentence_names_values_conditions_and_exclusions() -> None:
    sentence = describe_rule(rule("large_medical_bill"), "en", CONTRACTS)

    assert "low_income: 10,000; 26,000" in sentence
    assert "50%" in sentence
    assert "unless receives medical assistance or temporary relief" in sentence


def test_a_missing_fact_is_named_by_its_title() -> None:
    medical = rule("large_medical_bill")

    told = describe_unknown(medical, "household_income.annual_income", "zh", CONTRACTS)

    assert told == "未见记录：家庭收入核对 · 家庭年收入"
