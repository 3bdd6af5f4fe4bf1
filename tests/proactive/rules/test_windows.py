"""Windows: which days belong to a period that ends on a day, told three ways that must agree."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from proactive.feeds.contracts import load_contracts
from proactive.kernel.periods import Period
from proactive.rules import duck
from proactive.rules.check import check_rule
from proactive.rules.memory import memory_view
from proactive.rules.plan import plan_rule
from proactive.rules.reference_words import look_back

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
RULE = """
trigger: dated
title: {{en: Dated, zh-CN: 日期}}
subject: person
need: newborn_services
proposes: [newborn]
legal_basis: [{{title: none, citation: none}}]
when: {{record: birth_certificate, where: [{{field: born_on, {test}: {span}}}]}}
"""


@given(days, st.integers(0, 30), st.integers(0, 400))
def test_the_slow_judge_looks_back_as_far_as_the_kernel(as_of: date, months: int, day: int) -> None:
    period = Period(months, day)

    assert look_back(period, as_of) == period.window(as_of)[0]


def test_a_window_of_365_days_is_the_day_and_the_364_before() -> None:
    assert look_back(Period.parse("P365D"), date(2026, 11, 21)) == date(2025, 11, 22)
    assert look_back(Period.parse("P365D"), date(2024, 12, 31)) == date(2024, 1, 2)


def test_a_window_of_twelve_months_starts_the_day_after_the_same_date_a_year_before() -> None:
    assert look_back(Period.parse("P12M"), date(2026, 11, 21)) == date(2025, 11, 22)
    assert look_back(Period.parse("P12M"), date(2024, 2, 29)) == date(2023, 3, 1)
    assert look_back(Period.parse("P1M"), date(2026, 3, 31)) == date(2026, 3, 1)


def test_within_and_older_than_complete_each_other_and_leave_out_later_days() -> None:
    as_of = date(2026, 3, 31)
    born = [as_of + timedelta(days=days) for days in range(-40, 5)]
    rows = [
        {"record_id": str(day), "subject_key": number, "event_on": day, "born_on": day}
        for number, day in enumerate(born)
    ]
    views = {"birth_certificate": memory_view(CONTRACTS["birth_certificate"], rows)}
    found = {}
    for test in ("within", "older_than"):
        rule = check_rule(RULE.format(test=test, span="P1M"), CONTRACTS)
        question = {"as_of": as_of, "known_at": datetime(2026, 6, 1, tzinfo=UTC)}
        evaluation = duck.evaluate(plan_rule(rule, CONTRACTS), views, **question)
        found[test] = set(evaluation.hits["episode"].to_pylist())

    assert found["within"] == {str(day) for day in born if date(2026, 3, 1) <= day <= as_of}
    assert found["older_than"] == {str(day) for day in born if day < date(2026, 3, 1)}
