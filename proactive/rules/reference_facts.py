"""The slow judge on one subject: single conditions, measures, tests, the values that hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from proactive.feeds.words import ColumnType
from proactive.rules.conditions import Per
from proactive.rules.grammar import OTHER
from proactive.rules.nodes import (
    RECORD_ID,
    LeafPlan,
    MeasureLeaf,
    MeasurePlan,
    OfField,
    Plan,
    RecordLeaf,
    Ref,
    RegisterLeaf,
    RowTest,
)
from proactive.rules.reference_county import County, Row, record_key
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


@dataclass(frozen=True)
class Figure:
    """A measure: its known part, the rows that count, the rows that cannot be told."""

    value: Any
    rows: int
    missing: int


@dataclass
class Facts:
    """What is true of one subject, or of one record of a subject."""

    county: County
    subject: int
    episode: str
    klass: str = OTHER

    @property
    def plan(self) -> Plan:
        return self.county.plan

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
            return [row for row in rows if record_key(row, measure.by) == self.episode]
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
            return bool(value == against) == (test.test == "is")
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
