"""Resolves measures and single conditions against the contracts."""

from dataclasses import dataclass, field

from proactive.feeds.contracts import Contract
from proactive.feeds.marked import dotted
from proactive.feeds.words import ColumnType, Kind
from proactive.rules.conditions import (
    LeafCondition,
    Measure,
    MeasureTest,
    NotReceiving,
    NotRegistered,
    Per,
    Receiving,
    RecordTest,
    Registered,
)
from proactive.rules.fields import NUMBERS, PARAMETERS_FOR, FieldReader
from proactive.rules.grammar import ParameterType
from proactive.rules.nodes import (
    BENEFIT_FEED,
    BENEFIT_FIELD,
    RECORD_ID,
    LeafPlan,
    MeasureLeaf,
    MeasurePlan,
    OfField,
    RecordLeaf,
    Ref,
    RegisterLeaf,
    RowTest,
    Window,
)
from proactive.rules.reading import Path, near

CALENDAR_YEAR, WHOLE_RECORD = "calendar_year", "record"
SUMMED = (ColumnType.MONEY, ColumnType.INTEGER)


@dataclass(slots=True)
class LeafResolver:
    """Gives each condition its number; a condition with a mistake becomes an empty one."""

    reader: FieldReader
    measures: dict[str, MeasurePlan] = field(default_factory=dict)
    record_kinds: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0

    def resolve_measures(self) -> None:
        for name, measure in self.reader.rule.measures.items():
            resolved = self._measure(name, measure, ("measures", name))
            if resolved is not None:
                self.measures[name] = resolved

    def resolve(self, condition: LeafCondition, path: Path) -> LeafPlan:
        self.count += 1
        if isinstance(condition, MeasureTest):
            return self._measure_leaf(condition, path)
        if isinstance(condition, RecordTest):
            return self._record_leaf(condition, path)
        if isinstance(condition, Receiving | NotReceiving):
            return self._benefit_leaf(condition, path)
        return self._register_leaf(condition, path)

    def feeds_of(self, leaf: LeafPlan) -> set[str]:
        if not isinstance(leaf, MeasureLeaf):
            return {leaf.feed}
        feeds = {self.measures[leaf.measure].feed} if leaf.measure in self.measures else set()
        if isinstance(leaf.of, OfField):
            feeds.add(leaf.of.feed)
        return feeds

    # measures

    def _measure(self, name: str, measure: Measure, path: Path) -> MeasurePlan | None:
        contract = self._event_feed(measure.feed, (*path, "feed"))
        if contract is None:
            return None
        kind = self._figure_type(contract, measure, path)
        by = self._record_key(contract, measure, path)
        window = self._window(measure, path)
        where = self.reader.tests(contract, measure.where, path)
        if measure.per is not Per.HOUSEHOLD:
            self._about_subject(contract, (*path, "feed"))
        elif contract.subject is None and contract.household is None:
            self._wrong(path, f"feed '{contract.feed}' knows neither persons nor households")
        if kind is None or window is None:
            return None
        figure, column = measure.figure, measure.of_field
        return MeasurePlan(
            name, contract.feed, figure, column, kind, measure.per, by, window, where
        )

    def _figure_type(self, contract: Contract, measure: Measure, path: Path) -> ColumnType | None:
        figure = measure.figure
        if figure == "count":
            return ColumnType.INTEGER
        column = self.reader.column(contract, measure.of_field, (*path, figure))
        if column is None:
            return None
        if figure == "distinct":
            return ColumnType.INTEGER
        if column.type not in (SUMMED if figure == "sum" else NUMBERS):
            allowed = "money or a whole number" if figure == "sum" else "a number"
            self._wrong((*path, figure), f"'{column.field}' is {column.type}; it must be {allowed}")
            return None
        return column.type

    def _record_key(self, contract: Contract, measure: Measure, path: Path) -> str:
        if measure.per is not Per.RECORD:
            if measure.by:
                self._wrong((*path, "by"), "only 'per: record' is held together by a field")
            if measure.window == WHOLE_RECORD:
                self._wrong((*path, "window"), "'record' needs 'per: record'")
            return ""
        if not measure.by:
            return contract.record_group
        column = self.reader.column(contract, measure.by, (*path, "by"))
        if column is not None and column.type not in (ColumnType.TEXT, ColumnType.CODE):
            self._wrong((*path, "by"), f"'{measure.by}' is {column.type}; it must be text")
        return measure.by

    def _window(self, measure: Measure, path: Path) -> Window | None:
        if measure.window == CALENDAR_YEAR:
            return Window(calendar=True)
        if measure.window == WHOLE_RECORD:
            return Window()
        span = self.reader.span(measure.window, (*path, "window"))
        return Window(span) if span is not None else None

    # conditions

    def _measure_leaf(self, test: MeasureTest, path: Path) -> LeafPlan:
        measure = self.measures.get(test.measure)
        if test.measure not in self.reader.rule.measures:
            hint = near(test.measure, list(self.reader.rule.measures))
            self._wrong((*path, "measure"), f"no measure is named '{test.measure}'{hint}")
        of = self._of(test, measure, path)
        wanted: tuple[ParameterType, ...] = (ParameterType.RATIO, ParameterType.NUMBER)
        if measure is not None and test.of is None:
            wanted = PARAMETERS_FOR[measure.type]
        if measure is not None:
            self.reader.reference(test.parameter, wanted, (*path, test.test), dated=True)
            if measure.per is Per.RECORD:
                self._record_kind(measure.feed, measure.by, path)
        return MeasureLeaf(
            self.count, dotted(path), test.measure, test.test, test.parameter, of, test.if_unknown
        )

    def _of(
        self, test: MeasureTest, measure: MeasurePlan | None, path: Path
    ) -> OfField | Ref | None:
        if test.of is None or measure is None:
            return None
        here = (*path, "of")
        if measure.type not in SUMMED:
            self._wrong(here, f"a share of a {measure.type} is not possible")
            return None
        if "." not in test.of:
            kinds = (ParameterType(measure.type.value),)
            return self.reader.reference(test.of, kinds, here)
        feed, name = test.of.split(".")
        contract = self._event_feed(feed, here)
        column = self.reader.column(contract, name, here) if contract else None
        if contract is None or column is None:
            return None
        if column.type is not measure.type:
            self._wrong(here, f"'{name}' is {column.type}, the measure is {measure.type}")
        within = self.reader.span(test.of_within, (*path, "of_within")) if test.of_within else None
        return OfField(feed, name, contract.subject is None, within)

    def _record_leaf(self, test: RecordTest, path: Path) -> LeafPlan:
        contract = self._event_feed(test.record, (*path, "record"))
        where: tuple[RowTest, ...] = ()
        if contract is not None:
            self._about_subject(contract, (*path, "record"))
            where = self.reader.tests(contract, test.where, path, dated=True)
            self._record_kind(contract.feed, RECORD_ID, path)
        return RecordLeaf(self.count, dotted(path), test.record, where, test.if_unknown)

    def _record_kind(self, feed: str, by: str, path: Path) -> None:
        """All conditions about single records must speak of the same kind of record."""
        if (feed, by) not in self.record_kinds:
            self.record_kinds.append((feed, by))
            if len(self.record_kinds) > 1:
                first = self.record_kinds[0]
                text = f"speaks of single '{feed}' by {by}, another condition of '{first[0]}' by"
                self._wrong(path, f"{text} {first[1]}; one trigger looks at one kind of record")

    def _register_leaf(self, test: Registered | NotRegistered, path: Path) -> LeafPlan:
        absent = isinstance(test, NotRegistered)
        feed = test.not_registered_in if isinstance(test, NotRegistered) else test.registered_in
        key = "not_registered_in" if absent else "registered_in"
        where: tuple[RowTest, ...] = ()
        contract = self._register(feed, (*path, key))
        if contract is not None:
            where = self.reader.tests(contract, test.where, path)
        within = self.reader.span(test.within, (*path, "within")) if test.within else None
        return RegisterLeaf(self.count, dotted(path), feed, where, within, absent, test.if_unknown)

    def _benefit_leaf(self, test: Receiving | NotReceiving, path: Path) -> LeafPlan:
        absent = isinstance(test, NotReceiving)
        codes = test.not_receiving if isinstance(test, NotReceiving) else test.receiving
        key = "not_receiving" if absent else "receiving"
        where: tuple[RowTest, ...] = ()
        contract = self._register(BENEFIT_FEED, (*path, key))
        column = self.reader.column(contract, BENEFIT_FIELD, path) if contract else None
        if column is not None:
            for code in codes:
                if column.codes and code not in column.codes:
                    hint = near(code, list(column.codes))
                    self._wrong((*path, key), f"no benefit is named '{code[:40]}'{hint}")
            where = (RowTest(BENEFIT_FEED, BENEFIT_FIELD, column.type, "in", codes),)
        within = self.reader.span(test.within, (*path, "within")) if test.within else None
        return RegisterLeaf(
            self.count, dotted(path), BENEFIT_FEED, where, within, absent, test.if_unknown
        )

    # feeds

    def _event_feed(self, feed: str, path: Path) -> Contract | None:
        contract = self.reader.contract(feed, path)
        if contract is not None and contract.kind is not Kind.EVENT:
            self._wrong(path, f"'{feed}' is a register; use registered_in")
            return None
        return contract

    def _register(self, feed: str, path: Path) -> Contract | None:
        contract = self.reader.contract(feed, path)
        if contract is None:
            return None
        if contract.kind is not Kind.REGISTER:
            self._wrong(path, f"'{feed}' holds events; use record or a measure")
            return None
        self._about_subject(contract, path)
        return contract

    def _about_subject(self, contract: Contract, path: Path) -> None:
        """The feed must be about the kind of subject that the trigger is about."""
        wanted = self.reader.rule.subject
        if contract.subject is None:
            self._wrong(path, f"'{contract.feed}' is about households, not about single subjects")
        elif contract.subject.kind not in (wanted, "by_scheme"):
            kind = contract.subject.kind
            self._wrong(path, f"'{contract.feed}' is about {kind}s, this trigger about {wanted}s")

    def _wrong(self, path: Path, text: str) -> None:
        self.reader.report.add(path, text)
