"""Laws of items: what the machine may do, what waits ends, what a refusal means for others."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive.bundles.model import (
    FAVOURABLE,
    ITEM_TABLE,
    SETTLED,
    BundleState,
    ItemState,
    ItemView,
    Wait,
    bundle_state,
    check_choice,
    settle,
    waits_for,
)
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role

S = ItemState
PEOPLE = [role for role in Role if role is not Role.MACHINE]


def view(code: str, state: S = S.WAITING, *needs: str, **more: object) -> ItemView:
    return ItemView(code, state, tuple(Wait(need) for need in needs), **more)  # type: ignore[arg-type]


def settled(*views: ItemView) -> dict[str, ItemView]:
    """Apply machine steps until nothing more follows."""
    items = {each.code: each for each in views}
    for _ in range(50):
        steps = settle(items)
        if not steps:
            return items
        for step in steps:
            old = items[step.code]
            row = ITEM_TABLE.check(old.state, step.action, Role.MACHINE)
            items[step.code] = ItemView(
                old.code, S(row.target), old.needs, old.satisfied_by, old.asked, old.lenient_open
            )
    pytest.fail("settling does not come to rest")


def test_no_row_of_the_machine_leads_to_an_adverse_or_a_deciding_state() -> None:
    deciding = {S.REFUSED, S.RETURNED, S.WITHDRAWN, S.CANCELLED, S.GRANTED, S.DELIVERED}

    by_machine = [row for row in ITEM_TABLE.transitions if Role.MACHINE in row.by]

    assert by_machine
    assert not [row for row in by_machine if row.target in deciding and row.source != row.target]
    assert S.NOT_SELECTED not in {row.target for row in by_machine}


def test_every_state_is_reached_and_every_open_state_has_a_way_on_for_a_person() -> None:
    reached, grown = {ITEM_TABLE.start}, True
    while grown:
        more = {row.target for row in ITEM_TABLE.transitions if row.source in reached}
        grown = not more <= reached
        reached |= more

    assert reached == set(S)
    for state in set(S) - ITEM_TABLE.finals:
        ways = [row for role in PEOPLE for row in ITEM_TABLE.actions(state, role)]
        assert [row for row in ways if row.target != state], state


def test_final_states_have_no_way_out() -> None:
    assert not [row for row in ITEM_TABLE.transitions if row.source in ITEM_TABLE.finals]


def test_only_clerks_decide() -> None:
    deciding = {"accept", "accept_lenient", "grant", "refuse", "return", "ask"}

    for row in ITEM_TABLE.transitions:
        if row.action in deciding:
            assert row.by == {Role.CLERK}


def test_an_item_becomes_ready_when_all_it_needs_is_granted() -> None:
    items = settled(view("a", S.GRANTED), view("b", S.ACCEPTED), view("c", S.WAITING, "a", "b"))
    assert items["c"].state is S.WAITING
    assert waits_for(items["c"], items) == ("b",)

    items = settled(view("a", S.GRANTED), view("b", S.DELIVERED), view("c", S.WAITING, "a", "b"))
    assert items["c"].state is S.READY


def test_what_a_register_already_holds_counts_as_granted() -> None:
    items = settled(
        view("certificate", S.NOT_SELECTED, satisfied_by="register:disability_register"),
        view("subsidy", S.WAITING, "certificate"),
    )

    assert items["subsidy"].state is S.READY


def test_a_refused_prerequisite_blocks_down_the_chain_and_unblocks_when_overturned() -> None:
    blocked = settled(
        view("a", S.REFUSED), view("b", S.WAITING, "a"), view("c", S.WAITING, "b"), view("d")
    )
    assert [blocked[c].state for c in "bcd"] == [S.BLOCKED, S.BLOCKED, S.READY]

    again = settled(view("a", S.SUBMITTED), blocked["b"], blocked["c"], blocked["d"])
    assert [again[c].state for c in "bc"] == [S.WAITING, S.WAITING]

    granted = settled(view("a", S.GRANTED), again["b"], again["c"])
    assert [granted[c].state for c in "bc"] == [S.READY, S.WAITING]


def test_an_item_that_only_wants_a_decision_goes_on_after_a_refusal() -> None:
    aid = ItemView("aid", S.WAITING, (Wait("pay", until_granted=False),))

    assert settled(view("pay", S.SUBMITTED), aid)["aid"].state is S.WAITING
    assert settled(view("pay", S.REFUSED), aid)["aid"].state is S.READY
    assert settled(view("pay", S.BLOCKED, "gone"), view("gone", S.REFUSED), aid)["aid"].state is (
        S.READY
    )


CODES = ("a", "b", "c", "d", "e")


@st.composite
def bundles(draw: st.DrawFn) -> dict[str, ItemView]:
    """Any set of items whose needs point backwards, in any mix of states."""
    items = {}
    for at, code in enumerate(CODES):
        needs = draw(st.lists(st.sampled_from(CODES[:at]), unique=True)) if at else []
        items[code] = ItemView(
            code,
            draw(st.sampled_from(list(S))),
            tuple(Wait(need, draw(st.booleans())) for need in needs),
            draw(st.sampled_from(["", "", "register:x"])),
            draw(st.integers(0, 1)),
            draw(st.integers(0, 1)),
        )
    return items


@given(bundles())
@settings(max_examples=300)
def test_settling_comes_to_rest_and_nobody_waits_for_what_can_no_longer_come(
    items: dict[str, ItemView],
) -> None:
    end = settled(*items.values())

    for item in end.values():
        if item.state is S.WAITING:
            open_ones = [c for c in waits_for(item, end) if end[c].state not in SETTLED]
            assert open_ones, "an eternal wait"
        if item.state is S.BLOCKED:
            assert any(
                end[w.item].state in SETTLED and end[w.item].state not in FAVOURABLE
                for w in item.needs
            )


@given(bundles())
@settings(max_examples=300)
def test_settling_never_touches_what_a_person_decided(items: dict[str, ItemView]) -> None:
    end = settled(*items.values())

    decided = {S.GRANTED, S.REFUSED, S.DELIVERED, S.WITHDRAWN, S.CANCELLED, S.RETURNED}
    for code, before in items.items():
        if before.state in decided | {S.NOT_SELECTED}:
            assert end[code].state is before.state


@given(bundles(), st.lists(st.tuples(st.sampled_from(CODES), st.integers(0, 99)), max_size=25))
@settings(max_examples=200)
def test_any_walk_of_people_keeps_the_laws(
    items: dict[str, ItemView], walk: list[tuple[str, int]]
) -> None:
    for code, pick in walk:
        ways = [r for role in PEOPLE for r in ITEM_TABLE.actions(items[code].state, role)]
        if not ways:
            continue
        row = ways[pick % len(ways)]
        old = items[code]
        items[code] = ItemView(code, S(row.target), old.needs, old.satisfied_by)
        items = settled(*items.values())
        for item in items.values():
            if item.state is S.READY:
                assert not waits_for(item, items)


def test_an_item_that_others_need_is_only_dropped_with_them_in_sight() -> None:
    items = {v.code: v for v in (view("a", S.READY), view("b", S.WAITING, "a"), view("c"))}

    with pytest.raises(Refused) as refused:
        check_choice(items, drop=["a"])
    assert refused.value.code == "draws_others_along"
    assert refused.value.facts["items"] == "b"

    choice = check_choice(items, drop=["a"], cascade=True)
    assert set(choice.drop) == {"a", "b"}
    assert choice.drawn_along == ("b",)


def test_choosing_an_item_brings_what_it_needs_when_the_person_agrees() -> None:
    items = {v.code: v for v in (view("a", S.NOT_SELECTED), view("b", S.NOT_SELECTED, "a"))}

    with pytest.raises(Refused):
        check_choice(items, choose=["b"])
    assert check_choice(items, choose=["b"], cascade=True).choose == ("a", "b")
    assert check_choice(items, choose=["a", "b"]).drawn_along == ()


def test_dropping_what_a_chosen_item_needs_in_the_same_breath_is_refused() -> None:
    items = {
        v.code: v
        for v in (view("a", S.NOT_SELECTED), view("b", S.NOT_SELECTED, "a"), view("c", S.READY))
    }

    with pytest.raises(Refused):
        check_choice(items, choose=["b"], drop=["a"], cascade=True)
    with pytest.raises(Refused):
        check_choice(items, choose=["x"])


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([S.NOT_SELECTED], BundleState.EMPTY),
        ([S.NOT_SELECTED, S.READY], BundleState.RUNNING),
        ([S.SUSPENDED, S.WAITING], BundleState.WAITING_FOR_PERSON),
        ([S.GRANTED, S.REFUSED], BundleState.RUNNING),
        ([S.DELIVERED, S.REFUSED, S.BLOCKED], BundleState.SETTLED),
    ],
    ids=["nothing chosen", "one ready", "asked for more", "not yet handed over", "all ended"],
)
def test_the_state_of_the_whole_follows_from_its_items(
    states: list[S], expected: BundleState
) -> None:
    assert bundle_state(states) is expected


def test_the_table_answers_for_every_state_action_and_role() -> None:
    actions = {row.action for row in ITEM_TABLE.transitions}
    rows = {(r.source, r.action): r for r in ITEM_TABLE.transitions}

    for state, action, role in product(S, actions, Role):
        row = rows.get((state, action))
        assert ITEM_TABLE.can(state, action, role) == (row is not None and role in row.by)
