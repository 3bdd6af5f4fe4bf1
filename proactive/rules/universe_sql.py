"""Whom a run must look at: the smallest set that surely holds everyone the rule can raise."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlglot import exp

from proactive.rules.conditions import Per
from proactive.rules.measures_sql import MeasureTables
from proactive.rules.nodes import (
    RECORD_ID,
    AllOf,
    AnyOf,
    LeafPlan,
    MeasureLeaf,
    Negated,
    Node,
    Plan,
    RecordLeaf,
    Ref,
    RegisterLeaf,
    supporting_leaves,
)
from proactive.rules.rows_sql import COMPARE, UNCHOSEN, RowReader, as_fraction, compare_exactly
from proactive.rules.sense import about_records, refs_of
from proactive.rules.sql import Sql, both, col, either, eq, is_null, literal, named, no, table

NONE_EPISODE = ""


@dataclass(frozen=True, slots=True)
class Universe:
    """Candidates for hits. A candidate that turns out not to qualify costs time, nothing else."""

    plan: Plan
    reader: RowReader
    measures: MeasureTables
    subset: bool

    def select(self) -> exp.Expression:
        """Every (subject_key, episode) that may qualify, with the moment where there are many."""
        if self.needs_everybody and self.reader.keyed:
            return self._wanted()
        leaves = self._chosen()
        parts = [self._candidates(leaf) for leaf in dict.fromkeys(leaves)]
        union: exp.Expression = parts[0]
        for part in parts[1:]:
            union = exp.Union(this=union, expression=part, distinct=True)
        return union

    def _chosen(self) -> tuple[LeafPlan, ...]:
        bounded = self._support(self.plan.when)
        if bounded is not None:
            return bounded
        leaves = (leaf for leaf, _ in supporting_leaves(self.plan.when))
        if self.plan.episodes is not None:
            leaves = (leaf for leaf in leaves if about_records(self.plan, leaf))
        return tuple(leaves)

    def _support(self, node: Node) -> tuple[LeafPlan, ...] | None:
        """Leaves of which one must find a row before the node can be other than false.

        None: the node can be met, or unknown, for somebody without any row.
        """
        if isinstance(node, AllOf):
            found = [self._support(part) for part in node.parts]
            bounded = [leaves for leaves in found if leaves is not None]
            return min(bounded, key=self._cost, default=None)
        if isinstance(node, AnyOf):
            parts = [self._support(part) for part in node.parts]
            if any(part is None for part in parts):
                return None
            return tuple(leaf for part in parts if part is not None for leaf in part)
        if isinstance(node, Negated) or not self._bounds(node):
            return None
        return (node,)

    def _cost(self, leaves: tuple[LeafPlan, ...]) -> int:
        return sum(0 if isinstance(leaf, MeasureLeaf) else 1 for leaf in leaves)

    def _bounds(self, leaf: LeafPlan) -> bool:
        if self.plan.episodes is not None and not about_records(self.plan, leaf):
            return False
        if isinstance(leaf, RegisterLeaf):
            return not leaf.absent
        return isinstance(leaf, RecordLeaf) or self._lowest(leaf) is not None

    def _lowest(self, leaf: MeasureLeaf) -> Fraction | None:
        """The lowest limit that is over nothing at all; None when nothing may be enough."""
        measure = self.plan.measures[leaf.measure]
        if leaf.test not in ("at_least", "more_than") or measure.per is Per.HOUSEHOLD:
            return None
        if isinstance(leaf.of, Ref):
            limit = self._least(leaf.parameter) * self._least(leaf.of.name)
        elif leaf.of is None:
            limit = self._least(leaf.parameter)
        else:
            return None
        enough = limit >= 0 if leaf.test == "more_than" else limit > 0
        return limit if enough else None

    def _least(self, name: str) -> Fraction:
        param, binding = self.plan.params[name], self.reader.binding
        places = {choice.index for choice in binding.everywhere(param)}
        places |= {value.index for value in param.values if value.area or param.dated_by}
        return min(as_fraction(param.values[place].value) for place in places)

    @property
    def needs_everybody(self) -> bool:
        """Are candidates found through whole households?"""
        return any(self._of_households(leaf) for leaf in self._chosen())

    # candidates

    def ever(self) -> exp.Expression:
        """Every subject_key that may qualify; of households, everybody who lives in one."""
        parts: list[exp.Select] = []
        for leaf in dict.fromkeys(self._chosen()):
            if self._of_households(leaf):
                parts.append(self._residents())
            else:
                found = self._candidates(leaf).subquery("c", copy=False)
                parts.append(exp.Select().select(col("c", "subject_key"), copy=False).from_(found))
        union: exp.Query = parts[0]
        for part in parts[1:]:
            union = exp.Union(this=union, expression=part, distinct=False)
        return (
            exp.Select()
            .select(col("e", "subject_key"), copy=False)
            .distinct(copy=False)
            .from_(union.subquery("e", copy=False), copy=False)
        )

    def _of_households(self, leaf: LeafPlan) -> bool:
        per = self.plan.measures[leaf.measure].per if isinstance(leaf, MeasureLeaf) else None
        return per is Per.HOUSEHOLD

    def _residents(self) -> exp.Select:
        subject = self.reader.subject(self.plan.home_feed)
        rows = self.reader.visible(self.plan.home_feed)
        return rows.select(named(subject, "subject_key"), copy=False).where(
            no(is_null(subject)), copy=False
        )

    def _wanted(self) -> exp.Select:
        names = (*self.reader.key, "subject_key")
        return (
            exp.Select()
            .select(*(col("w", name) for name in names), copy=False)
            .select(named(literal(NONE_EPISODE), "episode"), copy=False)
            .from_(table("wanted", "w"), copy=False)
        )

    def _candidates(self, leaf: LeafPlan) -> exp.Select:
        if isinstance(leaf, MeasureLeaf):
            return self._measured(leaf)
        if isinstance(leaf, RecordLeaf):
            return self._records(leaf)
        rows = self._rows(leaf.feed)
        truth = self.reader.counts(leaf, UNCHOSEN)
        subject = self.reader.subject(leaf.feed)
        return (
            rows.select(
                *self.reader.moment("w"),
                named(subject, "subject_key"),
                named(literal(NONE_EPISODE), "episode"),
                copy=False,
            )
            .distinct(copy=False)
            .where(no(truth.f), copy=False)
            .where(no(is_null(subject)), copy=False)
        )

    def _records(self, leaf: RecordLeaf) -> exp.Select:
        subject = self.reader.subject(leaf.feed)
        truth = self.reader.passes(leaf.feed, leaf.where, UNCHOSEN)
        return (
            self._rows(leaf.feed)
            .select(
                *self.reader.moment("w"),
                named(subject, "subject_key"),
                named(col("r", RECORD_ID), "episode"),
                copy=False,
            )
            .distinct(copy=False)
            .where(no(is_null(subject)), copy=False)
            .where(self.reader.not_after(leaf.feed), copy=False)
            .where(no(truth.f), copy=False)
        )

    def _rows(self, feed: str) -> exp.Select:
        rows = self.reader.visible(feed)
        if self.subset:
            same = eq(col("w", "subject_key"), self.reader.subject(feed))
            rows = rows.join(table("wanted", "w"), on=same, copy=False)
            rows = self.reader.seen_from(rows, "w")
        return rows

    def _measured(self, leaf: MeasureLeaf) -> exp.Select:
        measure = self.plan.measures[leaf.measure]
        owners = "wanted" if self.subset and measure.per is not Per.HOUSEHOLD else ""
        figures = self.measures.figures(measure, owners=owners, params=UNCHOSEN)
        rows = (
            exp.Select()
            .from_(figures.subquery("m", copy=False), copy=False)
            .where(self._enough(leaf), copy=False)
        )
        if measure.per is not Per.HOUSEHOLD:
            names = (*self.reader.key, "subject_key", "episode")
            return rows.select(*(col("m", name) for name in names), copy=False)
        same = eq(col("h", "household_key"), col("m", "household_key"))
        rows = rows.join(table("everybody", "h"), on=same, copy=False)
        if self.subset:
            wanted = eq(col("w", "subject_key"), col("h", "subject_key"))
            rows = rows.join(table("wanted", "w"), on=wanted, copy=False)
        return rows.select(
            col("h", "subject_key"), named(literal(NONE_EPISODE), "episode"), copy=False
        ).distinct(copy=False)

    def _enough(self, leaf: MeasureLeaf) -> Sql:
        """Rows are there, and the figure reaches the lowest limit or may reach it."""
        measure = self.plan.measures[leaf.measure]
        limit = self._lowest(leaf)
        rows_depend = any(self.plan.params[name].varies for name in self._row_refs(leaf))
        if limit is None or rows_depend:
            return exp.true()
        value = col("m", "value")
        if measure.type.value in ("money", "integer"):
            reached: Sql = compare_exactly(leaf.test, value, limit)
        else:
            exact = Decimal(limit.numerator) / Decimal(limit.denominator)
            reached = COMPARE[leaf.test](this=value, expression=literal(exact))
        missing = exp.GT(this=col("m", "missing"), expression=literal(0))
        return either([both([no(is_null(value)), reached]), missing])

    def _row_refs(self, leaf: MeasureLeaf) -> Iterator[str]:
        for name in refs_of(self.plan, leaf):
            limits = {leaf.parameter, leaf.of.name if isinstance(leaf.of, Ref) else ""}
            if name not in limits:
                yield name
