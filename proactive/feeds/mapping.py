"""Mapping files: how another office's, or another country's, columns become a contract's fields."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, model_validator

from proactive.feeds.contract import Contract, Strict
from proactive.feeds.dates import pattern_of
from proactive.feeds.marked import (
    FileRefused,
    Marked,
    Path_,
    did_you_mean,
    read_marked,
    read_marked_file,
    validate,
)
from proactive.feeds.words import ColumnType, Scheme

BAD_MAPPING = "bad_mapping"
MoneyUnit = Literal["yuan", "fen", "wan"]


class Target(Strict):
    """One foreign column: the field it becomes and how its text reads there."""

    field: str
    unit: MoneyUnit | None = None
    formats: tuple[str, ...] = ()
    timezone: str | None = None
    day_in: str | None = None
    codes: MappingOf[str, tuple[str, ...]] = Field(default_factory=dict)
    when_empty: str = ""
    round: bool = False


class Amount(Strict):
    """An amount the file does not give but its columns add up to."""

    plus: tuple[str, ...] = Field(min_length=1)
    minus: tuple[str, ...] = ()


class ReaderChange(Strict):
    """What differs from the contract's reader."""

    delimiters: tuple[str, ...] | None = None
    title_lines: int | None = Field(default=None, ge=0, le=20)
    header_lines: int | None = Field(default=None, ge=1, le=3)
    total_row: tuple[str, ...] | None = None
    sheet: str | None = None
    empty_words: tuple[str, ...] | None = None
    empty_dates: tuple[str, ...] | None = None


class Mapping(Strict):
    """Everything about a foreign file; what it does not say is as the contract says.

    `columns`: heading → field. `amounts`: field → sum of headings. `first_of`: field → the first
    of these headings that is filled. `only`: heading → the values whose rows are taken; other rows
    are left out and counted. `ignore`: headings that are known and not wanted.
    """

    feed: str
    note: str = ""
    id_scheme: Scheme | None = None
    subject_kind: Literal["person", "organisation"] | None = None
    encoding: str | None = None
    timezone: str | None = None
    unit: MoneyUnit | None = None
    phone_region: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    reversal_amounts: Literal["signed", "unsigned"] = "signed"
    reader: ReaderChange = Field(default_factory=ReaderChange)
    columns: MappingOf[str, Target] = Field(default_factory=dict)
    amounts: MappingOf[str, Amount] = Field(default_factory=dict)
    first_of: MappingOf[str, tuple[str, ...]] = Field(default_factory=dict)
    constants: MappingOf[str, str] = Field(default_factory=dict)
    only: MappingOf[str, tuple[str, ...]] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: object) -> object:
        """`heading: field` is short for `heading: {field: field}`; constants are text."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if isinstance(data.get("columns"), dict):
            columns = data["columns"].items()
            data["columns"] = {k: {"field": v} if isinstance(v, str) else v for k, v in columns}
        return data

    @model_validator(mode="after")
    def _times(self) -> Self:
        zones = [self.timezone, *(t.timezone for t in self.columns.values())]
        for zone in [*zones, *(t.day_in for t in self.columns.values())]:
            if zone is not None:
                _zone(zone)
        for target in self.columns.values():
            for form in target.formats:
                pattern_of(form)
        return self


def no_mapping(contract: Contract) -> Mapping:
    """The mapping of an office that delivers in the contract's own words."""
    return Mapping(feed=contract.feed)


def load_mapping(path: Path, contract: Contract) -> Mapping:
    """Read a mapping file; every mistake is refused with file, line and did-you-mean."""
    return _checked(read_marked_file(path, code=BAD_MAPPING), contract)


def mapping_from_text(text: str, contract: Contract, *, file: str = "mapping") -> Mapping:
    """The same for a text that comes with an upload."""
    return _checked(read_marked(text, file=file, code=BAD_MAPPING), contract)


def _checked(marked: Marked, contract: Contract) -> Mapping:
    mapping = validate(marked, Mapping, code=BAD_MAPPING)
    mistakes = [marked.mistake(path, text) for path, text in _mistakes(mapping, contract)]
    if mistakes:
        raise FileRefused(BAD_MAPPING, mistakes)
    return mapping


def _mistakes(mapping: Mapping, contract: Contract) -> list[tuple[Path_, str]]:
    found: list[tuple[Path_, str]] = []
    if mapping.feed != contract.feed:
        found.append((("feed",), f"this mapping is for '{mapping.feed}', not '{contract.feed}'"))
    fed: dict[str, str] = {}
    for path, field, source in _fed_fields(mapping):
        if field not in contract.fields:
            near = did_you_mean(field, list(contract.fields))
            found.append((path, f"'{field}' is not a field of {contract.feed}{near}"))
        elif field in fed:
            found.append((path, f"'{field}' is filled from '{fed[field]}' already"))
        fed[field] = source
    found += _typed(mapping, contract)
    clash = set(mapping.ignore) & {*mapping.columns, *mapping.only}
    found += [(("ignore",), f"'{heading}' is mapped and ignored") for heading in sorted(clash)]
    return found


def _fed_fields(mapping: Mapping) -> list[tuple[Path_, str, str]]:
    """Each field a mapping fills, where that is written, and from what."""
    return [
        *(
            (("columns", heading), target.field, heading)
            for heading, target in mapping.columns.items()
        ),
        *((("amounts", field), field, "amounts") for field in mapping.amounts),
        *((("first_of", field), field, "first_of") for field in mapping.first_of),
        *((("constants", field), field, "constants") for field in mapping.constants),
    ]


def _typed(mapping: Mapping, contract: Contract) -> list[tuple[Path_, str]]:
    found: list[tuple[Path_, str]] = []
    money = {name for name, column in contract.fields.items() if column.type is ColumnType.MONEY}
    found += [
        (("amounts", field), f"'{field}' is not money")
        for field in mapping.amounts
        if field in contract.fields and field not in money
    ]
    for heading, target in mapping.columns.items():
        column = contract.fields.get(target.field)
        unknown = set(target.codes) - set(column.codes) if column else set()
        for code in sorted(unknown):
            near = did_you_mean(code, list(column.codes) if column else [])
            found.append((("columns", heading, "codes", code), f"'{code}' is not a code" + near))
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(
            f"'{name}' is not a time zone; write it like Asia/Shanghai or UTC"
        ) from error
