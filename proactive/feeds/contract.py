"""The shape of a contract: what an office delivers, why it may be used, how each column reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Self

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from proactive.feeds.words import (
    ARROW_TYPES,
    COMMON_FIELDS,
    MONEY_UNITS,
    Check,
    ColumnType,
    FieldClass,
    Kind,
    Presence,
    Scheme,
    SubjectKind,
)
from proactive.kernel.languages import both_languages
from proactive.kernel.needs import Need
from proactive.kernel.offices import OfficeKind

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
CODED = (ColumnType.CODE, ColumnType.BOOLEAN, ColumnType.INTEGER)
Span = Annotated[str, StringConstraints(pattern=r"^P[1-9][0-9]{0,4}[DWMY]$")]


class Strict(BaseModel):
    """Nothing unknown is accepted, nothing is changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Title(Strict):
    """Words for a screen, in both languages, or in the one that is spoken."""

    zh: str = Field(min_length=1, alias="zh-CN")
    en: str = Field(min_length=1)

    _one_for_both = model_validator(mode="before")(both_languages)


class LegalBasis(Strict):
    """The text of law or regulation a feed or a figure rests on."""

    title: str = Field(min_length=1)
    citation: str = Field(min_length=1)


class Column(Strict):
    """One column: how its heading may read, how its text is converted, who may use it."""

    field: Name
    title: Title
    type: ColumnType
    class_: FieldClass = Field(FieldClass.PLAIN, alias="class")
    presence: Presence = Presence.OPTIONAL
    check: Check = Check.NONE
    unit: str = ""
    formats: tuple[str, ...] = ()
    excel_serial: bool = True
    codes: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    default: str = ""
    future: bool = False
    grants: tuple[Need, ...] | None = None

    @model_validator(mode="after")
    def _hold(self) -> Self:
        if self.class_ is not FieldClass.PLAIN and self.grants:
            raise ValueError(f"'{self.field}' is {self.class_}; no rule may be granted it")
        if self.type is ColumnType.MONEY and self.unit not in MONEY_UNITS:
            raise ValueError(f"money '{self.field}' must name its unit: {', '.join(MONEY_UNITS)}")
        if self.type is ColumnType.CODE and not self.codes:
            raise ValueError(f"code '{self.field}' must list its codes")
        if self.codes and self.type not in CODED:
            raise ValueError(f"'{self.field}' lists codes, but its type is {self.type}")
        if self.type is ColumnType.BOOLEAN and set(self.codes) != {"true", "false"}:
            raise ValueError(f'boolean \'{self.field}\' must list the words for "true" and "false"')
        if self.type is ColumnType.INTEGER and not all(code.isdigit() for code in self.codes):
            raise ValueError(f"the codes of integer '{self.field}' must be whole numbers")
        if self.default and self.codes and self.default not in self.codes:
            raise ValueError(f"the default of '{self.field}' is not one of its codes")
        return self

    @property
    def identity(self) -> bool:
        return self.class_ is FieldClass.IDENTITY

    @property
    def arrow_type(self) -> pa.DataType:
        """The type this field has in the lake."""
        return ARROW_TYPES[self.type]


class Guardian(Strict):
    """Columns that name the person who stands for a child."""

    id: Name
    name: Name | None = None
    phone: Name | None = None


class Alias(Strict):
    """A second number of the same subject: a temporary one, or the permanent one that followed."""

    scheme: Scheme
    id: tuple[Name, ...]
    temporary: bool


class OtherId(Strict):
    """The number that identifies the subject where the first one is empty."""

    scheme: Scheme
    id: tuple[Name, ...]


class Place(Strict):
    """Columns that say where the subject is; the register with the higher authority wins."""

    living: Name | None = None
    registered: Name | None = None
    authority: int = Field(10, ge=0, le=100)


class Subject(Strict):
    """Whom a record is about. `schemes` are tried in order; the first that fits wins."""

    kind: SubjectKind
    schemes: tuple[Scheme, ...] = Field(min_length=1)
    id: tuple[Name, ...] = Field(min_length=1)
    otherwise: OtherId | None = None
    alias: Alias | None = None
    name: Name | None = None
    phone: Name | None = None
    address: Name | None = None
    extra: tuple[Name, ...] = ()
    born_on: Name | None = None
    died_on: Name | None = None
    guardian: Guardian | None = None


class Reversal(Strict):
    """How a refund is told from the record it takes back, and the number they share (`of`)."""

    field: Name
    code: str
    of: Name
    number: Name | None = None


class Record(Strict):
    """What makes a record itself (`id`), and what orders its versions.

    Without a version column the first filled date of `version_from` orders them; without any, the
    later delivery is the correction.
    """

    id: tuple[Name, ...] = Field(min_length=1)
    version: Name | None = None
    version_from: tuple[Name, ...] = ()
    reversal: Reversal | None = None
    duplicate: tuple[Name, ...] = ()


class Register(Strict):
    """From when to when an entry of a register counts, and in which status."""

    valid_from: Name
    valid_to: Name | None = None
    status: Name | None = None
    active: tuple[str, ...] = ()


class Event(Strict):
    """The day an event belongs to: a date column, or the last day of a year column."""

    on: Name | None = None
    year: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.on is None) == (self.year is None):
            raise ValueError("an event names either 'on' (a date) or 'year'")
        return self


class Rhythm(Strict):
    """How often the office delivers, and how much later silence becomes an alarm."""

    every: Span
    grace: Span


class Volume(Strict):
    """Rows of a delivery against the median of the earlier ones; outside it is an alarm."""

    low: float = Field(gt=0, lt=1)
    high: float = Field(gt=1)
    after: int = Field(3, ge=1)


class UnitCheck(Strict):
    """Money columns whose median may not move by `ratio` or more against the stored history."""

    fields: tuple[Name, ...] = Field(min_length=1)
    ratio: float = Field(10, gt=1)
    rows: int = Field(200, ge=1)


class Sum(Strict):
    """Amounts that must add up to another within one fen; a breach is a warning."""

    total: Name
    parts: tuple[Name, ...] = Field(min_length=2)


class Reader(Strict):
    """The shape of the office's file."""

    delimiters: tuple[str, ...] = (",", "\t", ";")
    title_lines: int = Field(default=0, ge=0, le=20)
    header_lines: int = Field(default=1, ge=1, le=3)
    total_row: tuple[str, ...] = ()
    sheet: str = ""
    empty_words: tuple[str, ...] = ("", "-", "--", "无", "NULL", "null", "None", "N/A")
    empty_dates: tuple[str, ...] = ("1900-01-01", "9999-12-31", "0001-01-01", "1899-12-30")


class Retention(Strict):
    """How long raw files and quarantine, and how long the pseudonymous lake, are kept."""

    raw: Span = "P30D"
    lake: Span = "P36M"


class Contract(Strict):
    """One feed. `columns` are all a delivery may hold; the lake keeps those without identity."""

    feed: Name
    title: Title
    owner: OfficeKind
    legal_basis: tuple[LegalBasis, ...] = Field(min_length=1)
    purpose: tuple[Need, ...] = Field(min_length=1)
    kind: Kind
    subject: Subject | None = None
    household: Name | None = None
    place: Place | None = None
    record: Record
    event: Event | None = None
    register_: Register | None = Field(None, alias="register")
    recorded_on: Name | None = None
    rhythm: Rhythm
    volume: Volume
    unit_check: UnitCheck | None = None
    sums: tuple[Sum, ...] = ()
    encodings: tuple[str, ...] = ("utf-8-sig", "gb18030")
    reader: Reader = Field(default_factory=Reader)
    retention: Retention = Field(default_factory=Retention)
    columns: tuple[Column, ...] = Field(min_length=1)

    @cached_property
    def fields(self) -> dict[str, Column]:
        """Every column by its field name."""
        return {column.field: column for column in self.columns}

    @cached_property
    def lake_fields(self) -> dict[str, Column]:
        """The columns the lake keeps beside the common ones: no identity among them."""
        return {
            name: column
            for name, column in self.fields.items()
            if not column.identity and name not in COMMON_FIELDS
        }

    @property
    def record_group(self) -> str:
        """The lake field that holds forward and reverse rows together (`window: record`)."""
        return self.record.reversal.of if self.record.reversal else "record_id"

    @property
    def restated(self) -> bool:
        """Do its entries come anew with each delivery: a register's, or figures of a year?"""
        return self.event is None or not self.event.on

    def granted(self, field: str, need: str) -> bool:
        """May a rule that serves `need` read this field?"""
        column = self.fields.get(field)
        if column is None or column.class_ is not FieldClass.PLAIN:
            return False
        allowed = self.purpose if column.grants is None else column.grants
        return need in {str(one) for one in allowed}
