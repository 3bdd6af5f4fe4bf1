"""Rows of a feed as a run may see them, and tests of their fields, as SQL."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from sqlglot import exp

from proactive.feeds.words import ColumnType
from proactive.kernel.periods import Period
from proactive.rules.binding import Binding
from proactive.rules.nodes import Operand, Param, Ref, RegisterLeaf, RowTest, Scalar, Window
from proactive.rules.sql import (
    COMMON_TYPES,
    SQL_TYPES,
    Sql,
    Truth,
    all_true,
    both,
    col,
    either,
    eq,
    is_null,
    literal,
    no,
    table,
    when,
)
from proactive.rules.times_sql import POINT, OneDay, Times, moments_of

COMPARE: dict[str, type[exp.Expression]] = {
    "at_least": exp.GTE,
    "at_most": exp.LTE,
    "more_than": exp.GT,
    "less_than": exp.LT,
}


def lake(feed: str) -> str:
    return f"lake_{feed}"


def superseded(feed: str) -> str:
    return f"superseded_{feed}"


@dataclass(frozen=True, slots=True)
class ParamColumns:
    """Where the choice of a varying parameter can be read; None: not chosen yet."""

    source: str | None = None

    def choice(self, param: Param) -> Sql | None:
        return col(self.source, f"p_{param.name}") if self.source else None


UNCHOSEN = ParamColumns()


@dataclass(frozen=True, slots=True)
class RowReader:
    """Writes the SQL that reads feeds. `columns` says which columns the files of a feed have.

    `at` says which days are looked from; None: the binding's own.
    """

    binding: Binding
    columns: Mapping[str, Collection[str]]
    corrected: Collection[str]
    aliased: bool
    at: Times | None = None

    @property
    def times(self) -> Times:
        return self.at or OneDay(self.binding)

    # moments: without them, nothing is added to any query

    @property
    def keyed(self) -> bool:
        return self.times.keyed

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the columns that say which moment a row of a table is about."""
        return (POINT,) if self.keyed else ()

    def moment(self, owner: str) -> list[Sql]:
        """The moment's column of an alias, for selecting and grouping."""
        return [col(owner, name) for name in self.key]

    def same_moment(self, one: str, two: str) -> list[Sql]:
        return [eq(col(one, name), col(two, name)) for name in self.key]

    def seen_from(self, rows: exp.Select, owner: str) -> exp.Select:
        """The rows, each as often as its owner (an alias) is looked at."""
        return moments_of(rows, owner) if self.keyed else rows

    def alone(self, feed: str) -> Sql | None:
        """Is a row of `r` all there is of its subject? None where that cannot be told."""
        return None

    # rows

    def visible(self, feed: str) -> exp.Select:
        """Select from the feed's rows (as `r`) that were known and not yet superseded."""
        rows = (
            exp.Select()
            .from_(table(lake(feed), "r"), copy=False)
            .where(self.known(feed), copy=False)
        )
        if self.aliased and self.has(feed, "subject_key"):
            same = eq(col("r", "subject_key"), col("a", "temporary_key"))
            rows = rows.join(table("alias", "a"), on=same, join_type="left", copy=False)
        if feed in self.corrected:
            newer = (
                exp.Select()
                .select(literal(1), copy=False)
                .from_(table(superseded(feed), "s"), copy=False)
                .where(eq(col("s", "record_id"), col("r", "record_id")), copy=False)
                .where(eq(col("s", "version"), col("r", "version")), copy=False)
            )
            rows = rows.where(no(exp.Exists(this=newer)), copy=False)
        return rows

    def has(self, feed: str, column: str) -> bool:
        return column in self.columns[feed]

    def subject(self, feed: str) -> Sql:
        own = self.field(feed, "subject_key")
        if not (self.aliased and self.has(feed, "subject_key")):
            return own
        return exp.Coalesce(this=col("a", "key"), expressions=[own])

    def field(self, feed: str, name: str) -> Sql:
        """A column of `r`, or a NULL of its type where no file has it yet."""
        if self.has(feed, name):
            return col("r", name)
        column = self.binding.plan.contracts[feed].fields.get(name)
        kind = SQL_TYPES[column.type] if column is not None else COMMON_TYPES.get(name, "DATE")
        return exp.cast(exp.null(), kind)

    def known(self, feed: str) -> Sql:
        recorded = self.field(feed, "recorded_on")
        arrived = self.field(feed, "arrived_at")
        by_day = exp.LTE(this=recorded, expression=self.times.known_on())
        by_arrival = exp.LTE(this=arrived, expression=self.times.known_at())
        return either([by_day, both([is_null(recorded), by_arrival])])

    # three-valued tests

    def test(self, test: RowTest, value: Sql, params: ParamColumns) -> Truth:
        """A field test on `value` (the column, wherever it stands)."""
        if test.test == "known":
            condition = no(is_null(value)) if test.operand is True else is_null(value)
            return Truth.of(condition)
        compare = _comparison(self.times, test, value)
        return Truth.of(self.chosen(test.operand, params, compare))

    def passes(self, feed: str, tests: tuple[RowTest, ...], params: ParamColumns) -> Truth:
        return all_true(self.test(test, self.field(feed, test.column), params) for test in tests)

    def in_window(self, feed: str, window: Window, params: ParamColumns) -> Truth:
        day = self.field(feed, "event_on")

        def inside(span: Scalar | None) -> Sql:
            first = self.times.first(window, span if isinstance(span, Period) else None)
            if first is None:
                return exp.LTE(this=day, expression=self.times.today())
            return exp.Between(this=day, low=first, high=self.times.today())

        if window.span is None:
            return Truth.of(inside(None))
        return Truth.of(self.chosen(window.span, params, inside))

    def counts(self, leaf: RegisterLeaf, params: ParamColumns) -> Truth:
        """Does an entry of the register count on the as-of day, or within the leaf's period?"""
        entry = self.active(leaf.feed)
        tests = self.passes(leaf.feed, leaf.where, params)
        register = self.binding.plan.contracts[leaf.feed].register_
        if register is None or leaf.within is None or register.valid_to is None:
            return all_true([entry, self._not_ended(leaf.feed), tests])
        until = self.field(leaf.feed, register.valid_to)

        def overlaps(span: Scalar) -> Sql:
            if not isinstance(span, Period):
                raise TypeError(type(span).__name__)
            first = self.times.first(Window(span), span)
            return exp.GTE(this=until, expression=first)

        overlap = self.chosen(leaf.within, params, overlaps)
        lasting = Truth.of(either([is_null(until), overlap]))
        return all_true([entry, lasting, tests])

    def active(self, feed: str) -> Truth:
        """The entry has begun by the as-of day and its status is an active one."""
        register = self.binding.plan.contracts[feed].register_
        if register is None:
            return Truth(exp.true(), exp.false())
        begun = self.field(feed, register.valid_from)
        parts = [Truth.of(either([is_null(begun), self._by_as_of(begun)]))]
        if register.status is not None:
            codes = [literal(code) for code in register.active]
            status = self.field(feed, register.status)
            parts.append(Truth.of(exp.In(this=status, expressions=codes)))
        return all_true(parts)

    def _not_ended(self, feed: str) -> Truth:
        register = self.binding.plan.contracts[feed].register_
        if register is None or register.valid_to is None:
            return Truth(exp.true(), exp.false())
        until = self.field(feed, register.valid_to)
        lasting = exp.GTE(this=until, expression=self.times.lasting())
        return Truth.of(either([is_null(until), lasting]))

    def holding(self, feed: str) -> Truth:
        """The entry counts on the as-of day itself."""
        return all_true([self.active(feed), self._not_ended(feed)])

    def not_after(self, feed: str) -> Sql:
        """The record is not dated after the as-of day (one without a date may be looked at)."""
        day = self.field(feed, "event_on")
        return either([is_null(day), self._by_as_of(day)])

    def _by_as_of(self, day: Sql) -> Sql:
        return exp.LTE(this=day, expression=self.times.today())

    def chosen(self, operand: Operand, params: ParamColumns, build: Callable[[Scalar], Sql]) -> Sql:
        """SQL built for the operand's value; for a varying parameter one branch per value.

        NULL where the parameter is not chosen (yet) or no value is in force.
        """
        if not isinstance(operand, Ref):
            return build(operand)
        param = self.binding.plan.params[operand.name]
        if not param.varies:
            return build(self.binding.constant(param).value)
        choice = params.choice(param)
        if choice is None:
            return exp.cast(exp.null(), "BOOLEAN")
        return when(
            *((eq(choice, literal(value.index)), build(value.value)) for value in param.values)
        )


def _comparison(times: Times, test: RowTest, value: Sql) -> Callable[[Scalar], Sql]:
    def compare(against: Scalar) -> Sql:
        if isinstance(against, Period):
            return _dated(times, test, value, against)
        if isinstance(against, tuple):
            found = exp.In(this=value, expressions=[_plain(test, one) for one in against])
            return no(found) if test.test == "not_in" else found
        if test.test == "is":
            return eq(value, literal(against))
        if test.test == "is_not":
            return exp.NEQ(this=value, expression=literal(against))
        if test.type in (ColumnType.MONEY, ColumnType.INTEGER):
            return compare_exactly(test.test, value, as_fraction(against))
        return COMPARE[test.test](this=value, expression=literal(Decimal(str(against))))

    return compare


def _plain(test: RowTest, word: str) -> Sql:
    return literal(int(word)) if test.type is ColumnType.INTEGER else literal(word)


def _dated(times: Times, test: RowTest, value: Sql, span: Period) -> Sql:
    """`within` and `older_than` leave out days after the as-of day and complete each other."""
    instant = test.type is ColumnType.DATETIME
    if test.test == "older_than":
        return exp.LT(this=value, expression=times.older(span, instant=instant))
    first = times.first(Window(span), span, instant=instant)
    inside = exp.GTE(this=value, expression=first)
    return both([inside, exp.LT(this=value, expression=times.end(instant=instant))])


def as_fraction(value: Scalar) -> Fraction:
    if isinstance(value, int | Decimal):
        return Fraction(value)
    raise TypeError(type(value).__name__)


def compare_exactly(test: str, value: Sql, limit: Fraction) -> Sql:
    """Compare a whole number with a fraction without rounding: 5 >= 4.2 is 5 >= 5."""
    rounded = ceil(limit) if test in ("at_least", "less_than") else floor(limit)
    return COMPARE[test](this=value, expression=literal(rounded))
