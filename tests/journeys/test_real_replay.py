"""A replay over real bills of an open data set gives the persons and days counted elsewhere."""

import csv
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from proactive.bootstrap import Platform
from proactive.feeds.views import feed_views
from proactive.rules.check import check_rule
from proactive.rules.plan import plan_rule
from proactive.rules.replaying import replay
from tests.journeys.test_real_bills import OPERATOR, RULE, take_in

FIRST_YEAR, LAST_YEAR = 1915, 2021  # of the bills
YEARS = 5  # of one replay


@pytest.fixture
def folder(shared_data: Path) -> Path:
    found = shared_data / "medical" / "smart_synthea_r4"
    if not (found / "expected_thresholds.csv").is_file():
        pytest.skip("the open bills in ../shared/data/medical are not beside this checkout")
    return found


def test_the_first_day_of_each_of_the_113_persons(platform: Platform, folder: Path) -> None:
    take_in(platform, folder / "claims_eob.csv")

    found = first_days(platform, folder)

    expected = expected_days(folder)
    assert len(expected) == 113
    assert found == expected


def expected_days(folder: Path) -> dict[str, date]:
    with (folder / "expected_thresholds.csv").open(encoding="utf-8") as stream:
        days = {
            row["patient_id"]: row["first_date_rolling_365d_ge_10000"]
            for row in csv.DictReader(stream)
        }
    return {patient: date.fromisoformat(day) for patient, day in days.items() if day}


def first_days(platform: Platform, folder: Path) -> dict[str, date]:
    """Replay the whole century, five years at a time; the earliest day of each patient."""
    plan = plan_rule(
        check_rule(RULE.replace("THRESHOLD", "10000"), platform.contracts), platform.contracts
    )
    with platform.work(OPERATOR) as work:
        views = feed_views(work, platform.lake, ["medical_bill"], platform.contracts)
        known_at = work.now
    patients = patients_by_key(folder, views["medical_bill"].files)
    found: dict[str, date] = {}
    for year in range(FIRST_YEAR, LAST_YEAR + 1, YEARS):
        span = {"first": date(year, 1, 1), "last": date(year + YEARS - 1, 12, 31)}
        told = replay(plan, views, **span, known_at=known_at)
        for row in told.to_pylist():
            found.setdefault(patients[row["subject_key"]], row["first_day"])
    return found


def patients_by_key(folder: Path, files: list[str]) -> dict[int, str]:
    """The lake knows nobody's number; a stay, which both files name, says who is who."""
    with (folder / "claims_eob.csv").open(encoding="utf-8") as stream:
        patients = {row["encounter_id"]: row["patient_id"] for row in csv.DictReader(stream)}
    names = ["subject_key", "stay_id"]
    rows = [row for file in files for row in pq.read_table(file, columns=names).to_pylist()]
    return {row["subject_key"]: patients[row["stay_id"]] for row in rows if row["stay_id"]}
