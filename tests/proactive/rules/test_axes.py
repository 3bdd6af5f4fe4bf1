"""What can be swept, what is refused and why, and round values between two ends."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.feeds.contracts import load_contracts
from proactive.kernel.errors import Refused
from proactive.rules.axes import Axis, check_axes, evenly
from proactive.rules.check import check_rule
from proactive.rules.grammar import ParameterType
from proactive.rules.nodes import Plan
from proactive.rules.plan import plan_rule

CONTRACTS = load_contracts(Path(__file__).resolve().parents[3] / "triggers" / "feeds")
AS_OF = date(2026, 3, 31)
HEAD = """
trigger: tried
title: {en: Tried, zh-CN: 试}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{title: A law, citation: art. 1}]
"""
OWN = """
parameters:
  limit: {type: money, values: [{from: 2024-01-01, value: 100}]}
  span: {type: duration, values: [{from: 2024-01-01, value: P12M}]}
  wait: {type: duration, values: [{from: 2024-01-01, value: P3D}]}
  spare: {type: integer, values: [{from: 2024-01-01, value: 3}]}
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: span}
when: {measure: own, at_least: limit}
hit: {pending_period: wait}
"""
FRAIL = """
parameters:
  limit:
    type: money
    values: [{from: 2024-01-01, value: 500}, {from: 2024-01-01, class: frail, value: 50}]
classes:
  frail: {registered_in: disability_register}
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: P12M}
when: {measure: own, at_least: limit}
"""
LISTED = """
parameters:
  listed: {type: codes, values: [{from: 2024-01-01, value: destitute}]}
when: {registered_in: low_income_register, where: [{field: class, in: [listed]}]}
"""


def planned(text: str) -> Plan:
    return plan_rule(check_rule(HEAD + text, CONTRACTS), CONTRACTS)


def many(count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, count + 1))


@pytest.mark.parametrize(
    ("code", "sentence", "axes"),
    [
        ("unknown_parameter", "Did you mean 'limit'?", [Axis("limitt", ("1",))]),
        ("bad_value", "Its type is money. Write it like", [Axis("limit", ("100", "P3D"))]),
        ("bad_value", "Its type is duration", [Axis("span", ("100",))]),
        ("bad_value", "under zero", [Axis("limit", ("-1",))]),
        ("bad_value", "Everybody with a record", [Axis("limit", ("0", "1"))]),
        ("bad_value", "twice", [Axis("limit", ("100", "100.00"))]),
        ("bad_value", "'' cannot be", [Axis("limit", ("",))]),
        ("not_swept", "how long a hit waits", [Axis("wait", ("P1D",))]),
        ("not_swept", "nothing would change", [Axis("spare", ("1",))]),
        ("sweep_size", "0 points", [Axis("limit", ())]),
        ("sweep_size", "up to 200", [Axis("limit", many(201))]),
        ("sweep_size", "up to 400", [Axis("limit", many(21)), Axis("span", ("P1D",) * 20)]),
        ("sweep_size", "0 parameters", []),
        ("sweep_size", "3 parameters", [Axis("limit", ("1",))] * 3),
        ("same_axis", "another parameter", [Axis("limit", ("1",)), Axis("limit", ("2",))]),
        ("no_such_value", "hold everywhere", [Axis("limit", ("1",), area="1101")]),
        ("no_such_value", "Did you mean 'other'?", [Axis("limit", ("1",), klass="poor")]),
        ("no_such_value", "None is in force", [Axis("limit", ("1",), klass="other")]),
    ],
)
def test_what_cannot_be_swept_is_refused_with_a_reason(
    code: str, sentence: str, axes: list[Axis]
) -> None:
    with pytest.raises(Refused) as refused:
        check_axes(planned(OWN), axes, AS_OF)

    assert refused.value.code == code
    assert sentence in refused.value.sentence()


def test_a_value_that_is_nobodys_is_refused() -> None:
    text = FRAIL.replace("value: 500}", "class: other, value: 500}")
    text = text.replace("values: [{from: 2024-01-01, class: other", "values: [{from: 2023-01-01, "
                        "value: 900}, {from: 2024-01-01, class: other")  # fmt: skip

    with pytest.raises(Refused, match="Every class has a value of its own: frail, other"):
        check_axes(planned(text), [Axis("limit", ("100",))], AS_OF)


def test_a_code_that_no_record_can_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(Refused, match="Did you mean 'destitute'"):
        check_axes(planned(LISTED), [Axis("listed", ("destitude",))], AS_OF)


# --- values between two ends --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "stop", "count", "kind", "values"),
    [
        ("5000", "60000", 6, "money", "5000 16000 27000 38000 49000 60000"),
        ("5000", "60000", 5, "money", "5000 19000 32000 46000 60000"),
        ("0.33", "0.5", 4, "ratio", "0.33 0.39 0.44 0.5"),
        ("1", "3", 9, "integer", "1 2 3"),
        ("P1M", "P1Y", 4, "duration", "P1M P5M P8M P12M"),
        ("P30D", "P90D", 3, "duration", "P30D P60D P90D"),
        ("0.01", "0.03", 5, "money", "0.01 0.02 0.03"),
    ],
)
def test_values_between_two_ends_are_round(
    start: str, stop: str, count: int, kind: str, values: str
) -> None:
    assert evenly(start, stop, count, ParameterType(kind)) == tuple(values.split())


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(2, 200))
def test_values_between_two_ends_rise_from_one_to_the_other(
    low: int, more: int, count: int
) -> None:
    values = evenly(str(low), str(low + more), count, ParameterType.MONEY)

    numbers = [Decimal(value) for value in values]
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-1]) == (low, low + more)
    assert 2 <= len(numbers) <= count


@pytest.mark.parametrize(
    ("start", "stop", "count", "kind"),
    [
        ("60000", "5000", 50, "money"),
        ("5000", "5000", 50, "money"),
        ("5000", "60000", 1, "money"),
        ("5000", "60000", 201, "money"),
        ("5000", "much", 50, "money"),
        ("P30D", "P6M", 5, "duration"),
        ("P12M", "P6M", 5, "duration"),
        ("a", "b", 5, "code"),
    ],
)
def test_a_range_that_is_none_is_refused(start: str, stop: str, count: int, kind: str) -> None:
    with pytest.raises(Refused):
        evenly(start, stop, count, ParameterType(kind))
