"""Columns of parts keep their secret whatever the numbers are."""

from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from proactive.outcomes.takeup import add_up
from proactive.outcomes.takeup_cells import (
    HIDDEN,
    Count,
    Row,
    Share,
    Table,
    hidden_parts,
    hide_alone,
    hide_column,
    number,
)

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


@settings(max_examples=60, deadline=None)
@example([(3, 0), (0, 5), (1, 7)])
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=3))
def test_who_found_a_few_cannot_be_worked_out_from_what_is_shown(
    pairs: list[tuple[int, int]],
) -> None:
    """Whoever knows the shown cells and both sums is left with two answers for each small cell."""
    rows = tuple(Row({}, (Count(a + b), Share(a, a + b), Share(b, a + b))) for a, b in pairs)
    shown = hidden_parts(Table("", {}, (), rows, bound=((0, 1, 2),))).rows
    told = [[cell is not HIDDEN for cell in row.cells] for row in shown]

    def answers(row: int) -> list[tuple[int, int]]:
        """Return what the row may be by itself."""
        a, b = pairs[row]
        if told[row][1] or told[row][2]:
            return [(a, b)]
        wholes = [a + b] if told[row][0] else range(17)
        return [(n, whole - n) for whole in wholes for n in range(whole + 1)]

    sums = [sum(column) for column in zip(*pairs, strict=True)]
    last = set(answers(len(pairs) - 1))
    left = []  # the last row is what the others leave of the sums
    for first in product(*(answers(row) for row in range(len(pairs) - 1))):
        rest = (sums[0] - sum(a for a, _ in first), sums[1] - sum(b for _, b in first))
        if rest in last:
            left.append((*first, rest))
    for row, pair in enumerate(pairs):
        assert told[row][1] == told[row][2]
        for known in (0, 1, sum):
            n = known(pair) if callable(known) else pair[known]
            may = {known(one[row]) if callable(known) else one[row][known] for one in left}
            others = sum(sums) > sum(pair)  # else the part is the whole
            assert not (0 < n < 5 and others) or len(may) > 1


@given(TALLIES, TALLIES)
def test_parts_add_up_to_the_whole_in_any_grouping(
    some: list[dict[str, int]], others: list[dict[str, int]]
) -> None:
    assert add_up([add_up(some), add_up(others)]) == add_up([*some, *others])
