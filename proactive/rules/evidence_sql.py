"""The records behind the hits: the rows of the conditions that speak for a hit, one list each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from proactive.rules.conditions import Per
from proactive.rules.measures_sql import MeasureTables
from proactive.rules.nodes import (
    RECORD_ID,
    LeafPlan,
    MeasureLeaf,
    MeasurePlan,
    OfField,
    Plan,
    RecordLeaf,
    RegisterLeaf,
    supporting_leaves,
)
from proactive.rules.rows_sql import ParamColumns, RowReader
from proactive.rules.sql import Sql, both, col, eq, literal, named, table
from proactive.rules.tables_sql import Made

PROVEN = ParamColumns("x")
COMMON = (RECORD_ID, "version", "event_on", "recorded_on")
FIELDS = ("feed", *COMMON, "facts")
ORDER = ("feed", "event_on", RECORD_ID, "version")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Writes one query per evidence feed over the tables of a run."""

    plan: Plan
    reader: RowReader

    def proofs(self) -> Iterator[Made]:
        """For each condition, the hits it speaks for."""
        for leaf in self._leaves():
            query = (
                exp.Select().select(exp.Star(), copy=False).from_(table("decided", "d"), copy=False)
            )
            yield (
                f"proof_{leaf.id}",
                query.where(col("d", "hit"), copy=False).where(
                    col("d", f"s_{leaf.id}"), copy=False
                ),
            )

    def listed(self) -> exp.Select:
        """For each hit, the list of its records in the order in which they are told."""
        parts = [part for feed in self.plan.evidence for part in self._of_feed(feed)]
        union: exp.Query = parts[0] if parts else self._nothing()
        for part in parts[1:]:
            union = exp.Union(this=union, expression=part, distinct=True)
        record = exp.Struct(
            expressions=[
                exp.PropertyEQ(this=exp.to_identifier(name), expression=col("e", name))
                for name in FIELDS
            ]
        )
        order = [exp.Ordered(this=col("e", name), nulls_first=False) for name in ORDER]
        listed = exp.ArrayAgg(this=exp.Order(this=record, expressions=order))
        keys = [col("e", "subject_key"), col("e", "episode")]
        source = union.subquery("e", copy=False)
        query = exp.Select().select(*keys, named(listed, "evidence"), copy=False)
        return query.from_(source, copy=False).group_by(*keys, copy=False)

    def _leaves(self) -> list[LeafPlan]:
        return list(dict.fromkeys(leaf for leaf, _ in supporting_leaves(self.plan.when)))

    def _of_feed(self, feed: str) -> Iterator[exp.Select]:
        """The rows of one feed; figures over the same rows are looked up in one reading."""
        alike: dict[object, list[MeasureLeaf]] = {}
        for leaf in self._leaves():
            if not isinstance(leaf, MeasureLeaf):
                if leaf.feed == feed:
                    yield self._single(leaf)
                continue
            measure = self.plan.measures[leaf.measure]
            if measure.feed == feed:
                by_member = self._by_member(measure)
                rows = (measure.window, measure.where) if by_member else leaf.id
                alike.setdefault(rows, []).append(leaf)
            if isinstance(leaf.of, OfField) and leaf.of.feed == feed:
                yield self._compared(leaf, leaf.of)
        for leaves in alike.values():
            together = self._by_member(self.plan.measures[leaves[0].measure])
            yield self._together(leaves) if together else self._measured(leaves[0])

    def _single(self, leaf: RecordLeaf | RegisterLeaf) -> exp.Select:
        return self._record(leaf) if isinstance(leaf, RecordLeaf) else self._entries(leaf)

    def _by_member(self, measure: MeasurePlan) -> bool:
        """Can the figure's rows be found by the persons alone, whoever asks?"""
        tables = MeasureTables(self.plan, self.reader)
        about_subject = self.plan.contracts[measure.feed].subject is not None
        alone = measure.per is not Per.RECORD and not tables.row_params(measure)
        return about_subject and alone

    def _together(self, leaves: list[MeasureLeaf]) -> exp.Select:
        """Rows of several figures: each hit with the persons whose rows speak for it."""
        measure = self.plan.measures[leaves[0].measure]
        pairs: exp.Query = self._members(leaves[0])
        for leaf in leaves[1:]:
            pairs = exp.Union(this=pairs, expression=self._members(leaf), distinct=True)
        tables = MeasureTables(self.plan, self.reader)
        rows, truth = tables.rows(replace(measure, per=Per.PERSON), PROVEN)
        same = eq(col("x", "member"), self.reader.subject(measure.feed))
        rows = rows.join(pairs.subquery("x", copy=False), on=same, copy=False)
        return self._facts(rows.where(truth.t, copy=False), measure.feed)

    def _members(self, leaf: MeasureLeaf) -> exp.Select:
        """The persons whose rows make the figure of each hit."""
        query = exp.Select().from_(table(f"proof_{leaf.id}", "p"), copy=False)
        member = col("p", "subject_key")
        if self.plan.measures[leaf.measure].per is Per.HOUSEHOLD:
            same = eq(col("h", "household_key"), col("p", "household_key"))
            query = query.join(table("members", "h"), on=same, copy=False)
            member = col("h", "subject_key")
        return query.select(
            named(member, "member"), col("p", "subject_key"), col("p", "episode"), copy=False
        )

    def _measured(self, leaf: MeasureLeaf) -> exp.Select:
        measure = self.plan.measures[leaf.measure]
        tables = MeasureTables(self.plan, self.reader)
        rows, truth = tables.rows(measure, PROVEN)
        key = "household_key" if measure.per is Per.HOUSEHOLD else "subject_key"
        same = [eq(col("x", key), tables.owner(measure))]
        if measure.per is Per.RECORD:
            same.append(eq(col("x", "episode"), tables.record_key(measure)))
        rows = rows.join(table(f"proof_{leaf.id}", "x"), on=both(same), copy=False)
        return self._facts(rows.where(truth.t, copy=False), measure.feed)

    def _compared(self, leaf: MeasureLeaf, of: OfField) -> exp.Select:
        key = MeasureTables(self.plan, self.reader).of_key(of)
        same = [
            eq(col("w", RECORD_ID), self.reader.field(of.feed, RECORD_ID)),
            eq(col("w", "version"), self.reader.field(of.feed, "version")),
        ]
        rows = self.reader.visible(of.feed).join(
            table(f"of_{leaf.id}", "w"), on=both(same), copy=False
        )
        rows = rows.join(
            table(f"proof_{leaf.id}", "x"), on=eq(col("x", key), col("w", key)), copy=False
        )
        return self._facts(rows, of.feed)

    def _record(self, leaf: RecordLeaf) -> exp.Select:
        same = [
            eq(col("x", "subject_key"), self.reader.subject(leaf.feed)),
            eq(col("x", "episode"), self.reader.field(leaf.feed, RECORD_ID)),
            eq(col("x", "record_version"), self.reader.field(leaf.feed, "version")),
        ]
        rows = self.reader.visible(leaf.feed).join(
            table(f"proof_{leaf.id}", "x"), on=both(same), copy=False
        )
        return self._facts(rows, leaf.feed)

    def _entries(self, leaf: RegisterLeaf) -> exp.Select:
        same = eq(col("x", "subject_key"), self.reader.subject(leaf.feed))
        rows = self.reader.visible(leaf.feed).join(
            table(f"proof_{leaf.id}", "x"), on=same, copy=False
        )
        return self._facts(rows.where(self.reader.counts(leaf, PROVEN).t, copy=False), leaf.feed)

    def _facts(self, rows: exp.Select, feed: str) -> exp.Select:
        names = self.plan.fields_used.get(feed, ())
        known = [self._fact(name, self.reader.field(feed, name)) for name in names]
        return rows.select(
            col("x", "subject_key"),
            col("x", "episode"),
            named(literal(feed), "feed"),
            *(named(self.reader.field(feed, name), name) for name in COMMON),
            named(_object(known), "facts"),
            copy=False,
        ).distinct(copy=False)

    def _fact(self, name: str, value: Sql) -> Sql:
        """`"name":value` as JSON text, NULL where the field is empty."""
        quoted = literal(f'"{name}":')
        text = exp.cast(exp.func("to_json", value), "TEXT")
        return exp.DPipe(this=quoted, expression=text)

    def _nothing(self) -> exp.Select:
        """No records at all, in the shape of records."""
        kinds = dict.fromkeys(("subject_key", "episode", *FIELDS), "TEXT") | {
            "subject_key": "BIGINT",
            "version": "BIGINT",
            "event_on": "DATE",
            "recorded_on": "DATE",
        }
        columns = [named(exp.cast(exp.null(), kind), name) for name, kind in kinds.items()]
        return exp.Select().select(*columns, copy=False).where(exp.false(), copy=False)


def _object(members: list[Sql]) -> Sql:
    """A JSON object of the members that are not NULL."""
    # concat_ws leaves out NULLs, in DuckDB as in Spark
    if not members:
        return literal("{}")
    joined = exp.Anonymous(this="concat_ws", expressions=[literal(","), *members])
    opened = exp.DPipe(this=literal("{"), expression=joined)
    return exp.DPipe(this=opened, expression=literal("}"))
