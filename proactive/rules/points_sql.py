"""The points of a sweep as SQL: limits compared once per value, candidates told at every point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from sqlglot import exp

from proactive.rules.axes import Swept
from proactive.rules.nodes import LeafPlan, MeasureLeaf, Plan, Ref, leaves_of
from proactive.rules.rows_sql import RowReader
from proactive.rules.sql import Sql, col, either, eq, literal, named, no, star, table
from proactive.rules.truth_sql import Truths
from proactive.rules.variants import with_value

Lists = dict[str, exp.Expr]


def placed(plan: Plan, swept: Sequence[Swept], texts: Sequence[str]) -> Plan:
    """Return the plan with a text in the place of each axis."""
    for one, text in zip(swept, texts, strict=True):
        plan = with_value(plan, one.parameter, one.index, text)
    return plan


@dataclass(frozen=True, slots=True)
class Points:
    """The points that share the figures of `plan`; they differ on the axes that are late."""

    plan: Plan
    reader: RowReader
    swept: Sequence[Swept]

    def common(self) -> exp.Select:
        """What is the same at every point: facts, home area, conditions; without hopeless ones.

        Whoever is out while the limits are taken as unknown is out whatever the limits are.
        """
        truths = Truths(self.plan, self.reader)
        limited = [leaf for leaf in self._leaves() if self._axes_of(leaf)]
        same = [leaf for leaf in self._leaves() if not self._axes_of(leaf)]
        flags = [f"{kind}_{leaf.id}" for leaf in limited for kind in "tf"]
        area = exp.Coalesce(this=col("h", "area"), expressions=[literal("")])
        home = eq(col("h", "subject_key"), col("f", "subject_key"))
        query = truths.table(same, "facts").select(named(area, "home_area"), copy=False)
        query = query.select(*(named(exp.false(), flag) for flag in flags), copy=False)
        query = query.join(table("home", "h"), on=home, join_type="left", copy=False)
        out = either([truths.node(self.plan.when, raw=True).f, truths.unless(raw=True).t])
        rest = exp.Select().select(star("t", *flags), copy=False)
        return rest.from_(query.subquery("t", copy=False), copy=False).where(no(out), copy=False)

    def counted(self, first: int) -> exp.Select:
        """Per point and area: subjects, hits, hits with a gap; `first` is the first point."""
        truths = Truths(self.plan, self.reader)
        told = self._told(first).subquery("t", copy=False)
        decided = truths.decided().from_(told, copy=False)
        asked = either(col("d", f"ask_{i}") for i, _ in enumerate(truths.unknown_facts()))
        keys = (col("d", "point"), col("d", "home_area"))
        query = exp.Select().select(
            keys[0],
            named(keys[1], "area"),
            named(self._subjects(), "subjects"),
            named(exp.Count(this=exp.Star()), "hits"),
            named(exp.CountIf(this=asked), "asked"),
            copy=False,
        )
        query = query.from_(decided.subquery("d", copy=False), copy=False)
        return query.where(col("d", "hit"), copy=False).group_by(*keys, copy=False)

    def _subjects(self) -> Sql:
        if self.plan.episodes is None:
            return exp.Count(this=exp.Star())
        return exp.Count(this=exp.Distinct(expressions=[col("d", "subject_key")]))

    # each candidate at each point

    def _told(self, first: int) -> exp.Select:
        """Candidates times points: an axis after the other is unfolded from lists of its flags."""
        query = exp.Select().select(star("f"), named(literal(first), "point"), copy=False)
        query = query.from_(table("common", "f"), copy=False)
        folded: dict[str, list[int]] = {}
        for leaf in self._leaves():
            axes = self._axes_of(leaf)
            lists = self._lists(leaf, axes, {}) if axes else {}
            query = query.select(*(named(one, name) for name, one in lists.items()), copy=False)
            folded |= dict.fromkeys(lists, axes)
        for axis, one in enumerate(self.swept):
            if one.late:
                names = [name for name, axes in folded.items() if axis in axes]
                query = self._unfolded(query, axis, names)
        return query

    def _lists(self, leaf: LeafPlan, axes: Sequence[int], at: Mapping[int, str]) -> Lists:
        """The flags of a condition: a list over the first axis of lists over the next."""
        if not axes:
            return self._flags(leaf, at)
        columns: dict[str, list[exp.Expr]] = {}
        for text in self.swept[axes[0]].values:
            for name, flag in self._lists(leaf, axes[1:], {**at, axes[0]: text}).items():
                columns.setdefault(name, []).append(flag)
        return {name: exp.Array(expressions=flags) for name, flags in columns.items()}

    def _flags(self, leaf: LeafPlan, at: Mapping[int, str]) -> Lists:
        """The flags of a condition with these texts on its axes."""
        plan = placed(self.plan, [self.swept[axis] for axis in at], list(at.values()))
        plan = self._of_anybody(plan)
        reader = replace(self.reader, binding=replace(self.reader.binding, plan=plan))
        told = Truths(plan, reader).table([leaf], "common").selects
        return {flag.alias: flag.this for flag in told if isinstance(flag, exp.Alias)}

    def _unfolded(self, query: exp.Select, axis: int, names: Sequence[str]) -> exp.Select:
        """One row per value of an axis, with its flags and its part of the point's number."""
        apart = prod(len(one.values) for one in self.swept[axis + 1 :])
        places = [literal(apart * place) for place in range(len(self.swept[axis].values))]
        step = exp.Explode(this=exp.Array(expressions=places))
        each = [named(exp.Explode(this=col("f", name)), name) for name in names]
        point = named(exp.Add(this=col("f", "point"), expression=step), "point")
        rows = exp.Select().select(star("f", "point", *names), point, *each, copy=False)
        return rows.from_(query.subquery("f", copy=False), copy=False)

    def _of_anybody(self, plan: Plan) -> Plan:
        """The plan without values that are nobody's on the day: each would cost a comparison."""
        params = dict(plan.params)
        for one in self.swept:
            values = tuple(v for v in params[one.parameter].values if v.index in one.chosen)
            fewer = replace(params[one.parameter], values=values)
            params[one.parameter] = fewer if fewer.varies else params[one.parameter]
        return replace(plan, params=params)

    # conditions

    def _leaves(self) -> list[LeafPlan]:
        return [leaf for root in (self.plan.when, *self.plan.unless) for leaf in leaves_of(root)]

    def _axes_of(self, leaf: LeafPlan) -> list[int]:
        """The late axes that the limit of a condition depends on."""
        if not isinstance(leaf, MeasureLeaf):
            return []
        names = {leaf.parameter, leaf.of.name if isinstance(leaf.of, Ref) else ""}
        return [i for i, one in enumerate(self.swept) if one.late and one.parameter in names]
