"""A delivery is applied whole, once, in any order; what cannot be right is put aside or waits."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from proactive.feeds.contracts import load_contract
from proactive.feeds.mapping import mapping_from_text
from proactive.feeds.queries import (
    feed_statuses,
    list_deliveries,
    quarantined_cells,
    quarantined_rows,
    silent_feeds,
)
from proactive.feeds.retention import read_raw
from proactive.feeds.service import (
    Options,
    check_delivery,
    ingest_delivery,
    purge_expired,
    stale_feeds,
    touched_subjects,
)
from proactive.feeds.store import delivery, feed_state, quarantine
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.tables import audit, step
from proactive.kernel.work import Actor
from tests.proactive.feeds.conftest import FEEDS
from tests.proactive.feeds.making import BILL_HEADS, Bill, Office, bill_file, resident


def test_a_bill_reaches_the_lake_without_the_person(office: Office) -> None:
    summary = office.bills(Bill())

    [row] = office.visible()
    assert (summary.state, summary.new, summary.encoding) == ("applied", 1, "utf-8-sig")
    assert (row["out_of_pocket"], row["event_on"]) == (40_000, date(2026, 3, 1))
    stored = b"".join(p.read_bytes() for p in office.platform.lake.root.rglob("*.parquet"))
    assert resident(1).encode() not in stored
    assert "王小明".encode() not in stored


def test_the_same_bytes_again_are_nothing_new(office: Office) -> None:
    office.bills(Bill())
    before = office.visible()

    again = office.bills(Bill())

    assert (again.state, office.visible()) == ("nothing_new", before)


def test_the_same_rows_in_another_file_are_not_doubled(office: Office) -> None:
    office.bills(Bill(), Bill(settlement="S2", at="2026-03-02 08:00:00"))

    again = office.bills(Bill(settlement="S3", at="2026-03-03 08:00:00"), Bill())

    assert (again.new, again.unchanged) == (1, 1)
    assert len(office.visible()) == 3


def test_a_bad_row_is_put_aside_with_its_line_column_and_reason_and_the_rest_is_applied(
    office: Office,
) -> None:
    bad = Bill(id=resident(2)[:-1] + "?", settlement="S2")
    bills = (Bill(), bad, Bill(settlement="S3", at="2026-03-04 09:30:00"))
    summary = office.bills(*bills)

    assert (summary.applied, dict(summary.quarantined)) == (2, {"id_shape": 1})
    with office.platform.work(office.steward) as work:
        [latest] = list_deliveries(work)
        [row] = quarantined_rows(work, latest.id)
        cells = quarantined_cells(work, latest.id, row.row)
        came = b"".join(read_raw(work, office.platform.lake, latest.id)).decode()
    assert (row.row, row.column, row.reason) == (3, "id_number", "id_shape")
    assert cells["姓名"] == "王小明"
    assert came == bill_file(*bills)


def test_quarantined_rows_are_sealed_in_the_database(office: Office) -> None:
    office.bills(Bill(own="abc"))

    with office.platform.work(office.steward) as work:
        sealed = work.db.execute(select(quarantine.c.raw_cipher)).scalar_one()
    assert "王小明".encode() not in sealed


def test_a_correction_supersedes_and_an_older_version_that_comes_later_is_ignored(
    office: Office,
) -> None:
    office.bills(Bill(own="300.00", recorded="2026-03-10"))
    older = office.bills(Bill(own="400.00", recorded="2026-03-02"))
    newer = office.bills(Bill(own="200.00", recorded="2026-03-20"))

    [row] = office.visible()
    assert (older.older, newer.corrected) == (1, 1)
    assert row["out_of_pocket"] == 20_000


def test_one_version_with_two_contents_in_a_file_is_put_aside(office: Office) -> None:
    summary = office.bills(Bill(own="300.00"), Bill(own="200.00"))

    assert dict(summary.quarantined) == {"same_id_differs": 2}
    assert office.visible() == []


def test_a_tenfold_median_refuses_the_delivery_and_a_steward_may_override_it(
    office: Office,
) -> None:
    def year(factor: int, start: str) -> str:
        day = date.fromisoformat(start)
        bills = (
            Bill(
                settlement=f"{start}-{n}",
                at=f"{day + timedelta(days=n % 90)} 10:{n % 60:02d}:00",
                own=str((100 + n) * factor),
                total=str((300 + n) * factor),
            )
            for n in range(220)
        )
        return bill_file(*bills)

    office.deliver("medical_bill", year(1, "2025-01-01"))
    in_fen = office.file(year(100, "2025-06-01"))

    with pytest.raises(Refused, match="unit") as refused:
        office.deliver("medical_bill", in_fen)
    assert refused.value.code == "unit_shift"
    assert len(office.visible()) == 220
    with pytest.raises(Refused, match="named person"):
        ingest_delivery(
            office.platform,
            Actor.machine("m"),
            office.contracts["medical_bill"],
            in_fen,
            Options(override_unit=True),
        )

    assert office.deliver("medical_bill", in_fen, override_unit=True).applied == 220
    with office.platform.work(office.steward) as work:
        query = select(func.count()).where(audit.c.action == "override_unit")
        assert work.db.execute(query).scalar_one() >= 1


def test_a_check_tells_the_same_and_stores_nothing(office: Office) -> None:
    office.bills(Bill())
    path = office.file(bill_file(Bill(), Bill(settlement="S2", own="x"), Bill(settlement="S3")))
    contract = office.contracts["medical_bill"]

    with office.platform.work(office.steward) as work:
        told = check_delivery(work, office.platform.lake, contract, path)
    applied = office.deliver("medical_bill", path)

    for name in ("rows_read", "new", "unchanged", "quarantined", "held", "event_from"):
        assert getattr(told, name) == getattr(applied, name), name
    with office.platform.work(office.steward) as work:
        assert work.db.execute(select(func.count()).select_from(delivery)).scalar_one() == 2


def test_a_refused_file_leaves_a_row_and_may_be_handed_in_again(office: Office) -> None:
    with pytest.raises(Refused, match="columns"):
        office.deliver("medical_bill", f"{BILL_HEADS},余额\n")

    with office.platform.work(office.steward) as work:
        [line] = list_deliveries(work)
        state = work.db.execute(select(feed_state)).all()
    assert (line.state, line.refusal["code"], state) == ("refused", "columns", [])


def test_an_applied_delivery_asks_for_a_scan_of_whom_it_touched(office: Office) -> None:
    summary = office.bills(Bill(), Bill(id=resident(2), settlement="S2"))

    with office.platform.work(office.steward) as work:
        names = work.db.execute(select(step.c.name, step.c.key)).all()
        assert ("scan_on_arrival", summary.delivery_id) in [tuple(row) for row in names]


def test_a_correction_touches_whom_the_record_was_about_before(office: Office) -> None:
    office.bills(Bill(id=resident(1)))
    summary = office.bills(Bill(id=resident(2), recorded="2026-04-01"))

    with office.platform.work(office.steward) as work:
        feed, touched = touched_subjects(work, UUID(summary.delivery_id), office.platform.lake)
    keys = {office.platform.keys.subject_key("cn_resident_id", resident(n)) for n in (1, 2)}
    assert (feed, set(touched)) == ("medical_bill", keys)


def test_a_mapping_can_choose_add_filter_and_fill(office: Office) -> None:
    mapping = mapping_from_text(
        """
feed: medical_bill
id_scheme: opaque
first_of: {settlement_id: [first, second]}
amounts: {out_of_pocket: {plus: [all, more], minus: [paid]}}
constants: {hospital_code: H9}
only: {kind: [bill]}
columns:
  who: id_number
  day: {field: settled_at, formats: ["%d.%m.%Y"]}
  note: {field: stay_id, when_empty: none given}
""",
        office.contracts["medical_bill"],
    )
    text = (
        "who,first,second,all,more,paid,kind,day,note\n"
        "p1,A,B,10,5.5,3,bill,31.01.2026,\n"
        "p1,,B,10,,,bill,31.01.2026,x\n"
        "p1,C,,1,1,1,draft,31.01.2026,x\n"
    )

    summary = office.deliver("medical_bill", text, mapping=mapping)

    rows = [(r["settlement_id"], r["out_of_pocket"], r["stay_id"]) for r in office.visible()]
    assert rows == [("A", 1_250, "none given"), ("B", 1_000, "x")]
    assert {row["hospital_code"] for row in office.visible()} == {"H9"}
    assert (summary.applied, summary.left_out) == (2, 1)


def test_an_impossible_year_is_put_aside(office: Office) -> None:
    text = "户号,年度,家庭年收入\nH1,2025,30000\nH2,20255,30000\nH3,2030,1\n"

    summary = office.deliver("household_income", text)

    assert (summary.applied, dict(summary.quarantined)) == (1, {"date_impossible": 2})
    [row] = office.visible("household_income")
    assert (row["event_on"], row["annual_income"]) == (date(2025, 12, 31), 3_000_000)


def test_raw_files_and_quarantine_are_gone_after_thirty_days(
    office: Office, clock: ManualClock
) -> None:
    office.bills(Bill(), Bill(settlement="S2", own="x"))
    raw = office.platform.lake.root.parent / "raw"
    [kept] = raw.iterdir()
    assert "王小明".encode() not in kept.read_bytes()

    clock.advance(timedelta(days=32))
    with office.platform.work(Actor.machine("keeper")) as work:
        purged = purge_expired(work, office.platform.lake)

    assert (purged.raw_files, purged.quarantined_rows) == (1, 1)
    assert list(raw.iterdir()) == []


def test_silence_longer_than_the_rhythm_is_told(office: Office, clock: ManualClock) -> None:
    office.bills(Bill())
    with office.platform.work(office.steward) as work:
        assert "medical_bill" not in stale_feeds(work, office.contracts)
        assert "death_register" in stale_feeds(work, office.contracts)

    clock.advance(timedelta(days=5))

    with office.platform.work(office.steward) as work:
        assert silent_feeds(work, office.contracts) == ["medical_bill"]
        [status] = [s for s in feed_statuses(work, office.contracts) if s.rows]
        assert status.silent


def test_an_unusual_number_of_rows_is_told_and_applied(office: Office) -> None:
    for day in range(1, 5):
        office.bills(
            *(Bill(settlement=f"{day}-{n}", at=f"2026-02-{day:02d} 10:{n}0:00") for n in range(6))
        )

    short = office.bills(Bill())

    assert (short.usual_rows, short.applied) == (6, 1)
    assert "usually 6" in short.as_text("en")
    assert "中位数 6" in short.as_text("zh")


def test_history_is_known_from_its_event_where_the_office_gives_no_day(office: Office) -> None:
    office.bills(Bill(recorded=""), history=True)

    [row] = office.visible()
    assert (row["recorded_on"], row["knowledge_assumed"]) == (date(2026, 3, 1), True)


def test_a_summary_calls_fields_as_their_office_does(office: Office) -> None:
    told = office.bills(Bill(id="371422197103050018"))

    assert "身份证号（id_number）：校验码不符" in told.as_text("zh", {"id_number": "身份证号"})
    assert "id_number：校验码不符" in told.as_text("zh")


def test_a_mended_contract_takes_in_of_the_same_file_what_was_put_aside(office: Office) -> None:
    path = office.file(bill_file(Bill(), Bill(settlement="S2", at="31.01.2026")))
    before = office.deliver("medical_bill", path)
    text = (FEEDS / "medical_bill.yaml").read_text("utf-8").replace('"%Y%m%d"]', '"%d.%m.%Y"]')
    mended = office.file(text, "medical_bill.yaml")

    after = ingest_delivery(office.platform, office.steward, load_contract(mended), path)

    assert (before.applied, sum(before.quarantined.values())) == (1, 1)
    assert (after.state, after.new, after.unchanged) == ("applied", 1, 1)
