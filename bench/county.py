"""How fast a county is made, against writing its largest file alone."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from bench.measuring import Benchmark, Measured, Setting, best_of, seconds_of
from proactive.simulate import simulate_county

AS_OF = date(2026, 11, 21)
SEED = 1


def make_county(folder: Path, people: int) -> Path:
    """Make the county that other benchmarks read, once per run."""
    target = folder / f"county_{people}"
    if not (target / "truth.json").exists():
        simulate_county(target, people, SEED, areas=None, as_of=AS_OF)
    return target


def run(setting: Setting) -> Measured:
    """Make the whole county; yardstick: write its resident register again from memory."""
    folder = make_county(setting.folder, setting.people)
    with (folder / "01_resident_register.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    copy, again = setting.folder / "copy.csv", setting.folder / "again"

    def write() -> None:
        with copy.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)

    return best_of(
        BENCHMARK,
        rows=setting.people,
        ours=lambda: seconds_of(
            lambda: simulate_county(again, setting.people, SEED, areas=None, as_of=AS_OF)
        ),
        yard=lambda: seconds_of(write),
        rounds=setting.rounds,
    )


BENCHMARK = Benchmark(
    name="county",
    what="make a county with all its files",
    yardstick="csv.writer on its resident register",
    at_most=80,
    run=run,
)
