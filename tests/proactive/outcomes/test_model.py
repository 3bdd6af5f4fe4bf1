"""Judgements, shares with their intervals, who mends what, and lots: plain values."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.outcomes.drawing import Below, bands_of, drawn, quarter
from proactive.outcomes.faults import (
    ANSWER_WORDS,
    CORRECTION_TABLE,
    FAULT_WORDS,
    Answer,
    Fault,
    register_to_ask,
)
from proactive.outcomes.model import (
    MENDERS,
    Cell,
    Counts,
    Judgement,
    Mender,
    Result,
    add_up,
    judge,
    missed,
    share_of,
)
from proactive.visits.model import NO_NEED_WORDS, NoNeed

DAY = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def events(*actions: str) -> list[tuple[str, str, datetime]]:
    """Return events a day apart, written as 'action' or 'action:reason'."""
    return [
        (action.partition(":")[0], action.partition(":")[2], DAY + timedelta(days=n))
        for n, action in enumerate(actions)
    ]


@pytest.mark.parametrize(
    ("said", "result", "reason", "after_days"),
    [
        ([], Result.OPEN, "", None),
        (["could_not_reach:not_reached"], Result.OPEN, "not_reached", None),
        (["could_not_reach", "confirm"], Result.CONFIRMED, "", 1),
        (["not_confirm:no_need"], Result.NOT_CONFIRMED, "no_need", 0),
        (["not_confirm:refused"], Result.DECLINED, "refused", 0),
        (["decline"], Result.DECLINED, "", 0),
        (["confirm", "decline"], Result.CONFIRMED, "declined_later", 0),
        (["confirm", "send_back"], Result.OPEN, "", None),
        (["confirm", "send_back", "not_confirm:died"], Result.NOT_CONFIRMED, "died", 2),
        (["confirm", "send_back", "confirm"], Result.CONFIRMED, "", 2),
    ],
)
def test_a_case_is_judged_by_what_people_said_last(
    said: list[str], result: Result, reason: str, after_days: int | None
) -> None:
    at = None if after_days is None else DAY + timedelta(days=after_days)

    assert judge(events(*said)) == Judgement(result, reason, at)


# Worked out by hand from Wilson's formula and checked against published tables of the interval.
@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (31, 40, 0.6250, 0.8768),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_the_interval_of_a_share_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    share = share_of(count, of)

    assert share is not None
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_there_is_no_share_of_nothing_and_no_part_above_the_whole() -> None:
    assert share_of(0, 0) is None
    with pytest.raises(ValueError, match="larger than the whole"):
        share_of(3, 2)


@given(st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_stays_a_share(pair: tuple[int, int]) -> None:
    share, mirrored = share_of(*pair), share_of(pair[1] - pair[0], pair[1])

    assert share is not None
    assert mirrored is not None
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert share.low == pytest.approx(1 - mirrored.high)


def test_more_visits_make_a_share_surer() -> None:
    widths = [s.high - s.low for s in (share_of(3 * n, 4 * n) for n in (1, 10, 100, 1000)) if s]

    assert len(widths) == 4
    assert all(wide > narrow for wide, narrow in pairwise(widths))


def test_refusals_and_people_not_reached_speak_neither_for_nor_against_the_rule() -> None:
    counts = add_up(
        [
            Cell("confirmed", "", 6, helped=4),
            Cell("not_confirmed", "no_need", 2),
            Cell("not_confirmed", "data_wrong", 1),
            Cell("declined", "refused", 5),
            Cell("open", "not_reached", 3),
            Cell("open", "", 7),
        ]
    )

    assert (counts.raised, counts.judged, counts.declined, counts.waiting) == (24, 9, 5, 7)
    assert counts.precision == share_of(6, 9)
    assert counts.yielded == share_of(4, 24)
    assert counts.not_reached == 3
    assert Counter(counts.reasons) == Counter(no_need=2, data_wrong=1)


def test_every_reason_has_words_in_both_languages_and_somebody_who_can_mend_it() -> None:
    assert set(MENDERS) == set(NoNeed) == set(NO_NEED_WORDS)
    for reason, mender in MENDERS.items():
        asks = register_to_ask(reason, lead_feed="medical_bill", home_feed="resident_register")
        assert (asks is not None) == (mender is Mender.STEWARD), reason
    for words in (FAULT_WORDS, ANSWER_WORDS):
        assert all(english and chinese for english, chinese in words.values())
    assert set(FAULT_WORDS) == set(Fault)
    assert set(ANSWER_WORDS) == set(Answer)


def test_who_moved_or_died_is_asked_of_the_register_that_should_have_said_so() -> None:
    known = {"lead_feed": "medical_bill", "home_feed": "resident_register"}

    assert register_to_ask("moved", **known) == ("resident_register", Fault.MOVED)
    assert register_to_ask("not_our_person", **known) == ("resident_register", Fault.OTHER_PLACE)
    assert register_to_ask("died", **known) == ("death_register", Fault.DIED)
    assert register_to_ask("data_wrong", **known) == ("medical_bill", Fault.NOT_SAID)
    assert register_to_ask("no_such_reason", **known) is None


def test_the_machine_answers_no_correction_request() -> None:
    for action in ("answer", "withdraw", "specify"):
        with pytest.raises(Refused, match="somebody else"):
            CORRECTION_TABLE.check("open", action, Role.MACHINE)


def test_what_the_rule_misses_is_the_share_of_the_sample_times_who_stands_there() -> None:
    sample = Counts(raised=12, confirmed=2, not_confirmed={"no_need": 6})

    found = missed(400, sample)

    assert found is not None
    assert (found.people, found.low, found.high) == (100, 28, 237)
    assert missed(400, Counts(raised=3)) is None


def test_nobody_can_be_missed_beyond_those_who_stand_there() -> None:
    found = missed(3, Counts(raised=2, confirmed=2, not_confirmed={}))

    assert found is not None
    assert (found.people, found.high) == (3, 3)


def test_a_quarter_is_named_by_its_year() -> None:
    assert [quarter(date(2026, month, 1)) for month in (1, 3, 4, 9, 10, 12)] == [
        "2026Q1", "2026Q1", "2026Q2", "2026Q3", "2026Q4", "2026Q4",
    ]  # fmt: skip


def test_those_under_the_line_are_counted_in_two_halves() -> None:
    below = [Below(n, Decimal(m)) for n, m in enumerate(["0.80", "0.89", "0.90", "0.999"])]

    assert bands_of(below, Decimal("0.8")) == {"80-90": 2, "90-100": 2}


def test_lots_are_the_same_whoever_draws_and_fall_on_about_the_share(keyring: Keyring) -> None:
    tickets = {n: keyring.blind(f"t\x002026Q4\x00{n}", column="sample") for n in range(5000)}
    backwards = dict(reversed(tickets.items()))

    chosen = drawn(tickets, Decimal("0.02"))

    assert chosen == drawn(backwards, Decimal("0.02"))
    assert 60 <= len(chosen) <= 150
    assert set(drawn(tickets, Decimal("0.01"))) <= set(chosen)
    next_quarter = {n: keyring.blind(f"t\x002027Q1\x00{n}", column="sample") for n in range(5000)}
    assert set(chosen) != set(drawn(next_quarter, Decimal("0.02")))
