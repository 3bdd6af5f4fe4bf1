"""How fast a delivery is taken in whole, against only reading its file."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

from bench.county import make_county
from bench.measuring import Benchmark, Measured, Setting, best_of, seconds_of
from bench.place import STEWARD, fresh_platform
from proactive.feeds.contracts import load_contracts
from proactive.feeds.service import Options, ingest_delivery

FILE = "20_medical_bill_history.csv.gz"


def read_plainly(path: Path) -> int:
    """Read the file as a program without any care would; returns its rows."""
    with gzip.open(path) as packed, io.TextIOWrapper(packed, "utf-8-sig", newline="") as text:
        return sum(1 for _ in csv.DictReader(text))


def ingest_once(setting: Setting, path: Path) -> float:
    """Ingest a year of bills into an empty place; returns the seconds it took."""
    with fresh_platform(setting.servers, setting.folder) as platform:
        contract = load_contracts(platform.settings.definitions / "feeds")["medical_bill"]
        options = Options(history=True)
        return seconds_of(lambda: ingest_delivery(platform, STEWARD, contract, path, options))


def run(setting: Setting) -> Measured:
    """Take in a year of bills, each round in a fresh place."""
    path = make_county(setting.folder, setting.people) / FILE
    return best_of(
        BENCHMARK,
        rows=read_plainly(path),
        ours=lambda: ingest_once(setting, path),
        yard=lambda: seconds_of(lambda: read_plainly(path)),
        rounds=setting.rounds,
    )


BENCHMARK = Benchmark(
    name="ingest",
    what="check, clean and apply a year of bills",
    yardstick="csv.DictReader over the same file",
    at_most=100,
    run=run,
)
