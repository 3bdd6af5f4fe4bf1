"""The tables of one run, in the order in which they are made."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from proactive.rules.grammar import OTHER
from proactive.rules.measures_sql import MeasureTables
from proactive.rules.nodes import (
    LeafPlan,
    MeasureLeaf,
    OfField,
    Param,
    Plan,
    RegisterLeaf,
    leaves_of,
)
from proactive.rules.people_sql import PeopleTables
from proactive.rules.rows_sql import ParamColumns, RowReader
from proactive.rules.sense import refs_of
from proactive.rules.sql import (
    Sql,
    both,
    col,
    eq,
    literal,
    named,
    no,
    or_false,
    star,
    table,
    when,
)
from proactive.rules.truth_sql import Truths
from proactive.rules.universe_sql import Universe

Made = tuple[str, exp.Expression]


@dataclass(slots=True)
class RunTables:
    """Yields (name, query) for every table; a later one reads the earlier ones."""

    plan: Plan
    reader: RowReader
    subset: bool
    measures: MeasureTables = field(init=False)
    truths: Truths = field(init=False)
    people: PeopleTables = field(init=False)

    def __post_init__(self) -> None:
        self.measures = MeasureTables(self.plan, self.reader)
        self.truths = Truths(self.plan, self.reader)
        self.people = PeopleTables(self.plan, self.reader)

    def made(self) -> Iterator[Made]:
        universe = Universe(self.plan, self.reader, self.measures, self.subset)
        if universe.needs_everybody and not self.reader.keyed:
            yield "everybody", self.people.homes(None)
        yield "universe", universe.select()
        yield "people", self.people.distinct("universe", "subject_key")
        if self.plan.needs_household or self.plan.needs_area:
            yield "home", self.people.homes("people")
        if self.plan.needs_household:
            yield "houses", self.people.distinct("home", "household_key")
            yield "members", self.people.members()
        if self.plan.reads_records:
            yield "record", self.people.records()
        late = [param for param in self._varying if param.by_class and self.plan.classes]
        early = [param for param in self._varying if param not in late]
        yield "placed", self._placed(early)
        if not self.plan.classes:
            yield (
                "chosen",
                exp.Select().select(exp.Star(), copy=False).from_(table("placed"), copy=False),
            )
        else:
            leaves = [leaf for _, node in self.plan.classes for leaf in leaves_of(node)]
            yield from self._facts(leaves, "placed", "class_")
            yield "class_truths", self.truths.table(leaves, "class_facts")
            yield "chosen", self._chosen(late)
        leaves = [leaf for node in (self.plan.when, *self.plan.unless) for leaf in leaves_of(node)]
        yield from self._facts(leaves, "chosen", "")
        yield "truths", self.truths.table(leaves, "facts")
        yield "decided", self.truths.decided()

    # parameters

    @property
    def _varying(self) -> list[Param]:
        return [param for param in self.plan.params.values() if param.varies]

    def _placed(self, params: list[Param]) -> exp.Select:
        """The candidates with household, area and every choice that needs no class."""
        query = exp.Select().from_(table("universe", "u"), copy=False)
        household: Sql = exp.cast(exp.null(), "BIGINT")
        area: Sql = literal("")
        if self.plan.reads_records:
            query = self._join(query, "record", "r", "u", ("subject_key", "episode"))
            area = exp.Coalesce(this=col("r", "area"), expressions=[area])
            query = query.select(
                *(
                    col("r", f"f_{name}")
                    for name in self.plan.fields_used.get(self._record_feed, ())
                ),
                named(col("r", "version"), "record_version"),
                copy=False,
            )
        if self.plan.needs_household or self.plan.needs_area:
            query = self._join(query, "home", "h", "u", ("subject_key",))
            household = col("h", "household_key")
            area = exp.Coalesce(this=col("h", "area"), expressions=[area])
        query = query.select(
            *self.reader.moment("u"),
            col("u", "subject_key"),
            col("u", "episode"),
            named(household, "household_key"),
            named(area, "area"),
            named(literal(OTHER), "klass"),
            copy=False,
        )
        base = (
            exp.Select()
            .select(star("c"), copy=False)
            .from_(query.subquery("c", copy=False), copy=False)
        )
        return self._choose(base, params, literal(OTHER))

    def _chosen(self, params: list[Param]) -> exp.Select:
        """The candidates with their class and the choices that depend on it."""
        classes = [
            (self.truths.node(node, "t").t, literal(name)) for name, node in self.plan.classes
        ]
        klass = when(*classes, otherwise=literal(OTHER))
        query = exp.Select().from_(table("placed", "u"), copy=False)
        query = self._join(query, "class_truths", "t", "u", ("subject_key", "episode"))
        query = query.select(star("u", "klass"), named(klass, "klass"), copy=False)
        base = (
            exp.Select()
            .select(star("c"), copy=False)
            .from_(query.subquery("c", copy=False), copy=False)
        )
        return self._choose(base, params, col("c", "klass"))

    def _choose(self, base: exp.Select, params: list[Param], klass: Sql) -> exp.Select:
        """Add `p_<name>`: the place in the file of the value that holds for this candidate."""
        for param in params:
            stretch = self._stretch(param)
            found: list[Sql] = []
            places = ([("here", col("c", "area"))] if param.by_area else []) + [
                ("everywhere", literal(""))
            ]
            for place, area in places:
                alias = f"{place}_{param.name}"
                same = [
                    eq(col(alias, "stretch"), stretch),
                    eq(col(alias, "klass"), klass),
                    eq(col(alias, "area"), area),
                ]
                base = base.join(
                    table(f"choice_{param.name}", alias),
                    on=both(same),
                    join_type="left",
                    copy=False,
                )
                found.append(col(alias, "index"))
            choice = exp.Coalesce(this=found[0], expressions=found[1:])
            base = base.select(named(choice, f"p_{param.name}"), copy=False)
        return base

    def _stretch(self, param: Param) -> Sql:
        """Which stretch of dates the record's own date falls into; -1 before the first."""
        if not param.dated_by:
            return literal(0)
        day = col("c", f"f_{param.dated_by}")
        days = self.reader.binding.stretches(param)
        cases = [
            (exp.GTE(this=day, expression=literal(first)), literal(number))
            for number, first in reversed(list(enumerate(days)))
        ]
        return when(*cases, otherwise=literal(-1))

    @property
    def _record_feed(self) -> str:
        return self.plan.episodes.feed if self.plan.episodes else ""

    # facts

    def _facts(self, leaves: list[LeafPlan], base: str, prefix: str) -> Iterator[Made]:
        """One table per measure and register condition, then all of them beside the candidates."""
        params = ParamColumns("g")
        query = exp.Select().select(star("c"), copy=False).from_(table(base, "c"), copy=False)
        names = [leaf.measure for leaf in leaves if isinstance(leaf, MeasureLeaf)]
        wanted = list(self.plan.measures) if not prefix else list(dict.fromkeys(names))
        for name in wanted:
            measure = self.plan.measures[name]
            chooser = self.measures.chooser(measure, base)
            if chooser is not None:
                yield chooser
            owners = "houses" if measure.per == "household" else "people"
            made = f"{prefix}m_{name}"
            yield made, self.measures.figures(measure, owners=owners, params=params)
            query = self.truths.join_measure(query, measure, made)
        for leaf in leaves:
            if isinstance(leaf, RegisterLeaf):
                made = f"{prefix}r_{leaf.id}"
                yield made, self._register(leaf, base)
                query = self._join(query, made, made, "c", self._register_keys(leaf))
                query = query.select(
                    named(or_false(col(made, "surely")), f"surely_{leaf.id}"),
                    named(or_false(col(made, "perhaps")), f"perhaps_{leaf.id}"),
                    copy=False,
                )
            elif isinstance(leaf, MeasureLeaf) and isinstance(leaf.of, OfField):
                made = f"{prefix}of_{leaf.id}"
                owners = "houses" if leaf.of.household else "people"
                yield made, self.measures.of_values(leaf.of, owners=owners)
                query = self._join(query, made, made, "c", (self.measures.of_key(leaf.of),))
                query = query.select(named(col(made, "value"), f"of_{leaf.id}"), copy=False)
        yield f"{prefix}facts", query

    def _register_keys(self, leaf: RegisterLeaf) -> tuple[str, ...]:
        return ("subject_key", "episode") if self._row_choices(leaf) else ("subject_key",)

    def _row_choices(self, leaf: RegisterLeaf) -> bool:
        return any(self.plan.params[name].varies for name in refs_of(self.plan, leaf))

    def _register(self, leaf: RegisterLeaf, base: str) -> exp.Select:
        """Per candidate: does an entry surely count, does one perhaps?"""
        rows, keys = self.register_rows(leaf, base)
        truth = self.reader.counts(leaf, ParamColumns("g"))
        flags = [
            named(exp.LogicalOr(this=truth.t), "surely"),
            named(exp.LogicalOr(this=no(truth.t)), "perhaps"),
        ]
        return (
            rows.select(*keys, *flags, copy=False)
            .where(no(truth.f), copy=False)
            .group_by(*keys, copy=False)
        )

    def register_rows(self, leaf: RegisterLeaf, base: str) -> tuple[exp.Select, list[Sql]]:
        """The entries of the candidates; with their choices where the tests need them."""
        owners = base if self._row_choices(leaf) else "people"
        same = eq(col("g", "subject_key"), self.reader.subject(leaf.feed))
        rows = self.reader.visible(leaf.feed).join(table(owners, "g"), on=same, copy=False)
        keys = [*self.reader.moment("g"), *(col("g", key) for key in self._register_keys(leaf))]
        return self.reader.seen_from(rows, "g"), keys

    def _join(
        self, query: exp.Select, name: str, alias: str, left: str, keys: tuple[str, ...]
    ) -> exp.Select:
        same = both(eq(col(alias, key), col(left, key)) for key in (*keys, *self.reader.key))
        return query.join(table(name, alias), on=same, join_type="left", copy=False)
