"""A sweep counts at each point what a scan would find with that value in the file."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from proactive.kernel.errors import Refused
from proactive.rules import reference
from proactive.rules.axes import check_axes
from proactive.rules.check import check_rule
from proactive.rules.nodes import Param, Plan
from proactive.rules.plan import plan_rule
from proactive.rules.reference_county import County as Homes
from proactive.rules.sweeping import Axis, sweep
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
