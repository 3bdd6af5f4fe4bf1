"""Small pieces of SQL as sqlglot trees; nothing here pastes text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlglot import exp

from proactive.feeds.words import ColumnType

Sql = exp.Expr
SQL_TYPES = {
    ColumnType.MONEY: "BIGINT",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.NUMBER: "DOUBLE",
    ColumnType.RATIO: "DOUBLE",
    ColumnType.DATE: "DATE",
    ColumnType.DATETIME: "TIMESTAMPTZ",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.CODE: "TEXT",
    ColumnType.TEXT: "TEXT",
}
COMMON_TYPES = {
    "record_id": "TEXT",
    "version": "BIGINT",
    "subject_key": "BIGINT",
    "household_key": "BIGINT",
    "area": "TEXT",
    "event_on": "DATE",
    "recorded_on": "DATE",
    "arrived_at": "TIMESTAMPTZ",
}


def col(table: str, name: str) -> Sql:
    return exp.column(name, table=table, quoted=True, copy=False)


def table(name: str, alias: str | None = None) -> Sql:
    return (
        exp.alias_(exp.to_table(name), alias, table=True, quoted=True)
        if alias
        else exp.to_table(name)
    )


def star(name: str, *but: str) -> Sql:
    """All columns of a table, but for those named."""
    left_out = [exp.to_identifier(one, quoted=True) for one in but]
    return exp.Column(this=exp.Star(except_=left_out or None), table=exp.to_identifier(name))


def literal(value: object) -> Sql:
    """A typed literal; a type it does not know is a programming error."""
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, int):
        return exp.Literal.number(value)
    if isinstance(value, Decimal):
        return exp.cast(exp.Literal.string(format(value, "f")), "DOUBLE")
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat()), "TIMESTAMPTZ")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, str):
        return exp.Literal.string(value)
    raise TypeError(type(value).__name__)


def both(parts: Iterable[Sql]) -> Sql:
    """All of the parts; true when there is none."""
    found = list(parts)
    return exp.and_(*found, copy=False) if found else exp.true()


def either(parts: Iterable[Sql]) -> Sql:
    """One of the parts; false when there is none."""
    found = list(parts)
    return exp.or_(*found, copy=False) if found else exp.false()


def no(part: Sql) -> Sql:
    return exp.not_(part, copy=False)


def or_false(part: Sql) -> Sql:
    return exp.Coalesce(this=part, expressions=[exp.false()])


def or_zero(part: Sql) -> Sql:
    return exp.Coalesce(this=part, expressions=[exp.Literal.number(0)])


def is_null(part: Sql) -> Sql:
    return exp.Is(this=part, expression=exp.null())


def eq(one: Sql, two: Sql) -> Sql:
    return exp.EQ(this=one, expression=two)


def named(part: Sql, name: str) -> Sql:
    return exp.alias_(part, name, quoted=True, copy=False)


def when(*cases: tuple[Sql, Sql], otherwise: Sql | None = None) -> Sql:
    chosen = exp.Case()
    for condition, value in cases:
        chosen = chosen.when(condition, value, copy=False)
    return chosen.else_(otherwise, copy=False) if otherwise is not None else chosen


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition in three values, as two flags that are never NULL: surely true, surely false."""

    t: Sql
    f: Sql

    @property
    def unknown(self) -> Sql:
        return both([no(self.t), no(self.f)])

    @classmethod
    def of(cls, condition: Sql) -> "Truth":
        """From an SQL condition that is NULL where it cannot be told."""
        return cls(or_false(condition), or_false(no(exp.paren(condition, copy=False))))

    def negated(self) -> "Truth":
        return Truth(self.f, self.t)


def all_true(parts: Iterable[Truth]) -> Truth:
    found = list(parts)
    return Truth(both(part.t for part in found), either(part.f for part in found))


def any_true(parts: Iterable[Truth]) -> Truth:
    found = list(parts)
    return Truth(either(part.t for part in found), both(part.f for part in found))
