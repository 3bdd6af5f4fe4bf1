"""How long looking back takes, against one scan in the same run: 24 month ends, 548 days.

The scan's county, where each row became known up to thirty days after its own day: a month end
sees fewer bills than the day after it, as in life.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import duckdb

from bench.lakes import AS_OF, KNOWN_AT, THREADS, Files, beside_a_scan, lake_of, views_of
from bench.measuring import Benchmark, Measured, Setting
from proactive.rules.duck import EngineLimits
from proactive.rules.moments import Moment
from proactive.rules.nodes import Plan
from proactive.rules.replaying import backtest, replay

DAYS, MONTHS = 548, 24
LIMITS = EngineLimits(memory="2GB", threads=THREADS)
RECORDED = """
COPY (SELECT * REPLACE (
    coalesce(event_on, DATE '2023-12-31') + (hash(record_id) % 30)::INTEGER AS recorded_on)
    FROM read_parquet({files}, hive_partitioning = true))
TO '{target}' (FORMAT parquet, PARTITION_BY (year))"""


def replay_days(plan: Plan, files: Files) -> int:
    """Return how many persons a scan on any of the days would have hit."""
    first = AS_OF - timedelta(days=DAYS - 1)
    views = views_of(plan, files)
    found = replay(plan, views, first=first, last=AS_OF, known_at=KNOWN_AT, limits=LIMITS)
    return int(found.num_rows)


def count_months(plan: Plan, files: Files) -> int:
    """Return the hits of all month ends, each with what was known two days later."""
    ends = [AS_OF.replace(day=1) - timedelta(days=1)]
    while len(ends) < MONTHS:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    moments = [
        Moment(end, datetime(end.year, end.month, end.day, tzinfo=UTC) + timedelta(days=2))
        for end in ends
    ]
    found = backtest(plan, views_of(plan, files), moments=moments, limits=LIMITS)
    return sum(counts.hits for counts in found)


def run(setting: Setting, *, named: str, ours: Callable[[Plan, Files], int]) -> Measured:
    """Look back over large medical bills."""
    return beside_a_scan(BENCHMARKS[named], setting, _recorded(setting), ours)


def _recorded(setting: Setting) -> Files:
    """The county's files with days on which each row became known, made where they are not."""
    folder = setting.folder / f"recorded_{setting.people}"
    made = lake_of(setting)
    if not (folder / "done").exists():
        folder.mkdir(exist_ok=True)
        with duckdb.connect() as db:
            for feed, files in made.items():
                db.execute(RECORDED.format(files=files, target=folder / feed))
        (folder / "done").touch()
    return {feed: sorted(map(str, (folder / feed).rglob("*.parquet"))) for feed in made}


BACKTEST = Benchmark(
    name="backtest",
    what="24 month ends of large medical bills as they were known then",
    yardstick="one scan",
    at_most=12,
    run=partial(run, named="backtest", ours=count_months),
)
REPLAY = Benchmark(
    name="replay",
    what="the first of 548 days on which each large medical bill would have been found",
    yardstick="one scan",
    at_most=20,
    run=partial(run, named="replay", ours=replay_days),
)
BENCHMARKS = {one.name: one for one in (BACKTEST, REPLAY)}
