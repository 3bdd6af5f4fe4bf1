"""Real bills of an open data set, from the file to the number of people found."""

import random
from datetime import date
from pathlib import Path

import pytest

from proactive.bootstrap import Platform
from proactive.config import PACKAGES
from proactive.feeds.mapping import load_mapping
from proactive.feeds.service import Options, ingest_delivery
from proactive.handlers.trying import try_now
from proactive.kernel.work import Actor
from proactive.rules.service import LoadedTrigger, load_trigger
from proactive.tuning.model import TrialKind

OPERATOR = Actor.operator_on_server("tester")
MAPPING = PACKAGES / "triggers" / "feeds" / "mappings" / "smart_synthea_r4.yaml"
RULE = """
trigger: own_payments
title: {en: Own payments, zh-CN: 个人负担}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{title: A test, citation: none}]
parameters:
  window: {type: duration, values: [{from: 1900-01-01, value: P365D}]}
  threshold: {type: money, unit: CNY, values: [{from: 1900-01-01, value: THRESHOLD}]}
measures:
  paid: {feed: medical_bill, sum: out_of_pocket, per: person, window: window}
when: {measure: paid, at_least: threshold}
hit:
  explain: {en: "{paid} of {threshold}", zh-CN: "{paid}/{threshold}"}
  evidence: [medical_bill]
"""
DAYS = (date(2012, 6, 30), date(2015, 12, 31), date(2018, 12, 31), date(2020, 6, 30))
EXPECTED = {"10000": [19, 15, 16, 16], "5000": [39, 33, 34, 33]}


@pytest.fixture
def bills(shared_data: Path) -> Path:
    return shared_data / "medical" / "smart_synthea_r4" / "claims_eob.csv"


def test_the_counts_of_the_whole_file(platform: Platform, bills: Path) -> None:
    take_in(platform, bills)

    assert counts(platform) == EXPECTED


def test_ten_shuffled_pieces_twice_give_the_same_counts(
    platform: Platform, bills: Path, tmp_path: Path
) -> None:
    head, *rows = bills.read_text(encoding="utf-8").splitlines()
    random.Random(4).shuffle(rows)
    pieces = []
    for number in range(10):
        piece = tmp_path / f"piece_{number}.csv"
        piece.write_text("\n".join([head, *rows[number::10]]) + "\n", encoding="utf-8")
        pieces.append(piece)
    for piece in [*pieces, *reversed(pieces)]:
        take_in(platform, piece)

    assert counts(platform) == EXPECTED


def take_in(platform: Platform, file: Path) -> None:
    contract = platform.contracts["medical_bill"]
    options = Options(mapping=load_mapping(MAPPING, contract))
    ingest_delivery(platform, OPERATOR, contract, file, options)


def counts(platform: Platform) -> dict[str, list[int]]:
    """Return by threshold how many people are found as of each day."""
    found: dict[str, list[int]] = {}
    for threshold in EXPECTED:
        with platform.work(OPERATOR) as work:
            loaded = load_trigger(work, RULE.replace("THRESHOLD", threshold), platform.contracts)
        found[threshold] = [on(platform, loaded, day) for day in DAYS]
    return found


def on(platform: Platform, loaded: LoadedTrigger, day: date) -> int:
    """Return how many people a dry run of a day finds."""
    kind, settings = TrialKind.DRY_RUN, {"as_of": day.isoformat()}
    trial = try_now(platform, OPERATOR, kind, loaded.trigger, loaded.version, settings)
    assert trial.result is not None
    return int(trial.result["subjects"])
