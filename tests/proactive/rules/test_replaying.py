"""A replay is a scan on every single day, a back-test a scan at every moment: on made-up rules."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive.kernel.errors import Refused
from proactive.rules import reference, reference_county
from proactive.rules.check import check_rule
from proactive.rules.memory import memory_view
from proactive.rules.moments import Moment
from proactive.rules.nodes import Plan
from proactive.rules.plan import plan_rule
from proactive.rules.replaying import MomentCounts, backtest, replay
from proactive.rules.views import MemoryView
from tests.fullness import in_full
from tests.proactive.rules.test_conformance import (
    ALIASES,
    AREAS,
    AS_OF,
    CONTRACTS,
    FAIR,
    NO_ALIASES,
    County,
    Rule,
    counties,
    known_days,
    rules,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOME = "resident_register"
aliases = st.sampled_from([ALIASES, NO_ALIASES])
# around the days on which the made-up rows, parameters and registers change
starts = st.sampled_from([AS_OF - timedelta(days=days) for days in (0, 1, 3, 28, 33, 90)])
lengths = st.sampled_from([0, 1, 2, 4, 8, 32, 95])
spans = st.tuples(starts, lengths).map(lambda s: (s[0], s[0] + timedelta(days=s[1])))
moments = st.builds(
    Moment,
    st.sampled_from([AS_OF + timedelta(days=days) for days in (-90, -31, -30, -1, 0, 1, 30)]),
    st.sampled_from(
        [
            datetime(2026, 2, 19, 15, 59, tzinfo=UTC),
            datetime(2026, 2, 19, 16, 0, tzinfo=UTC),
            datetime(2026, 3, 25, tzinfo=UTC),
            datetime(2026, 4, 2, 0, 59, tzinfo=UTC),
            NOW,
        ]
    ),
)


@settings(FAIR, max_examples=in_full(3, 50))
@given(rules(), counties(), spans, known_days, aliases)
def test_a_replay_says_what_a_scan_on_every_day_says_first(
    rule: Rule, county: County, span: tuple[date, date], known_at: datetime, aliases: pa.Table
) -> None:
    first, last = span
    question = {"known_at": known_at, "areas": AREAS, "aliases": aliases}

    told = replay(rule.plan, county.views, first=first, last=last, **question)

    assert told.to_pylist() == day_by_day(rule.plan, county, first, last, question)


@settings(FAIR, max_examples=in_full(6, 25))
@given(rules(), counties(), st.lists(moments, min_size=1, max_size=4, unique=True), aliases)
def test_a_back_test_counts_what_a_scan_at_every_moment_counts(
    rule: Rule, county: County, moments: list[Moment], aliases: pa.Table
) -> None:
    counted = backtest(rule.plan, county.views, moments=moments, areas=AREAS, aliases=aliases)

    judged = moment_by_moment(rule.plan, county, moments, aliases)
    assert [figures(one) for one in counted] == judged


@settings(FAIR, max_examples=in_full(1, 8))
@given(rules(), counties(), spans)
def test_the_size_of_the_portions_changes_nothing(
    rule: Rule, county: County, span: tuple[date, date]
) -> None:
    first, last = span
    days = [Moment(last, NOW), Moment(first - timedelta(days=40), NOW - timedelta(days=65))]
    asked: dict[str, Any] = {"areas": AREAS, "aliases": ALIASES}
    known: dict[str, Any] = {"first": first, "last": last, "known_at": NOW}

    told = [replay(rule.plan, county.views, portion=one, **known, **asked) for one in (1, 10**6)]
    counted = [
        backtest(rule.plan, county.views, moments=days, portion=one, **asked) for one in (1, 10**6)
    ]

    assert told[0] == told[1]
    assert counted[0] == counted[1]


# the slow way


def day_by_day(
    plan: Plan, county: County, first: date, last: date, question: dict[str, Any]
) -> list[dict[str, Any]]:
    """Scan on every day; keep the first day of each subject and episode, with the area of it."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for days in range((last - first).days + 1):
        day = first + timedelta(days=days)
        hits = reference.evaluate(plan, county.views, as_of=day, **question).hits
        homes = home_areas(county, day, question)
        for row in hits.select(["subject_key", "episode"]).to_pylist():
            area = homes.get(row["subject_key"], "")
            found.setdefault(tuple(row.values()), {**row, "first_day": day, "area": area})
    return [found[key] for key in sorted(found)]


def moment_by_moment(
    plan: Plan, county: County, moments: list[Moment], aliases: pa.Table
) -> list[dict[str, Any]]:
    """Scan at every moment and count."""
    told, before = [], set[int]()
    for moment in sorted(moments):
        question = {"known_at": moment.known_at, "areas": AREAS, "aliases": aliases}
        found = reference.evaluate(plan, county.views, as_of=moment.as_of, **question)
        homes = home_areas(county, moment.as_of, question)
        subjects = set(found.hits["subject_key"].to_pylist())
        areas = [homes.get(subject, "") for subject in subjects]
        told.append(
            {
                **found.counts,
                "unknown_counts": found.unknown_counts,
                "subjects": len(subjects),
                "new": len(subjects - before),
                "by_area": {area: areas.count(area) for area in sorted(set(areas))},
            }
        )
        before |= subjects
    return told


def figures(counted: MomentCounts) -> dict[str, Any]:
    names = ("hits", "asked", "excluded", "unknown_counts", "subjects", "new", "by_area")
    return {name: getattr(counted, name) for name in names}


def home_areas(county: County, day: date, question: dict[str, Any]) -> dict[int, str]:
    """The area of everybody's one home entry on the day, as the slow judge reads the register."""
    judged = reference_county.County(
        LIVES, county.views, day, question["known_at"], AREAS, question["aliases"]
    )
    homes = {subject: judged.home(subject) for subject in judged.subjects}
    return {subject: home["area"] or "" for subject, home in homes.items() if home is not None}


HEAD = """
trigger: example
title: {en: Example, zh-CN: 示例}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{title: none, citation: none}]
"""


def planned(text: str) -> Plan:
    return plan_rule(check_rule(HEAD + text, CONTRACTS), CONTRACTS)


LIVES = planned("when: {registered_in: resident_register}")

# by name

BILLS = """
parameters:
  limit: {type: money, values: [{from: 2025-01-01, value: 100}, {from: 2026-03-15, value: 60}]}
measures:
  paid: {feed: medical_bill, sum: out_of_pocket, per: person, window: P1M}
when: {measure: paid, at_least: limit}
"""
HOUSEHOLD = BILLS.replace("per: person", "per: household")
FEW = """
parameters:
  some: {type: integer, values: [{from: 1990-01-01, value: 1}]}
measures:
  bills: {feed: medical_bill, count: records, per: person, window: P1M}
when: {all: [{registered_in: resident_register}, {not: {measure: bills, at_least: some}}]}
"""
MARCH = {"first": date(2026, 3, 1), "last": date(2026, 4, 30), "known_at": NOW}


def bill(key: int, day: date, fen: int, **more: Any) -> dict[str, Any]:
    marks = {"record_id": f"{key}-{day}-{fen}", "subject_key": key}
    return {**marks, "event_on": day, "out_of_pocket": fen, **more}


def home(key: int, household: int, first: date | None = None) -> dict[str, Any]:
    marks = {"record_id": f"{key}-{household}", "subject_key": key, "household_key": household}
    return {**marks, "area": "1101", "valid_from": first}


def given_rows(
    bills: list[dict[str, Any]], homes: list[dict[str, Any]] | None = None
) -> dict[str, MemoryView]:
    return {
        "medical_bill": memory_view(CONTRACTS["medical_bill"], bills),
        HOME: memory_view(CONTRACTS[HOME], homes or []),
    }


def days_found(text: str, views: dict[str, MemoryView]) -> dict[int, date]:
    rows = replay(planned(text), views, **MARCH).to_pylist()
    return {row["subject_key"]: row["first_day"] for row in rows}


def test_a_lower_value_finds_people_from_the_day_it_holds() -> None:
    views = given_rows([bill(1, date(2026, 3, 2), 7000), bill(2, date(2026, 3, 2), 10000)])

    assert days_found(BILLS, views) == {1: date(2026, 3, 15), 2: date(2026, 3, 2)}


def test_who_moves_into_a_household_is_found_on_the_day_of_the_move() -> None:
    views = given_rows(
        [bill(1, date(2026, 3, 2), 20000)],
        [home(1, 7), home(2, 8, date(2026, 1, 1)), home(2, 7, date(2026, 3, 20))],
    )

    assert days_found(HOUSEHOLD, views) == {1: date(2026, 3, 2), 2: date(2026, 3, 20)}


def test_who_is_found_for_having_few_bills_is_found_when_the_bill_is_a_month_old() -> None:
    views = given_rows([bill(1, date(2026, 2, 28), 1)], [home(1, 7), home(2, 8)])

    # a month before 28 March is 28 February, and the window begins on the day after it
    assert days_found(FEW, views) == {1: date(2026, 3, 28), 2: date(2026, 3, 1)}


def test_a_replay_tells_where_people_live_and_how_far_it_is() -> None:
    views = given_rows([bill(1, date(2026, 3, 2), 20000)], [home(1, 7)])
    told: list[tuple[int, int]] = []

    found = replay(planned(BILLS), views, told=lambda done, of: told.append((done, of)), **MARCH)

    assert found["area"].to_pylist() == ["1101"]
    assert told == [(14, 61), (61, 61)]  # the value changes after a fortnight


def test_a_back_test_says_what_was_assumed_and_what_was_not_there_yet() -> None:
    january, march = date(2026, 1, 31), date(2026, 3, 31)
    rows = [
        bill(1, january, 20000, recorded_on=january, knowledge_assumed=True),
        bill(2, march, 20000, recorded_on=march, knowledge_assumed=False),
    ]
    moments = [Moment(day, datetime(2026, day.month, 28, tzinfo=UTC)) for day in (january, march)]
    moments.append(Moment(march, NOW))

    counted = backtest(planned(BILLS), given_rows(rows), moments=moments)

    assert [(one.subjects, one.new) for one in counted] == [(0, 0), (0, 0), (1, 1)]
    assert [one.silent for one in counted] == [("medical_bill",), (), ()]
    assert [one.assumed for one in counted] == [False, True, True]


def test_what_was_corrected_later_counts_as_it_stood_then() -> None:
    march = date(2026, 3, 31)
    rows = [
        {**bill(1, march, 20000), "record_id": "b", "version": 1, "recorded_on": march},
        {**bill(1, march, 100), "record_id": "b", "version": 2, "recorded_on": date(2026, 4, 2)},
    ]
    gone = [{"record_id": "b", "version": 1, "since": NOW, "since_recorded": date(2026, 4, 2)}]
    views = {"medical_bill": memory_view(CONTRACTS["medical_bill"], rows, gone)}
    moments = [Moment(march, datetime(2026, 4, day, tzinfo=UTC)) for day in (1, 2)]

    assert [one.hits for one in backtest(planned(BILLS), views, moments=moments)] == [1, 0]


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "bad_span"),
        (date(2025, 1, 1), date(2030, 1, 1), "replay_too_long"),
        (date(2024, 12, 31), date(2025, 2, 1), "not_in_force"),
        (date(9998, 1, 1), date(9998, 1, 1), "bad_day"),
    ],
)
def test_a_span_nobody_can_replay_is_refused(first: date, last: date, code: str) -> None:
    with pytest.raises(Refused) as refused:
        replay(planned(BILLS), given_rows([]), first=first, last=last, known_at=NOW)

    assert refused.value.code == code


def test_five_years_can_be_replayed() -> None:
    span = {"first": date(2025, 1, 1), "last": date(2029, 12, 31)}

    assert replay(planned(BILLS), given_rows([]), **span, known_at=NOW).num_rows == 0


@pytest.mark.parametrize(("many", "code"), [(0, "no_moments"), (61, "too_many_moments")])
def test_a_back_test_of_no_or_too_many_moments_is_refused(many: int, code: str) -> None:
    moments = [Moment(date(2026, 1, 1) + timedelta(days=day), NOW) for day in range(many)]

    with pytest.raises(Refused) as refused:
        backtest(planned(BILLS), given_rows([]), moments=moments)

    assert refused.value.code == code


@pytest.mark.parametrize("steps", [0, 1, 20])
def test_it_stops_at_the_next_step_when_asked(steps: int) -> None:
    views = given_rows([bill(1, date(2026, 3, 2), 20000)])
    asked = iter(range(1000))

    with pytest.raises(Refused) as refused:
        replay(planned(BILLS), views, stopped=lambda: next(asked) >= steps, **MARCH)

    assert refused.value.code == "cancelled"
