"""How fast a full scan is, against bare reading of the columns it needs, in the same run.

The yardstick is the read limit: DuckDB touches every column that the trigger needs.
"""

from __future__ import annotations

import duckdb

from bench.lakes import THREADS, Files, bills_of, lake_of, planned, scan
from bench.measuring import Benchmark, Measured, Setting, best_of, seconds_of
from proactive.rules.nodes import Plan


def read(plan: Plan, files: Files) -> None:
    """Touch every column the plan needs; this is the read limit."""
    common = ("subject_key", "household_key", "event_on", "recorded_on", "arrived_at")
    with duckdb.connect(config={"threads": THREADS}) as db:
        for feed in sorted(plan.feeds):
            relation = db.read_parquet(files[feed], hive_partitioning=False)
            wanted = {*common, *plan.fields_used.get(feed, ()), "valid_from", "valid_to"}
            columns = [name for name in relation.columns if name in wanted]
            sums = ", ".join(f'sum(hash("{name}"))' for name in columns)
            db.sql(f"SELECT {sums} FROM relation").fetchall()


def run(setting: Setting) -> Measured:
    """Scan for large medical bills."""
    files, plan = lake_of(setting), planned("large_medical_bill")
    return best_of(
        BENCHMARK,
        rows=bills_of(setting),
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
