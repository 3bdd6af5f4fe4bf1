"""The neutral plan of a trigger: names resolved, values typed, nothing that knows an engine.

A plan does not know its as-of day; `binding.py` turns its periods into dates for one run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from proactive.feeds.contracts import Contract
from proactive.feeds.words import ColumnType
from proactive.kernel.periods import Period
from proactive.rules.conditions import IfUnknown, Per
from proactive.rules.grammar import ParameterType, TriggerRule

HOME_FEEDS = {"person": "resident_register", "organisation": "enterprise_register"}
BENEFIT_FEED = "benefit"
BENEFIT_FIELD = "benefit"
RECORD_ID = "record_id"

Scalar = int | Decimal | Period | str | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParamValue:
    """One dated value; `index` is its place in the file, `text` what stands there."""

    index: int
    start: date
    area: str
    klass: str
    value: Scalar
    text: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter; `dated_by` is the record field that chooses the value, '' for the as-of day."""

    name: str
    type: ParameterType
    dated_by: str
    values: tuple[ParamValue, ...]

    @property
    def by_area(self) -> bool:
        return any(value.area for value in self.values)

    @property
    def by_class(self) -> bool:
        return any(value.klass for value in self.values)

    @property
    def varies(self) -> bool:
        """Does the value depend on whom or which record is looked at?"""
        return bool(self.dated_by) or self.by_area or self.by_class


@dataclass(frozen=True, slots=True)
class Ref:
    """A parameter named where a value is needed."""

    name: str


Operand = Scalar | Ref


@dataclass(frozen=True, slots=True)
class RowTest:
    """A test of one column of a record."""

    feed: str
    column: str
    type: ColumnType
    test: str
    operand: Operand

    @property
    def fact(self) -> str:
        return f"{self.feed}.{self.column}"


@dataclass(frozen=True, slots=True)
class Window:
    """`span` is None for calendar_year (when `calendar`) and for no bound at all."""

    span: Period | Ref | None = None
    calendar: bool = False


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """A figure; `column` is '' when records are counted, `by` holds a single record together."""

    name: str
    feed: str
    figure: str
    column: str
    type: ColumnType
    per: Per
    by: str
    window: Window
    where: tuple[RowTest, ...]


@dataclass(frozen=True, slots=True)
class OfField:
    """The latest record's field of the subject's household (or of the subject itself)."""

    feed: str
    column: str
    household: bool
    within: Period | Ref | None

    @property
    def fact(self) -> str:
        return f"{self.feed}.{self.column}"


@dataclass(frozen=True, slots=True)
class MeasureLeaf:
    id: int
    path: str
    measure: str
    test: str
    parameter: str
    of: OfField | Ref | None
    if_unknown: IfUnknown

    @property
    def positive(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class RecordLeaf:
    id: int
    path: str
    feed: str
    where: tuple[RowTest, ...]
    if_unknown: IfUnknown

    @property
    def positive(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class RegisterLeaf:
    """An entry counts on the as-of day, or on any day of `within`; `absent` turns it round."""

    id: int
    path: str
    feed: str
    where: tuple[RowTest, ...]
    within: Period | Ref | None
    absent: bool
    if_unknown: IfUnknown

    @property
    def positive(self) -> bool:
        return not self.absent


LeafPlan = MeasureLeaf | RecordLeaf | RegisterLeaf


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Negated:
    part: "Node"


Node = AllOf | AnyOf | Negated | LeafPlan


@dataclass(frozen=True, slots=True)
class Episodes:
    """What a single record is in a record rule: the feed and the column that tells them apart."""

    feed: str
    by: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked trigger, ready to be bound to a day and run by any engine.

    `located`: the home register is read even where no condition needs it, to tell where hits live.
    """

    rule: TriggerRule
    contracts: Mapping[str, Contract]
    zone: ZoneInfo
    params: Mapping[str, Param]
    classes: tuple[tuple[str, Node], ...]
    measures: Mapping[str, MeasurePlan]
    when: Node
    unless: tuple[Node, ...]
    pending: Period | Ref | None
    evidence: tuple[str, ...]
    episodes: Episodes | None
    condition_feeds: frozenset[str]
    exclusion_feeds: frozenset[str]
    fields_used: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    located: bool = False

    @property
    def trigger(self) -> str:
        return self.rule.trigger

    @property
    def home_feed(self) -> str:
        return HOME_FEEDS[self.rule.subject]

    @property
    def reads_records(self) -> bool:
        """Does each hit stand on one record of a feed?"""
        return self.episodes is not None and self.episodes.by == RECORD_ID

    @property
    def needs_household(self) -> bool:
        per_household = any(one.per is Per.HOUSEHOLD for one in self.measures.values())
        return per_household or any(
            isinstance(leaf.of, OfField) and leaf.of.household
            for leaf in self.leaves()
            if isinstance(leaf, MeasureLeaf)
        )

    @property
    def needs_area(self) -> bool:
        return any(param.by_area for param in self.params.values())

    @property
    def feeds(self) -> frozenset[str]:
        """Every feed a run must be handed."""
        homes = self.needs_household or self.needs_area or self.located
        home = {self.home_feed} if homes else set()
        return self.condition_feeds | self.exclusion_feeds | home

    def roots(self) -> Iterator[Node]:
        yield self.when
        yield from self.unless
        for _, node in self.classes:
            yield node

    def leaves(self) -> Iterator[LeafPlan]:
        for root in self.roots():
            yield from leaves_of(root)


def leaves_of(node: Node) -> Iterator[LeafPlan]:
    """Yield the leaves below a node, in the order of the file."""
    if isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            yield from leaves_of(part)
    elif isinstance(node, Negated):
        yield from leaves_of(node.part)
    else:
        yield node


def supporting_leaves(node: Node) -> Iterator[tuple[LeafPlan, tuple[Node, ...]]]:
    """Yield the leaves that can speak for a hit, each with the nodes above it, root first.

    A leaf below a `not`, or one that asks for absence, is no evidence for anything.
    """
    if isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            for leaf, above in supporting_leaves(part):
                yield leaf, (node, *above)
    elif not isinstance(node, Negated) and node.positive:
        yield node, ()


def asking_leaves(node: Node) -> Iterator[tuple[LeafPlan, tuple[Node, ...]]]:
    """Yield every leaf with the nodes above it, root first."""
    if isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            for leaf, above in asking_leaves(part):
                yield leaf, (node, *above)
    elif isinstance(node, Negated):
        for leaf, above in asking_leaves(node.part):
            yield leaf, (node, *above)
    else:
        yield node, ()
