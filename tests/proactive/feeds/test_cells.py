"""A cell becomes a value of its declared type exactly, or says why it cannot."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.feeds.cells import Cell, Convert, Setting, converter
from proactive.feeds.contracts import Contracts
from proactive.feeds.mapping import Target, mapping_from_text
from proactive.feeds.reasons import Reason, Warn

SETTING = Setting(date(2026, 11, 21), ZoneInfo("Asia/Shanghai"))


def convert_of(contracts: Contracts, feed: str, name: str, extra: str = "") -> Convert:
    mapping = mapping_from_text(f"feed: {feed}\n{extra}", contracts[feed])
    target = next((t for t in mapping.columns.values() if t.field == name), Target(field=name))
    return converter(contracts[feed], mapping, target, SETTING)


@given(st.decimals(Decimal("-9999999.99"), Decimal("9999999.99"), places=2))
def test_money_is_exact(contracts: Contracts, amount: Decimal) -> None:
    read = convert_of(contracts, "medical_bill", "total")

    assert read(str(amount)).value == int(amount * 100)
    assert read(f" {amount:,} ").value == int(amount * 100)


@pytest.mark.parametrize(
    "text", ["12,00", "1e3", "12.345", "abc", "1/2", "0x10", "NaN", "inf", "--5", "$1,200", "€9"]
)
def test_what_is_no_plain_amount_is_refused(contracts: Contracts, text: str) -> None:
    assert convert_of(contracts, "medical_bill", "total")(text).reason is Reason.AMOUNT


def test_the_unit_is_the_declared_one(contracts: Contracts) -> None:
    wan = convert_of(contracts, "medical_bill", "total", "columns: {a: {field: total, unit: wan}}")
    fen = convert_of(contracts, "medical_bill", "total", "unit: fen\n")

    assert (wan("1.2万元").value, fen("120").value) == (1_200_000, 120)
    assert convert_of(contracts, "medical_bill", "total")("1.2万元").reason is Reason.AMOUNT


@pytest.mark.parametrize(
    ("text", "day", "reason", "warning"),
    [
        ("2026-11-20", date(2026, 11, 20), None, None),
        ("2026/1/5", date(2026, 1, 5), None, None),
        ("20260105", date(2026, 1, 5), None, None),
        ("2026年1月5日", date(2026, 1, 5), None, None),
        ("45000", date(2023, 3, 15), None, Warn.EXCEL_SERIAL),
        ("2026111", None, Reason.DATE_FORMAT, None),
        ("05/01/2026", None, Reason.DATE_FORMAT, None),
        ("2026-02-30", None, Reason.DATE_IMPOSSIBLE, None),
        ("2026-11-22", None, Reason.DATE_FUTURE, None),
        ("1800-01-01", None, Reason.DATE_TOO_EARLY, None),
        ("9999-12-31", None, None, None),
        ("1900-01-01", None, None, None),
    ],
)
def test_a_date_is_read_by_its_declared_format(
    contracts: Contracts, text: str, day: date | None, reason: Reason | None, warning: Warn | None
) -> None:
    assert convert_of(contracts, "medical_bill", "recorded_on")(text) == Cell(
        day, day=day, reason=reason, warning=warning
    )


def test_the_day_of_an_instant_is_that_of_the_county_or_of_the_mapping(
    contracts: Contracts,
) -> None:
    at = "2026-03-01T20:30:00+00:00"
    home = convert_of(contracts, "medical_bill", "settled_at")(at)
    utc = convert_of(
        contracts, "medical_bill", "settled_at", "columns: {a: {field: settled_at, day_in: UTC}}"
    )(at)

    assert home.value == utc.value == datetime(2026, 3, 1, 20, 30, tzinfo=UTC)
    assert (home.day, utc.day) == (date(2026, 3, 2), date(2026, 3, 1))


def test_codes_read_in_every_declared_word_and_unknown_ones_are_counted(
    contracts: Contracts,
) -> None:
    read = convert_of(contracts, "resident_register", "sex")

    assert [read(word).value for word in ("男", "1", "１", "1.0", "M ")] == ["male"] * 5
    assert read("未说明").unknown
    assert read("").value is None
    assert convert_of(contracts, "medical_bill", "record_status")("").value == "final"
    assert convert_of(contracts, "disability_register", "grade")("二级").value == 2
    assert (
        convert_of(contracts, "disability_register", "grade")("五级").reason is Reason.UNKNOWN_CODE
    )


def test_control_characters_and_endless_text_are_refused(contracts: Contracts) -> None:
    read = convert_of(contracts, "medical_bill", "stay_id")

    assert read("a\x01b").reason is Reason.CONTROL_CHARACTER
    assert read("a" * 5000).reason is Reason.TOO_LONG


@given(st.text(max_size=60))
def test_no_text_makes_a_cell_fail(contracts: Contracts, text: str) -> None:
    for feed in ("medical_bill", "disability_register"):
        for name in contracts[feed].fields:
            convert_of(contracts, feed, name)(text)
