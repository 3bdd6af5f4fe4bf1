"""The closed lists contracts are written with."""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa


class ColumnType(StrEnum):
    """What the text of a column becomes."""

    TEXT = "text"
    CODE = "code"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    RATIO = "ratio"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"


class FieldClass(StrEnum):
    """Identity goes to the vault only; protected is never a rule's input; plain may be granted."""

    IDENTITY = "identity"
    PROTECTED = "protected"
    PLAIN = "plain"


class Presence(StrEnum):
    """Required: column and value. Expected: the office's own layout must have the column."""

    REQUIRED = "required"
    EXPECTED = "expected"
    OPTIONAL = "optional"


class Check(StrEnum):
    """A check beyond the type."""

    NONE = "none"
    SUBJECT_ID = "subject_id"
    RESIDENT_ID = "resident_id"
    CREDIT_CODE = "credit_code"
    CERTIFICATE_NO = "certificate_no"
    NAME = "name"
    PHONE = "phone"
    AREA_CODE = "area_code"


class Scheme(StrEnum):
    """What kind of number identifies a subject."""

    CN_RESIDENT_ID = "cn_resident_id"
    CN_CREDIT_CODE = "cn_credit_code"
    BIRTH_CERTIFICATE = "birth_certificate"
    OPAQUE = "opaque"


class SubjectKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    BY_SCHEME = "by_scheme"


class Kind(StrEnum):
    """An event happens on a day; an entry of a register counts from a day to a day."""

    EVENT = "event"
    REGISTER = "register"


MONEY_UNITS = ("yuan", "fen", "wan")

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    ColumnType.TEXT: pa.string(),
    ColumnType.CODE: pa.string(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.NUMBER: pa.float64(),
    ColumnType.RATIO: pa.float64(),
    ColumnType.MONEY: pa.int64(),
    ColumnType.DATE: pa.date32(),
    ColumnType.DATETIME: pa.timestamp("us", tz="UTC"),
}

# Columns every table of the lake has; a contract field of the same name is kept in them.
COMMON_SCHEMA = pa.schema(
    [
        ("record_id", pa.string()),
        ("version", pa.int64()),
        ("subject_key", pa.int64()),
        ("household_key", pa.int64()),
        ("area", pa.string()),
        ("event_on", pa.date32()),
        ("recorded_on", pa.date32()),
        ("arrived_at", pa.timestamp("us", tz="UTC")),
        ("knowledge_assumed", pa.bool_()),
        ("delivery_id", pa.string()),
        ("year", pa.int32()),
        ("row_hash", pa.int64()),
    ]
)
COMMON_FIELDS = frozenset(COMMON_SCHEMA.names)
