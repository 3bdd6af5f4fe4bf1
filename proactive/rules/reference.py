"""The slow judge: the same answers as every engine, written as plainly as the words allow.

It shares the plan's names and types with the engines, and nothing of how they count, look back
or choose. Truth has three values: True, False, and None for "cannot be told".
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from proactive.feeds.words import ColumnType
from proactive.rules.conditions import IfUnknown, Per
from proactive.rules.grammar import OTHER
from proactive.rules.nodes import (
    RECORD_ID,
    AllOf,
    AnyOf,
    LeafPlan,
    MeasureLeaf,
    MeasurePlan,
    Negated,
    Node,
    OfField,
    ParamValue,
    Plan,
    RecordLeaf,
    Ref,
    RegisterLeaf,
    RowTest,
)
from proactive.rules.reference_words import (
    Truth,
    add_up,
    all3,
    any3,
    compare,
    latest_first,
    look_back,
    not3,
)
from proactive.rules.results import Evaluation, Found, Record, assemble, count_unknowns, facts_text
from proactive.rules.views import MemoryView, View

Row = dict[str, Any]


def evaluate(
    plan: Plan,
    views: Mapping[str, View],
    *,
    as_of: date,
    known_at: datetime,
    subjects: Collection[int] | None = None,
    areas: Mapping[str, Sequence[str]] | None = None,
    aliases: pa.Table | None = None,
) -> Evaluation:
    """Return what `duck.evaluate` returns for the same arguments, one subject after another."""
    county = County(plan, views, as_of, known_at, areas or {}, aliases)
    wanted = None if subjects is None else {county.final(key) for key in subjects}
    candidates = [
        Candidate(county, subject, episode)
        for subject in sorted(county.subjects)
        if wanted is None or subject in wanted
        for episode in county.episodes(subject)
    ]
    found = [candidate.found() for candidate in candidates if candidate.hit]
    hanging = count_unknowns(candidate.hanging() for candidate in candidates)
    excluded = sum(1 for candidate in candidates if candidate.excluded)
    return assemble(plan, found, hanging, excluded)


@dataclass
class County:
    """Everything that is known on the day of the question."""

    plan: Plan
    views: Mapping[str, View]
    as_of: date
    known_at: datetime
    areas: Mapping[str, Sequence[str]]
    aliases: pa.Table | None

    def final(self, key: int) -> int:
        """The key a temporary key leads to."""
        steps = self._alias_steps
        seen = {key}
        while key in steps and steps[key] not in seen:
            key = steps[key]
            seen.add(key)
        return key

    @cached_property
    def _alias_steps(self) -> dict[int, int]:
        if self.aliases is None:
            return {}
        return {row["temporary_key"]: row["key"] for row in self.aliases.to_pylist()}

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The visible rows of each feed; `subject` is the key after aliases."""
        return {feed: list(self._visible(feed)) for feed in self.plan.feeds}

    def _visible(self, feed: str) -> Iterator[Row]:
        gone = {
            (entry["record_id"], entry["version"])
            for entry in self.views[feed].superseded.to_pylist()
            if self._known(entry["since_recorded"], entry["since"])
        }
        for row in _rows_of(self.views[feed]):
            if (row["record_id"], row["version"]) in gone:
                continue
            if self._known(row.get("recorded_on"), row.get("arrived_at")):
                key = row.get("subject_key")
                yield row | {"subject": None if key is None else self.final(key)}

    def _known(self, recorded_on: date | None, arrived_at: datetime | None) -> bool:
        if recorded_on is not None:
            return recorded_on <= self.known_at.astimezone(self.plan.zone).date()
        return arrived_at is not None and arrived_at <= self.known_at

    @cached_property
    def subjects(self) -> set[int]:
        keys = {row["subject"] for rows in self.rows.values() for row in rows}
        return {key for key in keys if key is not None}

    def of_subject(self, feed: str, subject: int) -> list[Row]:
        return self._by_subject(feed).get(subject, [])

    def _by_subject(self, feed: str) -> dict[int, list[Row]]:
        if feed not in self._indexes:
            index: dict[int, list[Row]] = {}
            for row in self.rows[feed]:
                index.setdefault(row["subject"], []).append(row)
            self._indexes[feed] = index
        return self._indexes[feed]

    @cached_property
    def _indexes(self) -> dict[str, dict[int, list[Row]]]:
        return {}

    def episodes(self, subject: int) -> list[str]:
        """Each single record in a rule about records; one empty episode otherwise."""
        kind = self.plan.episodes
        if kind is None:
            return [""]
        rows = self.of_subject(kind.feed, subject)
        return sorted({_record_key(row, kind.by) for row in rows if self.not_after(row)})

    def not_after(self, row: Row) -> bool:
        return row.get("event_on") is None or row["event_on"] <= self.as_of

    def home(self, subject: int) -> Row | None:
        """The one entry of the home register that holds for a subject on the as-of day."""
        if self.plan.home_feed not in self.rows:
            return None
        feed = self.plan.home_feed
        register = self.plan.contracts[feed].register_
        begun = register.valid_from if register else "event_on"
        rows = [row for row in self.of_subject(feed, subject) if self.counts(feed, row) is True]
        ranked = latest_first(rows, (begun, "recorded_on", "version", RECORD_ID))
        return ranked[0] if ranked else None

    @cached_property
    def household_of(self) -> dict[int, int]:
        homes = {subject: self.home(subject) for subject in self.subjects}
        return {
            subject: home["household_key"]
            for subject, home in homes.items()
            if home is not None and home.get("household_key") is not None
        }

    def counts(self, feed: str, row: Row, first: date | None = None) -> Truth:
        """Does a register entry count on the as-of day, or from `first` to the as-of day?"""
        register = self.plan.contracts[feed].register_
        if register is None:
            return True
        begun = row.get(register.valid_from)
        until = row.get(register.valid_to) if register.valid_to else None
        in_time = (begun is None or begun <= self.as_of) and (
            until is None or until >= (first or self.as_of)
        )
        if not register.status:
            return in_time
        status = row.get(register.status)
        return all3([in_time, None if status is None else status in register.active])

    def choose(self, name: str, day: date | None, area: str, klass: str) -> ParamValue | None:
        """The most specific value in force: deepest area, then class, then the latest start."""
        path = list(self.areas.get(area, (area,)))
        best: ParamValue | None = None
        for value in self.plan.params[name].values:
            if day is None or value.start > day:
                continue
            if (value.area and value.area not in path) or value.klass not in ("", klass):
                continue
            if best is None or _rank(value, path) > _rank(best, path):
                best = value
        return best


@dataclass
class Candidate:
    """One subject, or one record of a subject, against the whole rule."""

    county: County
    subject: int
    episode: str
    klass: str = OTHER

    def __post_init__(self) -> None:
        for name, node in self.plan.classes:
            if self.truth(node) is True:
                self.klass = name
                break

    @property
    def plan(self) -> Plan:
        return self.county.plan

    # the verdict

    @cached_property
    def hit(self) -> bool:
        return self._met(raw=False) and self._excluded(raw=False) is not True

    @cached_property
    def excluded(self) -> bool:
        return self._met(raw=False) and self._excluded(raw=False) is True

    def hanging(self) -> list[str]:
        """The unknown facts on which the answer for this candidate hangs."""
        if not self._met(raw=True) or self._excluded(raw=True) is True:
            return []
        return self._gaps(raw=True)

    def found(self) -> Found:
        evidence = {record for leaf in self._speaking() for record in self._records(leaf)}
        return Found(
            subject_key=self.subject,
            episode=self.episode,
            klass=self.klass,
            area=self.area,
            measures={name: self.measure(name).value for name in self.plan.measures},
            choices={name: self._index(name) for name in self.plan.params},
            unknowns=self._gaps(raw=False),
            evidence=sorted(evidence, key=lambda record: record.record_id),
        )

    def _met(self, *, raw: bool) -> bool:
        if self.truth(self.plan.when, raw=raw) is False:
            return False
        return any(True for _ in self._speaking(raw=raw))

    def _excluded(self, *, raw: bool) -> Truth:
        return any3([self.truth(node, raw=raw) for node in self.plan.unless])

    def _speaking(self, *, raw: bool = False) -> Iterator[LeafPlan]:
        """Conditions truly met by records that are there, in parts of the rule that still stand."""
        yield from self._speaking_in(self.plan.when, raw)

    def _speaking_in(self, node: Node, raw: bool) -> Iterator[LeafPlan]:
        if isinstance(node, AllOf | AnyOf):
            if self.truth(node, raw=raw) is not False:
                for part in node.parts:
                    yield from self._speaking_in(part, raw)
        elif not isinstance(node, Negated) and node.positive and self._backed(node):
            yield node

    def _backed(self, leaf: LeafPlan) -> bool:
        if isinstance(leaf, MeasureLeaf) and not self.measure(leaf.measure).rows:
            return False
        return self.leaf(leaf) is True

    def _gaps(self, *, raw: bool) -> list[str]:
        """Facts of unknown conditions below which everything up to the root is unknown too."""
        roots = (self.plan.when, *self.plan.unless)
        return list(dict.fromkeys(fact for root in roots for fact in self._open(root, raw)))

    def _open(self, node: Node, raw: bool) -> Iterator[str]:
        if self.truth(node, raw=raw) is not None:
            return
        if isinstance(node, AllOf | AnyOf):
            for part in node.parts:
                yield from self._open(part, raw)
        elif isinstance(node, Negated):
            yield from self._open(node.part, raw)
        else:
            yield from self._missing(node)

    # the tree

    def truth(self, node: Node, *, raw: bool = False) -> Truth:
        if isinstance(node, AllOf):
            return all3([self.truth(part, raw=raw) for part in node.parts])
        if isinstance(node, AnyOf):
            return any3([self.truth(part, raw=raw) for part in node.parts])
        if isinstance(node, Negated):
            return not3(self.truth(node.part, raw=raw))
        found = self.leaf(node)
        if found is None and not raw and node.if_unknown is not IfUnknown.ASK:
            return node.if_unknown is IfUnknown.MET
        return found

    def leaf(self, leaf: LeafPlan) -> Truth:
        if isinstance(leaf, MeasureLeaf):
            return self._measured(leaf)
        if isinstance(leaf, RecordLeaf):
            return all3([self.test(test, self.record) for test in leaf.where])
        truth = any3([self.entry(leaf, row) for row in self.rows(leaf.feed)])
        return not3(truth) if leaf.absent else truth

    def entry(self, leaf: RegisterLeaf, row: Row) -> Truth:
        first: date | None = None
        if leaf.within is not None:
            first = look_back(self.span(leaf.within), self.county.as_of)
        tests = [self.test(test, row) for test in leaf.where]
        return all3([self.county.counts(leaf.feed, row, first), *tests])

    def rows(self, feed: str) -> list[Row]:
        return self.county.of_subject(feed, self.subject)

    def _missing(self, leaf: LeafPlan) -> Iterator[str]:
        if isinstance(leaf, RegisterLeaf):
            yield leaf.feed
        elif isinstance(leaf, RecordLeaf):
            for test in leaf.where:
                if self.test(test, self.record) is None:
                    yield test.fact
        else:
            if isinstance(leaf.of, OfField) and self.whole(leaf.of) is None:
                yield leaf.of.fact
            if self.measure(leaf.measure).missing:
                yield leaf.measure
            if self.plan.params[leaf.parameter].dated_by and self._index(leaf.parameter) is None:
                yield f"parameter.{leaf.parameter}"

    # measures

    def _measured(self, leaf: MeasureLeaf) -> Truth:
        figure = self.measure(leaf.measure)
        single = self.plan.measures[leaf.measure].per is Per.RECORD
        nothing = figure.value is None or (single and not figure.rows)
        if nothing and not figure.missing:
            return False
        limit: Any = self.value(Ref(leaf.parameter))
        if isinstance(leaf.of, Ref):
            base: Any = self.value(leaf.of)
            limit = None if limit is None or base is None else limit * base
        elif leaf.of is not None:
            whole = self.whole(leaf.of)
            limit = None if limit is None or whole is None else limit * whole
        if figure.value is None or limit is None:
            return None
        exact = self.plan.measures[leaf.measure].type in (ColumnType.MONEY, ColumnType.INTEGER)
        reached = compare(leaf.test, figure.value, limit, exact=exact)
        if not figure.missing:
            return reached
        grows = self.plan.measures[leaf.measure].figure != "min"
        settled = reached if (leaf.test in ("at_least", "more_than")) == grows else not reached
        return reached if settled else None

    def measure(self, name: str) -> "Figure":
        if name not in self._figures:
            measure = self.plan.measures[name]
            if measure.per is Per.HOUSEHOLD and self.household is None:
                self._figures[name] = Figure(None, 0, 1)
            else:
                self._figures[name] = self._figure(measure)
        return self._figures[name]

    @cached_property
    def _figures(self) -> dict[str, "Figure"]:
        return {}

    def _figure(self, measure: MeasurePlan) -> "Figure":
        known, rows, missing = [], 0, 0
        for row, truth in self._measure_rows(measure):
            value = row.get(measure.column) if measure.column else 1
            rows += truth is True
            if truth is True and value is not None:
                known.append(value)
            elif truth is not False:
                missing += 1
        return Figure(add_up(measure.figure, known), rows, missing)

    def _measure_rows(self, measure: MeasurePlan) -> Iterator[tuple[Row, Truth]]:
        for row in self._owned(measure):
            tests = [self.test(test, row) for test in measure.where]
            yield row, all3([self._in_window(measure, row), *tests])

    def _owned(self, measure: MeasurePlan) -> list[Row]:
        feed = measure.feed
        if measure.per is Per.RECORD:
            rows = self.rows(feed)
            return [row for row in rows if _record_key(row, measure.by) == self.episode]
        if measure.per is Per.PERSON:
            return self.rows(feed)
        if self.plan.contracts[feed].subject is None:
            rows = self.county.rows[feed]
            return [row for row in rows if row["household_key"] == self.household]
        homes = self.county.household_of
        members = [subject for subject, home in homes.items() if home == self.household]
        return [row for member in members for row in self.county.of_subject(feed, member)]

    def _in_window(self, measure: MeasurePlan, row: Row) -> Truth:
        day = row.get("event_on")
        if day is None:
            return None
        first = date.min
        if measure.window.calendar:
            first = date(self.county.as_of.year, 1, 1)
        elif measure.window.span is not None:
            first = look_back(self.span(measure.window.span), self.county.as_of)
        return bool(first <= day <= self.county.as_of)

    def whole(self, of: OfField) -> Any:
        row = self._whole_row(of)
        return None if row is None else row.get(of.column)

    def _whole_row(self, of: OfField) -> Row | None:
        if of.household and self.household is None:
            return None
        owner, key = (
            (self.household, "household_key") if of.household else (self.subject, "subject")
        )
        rows = [row for row in self.county.rows[of.feed] if row[key] == owner]
        if of.within is None:
            rows = [row for row in rows if self.county.not_after(row)]
        else:
            first = look_back(self.span(of.within), self.county.as_of)
            dated = [row for row in rows if row.get("event_on") is not None]
            rows = [row for row in dated if first <= row["event_on"] <= self.county.as_of]
        ranked = latest_first(rows, ("event_on", "recorded_on", "version", RECORD_ID))
        return ranked[0] if ranked else None

    # tests of fields

    def test(self, test: RowTest, row: Row) -> Truth:
        value = row.get(test.column)
        if test.test == "known":
            return (value is not None) == test.operand
        against: Any = self.value(test.operand)
        if value is None or against is None:
            return None
        if test.test in ("within", "older_than"):
            day = value.astimezone(self.plan.zone).date() if isinstance(value, datetime) else value
            first = look_back(against, self.county.as_of)
            older = bool(day < first)
            return older if test.test == "older_than" else not older and day <= self.county.as_of
        if test.test in ("in", "not_in"):
            return (str(value) in against) == (test.test == "in")
        if test.test in ("is", "is_not"):
            return (value == against) == (test.test == "is")
        exact = test.type in (ColumnType.MONEY, ColumnType.INTEGER)
        return compare(test.test, value, against, exact=exact)

    # whose values

    @cached_property
    def record(self) -> Row:
        """The row of the record in question: of several, the highest version."""
        feed = self.plan.episodes.feed if self.plan.episodes else ""
        same = [row for row in self.rows(feed) if row[RECORD_ID] == self.episode]
        rows = [row for row in same if self.county.not_after(row)]
        return latest_first(rows, ("version", "recorded_on"))[0]

    @cached_property
    def household(self) -> int | None:
        return self.county.household_of.get(self.subject)

    @cached_property
    def area(self) -> str:
        home = self.county.home(self.subject)
        if home is not None and home.get("area"):
            return str(home["area"])
        if self.plan.episodes and self.plan.episodes.by == RECORD_ID:
            return str(self.record.get("area") or "")
        return ""

    def value(self, operand: object) -> object:
        if not isinstance(operand, Ref):
            return operand
        index = self._index(operand.name)
        return None if index is None else self.plan.params[operand.name].values[index].value

    def span(self, operand: object) -> Any:
        return self.value(operand)

    def _index(self, name: str) -> int | None:
        param = self.plan.params[name]
        day = self.record.get(param.dated_by) if param.dated_by else self.county.as_of
        area = self.area if param.by_area else ""
        value = self.county.choose(name, day, area, self.klass)
        return None if value is None else value.index

    # evidence

    def _records(self, leaf: LeafPlan) -> Iterator[Record]:
        if isinstance(leaf, MeasureLeaf):
            measure = self.plan.measures[leaf.measure]
            for row, truth in self._measure_rows(measure):
                if truth is True:
                    yield from self._record(measure.feed, row)
            if isinstance(leaf.of, OfField):
                yield from self._record(leaf.of.feed, self._whole_row(leaf.of))
        elif isinstance(leaf, RecordLeaf):
            yield from self._record(leaf.feed, self.record)
        else:
            for row in self.rows(leaf.feed):
                if self.entry(leaf, row) is True:
                    yield from self._record(leaf.feed, row)

    def _record(self, feed: str, row: Row | None) -> Iterator[Record]:
        if row is not None and feed in self.plan.evidence:
            facts = {name: row.get(name) for name in self.plan.fields_used.get(feed, ())}
            yield Record(
                feed,
                row["record_id"],
                row["version"],
                row.get("event_on"),
                row.get("recorded_on"),
                facts_text(facts),
            )


@dataclass(frozen=True)
class Figure:
    """A measure: its known part, the rows that count, the rows that cannot be told."""

    value: Any
    rows: int
    missing: int


def _rows_of(view: View) -> list[Row]:
    if isinstance(view, MemoryView):
        return list(view.table.to_pylist())
    tables = [pq.read_table(file, partitioning=None) for file in view.files]
    return [row for table in tables for row in table.to_pylist()]


def _record_key(row: Row, by: str) -> str:
    key = row.get(by)
    return str(row[RECORD_ID] if key is None else key)


def _rank(value: ParamValue, path: Sequence[str]) -> tuple[int, bool, date]:
    depth = list(path).index(value.area) + 1 if value.area else 0
    return depth, bool(value.klass), value.start
