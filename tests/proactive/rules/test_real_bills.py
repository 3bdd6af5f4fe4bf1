"""Counts on bills nobody here wrote: own payments per person over 365 days, in a Delta table."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from proactive.feeds.contracts import load_contracts
from proactive.feeds.lake import FeedView, lake_schema
from proactive.kernel.money import fen_from_text
from proactive.rules import duck, reference
from proactive.rules.check import check_rule
from proactive.rules.memory import SUPERSEDED
from proactive.rules.plan import plan_rule

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
KNOWN_AT = datetime(2026, 11, 21, tzinfo=UTC)
RULE = """
trigger: own_payments
title: {{en: Own payments, zh-CN: 个人负担}}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{{title: A check, citation: none}}]
parameters:
  limit: {{type: money, values: [{{from: 1900-01-01, value: {limit}}}]}}
measures:
  own: {{feed: medical_bill, sum: out_of_pocket, per: person, window: P365D}}
when: {{measure: own, at_least: limit}}
"""


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> FeedView:
    """The lake table of the open sample: a key per patient, the UTC day, `patient_due` in fen."""
    source = ROOT.parent / "shared/data/medical/smart_synthea_r4/claims_eob.csv"
    if not source.is_file():
        pytest.skip("the open bills in ../shared/data are not beside this checkout")
    keys: dict[str, int] = {}
    rows = []
    with source.open(encoding="utf-8") as file:
        for bill in csv.DictReader(file):
            moment = datetime.fromisoformat(bill["created"]).astimezone(UTC)
            rows.append(
                {
                    "record_id": bill["eob_id"],
                    "version": 1,
                    "subject_key": keys.setdefault(bill["patient_id"], len(keys) + 1),
                    "event_on": moment.date(),
                    "arrived_at": datetime(2026, 1, 1, tzinfo=UTC),
                    "year": moment.year,
                    "settled_at": moment,
                    "out_of_pocket": fen_from_text(bill["patient_due"]),
                }
            )
    table = pa.Table.from_pylist(rows, schema=lake_schema(CONTRACTS["medical_bill"]))
    folder = str(tmp_path_factory.mktemp("lake") / "medical_bill")
    write_deltalake(folder, table, partition_by=["year"])
    files = DeltaTable(folder).file_uris()
    return FeedView(CONTRACTS["medical_bill"], files, SUPERSEDED.empty_table())


@pytest.mark.parametrize(
    ("as_of", "over_10000", "over_5000"),
    [
        (date(2012, 6, 30), 19, 39),
        (date(2015, 12, 31), 15, 33),
        (date(2018, 12, 31), 16, 34),
        (date(2020, 6, 30), 16, 33),
    ],
)
def test_as_many_people_as_an_independent_count_found(
    bills: FeedView, as_of: date, over_10000: int, over_5000: int
) -> None:
    for limit, expected in ((10000, over_10000), (5000, over_5000)):
        plan = plan_rule(check_rule(RULE.format(limit=limit), CONTRACTS), CONTRACTS)

        found = duck.evaluate(plan, {"medical_bill": bills}, as_of=as_of, known_at=KNOWN_AT)

        assert found.hits.num_rows == expected


def test_the_slow_judge_counts_the_same_people_sums_and_records(bills: FeedView) -> None:
    plan = plan_rule(check_rule(RULE.format(limit=10000), CONTRACTS), CONTRACTS)
    question = {"as_of": date(2012, 6, 30), "known_at": KNOWN_AT}

    found = duck.evaluate(plan, {"medical_bill": bills}, **question)
    judged = reference.evaluate(plan, {"medical_bill": bills}, **question)

    assert found.hits.to_pylist() == judged.hits.to_pylist()
