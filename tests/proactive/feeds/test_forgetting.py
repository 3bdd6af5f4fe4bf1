"""Records go when their feed's period is over; what is valid, read or pinned stays."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import func, select

from proactive.bootstrap import Platform
from proactive.feeds.forgetting import forget_records, sweep_files
from proactive.feeds.lake import Lake
from proactive.feeds.store import feed_state, superseded
from proactive.feeds.views import head_of
from proactive.handlers.duties import purge
from proactive.handlers.forgetting import forget_all, forget_subjects
from proactive.kernel.clock import ManualClock
from proactive.kernel.tables import audit
from proactive.kernel.work import Actor
from proactive.people.store import identity, subject
from tests.proactive.feeds.making import Bill, Office, refund_of, resident

KEEPER = Actor.machine("keeper")
# The clock of the tests stands on 2026-11-21; the medical bill is kept for 36 months.
OLD, EDGE, NEW = "2023-11-20 10:00:00", "2023-11-21 10:00:00", "2026-03-01 10:15:00"


def forget(platform: Platform, feed: str = "medical_bill") -> int:
    with platform.work(KEEPER) as work:
        return forget_records(work, platform.lake, platform.contracts[feed]).rows


def days(office: Office) -> list[date]:
    return [row["event_on"] for row in office.visible()]


def count(platform: Platform, table: Any) -> int:
    with platform.work(KEEPER) as work:
        return int(work.db.execute(select(func.count()).select_from(table)).scalar_one())


def test_an_event_goes_when_its_day_has_passed_by_36_months(
    platform: Platform, office: Office
) -> None:
    office.bills(
        Bill(settlement="S1", at=OLD, recorded="2023-11-21"),
        Bill(settlement="S2", at=EDGE, recorded="2023-11-22"),
        Bill(settlement="S3", at=NEW),
    )

    assert forget(platform) == 1
    assert forget(platform) == 0

    assert days(office) == [date(2023, 11, 21), date(2026, 3, 1)]
    with platform.work(KEEPER) as work:
        rows = work.db.execute(select(feed_state.c.rows)).scalar_one()
        told = work.db.execute(select(audit).where(audit.c.action == "forget_records")).all()
    assert rows == 2
    assert [row.detail["rows"] for row in told] == ["1"]


def test_a_bill_and_its_refund_go_together(platform: Platform, office: Office) -> None:
    bill = Bill(settlement="S1", at=OLD, recorded="2023-11-21")
    office.bills(bill, Bill(settlement="S2", at=NEW))
    office.bills(refund_of(bill))
    stored = len(office.visible())

    gone = forget(platform)

    assert (stored, gone) == (3, 2)
    assert days(office) == [date(2026, 3, 1)]


def test_what_is_delivered_afterwards_lies_beside_what_was_kept(
    platform: Platform, office: Office
) -> None:
    office.bills(Bill(settlement="S1", at=OLD, recorded="2023-11-21"), Bill(at=NEW))
    forget(platform)

    office.bills(Bill(settlement="S9", at="2026-05-01 08:00:00", recorded="2026-05-02"))

    assert days(office) == [date(2026, 3, 1), date(2026, 5, 1)]


def test_a_register_entry_stays_as_long_as_it_is_valid(platform: Platform, office: Office) -> None:
    rows = [
        (1, "2015-01-01", ""),
        (2, "2015-01-01", "2023-11-20"),
        (3, "2015-01-01", "2023-11-21"),
        (4, "2015-01-01", "2030-01-01"),
    ]
    office.deliver("low_income_register", low_income(rows))

    assert forget(platform, "low_income_register") == 1

    left = {row["valid_to"] for row in office.visible("low_income_register")}
    assert left == {None, date(2023, 11, 21), date(2030, 1, 1)}


def low_income(rows: list[tuple[int, str, str]]) -> str:
    from proactive.feeds.contracts import load_contracts
    from tests.proactive.feeds.conftest import FEEDS

    contract = load_contracts(FEEDS)["low_income_register"]
    heads = [column.field for column in contract.columns]
    lines = [",".join(heads)]
    for number, first, last in rows:
        cells = {
            "id_number": resident(number),
            "name": "王小明",
            "valid_from": first,
            "valid_to": last,
            "recorded_on": first,
        }
        for column in contract.columns:
            if column.codes and column.field not in cells:
                cells[column.field] = next(iter(column.codes))
        lines.append(",".join(cells.get(head, "") for head in heads))
    return "\n".join(lines) + "\n"


def test_a_version_that_gave_way_long_ago_goes_and_the_present_one_stays(
    platform: Platform, office: Office, clock: ManualClock
) -> None:
    clock.advance(timedelta(days=-1500))
    office.deliver("low_income_register", low_income([(1, "2020-01-01", "")]))
    clock.advance(timedelta(days=30))
    office.deliver("low_income_register", low_income([(1, "2020-01-01", "2040-01-01")]))
    assert count(platform, superseded) == 1
    clock.advance(timedelta(days=1470))

    assert forget(platform, "low_income_register") == 1

    [row] = office.visible("low_income_register")
    assert row["valid_to"] == date(2040, 1, 1)
    assert count(platform, superseded) == 0


def test_a_running_scan_still_finds_its_files_and_they_go_hours_later(
    platform: Platform, office: Office
) -> None:
    office.bills(Bill(settlement="S1", at=OLD, recorded="2023-11-21"), Bill(at=NEW))
    with platform.work(KEEPER) as work:
        reading = platform.lake.files("medical_bill", head_of(work, "medical_bill"))

    forget_all(platform)
    with duckdb.connect() as db:
        seen: Any = db.read_parquet(reading, union_by_name=True).fetchall()
    assert len(seen) == 2

    later = Lake(platform.lake.root, grace_hours=0)
    with platform.work(KEEPER) as work:
        gone = sweep_files(work, later, "medical_bill")

    assert gone == 1
    assert [Path(file).exists() for file in reading].count(False) == 1
    assert days(office) == [date(2026, 3, 1)]
    with platform.work(KEEPER) as work:
        assert sweep_files(work, later, "medical_bill") == 0


@pytest.mark.parametrize("moment", ["forget", "sweep"])
def test_killed_before_the_database_commits_nothing_has_happened(
    platform: Platform, office: Office, moment: str
) -> None:
    """The table is ahead of what PostgreSQL pins, as a killed process leaves it."""
    office.bills(Bill(settlement="S1", at=OLD, recorded="2023-11-21"), Bill(at=NEW))
    later = Lake(platform.lake.root, grace_hours=0)
    if moment == "sweep":
        forget(platform)
    before = days(office)

    class KilledError(Exception):
        pass

    with pytest.raises(KilledError), platform.work(KEEPER) as work:
        if moment == "forget":
            forget_records(work, platform.lake, platform.contracts["medical_bill"])
        else:
            sweep_files(work, later, "medical_bill")
        raise KilledError
    assert days(office) == before

    with platform.work(KEEPER) as work:
        sweep_files(work, later, "medical_bill")
    assert days(office) == before
    office.bills(Bill(settlement="S9", at="2026-05-01 08:00:00", recorded="2026-05-02"))
    assert days(office) == [*before, date(2026, 5, 1)]

    forget(platform)
    assert days(office) == [date(2026, 3, 1), date(2026, 5, 1)]


def test_names_go_with_the_last_record_of_their_feed_and_subjects_whom_nothing_names(
    platform: Platform, office: Office
) -> None:
    office.bills(
        Bill(id=resident(1), settlement="S1", at=OLD, recorded="2023-11-20"),
        Bill(id=resident(2), settlement="S2", at=OLD, recorded="2023-11-20"),
        Bill(id=resident(2), settlement="S3", at=NEW),
    )
    assert count(platform, subject) == 2

    purge(platform, "")

    assert (count(platform, identity), count(platform, subject)) == (1, 1)


def test_a_subject_that_another_record_names_is_kept(platform: Platform, office: Office) -> None:
    office.bills(Bill())
    with platform.work(KEEPER) as work:
        key = work.db.execute(select(subject.c.key)).scalar_one()

        assert forget_subjects(work, [key]) == 0

    assert count(platform, subject) == 1
