"""Intervals against published and simulated values; hiding; alarms."""

from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.outcomes.fairness_model import (
    AGES,
    Limits,
    Measure,
    Rate,
    compare,
    hidden_cells,
    quantile,
    ratio_interval,
)
from proactive.outcomes.model import share_of

Z = quantile()


def test_wilson_agrees_with_that_of_the_learning_page() -> None:
    for count, of in ((0, 10), (31, 40), (40, 40), (3, 5000)):
        mine, other = Rate(count, of).interval(Z), share_of(count, of)
        assert other
        assert (mine.low, mine.high) == pytest.approx((other.low, other.high))


def test_wilson_gives_newcombes_published_limits() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
    assert Rate(81, 263).interval(Z).low == pytest.approx(0.2553, abs=5e-5)
    assert Rate(81, 263).interval(Z).high == pytest.approx(0.3662, abs=5e-5)
    assert Rate(0, 20).interval(Z).high == pytest.approx(0.1611, abs=5e-5)


@pytest.mark.parametrize(("p", "q"), [(0.02, 0.04), (0.1, 0.1), (0.5, 0.3)])
def test_the_interval_of_a_ratio_holds_the_truth_nineteen_times_in_twenty(
    p: float, q: float
) -> None:
    draw, held, times = Random(7), 0, 600
    for _ in range(times):
        one = Rate(sum(draw.random() < p for _ in range(400)), 400)
        other = Rate(sum(draw.random() < q for _ in range(500)), 500)
        interval = ratio_interval(one, other, Z)
        held += interval.low <= p / q <= interval.high

    assert 0.925 <= held / times <= 0.985


@given(st.integers(0, 200), st.integers(0, 5000), st.integers(0, 200), st.integers(0, 5000))
def test_the_interval_of_a_ratio_always_holds_the_ratio_and_turns_round(
    a: int, more: int, b: int, rest: int
) -> None:
    one, other = Rate(a, a + more), Rate(b, b + rest)

    interval, turned = ratio_interval(one, other, Z), ratio_interval(other, one, Z)

    assert 0 <= interval.low <= interval.high
    if one.value and other.value:
        assert interval.low <= one.value / other.value <= interval.high
        assert interval.low * turned.high == pytest.approx(1)


def test_a_rule_that_finds_nobody_of_a_group_raises_the_alarm() -> None:
    women, men = compare(Measure.FOUND, [Rate(0, 2000), Rate(60, 2000)], Limits())

    assert (women.alarm, men.alarm) == ("less", "")
    assert women.ratio == 0
    assert women.ratio_interval.high < 0.2


def test_few_people_raise_no_alarm_and_nothing_is_certain_of_nobody() -> None:
    few, many = compare(Measure.FOUND, [Rate(0, 12), Rate(30, 2000)], Limits())

    assert (few.alarm, many.alarm) == ("", "")
    assert ratio_interval(Rate(0, 0), Rate(3, 9), Z).high == inf


def test_only_the_worse_side_of_a_difference_is_told() -> None:
    found = [Rate(20, 1000), Rate(90, 1000)]
    refused = [Rate(60, 100), Rate(20, 100)]

    assert [one.alarm for one in compare(Measure.FOUND, found, Limits())] == ["less", ""]
    assert [one.alarm for one in compare(Measure.REFUSED, refused, Limits())] == ["more", ""]
    need = [Rate(80, 100), Rate(30, 100)]
    assert [one.alarm for one in compare(Measure.CONFIRMED, need, Limits())] == ["more", "less"]


def test_small_cells_are_hidden_and_one_more_that_would_tell_them() -> None:
    limits = Limits()

    assert hidden_cells([Rate(4, 500), Rate(30, 500), Rate(9, 500)], limits) == {0, 2}
    assert hidden_cells([Rate(3, 500), Rate(4, 500), Rate(30, 500)], limits) == {0, 1}
    assert hidden_cells([Rate(6, 9), Rate(40, 500), Rate(50, 500)], limits) == {0, 1}
    assert hidden_cells([Rate(0, 500), Rate(30, 500)], limits) == set()
    assert hidden_cells([Rate(30, 500), Rate(40, 500), Rate(2, 40)], limits, nobodys=2) == {2}
    assert hidden_cells([Rate(5, 500), Rate(30, 500)], limits) == set()


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 400)), min_size=2, max_size=8))
def test_the_sum_of_a_row_never_gives_one_hidden_cell_away(cells: list[tuple[int, int]]) -> None:
    rates = [Rate(count, count + more) for count, more in cells]

    hidden = hidden_cells(rates, Limits())

    shown = [rate for place, rate in enumerate(rates) if place not in hidden]
    assert all(not 0 < rate.count < 5 and not 0 < rate.of < 10 for rate in shown)
    if len(hidden) == 1:
        assert all(rate.count == 0 for rate in shown)


def test_age_bands_leave_no_gap() -> None:
    assert AGES == ("0-13", "14-17", "18-44", "45-59", "60-74", "75+")
