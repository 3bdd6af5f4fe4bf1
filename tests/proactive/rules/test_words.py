"""Triggers and hits in plain words, in both languages."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from proactive.feeds.contracts import load_contracts
from proactive.rules.check import check_rule
from proactive.rules.grammar import TriggerRule
from proactive.rules.speaking import Speaker
from proactive.rules.telling import (
    Line,
    tell_condition,
    tell_hit,
    tell_measure,
    tell_schedule,
    tell_unknown,
)
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
    assert "up to 21 November 2026" in english
    assert "截至2026年11月21日" in chinese


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
    ids = {*rule(trigger).parameters, *rule(trigger).measures, *CONTRACTS}
    assert not [name for name in ids if "_" in name and name in english + chinese]


def test_values_are_those_in_force_on_the_day_asked_about() -> None:
    medical = rule("large_medical_bill")

    assert "20,000 yuan; 6,000 yuan" in describe_rule(medical, "en", CONTRACTS, on=date(2022, 1, 1))
    assert "尚无施行的数值" in describe_rule(medical, "zh", CONTRACTS, on=date(2010, 1, 1))


def lines_of(line: Line) -> list[str]:
    return [line.words, *(words for part in line.parts for words in lines_of(part))]


def test_conditions_are_told_as_a_nested_list_with_their_places() -> None:
    medical = rule("large_medical_bill")

    told = tell_condition(Speaker(medical, "en", CONTRACTS), medical.when, "when")

    assert told.words == "all of these hold:"
    assert told.parts[1].parts[0].words == "stands in “Low-income register”"
    assert told.parts[1].parts[1].path == "when.all.1.any.1"


EVERYTHING = """\
trigger: everything
title: {en: Everything, zh-CN: 全部}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{title: A law, citation: art. 1}]
schedule: {cron: "0 4 1 * *", on_feed: [medical_bill]}
parameters:
  limit:
    title: {en: Limit, zh-CN: 限额}
    type: money
    values: [{from: 2024-01-01, value: 100.50}, {from: 2024-01-01, area: "37", value: 90}]
  often: {title: {en: Often, zh-CN: 次数}, type: integer, values: [{from: 2024-01-01, value: 3}]}
  lately:
    title: {en: Lately, zh-CN: 近期}
    type: duration
    values: [{from: 2024-01-01, value: P6M}]
  kinds:
    title: {en: Kinds, zh-CN: 类别}
    type: codes
    values: [{from: 2024-01-01, value: [near_line, destitute]}]
measures:
  most:
    title: {en: largest bill, zh-CN: 最大一笔}
    feed: medical_bill
    max: out_of_pocket
    window: calendar_year
  stays:
    title: {en: stays, zh-CN: 就诊次数}
    feed: medical_bill
    distinct: stay_id
    per: household
    window: lately
  times: {title: {en: bills, zh-CN: 结算次数}, feed: medical_bill, count: records, window: P365D}
when:
  all:
    - {measure: most, more_than: limit}
    - {measure: stays, less_than: often, if_unknown: met}
    - not: {measure: times, at_most: often, if_unknown: not_met}
    - {registered_in: low_income_register, where: [{field: class, in: [kinds]}], within: lately}
    - {not_registered_in: disability_register, where: [{field: grade, known: false}], within: P30D}
    - {receiving: nursing_subsidy}
    - {not_receiving: [living_allowance], within: P1Y}
hit:
  pending_period: lately
  route: town
  cool_down: {after: {declined: never_again}}
  band: {at_least: 0.5, at_most: 20}
"""


def test_every_word_of_the_grammar_has_words_in_both_languages() -> None:
    made = check_rule(EVERYTHING, CONTRACTS)
    told = {}
    for language in ("en", "zh-CN"):
        speaker = Speaker(made, language, CONTRACTS)
        told[language] = "\n".join(
            [
                *lines_of(tell_condition(speaker, made.when, "when")),
                *tell_unknown(speaker),
                *tell_hit(speaker),
                tell_schedule(speaker, made.schedule),
                *(tell_measure(speaker, measure) for measure in made.measures.values()),
            ]
        )

    for words in (
        "largest bill above “Limit” (100.50 yuan; other values in some areas)",
        "stays below “Often” (3) (counts as met where no record says)",
        "this does not hold:",
        "stood in “Low-income register” in the last 6 months (Class is “Kinds” (near line or dest",
        "did not stand in “Disability register” in the last 30 days (Grade is not on record)",
        "receives nursing subsidy",
        "has not received living allowance in the last 12 months",
        "Goes to the town desk",
        "never raised again for the same reason",
        "fewer than 0.5 or more than 20 in a thousand",
        "on day 1 of every month at 04:00; whenever “Settled medical bill” arrives",
        "largest “Paid by the person” in “Settled medical bill”",
        "number of different values of “Stay number” in “Settled medical bill”, for the whole",
        "number of records in “Settled medical bill”",
        "from 1 January",
    ):
        assert words in told["en"], words
    for words in (
        "最大一笔高于“限额”（100.50元；部分地区另行规定）",
        "（查不到时视为符合）",
        "以下不符合：",
        "近6个月内曾列入“低收入人口”（救助类别为“类别”（低保边缘、特困））",
        "正在享受重度残疾人护理补贴",
        "同一事由不再提示",
        "每月1日04:00",
    ):
        assert words in told["zh-CN"], words
    assert not re.search(r"\b(?:most|stays|lately|kinds|medical_bill)\b", told["zh-CN"])


def test_the_sentence_names_values_conditions_and_exclusions() -> None:
    sentence = describe_rule(rule("large_medical_bill"), "en", CONTRACTS)

    assert "26,000 yuan; 10,000 yuan for people on the low-income register" in sentence
    assert "(50%) of the latest “Income of the year”" in sentence
    assert "has received medical assistance or temporary relief in the last 6 months" in sentence


def test_a_missing_fact_is_named_by_its_title() -> None:
    medical = rule("large_medical_bill")

    told = describe_unknown(medical, "household_income.annual_income", "zh", CONTRACTS)

    assert told == "未见记录：家庭收入核对 · 家庭年收入"
