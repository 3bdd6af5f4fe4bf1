"""Refunds net by the number of their bill; what looks doubled waits for a named person."""

from datetime import date

import pytest

from proactive.feeds.queries import held_rows
from proactive.feeds.releasing import reject_held, release_held
from proactive.feeds.service import touched_subjects
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from tests.proactive.feeds.making import Bill, Office, refund_of, resident


def test_a_refund_stands_on_the_day_of_its_bill_so_that_a_plain_sum_nets(office: Office) -> None:
    office.bills(Bill())
    office.bills(refund_of(Bill()))

    rows = office.visible()
    assert {row["event_on"] for row in rows} == {date(2026, 3, 1)}
    assert sum(row["out_of_pocket"] for row in rows) == 0
    assert {row["recorded_on"] for row in rows} == {date(2026, 3, 2), date(2026, 5, 2)}


def test_a_refund_before_its_bill_waits_and_counts_when_the_bill_comes(office: Office) -> None:
    first = office.bills(refund_of(Bill()))
    waiting = office.visible()

    second = office.bills(Bill())

    assert (dict(first.held), waiting) == ({"reverse_without_forward": 1}, [])
    assert second.released == 1
    assert sum(row["out_of_pocket"] for row in office.visible()) == 0


def test_a_bill_whose_day_is_corrected_takes_its_refund_along(office: Office) -> None:
    office.bills(Bill(), refund_of(Bill()))

    office.bills(Bill(at="2026-03-05 11:00:00", recorded="2026-03-20"))

    assert {row["event_on"] for row in office.visible()} == {date(2026, 3, 5)}


def test_a_negative_amount_without_a_status_column_is_a_refund(office: Office) -> None:
    heads = "身份证号,结算编号,结算时间,个人自付,医疗费总额"
    office.deliver(
        "medical_bill",
        f"{heads}\n{resident(1)},S1,2026-03-01 10:00:00,400,500\n"
        f"{resident(1)},S1,2026-03-09 10:00:00,-400,-500\n",
    )

    assert sum(row["out_of_pocket"] for row in office.visible()) == 0


def test_a_bill_that_looks_like_another_waits_for_a_person(office: Office) -> None:
    summary = office.bills(Bill(), Bill(settlement="S2"))
    again = office.bills(Bill(settlement="S2"))

    assert dict(summary.held) == {"possible_duplicate": 1}
    assert (again.applied, len(office.visible())) == (0, 1)


def test_bills_of_one_day_without_a_time_are_not_taken_for_doubles(office: Office) -> None:
    summary = office.bills(Bill(at="2026-03-01"), Bill(at="2026-03-01", settlement="S2"))

    assert (dict(summary.held), summary.new) == ({}, 2)


def test_a_named_person_releases_or_rejects_what_is_held(office: Office) -> None:
    office.bills(Bill(), Bill(settlement="S2"), Bill(settlement="S3"))
    with office.platform.work(office.steward) as work:
        first, second = held_rows(work)

    with pytest.raises(Refused, match="named person"):
        release_held(office.platform, Actor.machine("m"), first.id, "two stays", office.contracts)
    carrier = release_held(office.platform, office.steward, first.id, "two stays", office.contracts)
    with office.platform.work(office.steward) as work:
        reject_held(work, second.id, "entered twice")
        left = held_rows(work)
        touched = touched_subjects(work, carrier, office.platform.lake)

    assert (left, len(office.visible())) == ([], 2)
    assert len(touched[1]) == 1
    assert office.bills(Bill(settlement="S3"), Bill(settlement="S2")).applied == 0
