"""The county that scans and trials are measured on: made once, and read as the lake is.

Persons with four and a half bills each, written as the lake writes them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

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
TRIGGER = "large_medical_bill"
BILLS_EACH = 4.5
Files = dict[str, list[str]]
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


def make_lake(folder: Path, *, persons: int, bills: int) -> Files:
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


def lake_of(setting: Setting) -> Files:
    """Return the files of each feed; made in the folder where they are not there yet."""
    folder = setting.folder / f"lake_{setting.people}"
    done = folder / "done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make_lake(folder, persons=setting.people, bills=bills_of(setting))
        done.touch()
    return {
        one.name: sorted(str(path) for path in one.rglob("*.parquet"))
        for one in folder.iterdir()
        if one.is_dir()
    }


def bills_of(setting: Setting) -> int:
    return int(setting.people * BILLS_EACH)


def views_of(plan: Plan, files: Files) -> dict[str, FeedView]:
    """Return what a trial looks at: the feeds of the plan and the register of homes."""
    empty = SUPERSEDED.empty_table()
    feeds = plan.feeds | {plan.home_feed}
    return {feed: FeedView(plan.contracts[feed], files[feed], empty) for feed in feeds}


def scan(plan: Plan, files: Files) -> int:
    """Evaluate the trigger over everybody; return the hits."""
    limits = EngineLimits(memory="4GB", threads=THREADS)
    views = views_of(plan, files)
    found = evaluate(plan, views, as_of=AS_OF, known_at=KNOWN_AT, limits=limits)
    return int(found.hits.num_rows)


def beside_a_scan(
    benchmark: Benchmark, setting: Setting, files: Files, ours: Callable[[Plan, Files], object]
) -> Measured:
    """Time something against one scan for large medical bills over the same files."""
    plan = planned(TRIGGER)
    return best_of(
        benchmark,
        rows=bills_of(setting),
        ours=lambda: seconds_of(lambda: ours(plan, files)),
        yard=lambda: seconds_of(lambda: scan(plan, files)),
        rounds=setting.rounds,
    )
