"""Plans made of a plan: one value replaced, all multiplied, and which line is the rule's."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.feeds.contracts import load_contracts
from proactive.kernel.errors import Refused
from proactive.kernel.periods import Period
from proactive.rules.check import check_rule
from proactive.rules.nodes import Plan
from proactive.rules.plan import plan_rule
from proactive.rules.variants import only_a_limit, scaled, threshold_of, with_value

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
RULE = """
trigger: tried
title: {en: Tried, zh-CN: 试}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{title: A law, citation: art. 1}]
parameters:
  limit:
    type: money
    values: [{from: 2024-01-01, value: 333.33}, {from: 2025-01-01, value: 20000}]
  most: {type: integer, values: [{from: 2024-01-01, value: 3}]}
  share: {type: ratio, values: [{from: 2024-01-01, value: 0.6}]}
  span: {type: duration, values: [{from: 2024-01-01, value: P12M}]}
  grade: {type: integer, values: [{from: 2024-01-01, value: 2}]}
classes:
  frail: {registered_in: disability_register, where: [{field: grade, at_most: grade}]}
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: span}
  all_bills: {feed: medical_bill, count: records, per: person, window: span}
when: WHEN
hit: HIT
"""
ANY = "{any: [{measure: all_bills, more_than: most}, {measure: own, at_least: limit}]}"
ORDERED = "{priority: {order_by: own}}"


def planned(when: str = ANY, hit: str = "{}") -> Plan:
    text = RULE.replace("WHEN", when).replace("HIT", hit)
    return plan_rule(check_rule(text, CONTRACTS), CONTRACTS)


def test_a_value_takes_the_place_of_one_and_leaves_the_others() -> None:
    plan = with_value(planned(), "limit", 1, "12,000.50")

    assert [one.value for one in plan.params["limit"].values] == [33_333, 1_200_050]
    assert [one.index for one in plan.params["limit"].values] == [0, 1]
    assert plan.params["span"].values[0].value == Period(months=12)


def test_a_value_of_another_type_or_for_no_parameter_is_refused() -> None:
    with pytest.raises(Refused, match="'much' cannot be a value of parameter 'limit'"):
        with_value(planned(), "limit", 1, "much")
    with pytest.raises(Refused, match="Did you mean 'share'"):
        with_value(planned(), "shares", 0, "1")


def test_all_values_of_a_parameter_are_multiplied_and_fen_rounded_down() -> None:
    plan = scaled(planned(), "limit", Decimal("0.85"))

    assert [one.value for one in plan.params["limit"].values] == [28_333, 1_700_000]
    assert [one.text for one in plan.params["limit"].values] == ["283.33", "17000"]
    assert scaled(planned(), "most", Decimal("0.9")).params["most"].values[0].value == 2
    share = scaled(planned(), "share", Decimal("0.85")).params["share"].values[0]
    assert (share.value, share.text) == (Decimal("0.51"), "0.51")


@given(st.integers(0, 10**15), st.decimals("0.001", "10", places=3))
def test_a_scaled_amount_is_never_over_the_exact_one_and_less_than_a_fen_under_it(
    fen: int, factor: Decimal
) -> None:
    plan = with_value(planned(), "limit", 1, f"{fen // 100}.{fen % 100:02d}")

    (_, value) = scaled(plan, "limit", factor).params["limit"].values

    exact = fen * int(factor * 1000)
    assert isinstance(value.value, int)
    assert exact - 1000 < value.value * 1000 <= exact


@pytest.mark.parametrize(
    ("parameter", "factor"), [("span", "0.5"), ("limit", "0"), ("limit", "-1")]
)
def test_what_is_no_amount_or_no_factor_is_refused(parameter: str, factor: str) -> None:
    with pytest.raises(Refused, match="cannot be multiplied"):
        scaled(planned(), parameter, Decimal(factor))


def test_the_line_of_a_rule_is_that_of_the_measure_that_orders_it() -> None:
    assert threshold_of(planned(hit=ORDERED)) == ("own", "limit")


def test_without_an_order_the_first_figure_to_be_reached_is_the_line() -> None:
    assert threshold_of(planned()) == ("all_bills", "most")
    under = "{any: [{measure: all_bills, at_most: most}, {measure: own, at_least: limit}]}"
    assert threshold_of(planned(under)) == ("own", "limit")


def test_a_rule_in_which_no_figure_has_to_be_reached_has_no_line() -> None:
    assert threshold_of(planned("{registered_in: low_income_register}")) is None
    asked = "{all: [{registered_in: low_income_register}, {not: {measure: own, at_least: limit}}]}"
    assert threshold_of(planned(asked)) is None


def test_only_what_is_compared_with_finished_figures_is_only_a_limit() -> None:
    alone = {name: only_a_limit(planned(), name) for name in ("limit", "most", "span", "grade")}

    assert alone == {"limit": True, "most": True, "span": False, "grade": False}
