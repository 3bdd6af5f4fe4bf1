"""From facts to hits: every condition in three values, the tree above them, what stays unknown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlglot import exp

from proactive.feeds.words import ColumnType
from proactive.rules.conditions import IfUnknown, Per
from proactive.rules.measures_sql import FROM_NOTHING, MeasureTables
from proactive.rules.nodes import (
    AllOf,
    AnyOf,
    LeafPlan,
    MeasureLeaf,
    MeasurePlan,
    Negated,
    Node,
    OfField,
    Plan,
    RecordLeaf,
    Ref,
    Scalar,
    asking_leaves,
    supporting_leaves,
)
from proactive.rules.rows_sql import COMPARE, ParamColumns, RowReader, as_fraction, compare_exactly
from proactive.rules.sql import (
    Sql,
    Truth,
    all_true,
    any_true,
    both,
    col,
    either,
    eq,
    is_null,
    literal,
    named,
    no,
    or_zero,
    star,
    table,
    when,
)

HUGE = "INT128"
GROWING = ("at_least", "more_than")


@dataclass(frozen=True, slots=True)
class Truths:
    """Writes the tables `truths` (one row per candidate, flags per condition) and `decided`."""

    plan: Plan
    reader: RowReader

    def join_measure(self, query: exp.Select, measure: MeasurePlan, made: str) -> exp.Select:
        """Put figure, rows and missing of a measure beside the candidates."""
        keys = ["household_key"] if measure.per is Per.HOUSEHOLD else ["subject_key"]
        keys += ["episode"] if measure.per is Per.RECORD else []
        same = [eq(col(made, key), col("c", key)) for key in (*keys, *self.reader.key)]
        names = MeasureTables(self.plan, self.reader).row_params(measure)
        same += [eq(col(made, f"p_{name}"), col("c", f"p_{name}")) for name in names]
        query = query.join(table(made, made), on=both(same), join_type="left", copy=False)
        value, missing = col(made, "value"), or_zero(col(made, "missing"))
        if measure.figure in FROM_NOTHING:
            value = or_zero(value)
        if measure.per is Per.HOUSEHOLD:
            homeless = is_null(col("c", "household_key"))
            value = when((no(homeless), value))
            missing = when((homeless, literal(1)), otherwise=missing)
        return query.select(
            named(value, f"v_{measure.name}"),
            named(or_zero(col(made, "rows")), f"n_{measure.name}"),
            named(missing, f"k_{measure.name}"),
            copy=False,
        )

    def table(self, leaves: list[LeafPlan], facts: str) -> exp.Select:
        """All facts with each condition's flags: true, false, backed by rows, what is missing."""
        query = exp.Select().select(star("f"), copy=False).from_(table(facts, "f"), copy=False)
        query = self.reader.seen_from(query, "f")
        for leaf in leaves:
            truth = self._leaf(leaf)
            query = query.select(
                named(truth.t, f"t_{leaf.id}"),
                named(truth.f, f"f_{leaf.id}"),
                named(self._backed(leaf, truth), f"b_{leaf.id}"),
                *(
                    named(flag, f"u_{leaf.id}_{number}")
                    for number, (_, flag) in enumerate(self._gaps(leaf))
                ),
                copy=False,
            )
        return query

    def decided(self) -> exp.Select:
        """Hits, those excluded, and those for whom an unknown fact decides."""
        when_, unless = self.node(self.plan.when), self.unless()
        raw_when, raw_unless = self.node(self.plan.when, raw=True), self.unless(raw=True)
        supported, raw_supported = self._supported(raw=False), self._supported(raw=True)
        hit = both([no(when_.f), no(unless.t), supported])
        open_ = both([no(raw_when.f), no(raw_unless.t), raw_supported])
        query = exp.Select().select(
            star("t"),
            named(hit, "hit"),
            named(both([no(when_.f), unless.t, supported]), "excluded"),
            copy=False,
        )
        for number, (asks, hangs) in enumerate(self._unknowns(hit, open_)):
            query = query.select(
                named(asks, f"ask_{number}"), named(hangs, f"hang_{number}"), copy=False
            )
        for leaf, flag in self.support_flags(raw=False):
            query = query.select(named(flag, f"s_{leaf.id}"), copy=False)
        return query.from_(table("truths", "t"), copy=False).where(
            either([supported, raw_supported]), copy=False
        )

    # the tree

    def node(self, node: Node, source: str = "t", *, raw: bool = False) -> Truth:
        """The node's truth from the leaf flags in `source`; `raw` leaves unknowns unknown."""
        if isinstance(node, AllOf):
            return all_true(self.node(part, source, raw=raw) for part in node.parts)
        if isinstance(node, AnyOf):
            return any_true(self.node(part, source, raw=raw) for part in node.parts)
        if isinstance(node, Negated):
            return self.node(node.part, source, raw=raw).negated()
        flags = Truth(col(source, f"t_{node.id}"), col(source, f"f_{node.id}"))
        if raw or node.if_unknown is IfUnknown.ASK:
            return flags
        if node.if_unknown is IfUnknown.MET:
            return Truth(no(flags.f), flags.f)
        return Truth(flags.t, no(flags.t))

    def unless(self, *, raw: bool = False) -> Truth:
        return any_true(self.node(node, raw=raw) for node in self.plan.unless)

    def support_flags(self, *, raw: bool) -> Iterator[tuple[LeafPlan, Sql]]:
        """Measured conditions that are truly met, in a part of the tree that is not false."""
        for leaf, above in supporting_leaves(self.plan.when):
            standing = [no(self.node(node, raw=raw).f) for node in above]
            yield leaf, both([col("t", f"b_{leaf.id}"), *standing])

    def _supported(self, *, raw: bool) -> Sql:
        return either(flag for _, flag in self.support_flags(raw=raw))

    def unknown_facts(self) -> list[str]:
        """The facts that can be unknown, in the order of the conditions that need them."""
        return list(dict.fromkeys(fact for fact, _, _ in self._gap_flags(raw=True)))

    def _unknowns(self, hit: Sql, open_: Sql) -> Iterator[tuple[Sql, Sql]]:
        """Per fact: is it asked on this hit; does this candidate's result hang on it?"""
        asked, hanging = list(self._gap_flags(raw=False)), list(self._gap_flags(raw=True))
        for fact in self.unknown_facts():
            asks = either(flag for name, flag, _ in asked if name == fact)
            hangs = either(flag for name, flag, _ in hanging if name == fact)
            yield both([hit, asks]), both([open_, hangs])

    def _gap_flags(self, *, raw: bool) -> Iterator[tuple[str, Sql, LeafPlan]]:
        """A fact counts as unknown where its condition and everything above it is unknown."""
        for root in (self.plan.when, *self.plan.unless):
            for leaf, above in asking_leaves(root):
                path = [self.node(node, raw=raw).unknown for node in (*above, leaf)]
                for number, (fact, _) in enumerate(self._gaps(leaf)):
                    yield fact, both([*path, col("t", f"u_{leaf.id}_{number}")]), leaf

    # single conditions, read from facts `f`

    def _leaf(self, leaf: LeafPlan) -> Truth:
        if isinstance(leaf, MeasureLeaf):
            return self._measure(leaf)
        if isinstance(leaf, RecordLeaf):
            return all_true(truth for _, truth in self._record_tests(leaf))
        surely, perhaps = col("f", f"surely_{leaf.id}"), col("f", f"perhaps_{leaf.id}")
        truth = Truth(surely, both([no(surely), no(perhaps)]))
        return truth.negated() if leaf.absent else truth

    def _backed(self, leaf: LeafPlan, truth: Truth) -> Sql:
        """Truly met, and by records that are there."""
        if not isinstance(leaf, MeasureLeaf):
            return truth.t
        rows = exp.GT(this=col("f", f"n_{leaf.measure}"), expression=literal(0))
        return both([truth.t, rows])

    def _gaps(self, leaf: LeafPlan) -> list[tuple[str, Sql]]:
        """The facts a condition may lack, each with the flag that says it does."""
        if isinstance(leaf, RecordLeaf):
            return [(fact, truth.unknown) for fact, truth in self._record_tests(leaf)]
        if not isinstance(leaf, MeasureLeaf):
            return [(leaf.feed, exp.true())]
        missing: Sql = exp.GT(this=self._missing(leaf), expression=literal(0))
        gaps = [(leaf.measure, missing)]
        if isinstance(leaf.of, OfField):
            gaps.insert(0, (leaf.of.fact, is_null(col("f", f"of_{leaf.id}"))))
        if self.plan.params[leaf.parameter].dated_by:
            fact = f"parameter.{leaf.parameter}"
            gaps.append((fact, is_null(col("f", f"p_{leaf.parameter}"))))
        return gaps

    def _record_tests(self, leaf: RecordLeaf) -> Iterator[tuple[str, Truth]]:
        for test in leaf.where:
            value = col("f", f"f_{test.column}")
            yield test.fact, self.reader.test(test, value, ParamColumns("f"))

    def _missing(self, leaf: MeasureLeaf) -> Sql:
        return col("f", f"k_{leaf.measure}")

    def _measure(self, leaf: MeasureLeaf) -> Truth:
        """What is missing can only add: a limit reached without it stays reached."""
        measure = self.plan.measures[leaf.measure]
        value = col("f", f"v_{leaf.measure}")
        reached = Truth.of(self._compare(leaf, measure, value))
        complete = eq(self._missing(leaf), literal(0))
        nothing = both([self._nothing(measure, value), complete])
        if (leaf.test in GROWING) == (measure.figure != "min"):
            return Truth(
                both([reached.t, no(nothing)]), either([both([reached.f, complete]), nothing])
            )
        return Truth(both([reached.t, complete, no(nothing)]), either([reached.f, nothing]))

    def _nothing(self, measure: MeasurePlan, value: Sql) -> Sql:
        """There is nothing to compare: no largest of none, and no record without rows."""
        if measure.per is Per.RECORD:
            return eq(col("f", f"n_{measure.name}"), literal(0))
        return is_null(value)

    def _compare(self, leaf: MeasureLeaf, measure: MeasurePlan, value: Sql) -> Sql:
        def of_limit(limit: Scalar) -> Sql:
            if isinstance(leaf.of, Ref):
                share = as_fraction(limit)
                return self._chosen(leaf.of, lambda base: exactly(share * as_fraction(base)))
            if leaf.of is not None:
                return _share(leaf, value, as_fraction(limit))
            return exactly(as_fraction(limit))

        def exactly(limit: Fraction) -> Sql:
            if measure.type in (ColumnType.MONEY, ColumnType.INTEGER):
                return compare_exactly(leaf.test, value, limit)
            number = Decimal(limit.numerator) / Decimal(limit.denominator)
            return COMPARE[leaf.test](this=value, expression=literal(number))

        return self._chosen(Ref(leaf.parameter), of_limit)

    def _chosen(self, ref: Ref, build: Callable[[Scalar], Sql]) -> Sql:
        return self.reader.chosen(ref, ParamColumns("f"), build)


def _share(leaf: MeasureLeaf, value: Sql, share: Fraction) -> Sql:
    """Tell value ≥ share × whole, in whole numbers: value × denominator ≥ numerator × whole."""
    whole = exp.cast(col("f", f"of_{leaf.id}"), HUGE)
    left = exp.Mul(this=exp.cast(value, HUGE), expression=literal(share.denominator))
    right = exp.Mul(this=whole, expression=literal(share.numerator))
    return COMPARE[leaf.test](this=left, expression=right)
