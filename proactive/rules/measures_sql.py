"""Measures as grouped SQL: the figure, how many rows it rests on, how many rows cannot be told."""

from dataclasses import dataclass

from sqlglot import exp

from proactive.kernel.periods import Period
from proactive.rules.conditions import Per
from proactive.rules.nodes import RECORD_ID, MeasurePlan, OfField, Plan, Ref, Window
from proactive.rules.rows_sql import ParamColumns, RowReader
from proactive.rules.sql import (
    Sql,
    Truth,
    all_true,
    both,
    col,
    eq,
    is_null,
    literal,
    named,
    no,
    or_zero,
    table,
    when,
)

FROM_NOTHING = ("sum", "count", "distinct")


@dataclass(frozen=True, slots=True)
class MeasureTables:
    """Writes one grouped query per measure.

    `widest`: the largest figure that any part of the rows can have, instead of the figure itself.
    """

    plan: Plan
    reader: RowReader
    widest: bool = False

    def row_params(self, measure: MeasurePlan) -> list[str]:
        """Varying parameters that decide which rows count; the figure is made for each choice."""
        names = [test.operand.name for test in measure.where if isinstance(test.operand, Ref)]
        if isinstance(measure.window.span, Ref):
            names.append(measure.window.span.name)
        return sorted({name for name in names if self.plan.params[name].varies})

    def figures(self, measure: MeasurePlan, *, owners: str, params: ParamColumns) -> exp.Select:
        """Select key, value, rows, missing per person, household or record (and moment).

        `owners` is a table of subject_key (or household_key) to stay within, '' for everybody.
        With `params` the rows are joined with the choices of their owner.
        """
        rows, truth = self.rows(measure, params, members="members" if owners else "everybody")
        rows, owner = self._within(rows, measure, owners, params)
        rows = self.reader.seen_from(rows, owner)
        moment = self.reader.moment(owner)
        keys = self._keys(measure)
        chosen = self._choices(measure, params)
        counted = self._counted(measure, truth)
        value = named(self._value(measure, counted), "value")
        missing = both([no(counted)])
        query = rows.select(
            *moment,
            *(named(key, name) for name, key in keys.items()),
            *(named(choice, name) for name, choice in chosen.items()),
            value,
            named(exp.CountIf(this=truth.t), "rows"),
            named(exp.CountIf(this=missing), "missing"),
            copy=False,
        )
        query = query.where(no(truth.f), copy=False)
        grouped = [key for key in keys.values() if not isinstance(key, exp.Literal)]
        return query.group_by(*moment, *grouped, *chosen.values(), copy=False)

    def rows(
        self, measure: MeasurePlan, params: ParamColumns, *, members: str = "members"
    ) -> tuple[exp.Select, Truth]:
        """The rows of a measure's feed, with the household of each, and whether each one counts."""
        feed = measure.feed
        rows = self.reader.visible(feed)
        if self._through_members(measure):
            same = eq(col("h", "subject_key"), self.reader.subject(feed))
            rows = rows.join(table(members, "h"), on=same, copy=False)
        truth = all_true(
            [
                self.reader.in_window(feed, measure.window, params),
                self.reader.passes(feed, measure.where, params),
            ]
        )
        return rows.where(no(is_null(self.owner(measure))), copy=False), truth

    def _within(
        self, rows: exp.Select, measure: MeasurePlan, owners: str, params: ParamColumns
    ) -> tuple[exp.Select, str]:
        """Keep to the owners in question, each with its choices where the rows depend on them.

        Return the alias that says at which moment a row is looked at, too.
        """
        owner, members = self.owner(measure), self._through_members(measure)
        if self.row_params(measure) and params.source:
            same = [eq(col("g", "owner"), owner)]
            same += self.reader.same_moment("g", "h") if members else []
            return rows.join(table(self._chooser(measure), "g"), on=both(same), copy=False), "g"
        if owners and not members:
            key = "household_key" if measure.per is Per.HOUSEHOLD else "subject_key"
            return rows.join(table(owners, "o"), on=eq(col("o", key), owner), copy=False), "o"
        return rows, "h"

    def _through_members(self, measure: MeasurePlan) -> bool:
        """Are the household's rows those of its members?"""
        about_subject = self.plan.contracts[measure.feed].subject is not None
        return measure.per is Per.HOUSEHOLD and about_subject

    def chooser(self, measure: MeasurePlan, base: str) -> tuple[str, exp.Select] | None:
        """The distinct choices per owner that a measure's rows need, as a table to make first."""
        names = self.row_params(measure)
        if not names:
            return None
        key = "household_key" if measure.per is Per.HOUSEHOLD else "subject_key"
        query = (
            exp.Select()
            .from_(table(base, "c"), copy=False)
            .select(*self.reader.moment("c"), named(col("c", key), "owner"), copy=False)
        )
        query = query.select(*(col("c", f"p_{name}") for name in names), copy=False).distinct(
            copy=False
        )
        return self._chooser(measure), query.where(no(is_null(col("c", key))), copy=False)

    def of_values(self, of: OfField, *, owners: str) -> exp.Select:
        """The latest record's value per household or subject (and moment), one row each."""
        feed = of.feed
        key = self.of_key(of)
        owner = self._of_owner(of)
        order = [
            exp.Ordered(this=self.reader.field(feed, name), desc=True, nulls_first=False)
            for name in ("event_on", "recorded_on", "version", RECORD_ID)
        ]
        rank = exp.Window(
            this=exp.RowNumber(),
            partition_by=[*self.reader.moment("o"), owner],
            order=exp.Order(expressions=order),
        )
        rows = (
            self.reader.visible(feed)
            .select(
                *self.reader.moment("o"),
                named(owner, key),
                named(self.reader.field(feed, of.column), "value"),
                *(named(self.reader.field(feed, name), name) for name in (RECORD_ID, "version")),
                named(rank, "place"),
                copy=False,
            )
            .join(table(owners, "o"), on=eq(col("o", key), owner), copy=False)
            .where(self.of_in_time(of), copy=False)
        )
        rows = self.reader.seen_from(rows, "o")
        latest = (
            exp.Select()
            .from_(rows.subquery("ranked", copy=False), copy=False)
            .select(
                *self.reader.moment("ranked"),
                *(col("ranked", name) for name in (key, "value", RECORD_ID, "version")),
                copy=False,
            )
        )
        return latest.where(eq(col("ranked", "place"), literal(1)), copy=False)

    def of_key(self, of: OfField) -> str:
        return "household_key" if of.household else "subject_key"

    def of_in_time(self, of: OfField) -> Sql:
        day = self.reader.field(of.feed, "event_on")
        if of.within is None:
            return self.reader.not_after(of.feed)
        span, times = self.reader.binding.value(of.within), self.reader.times
        if not isinstance(span, Period):
            raise TypeError(type(span).__name__)
        return exp.Between(this=day, low=times.first(Window(span), span), high=times.today())

    def _of_owner(self, of: OfField) -> Sql:
        if of.household:
            return self.reader.field(of.feed, "household_key")
        return self.reader.subject(of.feed)

    def owner(self, measure: MeasurePlan) -> Sql:
        if measure.per is not Per.HOUSEHOLD:
            return self.reader.subject(measure.feed)
        if self.plan.contracts[measure.feed].subject is None:
            return self.reader.field(measure.feed, "household_key")
        return col("h", "household_key")

    def _keys(self, measure: MeasurePlan) -> dict[str, Sql]:
        if measure.per is Per.HOUSEHOLD:
            return {"household_key": self.owner(measure)}
        if measure.per is Per.RECORD:
            return {"subject_key": self.owner(measure), "episode": self.record_key(measure)}
        return {"subject_key": self.owner(measure), "episode": literal("")}

    def record_key(self, measure: MeasurePlan) -> Sql:
        own = self.reader.field(measure.feed, measure.by)
        return exp.Coalesce(this=own, expressions=[self.reader.field(measure.feed, RECORD_ID)])

    def _choices(self, measure: MeasurePlan, params: ParamColumns) -> dict[str, Sql]:
        if not params.source:
            return {}
        return {f"p_{name}": col("g", f"p_{name}") for name in self.row_params(measure)}

    def _chooser(self, measure: MeasurePlan) -> str:
        return f"chooser_{measure.name}"

    def _counted(self, measure: MeasurePlan, truth: Truth) -> Sql:
        """The row surely counts and its figure is known."""
        if not measure.column:
            return truth.t
        return both([truth.t, no(is_null(self.reader.field(measure.feed, measure.column)))])

    def _value(self, measure: MeasurePlan, counted: Sql) -> Sql:
        if measure.figure == "count":
            return exp.CountIf(this=counted)
        value = when((counted, self.reader.field(measure.feed, measure.column)))
        if measure.figure == "sum":
            if self.widest:
                value = exp.Greatest(this=value, expressions=[literal(0)])
            return exp.cast(or_zero(exp.Sum(this=value)), "BIGINT")
        if measure.figure == "distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        largest = measure.figure == "max" or self.widest
        return exp.Max(this=value) if largest else exp.Min(this=value)
