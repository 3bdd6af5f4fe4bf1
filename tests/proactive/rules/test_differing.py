"""What differs between two versions, in words."""

from pathlib import Path

import pytest

from proactive.feeds.contracts import load_contracts
from proactive.rules.check import check_rule
from proactive.rules.differing import by_topic, differences
from proactive.rules.drafts import check_text
from proactive.rules.grammar import TriggerRule
from proactive.rules.reading import Data, read_source
from proactive.rules.reading import Path as Path_
from proactive.rules.shaping import removed
from proactive.rules.writing import document

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
TEXT = (ROOT / "triggers" / "large_medical_bill" / "trigger.yaml").read_text("utf-8")
FILES = sorted((ROOT / "triggers").glob("*/trigger.yaml"))
PLACES = {"371422": "青禾县"}
COUNTY_VALUE = """\
      - {from: 2026-12-01, area: "371422", class: low_income, value: 8000, legal_basis: 县一号文}
  income_share:
"""
# What is replaced, what comes instead, and what must be said of it in English and Chinese.
EDITS = [
    (
        "  income_share:\n",
        COUNTY_VALUE,
        "10,000 yuan → 8,000 yuan, from 2026-12-01, in 青禾县, for people on the low-incom",
        "10,000元 → 8,000元，自2026-12-01起，适用于青禾县，适用于低收入人口",
    ),
    (
        "value: 26000\n        legal_basis: 因病致贫",
        "value: 26000\n        legal_basis: 本市因病致贫",
        "十二个月个人负担超过上年当地居民人均可支配收入 (C) → 本市因病致贫",
        "26,000元 → 26,000元",
    ),
    ("value: 0.5\n", "value: 0.6\n", "50% → 60%, from 2020-01-01", "50% → 60%，自2020-01-01起"),
    ("grade: C", "grade: B", "source C → source B", "来源等级C → 来源等级B"),
    ('cron: "30 5 * * *"', 'cron: "0 6 * * 1"', "every day at 05:30", "每天05:30"),
    ("en: Large out", "en: Very large out", "title: Large out-of-pocket", "名称："),
    (
        "        - {registered_in: low_income_register}\n",
        "        - {registered_in: low_income_register, within: P6M}\n",
        "stands in “Low-income register” → stood in “Low-income register” in the last 6 months",
        "列入“低收入人口” → 近6个月内曾列入“低收入人口”",
    ),
    (
        "    - any:\n",
        "    - {registered_in: disability_register}\n    - any:\n",
        "new: stands in “Disability register”",
        "新增：列入“残疾人登记”",
    ),
    ("if_unknown: ask", "if_unknown: met", "(counts as met", "查不到时视为符合"),
    (
        "  - {registered_in: death_register}\n",
        "",
        "removed: stands in “Death register”",
        "删除：列入“死亡登记”",
    ),
    ("    per: household\n", "    per: person\n", "for the whole household", "按全家"),
    (
        "    window: oop_window\n",
        "    window: P180D\n",
        "in the 12 months up to the day looked at, only records where Valid is yes → ",
        "截至当日的180天内",
    ),
    ("working_days: 5", "working_days: 7", "within 5 working days. → ", "5个工作日"),
    ("completed: P12M", "completed: never_again", "never raised again", "同一事由不再提示"),
    ("by: 0.5", "by: 0.25", "grown by 50% since", "增加50%以上"),
    ("  priority: {order_by: oop_person, descending: true}\n", "", "removed: When", "删除：人手"),
    ("Own medical payments", "The medical payments", "reason told in English", "提示理由（英文）"),
    ("evidence: [medical_bill, ", "evidence: [", "evidence: Settled medical bill", "依据记录"),
    ("low_income: {registered_in: low_income_register}",
     "low_income: {registered_in: disability_register}",
     "low_income: stands in “Low-income register” → ", "列入“残疾人登记”"),
]  # fmt: skip


def rule(text: str = TEXT) -> TriggerRule:
    return check_rule(text, CONTRACTS)


def words(old: TriggerRule, new: TriggerRule, language: str) -> str:
    return "\n".join(one.words for one in differences(old, new, language, CONTRACTS, PLACES))


@pytest.mark.parametrize(("old", "new", "english", "chinese"), EDITS)
def test_a_change_is_said_in_words_and_nothing_else_is(
    old: str, new: str, english: str, chinese: str
) -> None:
    assert old in TEXT
    changed = rule(TEXT.replace(old, new, 1))

    assert english in words(rule(), changed, "en")
    assert chinese in words(rule(), changed, "zh-CN")
    assert len(differences(rule(), changed, "en", CONTRACTS)) == 1
    assert len(differences(changed, rule(), "en", CONTRACTS)) == 1


def test_comments_layout_and_the_order_of_conditions_are_no_difference() -> None:
    one = "{receiving: [medical_assistance, temporary_relief], within: served_lately}"
    two = "{registered_in: death_register}"
    text = TEXT.replace(one, "X").replace(two, one).replace("X", two) + "# a remark\n"

    assert differences(rule(), rule(text), "en", CONTRACTS) == ()


def test_changes_stand_under_the_headings_of_the_file() -> None:
    text = TEXT.replace("working_days: 5", "working_days: 7").replace("value: 26000", "value: 1")

    found = by_topic(differences(rule(), rule(text), "zh", CONTRACTS), "zh")

    assert [heading for heading, _ in found] == ["参数数值", "命中后的处理"]


def test_a_rule_written_anew_names_what_went_and_what_came() -> None:
    other = check_rule(
        (ROOT / "triggers" / "disability_record" / "trigger.yaml").read_text("utf-8"), CONTRACTS
    )

    told = words(rule(), other, "en")

    assert "removed Share of the household's yearly income: 50% from 2020-01-01" in told
    assert "new Heaviest grades with a care subsidy: 2 from 2016-01-01" in told
    assert "all of these hold: own payments" in told


def paths_of(node: Data, path: Path_ = ()) -> list[Path_]:
    """Return every place of a file below its top."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    found: list[Path_] = []
    for key, value in inner if isinstance(node, dict | list) else ():
        found += [(*path, key), *paths_of(value, (*path, key))]
    return found


def says_otherwise(one: TriggerRule, two: TriggerRule) -> bool:
    return one.model_dump() != two.model_dump()


@pytest.mark.parametrize("name", [file.parent.name for file in FILES])
def test_whatever_is_taken_out_of_a_shipped_trigger_is_told(name: str) -> None:
    text = (ROOT / "triggers" / name / "trigger.yaml").read_text("utf-8")
    data, old, told = read_source(text, file="t").data, rule(text), 0

    for path in paths_of(data):
        checked = check_text(document(removed(data, path)), CONTRACTS)
        if checked.rule is None or not says_otherwise(old, checked.rule):
            continue
        for language in ("en", "zh"):
            found = differences(old, checked.rule, language, CONTRACTS)
            assert found, path
            assert all(change.words.strip() for change in found), path
            assert differences(checked.rule, old, language, CONTRACTS), path
        told += 1

    assert told > 15
