"""Other people's bills, brought in by a mapping, give the sums their makers worked out."""

import random
from pathlib import Path

import duckdb
import pytest

from proactive.bootstrap import Platform
from proactive.feeds.contracts import Contracts
from proactive.feeds.mapping import load_mapping
from proactive.feeds.service import Options, feed_views, ingest_delivery
from proactive.kernel.work import Actor
from tests.proactive.feeds.conftest import FEEDS

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "medical"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside us")


def bills_by_day(platform: Platform, contracts: Contracts, steward: Actor, as_of: str) -> list[int]:
    """Own payments per person over the 365 days that end with a day, in fen."""
    with platform.work(steward) as work:
        view = feed_views(work, platform.lake, ["medical_bill"], contracts)["medical_bill"]
    with duckdb.connect() as db:
        db.register("gone", view.superseded)
        rows = db.execute(
            """SELECT sum(out_of_pocket) FROM read_parquet($files, union_by_name = true) r
            WHERE event_on BETWEEN $day::DATE - 364 AND $day::DATE AND NOT EXISTS (
                SELECT 1 FROM gone g WHERE g.record_id = r.record_id AND g.version = r.version)
            GROUP BY subject_key""",
            {"files": view.files, "day": as_of},
        ).fetchall()
    return [int(row[0]) for row in rows]


@needs_data
def test_ten_shuffled_pieces_delivered_twice_give_the_published_counts(
    platform: Platform, contracts: Contracts, steward: Actor, tmp_path: Path
) -> None:
    contract = contracts["medical_bill"]
    mapping = load_mapping(FEEDS / "mappings" / "smart_synthea_r4.yaml", contract)
    head, *lines = (DATA / "smart_synthea_r4" / "claims_eob.csv").read_text().splitlines()
    random.Random(7).shuffle(lines)
    pieces = []
    for number in range(10):
        piece = tmp_path / f"piece{number}.csv"
        piece.write_text("\n".join([head, *lines[number::10]]) + "\n")
        pieces.append(piece)

    first = [ingest_delivery(platform, steward, contract, p, Options(mapping)) for p in pieces]
    again = [ingest_delivery(platform, steward, contract, p, Options(mapping)) for p in pieces]

    assert sum(one.applied for one in first) == 11_820
    assert not any(one.quarantined or one.held or one.unknown for one in first)
    assert {one.state for one in again} == {"nothing_new"}
    for as_of, tenthousand, fivethousand in (
        ("2012-06-30", 19, 39),
        ("2015-12-31", 15, 33),
        ("2018-12-31", 16, 34),
        ("2020-06-30", 16, 33),
    ):
        sums = bills_by_day(platform, contracts, steward, as_of)
        assert sum(fen >= 1_000_000 for fen in sums) == tenthousand
        assert sum(fen >= 500_000 for fen in sums) == fivethousand


@needs_data
def test_two_more_makers_bills_are_taken_in_by_their_mappings(
    platform: Platform, contracts: Contracts, steward: Actor
) -> None:
    contract = contracts["medical_bill"]
    told = {}
    for name, file in (
        ("ohdsi_encounters", "ohdsi_synthea/encounters.csv"),
        ("cms_bfd", "cms_bfd/claims.csv"),
    ):
        mapping = load_mapping(FEEDS / "mappings" / f"{name}.yaml", contract)
        told[name] = ingest_delivery(platform, steward, contract, DATA / file, Options(mapping))

    assert (told["ohdsi_encounters"].new, told["ohdsi_encounters"].quarantined) == (604, {})
    assert (told["cms_bfd"].new, told["cms_bfd"].quarantined) == (150, {})
    with platform.work(steward) as work:
        view = feed_views(work, platform.lake, ["medical_bill"], contracts)["medical_bill"]
    with duckdb.connect() as db:
        query = """SELECT
            count(*) FILTER (WHERE care_kind IS NOT NULL AND total - fund_paid <> out_of_pocket),
            count(*) FILTER (WHERE NOT valid)
            FROM read_parquet($files, union_by_name = true)"""
        assert db.execute(query, {"files": view.files}).fetchall() == [(0, 4)]
