"""What a run hands over: figures, the values used, gaps, evidence; and what it keeps away from."""

import json
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proactive.feeds.contracts import load_contracts
from proactive.feeds.lake import FeedView, lake_schema
from proactive.kernel.errors import Refused
from proactive.rules import duck
from proactive.rules.check import check_rule
from proactive.rules.memory import SUPERSEDED, memory_view
from proactive.rules.plan import plan_rule
from proactive.rules.results import Evaluation, hit_rows
from proactive.rules.views import View
from tests.fullness import in_full

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
AS_OF = date(2026, 11, 21)
KNOWN_AT = datetime(2026, 11, 22, tzinfo=UTC)
BILLS = CONTRACTS["medical_bill"]
HEAD = """
trigger: tried
title: {en: Tried, zh-CN: 试}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{title: A law, citation: art. 1}]
"""
LIMIT = """
parameters:
  limit: {type: money, values: [{from: 2024-01-01, value: 100, legal_basis: art. 2}]}
measures:
  own: {feed: medical_bill, sum: out_of_pocket, per: person, window: P12M}
"""
PLAIN = HEAD + LIMIT + "when: {measure: own, at_least: limit}\n"


def bill(subject: int, fen: int | None, record: str, **more: Any) -> dict[str, Any]:
    row = {"record_id": record, "subject_key": subject, "out_of_pocket": fen}
    return row | {"event_on": date(2026, 5, 1)} | more


def evaluate(text: str, given: dict[str, list[dict[str, Any]]], **more: Any) -> Evaluation:
    plan = plan_rule(check_rule(text, CONTRACTS), CONTRACTS)
    views: dict[str, View] = {
        feed: memory_view(CONTRACTS[feed], given.get(feed, [])) for feed in plan.feeds
    }
    return duck.evaluate(plan, views, **({"as_of": AS_OF, "known_at": KNOWN_AT} | more))


def test_a_hit_carries_its_figure_the_value_used_and_the_records_behind_it() -> None:
    found = evaluate(PLAIN, {"medical_bill": [bill(7, 6000, "a"), bill(7, 4000, "b")]})

    (hit,) = hit_rows(found)
    assert (hit.subject_key, hit.episode, hit.measures) == (7, "", {"own": 10000})
    assert hit.parameters["limit"] == {
        "value": "100", "from": "2024-01-01", "area": "", "class": "", "legal_basis": "art. 2"
    }  # fmt: skip
    assert [(one["feed"], one["record_id"], one["facts"]) for one in hit.evidence] == [
        ("medical_bill", "a", {"out_of_pocket": 6000}),
        ("medical_bill", "b", {"out_of_pocket": 4000}),
    ]
    json.dumps([hit.measures, hit.parameters, hit.unknowns, hit.evidence])


def test_an_amount_nobody_entered_is_asked_for_and_raises_nobody_alone() -> None:
    text = PLAIN.replace("at_least: limit", "at_least: limit, if_unknown: ask")
    parts = "[{registered_in: low_income_register}, {measure: own, at_least: limit}]"
    both = HEAD + LIMIT + f"when: {{all: {parts}}}\n"
    given = {
        "medical_bill": [bill(1, None, "a"), bill(2, 9999, "b")],
        "low_income_register": [{"record_id": "x", "subject_key": 1}],
    }

    assert evaluate(text, given).hits.num_rows == 0
    found = evaluate(both, given)
    assert [(hit.subject_key, hit.unknowns) for hit in hit_rows(found)] == [(1, ["own"])]
    assert found.unknown_counts == {"own": 1}


def test_what_is_missing_is_counted_even_where_it_is_taken_as_not_met() -> None:
    low = (
        "when:\n  all:\n    - {registered_in: low_income_register}\n"
        "    - {measure: own, at_least: limit, if_unknown: not_met}\n"
    )
    given = {
        "medical_bill": [bill(1, None, "a")],
        "low_income_register": [{"record_id": "x", "subject_key": 1}],
    }

    found = evaluate(HEAD + LIMIT + low, given)

    assert (found.hits.num_rows, found.unknown_counts) == (0, {"own": 1})


def test_the_value_of_the_deepest_area_wins_over_the_class() -> None:
    text = HEAD + LIMIT.replace(
        "values: [",
        "values: [{from: 2024-01-01, class: poor, value: 50}, {from: 2020-01-01, area: '11', "
        "value: 80}, {from: 2020-01-01, area: '1101', class: poor, value: 70}, ",
    )
    text += "classes: {poor: {registered_in: low_income_register}}\n"
    text += "when: {measure: own, at_least: limit}\n"
    areas = {"110101": ("11", "1101", "110101"), "1102": ("11", "1102"), "22": ("22",)}
    homes = {1: "110101", 2: "1102", 3: "22", 4: "1102", 5: ""}
    given = {
        "medical_bill": [bill(key, 100_00, f"b{key}") for key in homes],
        "resident_register": [
            {"record_id": f"r{key}", "subject_key": key, "area": area}
            for key, area in homes.items()
        ],
        "low_income_register": [{"record_id": f"l{k}", "subject_key": k} for k in (1, 2, 3)],
    }

    found = evaluate(text, given, areas=areas)

    used = {hit.subject_key: hit.parameters["limit"]["value"] for hit in hit_rows(found)}
    assert used == {1: "70", 2: "80", 3: "50", 4: "80", 5: "100"}


def test_a_value_for_all_others_holds_where_there_are_no_classes() -> None:
    text = PLAIN.replace(
        "{from: 2024-01-01, value: 100", "{from: 2024-01-01, class: other, value: 100"
    )

    found = evaluate(text, {"medical_bill": [bill(1, 10000, "a"), bill(2, 9999, "b")]})

    assert [hit.subject_key for hit in hit_rows(found)] == [1]


def test_a_day_on_which_no_value_is_in_force_is_refused() -> None:
    with pytest.raises(Refused, match="has no value on 2023-12-31"):
        evaluate(PLAIN, {}, as_of=date(2023, 12, 31))


def test_no_rows_and_no_files_are_nobody_found() -> None:
    plan = plan_rule(check_rule(PLAIN, CONTRACTS), CONTRACTS)
    view = FeedView(BILLS, [], SUPERSEDED.empty_table())

    found = duck.evaluate(plan, {"medical_bill": view}, as_of=AS_OF, known_at=KNOWN_AT)

    assert found.counts == {"hits": 0, "asked": 0, "excluded": 0}


def test_files_written_before_a_field_existed_are_read_as_not_known(tmp_path: Path) -> None:
    old = pa.Table.from_pylist([bill(1, 10000, "a") | _marks()], schema=lake_schema(BILLS))
    new = pa.Table.from_pylist([bill(2, 10000, "b") | _marks()], schema=lake_schema(BILLS))
    pq.write_table(old.drop(["valid"]), tmp_path / "old.parquet")
    where = ", where: [{field: valid, known: false}]}"
    text = PLAIN.replace("window: P12M}", "window: P12M" + where)
    plan = plan_rule(check_rule(text, CONTRACTS), CONTRACTS)
    files = [str(tmp_path / "old.parquet")]

    def found() -> list[int]:
        view = FeedView(BILLS, files, SUPERSEDED.empty_table())
        question = {"as_of": AS_OF, "known_at": KNOWN_AT}
        hits = duck.evaluate(plan, {"medical_bill": view}, **question).hits
        return list(hits["subject_key"].to_pylist())

    assert found() == [1]
    pq.write_table(new, tmp_path / "new.parquet")
    files.append(str(tmp_path / "new.parquet"))
    assert found() == [1, 2]


def _marks() -> dict[str, Any]:
    return {"version": 1, "arrived_at": datetime(2026, 1, 1, tzinfo=UTC), "year": 2026}


def test_the_engine_reads_the_given_files_and_nothing_else(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.parquet", tmp_path / "other.parquet"
    for file in (mine, other):
        pq.write_table(lake_schema(BILLS).empty_table(), file)
    view = FeedView(BILLS, [str(mine)], SUPERSEDED.empty_table())

    with duck.connect({"medical_bill": view}, duck.EngineLimits()) as db:
        assert db.read_parquet([str(mine)]).fetchall() == []
        for forbidden in (
            f"SELECT * FROM read_parquet('{other}')",
            "SELECT * FROM read_text('/etc/hostname')",
            f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            f"ATTACH '{tmp_path / 'new.db'}'",
        ):
            with pytest.raises(duckdb.Error):
                db.execute(forbidden)


@settings(
    max_examples=in_full(3, 8),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.one_of(st.none(), st.integers(-5_000, 20_000))),
        min_size=1,
        max_size=12,
    ),
    st.lists(st.integers(1, 300), min_size=2, max_size=3, unique=True).map(sorted),
)
def test_a_higher_threshold_never_finds_somebody_new(
    bills: list[tuple[int, int | None]], limits: list[int]
) -> None:
    given = {"medical_bill": [bill(key, fen, str(n)) for n, (key, fen) in enumerate(bills)]}
    found = []
    for limit in limits:
        text = PLAIN.replace("value: 100", f"value: {limit}")
        found.append(set(evaluate(text, given).hits["subject_key"].to_pylist()))

    assert all(higher <= lower for lower, higher in pairwise(found))
