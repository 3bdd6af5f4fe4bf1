"""Columns of parts keep their secret whatever the numbers are."""

from hypothesis import given
from hypothesis import strategies as st

from proactive.outcomes.takeup import add_up
from proactive.outcomes.takeup_cells import HIDDEN, Count, Share, hide_alone, hide_column, number

COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=8)
TALLIES = st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 99)), max_size=6)


@given(COUNTS)
def test_no_small_number_is_shown_nor_found_by_taking_away(counts: list[int]) -> None:
    shown = hide_column([Count(n) for n in counts])

    hidden = [place for place, cell in enumerate(shown) if cell is HIDDEN]
    assert all(cell is HIDDEN or number(cell) not in (1, 2, 3, 4) for cell in shown)
    others = [n for place, n in enumerate(counts) if place not in hidden]
    if len(hidden) == 1:
        assert not any(others)


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_share_is_hidden_when_either_side_is_small(yes: int, no: int) -> None:
    cell = hide_alone(Share(yes, yes + no))

    assert (cell is HIDDEN) == any(0 < n < 5 for n in (yes, no, yes + no))


@given(TALLIES, TALLIES)
def test_parts_add_up_to_the_whole_in_any_grouping(
    some: list[dict[str, int]], others: list[dict[str, int]]
) -> None:
    assert add_up([add_up(some), add_up(others)]) == add_up([*some, *others])
