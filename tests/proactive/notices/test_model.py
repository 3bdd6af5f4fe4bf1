"""The life of a message: what may follow what, and that it is only ever learnt to be further."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.notices.model import (
    DECIDERS,
    HOW_TO_TELL,
    MESSAGE_TABLE,
    RANK,
    Decision,
    MessageState,
    Patience,
    Why,
    is_news,
    learn_action,
    pause_after,
)
from proactive.notices.words import STATE_WORDS, WHAT_TO_DO, WHY_WORDS
from proactive.plugins.notifier import DeliveryState, Reason

HEARD = st.lists(st.sampled_from([state.value for state in DeliveryState]), max_size=8)


def hear(state: str, heard: list[str]) -> str:
    for what in heard:
        if is_news(state, what):
            state = MESSAGE_TABLE.check(state, learn_action(what), Role.MACHINE).target
    return state


@given(HEARD)
def test_hearing_never_takes_a_message_back(heard: list[str]) -> None:
    states = [hear("sending", heard[:n]) for n in range(len(heard) + 1)]

    ranks = [RANK[MessageState(state)] for state in states]
    assert ranks == sorted(ranks)


def test_shuffled_and_repeated_news_ends_the_same() -> None:
    news = ["sent", "sent", "delivered"]

    ends = {hear("unknown", list(order)) for order in itertools.permutations(news)}

    assert ends == {"delivered"}


@pytest.mark.parametrize("state", [s for s in MessageState if s not in MESSAGE_TABLE.finals])
def test_news_is_welcome_in_every_state_that_is_not_final(state: MessageState) -> None:
    for heard in DeliveryState:
        if is_news(state, heard):
            assert MESSAGE_TABLE.can(state, learn_action(heard), Role.MACHINE)


def test_only_a_waiting_message_can_be_cancelled() -> None:
    cancellable = {row.source for row in MESSAGE_TABLE.transitions if row.action == "cancel"}

    assert cancellable == {MessageState.QUEUED}


def test_only_people_decide_about_a_parked_message() -> None:
    for decision in Decision:
        row = next(r for r in MESSAGE_TABLE.transitions if r.action == decision)
        assert row.by == DECIDERS
        with pytest.raises(Refused):
            MESSAGE_TABLE.check("parked", decision, Role.MACHINE)


def test_an_unknown_message_cannot_be_claimed() -> None:
    assert not MESSAGE_TABLE.can("unknown", "claim", Role.MACHINE)


def test_every_reason_of_a_way_out_is_one_of_ours() -> None:
    assert {reason.value for reason in Reason} <= {why.value for why in Why}


def test_every_state_and_reason_has_words_in_both_languages() -> None:
    for state in MessageState:
        assert STATE_WORDS[state].keys() == WHAT_TO_DO[state].keys() == {"en", "zh"}
    for why in Why:
        assert WHY_WORDS[why].keys() == {"en", "zh"}
        assert why is Why.NONE or all(WHY_WORDS[why].values())


def test_nobody_is_told_in_another_way_of_what_is_over() -> None:
    assert HOW_TO_TELL.keys().isdisjoint(
        {Why.NONE, Why.DEAD, Why.CASE_CLOSED, Why.SUPERSEDED, Why.EVENT_OVER}
    )


@given(st.integers(-5, 10_000))
def test_pauses_grow_up_to_their_limit(busies: int) -> None:
    patience = Patience()

    assert patience.shortest_pause <= pause_after(busies, patience) <= patience.longest_pause
    assert pause_after(busies, patience) <= pause_after(busies + 1, patience)


def test_a_call_cannot_outlast_half_a_lease() -> None:
    longest_call = timedelta(seconds=20)  # the largest timeout a way out accepts

    assert longest_call < Patience().lease / 2
