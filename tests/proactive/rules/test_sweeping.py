"""A sweep counts at each point what a scan would find with that value in the file."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from proactive.kernel.errors import Refused
from proactive.rules import reference
from proactive.rules.axes import check_axes
from proactive.rules.check import check_rule
from proactive.rules.memory import memory_view
from proactive.rules.nodes import Param, Plan
from proactive.rules.plan import plan_rule
from proactive.rules.reference_county import County as Homes
from proactive.rules.sweeping import Axis, Sweep, Total, sweep
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

VALUES = {
    "money": ["49.99", "50.00", "50.01", "100", "150", "0.01"],
    "integer": ["1", "2", "3", "4"],
    "number": ["0.5", "1.5", "2", "3"],
    "ratio": ["0.33", "0.5", "1", "2"],
    "duration": ["P1D", "P30D", "P1M", "P365D", "P12M", "P400D"],
}
KNOWN_AT = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = ("subjects", "hits", "asked")


# --- the law ------------------------------------------------------------------------------------


def in_place(param: Param, area: str, klass: str) -> int:
    """The place in the file of the value in force for an area and a class."""
    same = [one for one in param.values if (one.area, one.klass) == (area, klass)]
    return max((one for one in same if one.start <= AS_OF), key=lambda one: one.start).index


def written(rule: Rule, axes: Sequence[Axis], texts: Sequence[str]) -> Plan:
    """The plan of the file with other texts in the places that the axes name."""
    document = yaml.safe_load(rule.text)
    for axis, text in zip(axes, texts, strict=True):
        index = in_place(rule.plan.params[axis.parameter], axis.area, axis.klass)
        document["parameters"][axis.parameter]["values"][index]["value"] = text
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    return plan_rule(check_rule(text, CONTRACTS), CONTRACTS)


@st.composite
def tries(draw: st.DrawFn) -> tuple[Rule, list[Axis]]:
    """A rule with one or two axes that are anybody's values."""
    rule = draw(rules())
    able = [axis for axis in _axes(rule.plan) if _can_be_swept(rule.plan, axis)]
    assume(able)
    count = draw(st.sampled_from([1, 1, 2])) if len(able) > 1 else 1
    order = draw(st.permutations(able))[:count]
    most = 4 if count == 1 else 3
    axes = []
    for axis in order:
        some = st.lists(st.sampled_from(axis.values), min_size=1, max_size=most, unique=True)
        axes.append(replace(axis, values=tuple(draw(some))))
    return rule, axes


def _axes(plan: Plan) -> Iterator[Axis]:
    for param in plan.params.values():
        places = {(one.area, one.klass) for one in param.values if one.start <= AS_OF}
        for area, klass in sorted(places):
            yield Axis(param.name, tuple(VALUES[param.type]), area, klass)


def _can_be_swept(plan: Plan, axis: Axis) -> bool:
    try:
        check_axes(plan, [axis], AS_OF)
    except Refused as refused:
        return refused.code not in ("not_swept", "no_such_value")
    return True


def judged(plan: Plan, county: County, question: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    """What the slow judge finds, counted by the hits' home area."""
    hits = reference.evaluate(plan, county.views, **question).hits.to_pylist()
    homes = Homes(replace(plan, located=True), county.views, **question)
    counts: Counter[tuple[str, str]] = Counter()
    area_of = {}
    for hit in hits:
        home = homes.home(hit["subject_key"])
        area = area_of[hit["subject_key"]] = str((home or {}).get("area") or "")
        counts[area, "hits"] += 1
        counts[area, "asked"] += bool(hit["unknowns"])
    counts.update((area, "subjects") for area in area_of.values())
    return +counts


@FAIR
@given(tries(), counties(), known_days, st.sampled_from([ALIASES, NO_ALIASES]))
def test_every_point_counts_what_a_scan_of_that_file_finds(
    tried: tuple[Rule, list[Axis]], county: County, known_at: datetime, aliases: Any
) -> None:
    rule, axes = tried
    question = {"as_of": AS_OF, "known_at": known_at, "areas": AREAS, "aliases": aliases}

    swept = sweep(rule.plan, county.views, axes=axes, **question)

    assert swept.points == tuple(product(*(axis.values for axis in axes)))
    for number, texts in enumerate(swept.points):
        found: Counter[tuple[str, str]] = Counter()
        for row in swept.table.to_pylist():
            if row["point"] == number:
                found.update({(row["area"], name): row[name] for name in NAMES})
        assert +found == judged(written(rule, axes, texts), county, question), texts


# --- single points ------------------------------------------------------------------------------

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
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: span}
when: {measure: own, at_least: limit}
"""
FRAIL = """
parameters:
  limit:
    type: money
    values: [{from: 2024-01-01, value: 500}, {from: 2024-01-01, class: frail, value: 50}]
  frail_to: {type: integer, values: [{from: 2024-01-01, value: 1}]}
classes:
  frail: {registered_in: disability_register, where: [{field: grade, at_most: frail_to}]}
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: P12M}
when: {measure: own, at_least: limit}
"""
SPENDER = """
parameters:
  limit:
    type: money
    values: [{from: 2024-01-01, value: 500}, {from: 2024-01-01, class: spender, value: 50}]
  line: {type: money, values: [{from: 2024-01-01, value: 300}]}
classes:
  spender: {measure: own, at_least: line}
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: P12M}
when: {measure: own, at_least: limit}
"""
LISTED = """
parameters:
  listed: {type: codes, values: [{from: 2024-01-01, value: destitute}]}
when: {registered_in: low_income_register, where: [{field: class, in: [listed]}]}
"""
SHARE = """
parameters:
  share: {type: ratio, values: [{from: 2024-01-01, value: 0.5}]}
  age: {type: duration, values: [{from: 2024-01-01, value: P1Y}]}
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: P12M}
when:
  {measure: own, at_least: share, of: household_income.annual_income, of_within: age,
   if_unknown: not_met}
"""
SHARE_OF_LIMIT = """
parameters:
  share: {type: ratio, values: [{from: 2024-01-01, value: 0.5}]}
  base: {type: money, values: [{from: 2024-01-01, value: 300}]}
  most: {type: money, values: [{from: 2024-01-01, value: 1000}]}
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: P12M}
when: {all: [{measure: own, at_least: share, of: base}, {measure: own, at_most: most}]}
"""
PUBLISHED = """
trigger: published
title: {en: Published, zh-CN: 公示}
subject: organisation
need: credit_repair
proposes: [credit_repair]
legal_basis: [{title: A law, citation: art. 1}]
parameters:
  shown:
    type: duration
    in_force_on: decided_on
    values: [{from: 2020-01-01, value: P3M}, {from: 2026-01-01, value: P1Y}]
when: {record: adverse_credit, where: [{field: decided_on, older_than: shown}]}
"""
Rows = dict[str, list[dict[str, Any]]]
TWO_PEOPLE: Rows = {
    "medical_bill": [
        {"record_id": "a", "subject_key": 1, "event_on": AS_OF, "out_of_pocket": 10_000},
        {"record_id": "b", "subject_key": 2, "event_on": date(2025, 6, 1), "out_of_pocket": 20_000},
    ],
    "resident_register": [
        {"record_id": "x", "subject_key": 1, "household_key": 7, "area": "1101"},
        {"record_id": "y", "subject_key": 2, "household_key": 8, "valid_to": date(2026, 1, 1)},
    ],
    "disability_register": [
        {"record_id": "d", "subject_key": 1, "grade": 2, "status": "valid"},
        {"record_id": "e", "subject_key": 2, "grade": 3, "status": "valid"},
    ],
    "low_income_register": [
        {"record_id": "l", "subject_key": 1, "class": "minimum_living"},
        {"record_id": "m", "subject_key": 2, "class": "destitute"},
    ],
    "household_income": [
        {
            "record_id": "i",
            "household_key": 7,
            "event_on": date(2024, 6, 1),
            "annual_income": 15_000,
        }
    ],
}


def planned(text: str) -> Plan:
    return plan_rule(check_rule(text, CONTRACTS), CONTRACTS)


def swept(text: str, given: Rows, *axes: Axis, **more: Any) -> Sweep:
    plan = planned(text)
    feeds = plan.feeds | {plan.home_feed}
    views = {feed: memory_view(CONTRACTS[feed], given.get(feed, [])) for feed in feeds}
    return sweep(plan, views, axes=axes, as_of=AS_OF, known_at=KNOWN_AT, **more)


def hits(found: Sweep) -> list[int]:
    return [total.hits for total in found.totals()]


def test_hits_stand_under_the_area_of_their_home_and_under_none_where_it_is_not_known() -> None:
    found = swept(HEAD + OWN, TWO_PEOPLE, Axis("limit", ("100", "150", "201")))

    assert found.points == (("100",), ("150",), ("201",))
    assert found.table.to_pylist() == [
        {"point": 0, "area": "", "subjects": 1, "hits": 1, "asked": 0},
        {"point": 0, "area": "1101", "subjects": 1, "hits": 1, "asked": 0},
        {"point": 1, "area": "", "subjects": 1, "hits": 1, "asked": 0},
    ]
    assert found.totals() == [Total(2, 2, 0), Total(1, 1, 0), Total(0, 0, 0)]


def test_a_longer_window_finds_whom_a_shorter_one_did_not() -> None:
    found = swept(HEAD + OWN, TWO_PEOPLE, Axis("span", ("P1M", "P12M", "P1D")))

    assert hits(found) == [1, 2, 1]


def test_a_grid_tries_every_pair_of_values() -> None:
    axes = (Axis("span", ("P1M", "P12M")), Axis("limit", ("100.01", "100", "200")))

    found = swept(HEAD + OWN, TWO_PEOPLE, *axes)

    assert found.points == tuple(product(("P1M", "P12M"), ("100.01", "100", "200")))
    assert hits(found) == [0, 1, 0, 1, 2, 1]


def test_a_share_and_what_it_is_a_share_of_can_be_tried_together() -> None:
    axes = (Axis("share", ("0.5", "1")), Axis("base", ("200", "300", "201")))

    found = swept(HEAD + SHARE_OF_LIMIT, TWO_PEOPLE, *axes)

    assert hits(found) == [2, 1, 1, 1, 0, 0]


def test_two_limits_of_two_conditions_can_be_tried_together() -> None:
    axes = (Axis("most", ("100", "199", "200")), Axis("share", ("0.3", "0.5")))

    found = swept(HEAD + SHARE_OF_LIMIT, TWO_PEOPLE, *axes)

    assert hits(found) == [1, 0, 1, 0, 2, 1]


def test_a_value_that_decides_the_class_chooses_other_limits() -> None:
    found = swept(HEAD + FRAIL, TWO_PEOPLE, Axis("frail_to", ("1", "2", "3", "4")))

    assert hits(found) == [0, 1, 2, 2]


def test_a_limit_that_decides_the_class_chooses_other_limits_too() -> None:
    found = swept(HEAD + SPENDER, TWO_PEOPLE, Axis("line", ("100", "150", "201")))

    assert hits(found) == [2, 1, 0]


def test_the_limit_of_one_class_is_swept_alone() -> None:
    frail = Axis("limit", ("100", "200", "201"), klass="frail")

    found = swept((HEAD + FRAIL).replace("value: 1}", "value: 3}"), TWO_PEOPLE, frail)

    assert hits(found) == [2, 1, 0]


def test_codes_are_parted_by_commas() -> None:
    codes = CONTRACTS["low_income_register"].fields["class"].codes
    other = next(code for code in codes if code not in ("minimum_living", "destitute"))

    found = swept(
        HEAD + LISTED,
        TWO_PEOPLE,
        Axis("listed", ("minimum_living", "destitute, minimum_living", other)),
    )

    assert hits(found) == [1, 2, 0]


def test_how_old_a_compared_figure_may_be_can_be_swept() -> None:
    found = swept(HEAD + SHARE, TWO_PEOPLE, Axis("age", ("P1Y", "P2Y")))

    assert hits(found) == [0, 1]


def test_organisations_stand_under_the_area_of_their_register() -> None:
    given: Rows = {
        "adverse_credit": [
            {"record_id": "a", "subject_key": 5, "decided_on": date(2026, 1, 15)},
            {"record_id": "b", "subject_key": 5, "decided_on": date(2025, 12, 1)},
        ],
        "enterprise_register": [
            {"record_id": "x", "subject_key": 5, "area": "1102", "status": "active"}
        ],
    }

    found = swept(PUBLISHED, given, Axis("shown", ("P1M", "P6M")))

    assert found.table.to_pylist() == [
        {"point": 0, "area": "1102", "subjects": 1, "hits": 2, "asked": 0},
        {"point": 1, "area": "1102", "subjects": 1, "hits": 1, "asked": 0},
    ]


def test_a_sweep_says_how_far_it_is_and_stops_when_asked() -> None:
    axis, heard = Axis("span", ("P1M", "P2M", "P3M")), []

    with pytest.raises(Refused, match="cancelled"):
        swept(
            HEAD + OWN,
            TWO_PEOPLE,
            axis,
            told=lambda done, total: heard.append((done, total)),
            stopped=lambda: len(heard) == 2,
        )

    assert heard == [(1, 3), (2, 3)]


def test_a_day_before_the_values_is_refused_as_a_scan_refuses_it() -> None:
    text = (HEAD + OWN).replace(
        "span: {type: duration, values: [{from: 2024", "span: {type: duration, values: [{from: 2027"
    )

    with pytest.raises(Refused, match="'span' of trigger tried has no value on 2026-03-31"):
        swept(text, TWO_PEOPLE, Axis("limit", ("100",)))
