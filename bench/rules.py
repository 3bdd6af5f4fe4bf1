"""How fast a full scan is, against bare reading of the columns it needs, in the same run.

A county of persons with four and a half bills each, written as the lake writes it. The yardstick
is the read limit: DuckDB touches every column that the trigger needs.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.measuring import Benchmark, Measured, Setting, best_of, seconds_of
from proactive.feeds.contracts import load_contracts
from proactive.feeds.lake import FeedView
from proactive.rules.check import check_rule
from proactive.rules.duck import EngineLimits, evaluate
from proactive.rules.memory import SUPERSEDED
from proactive.rules.nodes import Plan
from proactive.rules.plan import plan_rule

ROOT = Path(__file__).resolve().parents[1]
AS_OF = date(2026, 11, 21)
KNOWN_AT = datetime(2026, 11, 22, tzinfo=UTC)
THREADS = 2
MARKS = """md5('{feed}' || {key}) AS record_id, 1::BIGINT AS version,
    DATE '{recorded}' AS recorded_on, TIMESTAMPTZ '2026-11-20 00:00:00+00' AS arrived_at,
    false AS knowledge_assumed, 'bench' AS delivery_id"""
BILLS = """
SELECT {marks}, 1 + hash(i) % {persons} AS subject_key, NULL::BIGINT AS household_key,
    '371422' AS area, (DATE '2024-01-01' + (hash(i + 7) % 1055)::INTEGER)::DATE AS event_on,
    (DATE '2024-01-01' + (hash(i + 7) % 1055)::INTEGER)::TIMESTAMPTZ AS settled_at,
    (exp(9.5 + 5.5 * pow((hash(i + 3) % 1000) / 1000.0, 6)))::BIGINT AS out_of_pocket,
    'final' AS record_status, true AS valid, year(event_on)::INTEGER AS year
FROM range({bills}) t(i)"""
RESIDENTS = """
SELECT {marks}, i + 1 AS subject_key, 1 + i // 3 AS household_key, '371422' AS area,
    NULL::DATE AS event_on, NULL::DATE AS valid_from, NULL::DATE AS valid_to, 0 AS year
FROM range({persons}) t(i)"""
INCOMES = """
SELECT {marks}, NULL::BIGINT AS subject_key, i + 1 AS household_key, NULL::VARCHAR AS area,
    DATE '2025-12-31' AS event_on, (2000000 + hash(i) % 8000000)::BIGINT AS annual_income,
    2025 AS year
FROM range({persons} // 3) t(i) WHERE hash(i + 5) % 100 >= 8"""
LOW = """
SELECT {marks}, i + 1 AS subject_key, NULL::BIGINT AS household_key, NULL::VARCHAR AS area,
    DATE '2025-01-01' AS event_on, 'minimum_living' AS class, DATE '2025-01-01' AS valid_from,
    NULL::DATE AS valid_to, 2025 AS year
FROM range({persons}) t(i) WHERE hash(i // 3) % 1000 < 47"""
BENEFITS = """
SELECT {marks}, i + 1 AS subject_key, NULL::BIGINT AS household_key, NULL::VARCHAR AS area,
    DATE '2026-02-01' AS event_on, 'temporary_relief' AS benefit, DATE '2026-02-01' AS valid_from,
    DATE '2026-06-01' AS valid_to, 2026 AS year
FROM range({persons}) t(i) WHERE hash(i + 11) % 100 < 5"""
DEATHS = """
SELECT {marks}, i + 1 AS subject_key, NULL::BIGINT AS household_key, NULL::VARCHAR AS area,
    DATE '2026-03-01' AS event_on, DATE '2026-03-01' AS valid_from, 2026 AS year
FROM range({persons}) t(i) WHERE hash(i + 13) % 1000 < 8"""
DISABLED = """
SELECT {marks}, i + 1 AS subject_key, NULL::BIGINT AS household_key, NULL::VARCHAR AS area,
    DATE '2020-01-01' AS event_on, (1 + hash(i) % 7)::VARCHAR AS kind, 1 + hash(i + 1) % 4 AS grade,
    'valid' AS status, DATE '2020-01-01' AS valid_from, DATE '2029-12-31' AS valid_to, 2020 AS year
FROM range({persons}) t(i) WHERE hash(i + 17) % 100 < 3"""
FEEDS = {
    "medical_bill": BILLS,
    "resident_register": RESIDENTS,
    "household_income": INCOMES,
    "low_income_register": LOW,
    "benefit": BENEFITS,
    "death_register": DEATHS,
    "disability_register": DISABLED,
}


def make_lake(folder: Path, *, persons: int, bills: int) -> dict[str, list[str]]:
    """Write each feed as Parquet partitioned by year, as the lake does."""
    files = {}
    with duckdb.connect() as db:
        for feed, query in FEEDS.items():
            marks = MARKS.format(feed=feed, key="i", recorded="2026-11-01")
            text = query.format(marks=marks, persons=persons, bills=bills)
            target = folder / feed
            db.execute(f"COPY ({text}) TO '{target}' (FORMAT parquet, PARTITION_BY (year))")
            files[feed] = sorted(str(path) for path in target.rglob("*.parquet"))
    return files


def planned(trigger: str) -> Plan:
    contracts = load_contracts(ROOT / "triggers" / "feeds")
    text = (ROOT / "triggers" / trigger / "trigger.yaml").read_text("utf-8")
    return plan_rule(check_rule(text, contracts), contracts)


def read(plan: Plan, files: dict[str, list[str]]) -> None:
    """Touch every column the plan needs; this is the read limit."""
    common = ("subject_key", "household_key", "event_on", "recorded_on", "arrived_at")
    with duckdb.connect(config={"threads": THREADS}) as db:
        for feed in sorted(plan.feeds):
            relation = db.read_parquet(files[feed], hive_partitioning=False)
            wanted = {*common, *plan.fields_used.get(feed, ()), "valid_from", "valid_to"}
            columns = [name for name in relation.columns if name in wanted]
            sums = ", ".join(f'sum(hash("{name}"))' for name in columns)
            db.sql(f"SELECT {sums} FROM relation").fetchall()


def scan(plan: Plan, files: dict[str, list[str]]) -> int:
    """Evaluate the trigger over everybody; return the hits."""
    empty: pa.Table = SUPERSEDED.empty_table()
    views = {feed: FeedView(plan.contracts[feed], files[feed], empty) for feed in plan.feeds}
    limits = EngineLimits(memory="4GB", threads=THREADS)
    return evaluate(plan, views, as_of=AS_OF, known_at=KNOWN_AT, limits=limits).hits.num_rows


def run(setting: Setting) -> Measured:
    """Scan for large medical bills."""
    bills = setting.people * 9 // 2
    folder = setting.folder / f"scan_{setting.people}"
    folder.mkdir()
    files = make_lake(folder, persons=setting.people, bills=bills)
    plan = planned("large_medical_bill")
    return best_of(
        BENCHMARK,
        rows=bills,
        ours=lambda: seconds_of(lambda: scan(plan, files)),
        yard=lambda: seconds_of(lambda: read(plan, files)),
        rounds=setting.rounds,
    )


BENCHMARK = Benchmark(
    name="rules",
    what="a full scan for large medical bills, with the records behind each hit",
    yardstick="DuckDB touches every needed column",
    at_most=12,
    run=run,
)
