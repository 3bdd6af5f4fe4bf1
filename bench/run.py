"""Runs named benchmarks: `python -m bench.run [names] [--people N] [--rounds R] [--json]`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

from bench import (
    arrival,
    county,
    first_answer,
    ingest,
    pages,
    raising,
    refusing,
    replaying,
    rules,
    sweeping,
)
from bench.measuring import Benchmark, Measured, Setting
from proactive.embedded import temporary_servers
from proactive.kernel.logs import configure

BENCHMARKS: tuple[Benchmark, ...] = (
    county.BENCHMARK,
    ingest.BENCHMARK,
    raising.BENCHMARK,
    arrival.BENCHMARK,
    pages.BENCHMARK,
    rules.BENCHMARK,
    refusing.BENCHMARK,
    sweeping.BENCHMARK,
    replaying.BACKTEST,
    replaying.REPLAY,
    first_answer.DRY_RUN,
    first_answer.SWEEPING,
)


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; 1 when a ratio is above what it may be, 2 for an unknown name."""
    asked = _parser().parse_args(arguments)
    known = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    unknown = [name for name in asked.names if name not in known]
    if unknown:
        _say(f"No benchmark named {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    if asked.list:
        for benchmark in BENCHMARKS:
            _say(f"{benchmark.name:<14} {benchmark.what} / {benchmark.yardstick}")
        return 0
    chosen = [known[name] for name in asked.names] or list(BENCHMARKS)
    configure("WARNING")
    with contextlib.ExitStack() as stack:
        made = asked.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        measured = _run(chosen, asked.people, asked.rounds, Path(made), quiet=asked.json)
    if asked.json:
        _say(json.dumps([one.as_json() for one in measured], indent=1))
    slow = [b.name for b, m in zip(chosen, measured, strict=True) if m.ratio > b.at_most]
    if slow:
        _say(f"Slower than they may be: {', '.join(slow)}")
    return 1 if slow else 0


def _run(
    chosen: list[Benchmark], people: int, rounds: int, folder: Path, *, quiet: bool
) -> list[Measured]:
    measured = []
    if not quiet:
        _say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores as it begins")
    with temporary_servers() as servers:
        for benchmark in chosen:
            one = benchmark.run(Setting(folder, people, rounds, servers))
            measured.append(one)
            if not quiet:
                _say(
                    f"{one.name:<14} {one.rows:>9,} rows  {one.seconds:8.3f} s "
                    f"{one.rows_per_second:>11,.0f}/s  {one.ratio:6.2f} x (at most "
                    f"{benchmark.at_most:g}) {one.yardstick}: {one.yardstick_seconds:.3f} s"
                )
    return measured


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the slow paths.")
    parser.add_argument("names", nargs="*", help="which ones; all without a name")
    parser.add_argument("--people", type=int, default=20_000, help="size of the county")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many rounds counts")
    parser.add_argument("--folder", help="keep the county here and take it again next time")
    parser.add_argument("--json", action="store_true", help="figures for a machine")
    parser.add_argument("--list", action="store_true", help="only name the benchmarks")
    return parser


if __name__ == "__main__":
    sys.exit(main())
