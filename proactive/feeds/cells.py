"""One cell at a time: its text becomes a value of the declared type, or the reason it cannot."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from babel.numbers import get_territory_currencies

from proactive.feeds.contract import Column, Contract
from proactive.feeds.dates import DateRules, read_when
from proactive.feeds.identifiers import (
    Checked,
    check_certificate_no,
    check_opaque,
    check_resident_id,
    plain,
    plain_code,
)
from proactive.feeds.mapping import Mapping as FileMapping
from proactive.feeds.mapping import Target
from proactive.feeds.phones import check_phone
from proactive.feeds.reasons import Reason, Warn
from proactive.feeds.words import Check, ColumnType, Presence
from proactive.kernel.money import FEN_PER, LARGEST_FEN

DEFAULT_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日", "%Y.%m.%d")
LONGEST_TEXT = 2_000
REMEMBERED = 20_000
# The sign that may stand before an amount of a country; another one is another money.
SIGNS = {"CNY": "¥￥", "JPY": "¥￥", "EUR": "€", "GBP": "£"} | dict.fromkeys(
    ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN"), "$"
)
UNIT_WORDS = {"yuan": ("元",), "fen": ("分",), "wan": ("万元", "万")}

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_AMOUNT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_WHOLE = re.compile(r"[+-]?\d{1,18}(?:\.0+)?")
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value (None where empty); `day` beside an instant; the reason when it is refused."""

    value: object = None
    day: date | None = None
    reason: Reason | None = None
    warning: Warn | None = None
    unknown: bool = False


EMPTY = Cell()
Convert = Callable[[str], Cell]


@dataclass(frozen=True, slots=True)
class Setting:
    """What converting needs of the world: the business day, the county's zone and country."""

    today: date
    zone: tzinfo
    region: str = "CN"


def converter(
    contract: Contract, mapping: FileMapping, target: Target, setting: Setting
) -> Convert:
    """The function that converts one column's texts; it keeps what it has converted before."""
    column = contract.fields[target.field]
    read = _reader(contract, mapping, column, target, setting)
    empty_words = frozenset(contract.reader.empty_words) | frozenset(
        mapping.reader.empty_words or ()
    )
    fallback = target.when_empty or column.default
    missing = Cell(reason=Reason.MISSING_VALUE) if column.presence is Presence.REQUIRED else EMPTY
    known: dict[str, Cell] = {}

    def convert(text: str) -> Cell:
        found = known.get(text)
        if found is None:
            if len(known) > REMEMBERED:
                known.clear()
            found = known[text] = _converted(text)
        return found

    def _converted(text: str) -> Cell:
        if _CONTROL.search(text):
            return Cell(reason=Reason.CONTROL_CHARACTER)
        if len(text) > LONGEST_TEXT:
            return Cell(reason=Reason.TOO_LONG)
        if plain(text) in empty_words:
            return read(fallback) if fallback else missing
        cell = read(text)
        if cell.unknown and column.presence is Presence.REQUIRED:
            return Cell(reason=Reason.UNKNOWN_CODE, unknown=True)
        if cell.value is None and cell.reason is None and not cell.unknown:
            return missing if cell.warning is None else cell
        return cell

    return convert


def _reader(
    contract: Contract, mapping: FileMapping, column: Column, target: Target, setting: Setting
) -> Convert:
    if column.check is not Check.NONE:
        return _checked(column.check, mapping, setting)
    if column.codes:
        return _coded(column, target.codes or column.codes)
    if column.type is ColumnType.MONEY:
        unit = target.unit or mapping.unit or column.unit
        signs = _signs_of(setting.region)
        return lambda text: _money(text, unit, signs, rounded=target.round)
    if column.type in {ColumnType.DATE, ColumnType.DATETIME}:
        return _dated(column, _date_rules(contract, mapping, column, target, setting))
    if column.type is ColumnType.INTEGER:
        return _whole
    if column.type in {ColumnType.NUMBER, ColumnType.RATIO}:
        return _number
    return lambda text: Cell(" ".join(plain(text).split()))


def _checked(check: Check, mapping: FileMapping, setting: Setting) -> Convert:
    """A subject's own number is only tidied here; its scheme checks it later."""
    if check is Check.SUBJECT_ID:
        return lambda text: _from_check(check_opaque(text))
    if check is Check.RESIDENT_ID:
        if mapping.id_scheme == "opaque":
            return lambda text: _from_check(check_opaque(text))
        return lambda text: _from_check(check_resident_id(text, setting.today))
    if check is Check.CERTIFICATE_NO:
        return lambda text: _from_check(check_certificate_no(text, setting.today))
    if check is Check.PHONE:
        return lambda text: _from_check(check_phone(text, mapping.phone_region or setting.region))
    if check is Check.NAME:
        return lambda text: Cell(tidy_name(text) or None)
    return lambda text: Cell(plain_code(text) or None)


def _from_check(checked: Checked) -> Cell:
    return Cell(checked.value or None, reason=checked.reason, warning=checked.warning)


def tidy_name(text: str) -> str:
    """A name as it is shown: one kind of dot, single spaces."""
    return " ".join(re.sub("[·•．・‧∙⋅]", "·", plain(text).replace("．", "·")).split())


def _coded(column: Column, codes: Mapping[str, tuple[str, ...]]) -> Convert:
    words = {_code_word(code): code for code in column.codes}
    words |= {_code_word(word): code for code, ways in codes.items() for word in ways}
    values: dict[str, object] = {code: code for code in column.codes}
    if column.type is ColumnType.BOOLEAN:
        values = {"true": True, "false": False}
    elif column.type is ColumnType.INTEGER:
        values = {code: int(code) for code in column.codes}

    def read(text: str) -> Cell:
        code = words.get(_code_word(text))
        return Cell(values[code]) if code is not None else Cell(unknown=True)

    return read


def _code_word(text: str) -> str:
    word = re.sub(r"\s", "", plain(text)).casefold()
    return re.sub(r"^(\d+)\.0+$", r"\1", word)


def _signs_of(region: str) -> str:
    return "".join(SIGNS.get(each, "") for each in get_territory_currencies(region))


def _money(text: str, unit: str, signs: str, *, rounded: bool) -> Cell:
    cleaned = plain(text).replace(" ", "").lstrip(signs)
    for word in UNIT_WORDS[unit]:
        cleaned = cleaned.removesuffix(word)
    if not _AMOUNT.fullmatch(cleaned):
        return Cell(reason=Reason.AMOUNT)
    amount = Decimal(cleaned.replace(",", "")) * FEN_PER[unit]
    if rounded:
        amount = amount.quantize(Decimal(1), ROUND_HALF_EVEN)
    if amount != amount.to_integral_value() or abs(amount) > LARGEST_FEN:
        return Cell(reason=Reason.AMOUNT)
    return Cell(int(amount))


def _whole(text: str) -> Cell:
    cleaned = plain(text)
    if not _WHOLE.fullmatch(cleaned):
        return Cell(reason=Reason.NUMBER)
    return Cell(int(cleaned.split(".")[0]))


def _number(text: str) -> Cell:
    cleaned = plain(text)
    percent = cleaned.endswith("%")
    cleaned = cleaned.removesuffix("%")
    if not _NUMBER.fullmatch(cleaned):
        return Cell(reason=Reason.NUMBER)
    return Cell(float(Decimal(cleaned) / 100 if percent else Decimal(cleaned)))


def _date_rules(
    contract: Contract, mapping: FileMapping, column: Column, target: Target, setting: Setting
) -> DateRules:
    zone = _zone(target.timezone or mapping.timezone, setting.zone)
    return DateRules(
        formats=target.formats or column.formats or DEFAULT_DATES,
        zone=zone,
        day_in=_zone(target.day_in, setting.zone if target.timezone is None else zone),
        today=setting.today,
        future=column.future,
        excel_serial=column.excel_serial,
        empty=frozenset(mapping.reader.empty_dates or contract.reader.empty_dates),
    )


def _zone(name: str | None, otherwise: tzinfo) -> tzinfo:
    return ZoneInfo(name) if name else otherwise


def _dated(column: Column, rules: DateRules) -> Convert:
    instant = column.type is ColumnType.DATETIME

    def read(text: str) -> Cell:
        when = read_when(text, rules)
        value: object = when.at if instant else when.day
        return Cell(value, day=when.day, reason=when.reason, warning=when.warning)

    return read
