"""What the gate for trigger files refuses, and how it says so."""

import time
from pathlib import Path

import pytest

from proactive.feeds.contracts import load_contracts
from proactive.rules.check import check_rule
from proactive.rules.reading import RuleRefused

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
GOOD = """\
trigger: many_bills
title: {en: Many bills, zh-CN: 多笔费用}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{title: A law, citation: art. 1}]
schedule: {cron: "30 5 * * *", timezone: Asia/Shanghai}
parameters:
  limit:
    type: money
    values:
      - {from: 2024-01-01, value: 10000}
      - {from: 2024-01-01, class: poor, value: 6000}
  share: {type: ratio, values: [{from: 2024-01-01, value: 0.6}]}
  span: {type: duration, values: [{from: 2024-01-01, value: P12M}]}
classes:
  poor: {registered_in: low_income_register}
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: span}
  home: {feed: medical_bill, sum: out_of_pocket, per: household, window: P365D}
when:
  all:
    - {measure: own, at_least: limit}
    - {measure: home, at_least: share, of: household_income.annual_income}
unless:
  - {registered_in: death_register}
hit:
  explain: {en: "{own} yuan of {limit}", zh-CN: "{own}元/{limit}元"}
  evidence: [medical_bill]
"""
# What is changed in the good trigger, what must be said about it, and on which line: that of the
# change, or that of the words given.
MISTAKES = [
    (
        "measures:\n  own",
        "class_titles:\n  por: {en: Poor, zh-CN: 低收入}\nmeasures:\n  own",
        "did you mean 'poor'?",
        "por: {en",
    ),
    ("own, at_least: limit", "own, at_lest: limit", "did you mean 'at_least'?", ""),
    ("sum: out_of_pocket", "sum: out_of_poket", "did you mean 'out_of_pocket'?", ""),
    ("{measure: own, at", "{measure: onw, at", "did you mean 'own'?", ""),
    ("at_least: limit", "at_least: limti", "did you mean 'limit'?", ""),
    ("feed: medical_bill, sum", "feed: medical_bil, sum", "did you mean 'medical_bill'?", ""),
    ("registered_in: death", "registerd_in: death", "did you mean 'registered_in'?", ""),
    ("registered_in: death_register", "registered_in: medical_bill", "holds events", ""),
    ("registered_in: death_register", "record: death_register", "is a register", ""),
    ("{own} yuan", "{onw} yuan", "did you mean 'own'?", ""),
    ("{own} yuan", "{own yuan", "brace", ""),
    ("evidence: [medical_bill]", "evidence: [benefit]", "can be no evidence", ""),
    ("type: ratio", "type: money", "must be ratio or number", "measure: home"),
    ("class: poor, value: 6000", "class: por, value: 6000", "did you mean 'poor'?", ""),
    ("class: poor, value: 6000", "value: 6000", "two values hold from 2024-01-01", ""),
    ("value: 10000", "value: 10k", "not an amount", ""),
    ("value: 0.6", "value: 500", "60 % is written 0.6", ""),
    ("value: 0.6", "value: 60%", "is not a number", ""),
    ("value: P12M", "value: P12", "is not a period", ""),
    ("2024-01-01, value: P12M", "2024-02-30, value: P12M", "not a day of the calendar", ""),
    ("30 5 * * *", "61 5 * * *", "minute from 0 to 59", ""),
    ("timezone: Asia", "on_feed: benefit, timezone: Asia", "does not read 'benefit'", ""),
    ("Asia/Shanghai", "Asia/Shangai", "not a time zone", ""),
    ("subject: person", "subject: organisation", "this trigger about organisations", "own: {feed"),
    ("window: span", "window: sapn", "did you mean 'span'?", ""),
    ("{measure: own,", "{measure: own, record: medical_bill,", "two conditions", ""),
    ("need: medical_cost_relief", "need: newborn_services", "does not grant", "own: {feed"),
    ("poor: {registered_in", "other: {registered_in", "stands for everybody else", ""),
]


def test_a_good_trigger_is_taken() -> None:
    assert check_rule(GOOD, CONTRACTS).trigger == "many_bills"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    text = "\ufeff" + GOOD.replace("\n", "\r\n")

    assert check_rule(text, CONTRACTS) == check_rule(GOOD, CONTRACTS)


@pytest.mark.parametrize(
    ("good", "bad", "told", "at"), MISTAKES, ids=[f"{m[1]} ({m[2]})" for m in MISTAKES]
)
def test_a_mistake_is_told_with_its_line_and_the_right_word(
    good: str, bad: str, told: str, at: str
) -> None:
    assert good in GOOD
    text = GOOD.replace(good, bad, 1)
    line = text[: text.index(at or bad)].count("\n") + 1

    with pytest.raises(RuleRefused) as refused:
        check_rule(text, CONTRACTS, file="many.yaml")

    mistakes = refused.value.mistakes
    assert any(one.line == line and told in one.text for one in mistakes), mistakes
    assert {one.file for one in mistakes} == {"many.yaml"}


def test_all_mistakes_are_told_at_once() -> None:
    text = GOOD.replace("own, at_least: limit", "own, at_least: limti")
    text = text.replace("{own} yuan", "{onw} yuan").replace("value: 10000", "value: 10k")

    with pytest.raises(RuleRefused) as refused:
        check_rule(text, CONTRACTS)

    assert [one.line for one in refused.value.mistakes] == [12, 23, 28]


@pytest.mark.parametrize("field", ["id_number", "name"])
def test_no_trigger_reads_an_identity(field: str) -> None:
    with pytest.raises(RuleRefused, match="identifies a person"):
        check_rule(GOOD.replace("sum: out_of_pocket", f"distinct: {field}", 1), CONTRACTS)


def test_no_trigger_reads_a_protected_attribute() -> None:
    where = "{registered_in: resident_register, where: [{field: sex, is: male}]}"

    with pytest.raises(RuleRefused, match="protected attribute"):
        check_rule(GOOD.replace("{registered_in: death_register}", where), CONTRACTS)


def test_a_limit_in_money_must_be_a_parameter_with_its_legal_basis() -> None:
    where = "window: span, where: [{field: out_of_pocket, at_least: 5}]"

    with pytest.raises(RuleRefused, match="a start date and a legal basis"):
        check_rule(GOOD.replace("window: span", where, 1), CONTRACTS)


BOTH = "[{field: settled_at, within: P30D}, {field: settled_at, older_than: P30D}]"


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("{not_registered_in: low_income_register}", "only for what is absent"),
        ("{not: {registered_in: low_income_register}}", "only for what is absent"),
        ("{registered_in: death_register}", "nobody is left"),
        ("{any: [{record: medical_bill}, {registered_in: low_income_register}]}", "in every way"),
        (
            "{record: medical_bill, where: [{field: stay_id, is: a}, {field: stay_id, is: b}]}",
            "can never pass",
        ),
        (
            f"{{record: medical_bill, where: {BOTH}}}",
            "can never pass",
        ),
    ],
)
def test_a_trigger_for_nobody_or_everybody_is_refused(when: str, told: str) -> None:
    start, end = GOOD.index("when:"), GOOD.index("unless:")

    with pytest.raises(RuleRefused, match=told):
        check_rule(GOOD[:start] + f"when: {when}\n" + GOOD[end:], CONTRACTS)


def test_a_class_may_not_be_chosen_by_a_value_that_depends_on_the_class() -> None:
    text = GOOD.replace(
        "poor: {registered_in: low_income_register}", "poor: {measure: own, at_least: limit}"
    )

    with pytest.raises(RuleRefused, match="depends on the class"):
        check_rule(text, CONTRACTS)


HOSTILE = {
    "deep lists": "a: " + "[" * 50_000,
    "deep mappings": "{a: " * 15_000,
    "deep conditions": "when: " + "{all: [" * 5_000,
    "a billion laughs": "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]",
    "a tag": "a: !!python/object/apply:os.system [ls]",
    "many keys": "\n".join(f"key{n}: 1" for n in range(6_000)),
    "one long word": "trigger: " + "x" * 60_000,
    "too large": "a: " + "x" * 70_000,
    "two documents": "a: 1\n---\nb: 2",
    "not YAML": "a: [1,\n b: }",
    "a control sign": "a: \x00",
    "nothing": "",
    "a list": "- 1",
    "a doubled key": "trigger: one\ntrigger: two",
    "wrong everywhere": GOOD.replace(": ", ": x"),
    "long keys": "\n".join(f"{'k' * 200}{n}: 1" for n in range(300)),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_takes_long_to_refuse(kind: str) -> None:
    check_rule(GOOD, CONTRACTS)
    start = time.process_time()

    with pytest.raises(RuleRefused):
        check_rule(HOSTILE[kind], CONTRACTS)

    assert time.process_time() - start < 0.05
