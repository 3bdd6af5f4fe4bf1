"""How long after a month's bills arrive everything that follows is done."""

from __future__ import annotations

import csv
from pathlib import Path

from bench.furnished import deliver, furnished_platform
from bench.measuring import Benchmark, Measured, Setting, seconds_of
from proactive.stepping import run_due_steps


def run(setting: Setting) -> Measured:
    """Take in the newest month, scan whom it touched, raise and route; once, for it is slow."""
    with furnished_platform(setting) as (platform, folder, deliveries):
        *earlier, newest = deliveries
        for line in earlier:
            deliver(platform, folder, line)
        run_due_steps(platform)
        path = folder / newest["file"]
        reading = min(seconds_of(lambda: _read(path)) for _ in range(setting.rounds))
        taking = seconds_of(lambda: deliver(platform, folder, newest))
        following = seconds_of(lambda: run_due_steps(platform))
    return Measured(
        BENCHMARK.name, int(newest["rows"]), taking + following, BENCHMARK.yardstick, reading
    )


def _read(path: Path) -> int:
    with path.open(encoding="gb18030", newline="") as stream:
        return sum(1 for _ in csv.DictReader(stream))


BENCHMARK = Benchmark(
    name="arrival",
    what="newest month of bills: ingest, scan, raise, route",
    yardstick="csv.DictReader over the same file",
    at_most=1500,
    run=run,
)
