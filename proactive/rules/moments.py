"""The moments of a replay or back-test as tables: their days, and when a row's day is passed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

import pyarrow as pa

from proactive.feeds.words import ColumnType, Kind
from proactive.kernel.periods import Period
from proactive.rules.binding import Binding, day_after
from proactive.rules.conditions import Per
from proactive.rules.nodes import (
    MeasureLeaf,
    OfField,
    Operand,
    Plan,
    RecordLeaf,
    Ref,
    RegisterLeaf,
    RowTest,
    Window,
)
from proactive.rules.times_sql import CALENDAR, low_name

TODAY, LASTING = "today", "lasting"
CROSSING = pa.schema([("clock", pa.string()), ("day", pa.date32()), ("point", pa.int32())])
STAMP = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A day for which conditions are evaluated, and what was known when that is asked."""

    as_of: date
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """Moments in a row on which every parameter that follows the as-of day keeps its values.

    `start` is the number of the first one among all moments.
    """

    plan: Plan
    start: int
    moments: tuple[Moment, ...]

    @property
    def first(self) -> Binding:
        return self._bound(self.moments[0].as_of, min(one.known_at for one in self.moments))

    @property
    def last(self) -> Binding:
        return self._bound(self.moments[-1].as_of, max(one.known_at for one in self.moments))

    @property
    def bindings(self) -> list[Binding]:
        return [self._bound(one.as_of, one.known_at) for one in self.moments]

    @property
    def same_knowledge(self) -> bool:
        return len({one.known_at for one in self.moments}) == 1

    def _bound(self, as_of: date, known_at: datetime) -> Binding:
        return Binding(self.plan, as_of, known_at)


@dataclass(frozen=True, slots=True)
class Turn:
    """A column whose day, when a clock passes it, may change an answer.

    Clocks: `today` reaches the day; `lasting` or the first day of a window (by its period) has
    gone past it. `shared`: the answer of everybody in the household may change.
    """

    feed: str
    column: str
    clock: str
    instant: bool = False
    shared: bool = False

    @property
    def crossing(self) -> str:
        return self.clock + ("~" if self.instant else "")


def stretches(plan: Plan, moments: Sequence[Moment]) -> list[Stretch]:
    """Cut ascending moments where a value of a parameter begins."""
    starts = {
        value.start
        for param in plan.params.values()
        if not param.dated_by
        for value in param.values
    }
    numbered = list(enumerate(moments))
    found = []
    for _, some in groupby(numbered, lambda one: sum(day <= one[1].as_of for day in starts)):
        together = list(some)
        found.append(Stretch(plan, together[0][0], tuple(moment for _, moment in together)))
    return found


def moment_table(stretch: Stretch) -> pa.Table:
    """One row per moment: point, as_of, end, what was known, the first day of every window."""
    bindings = stretch.bindings
    days = [binding.as_of for binding in bindings]
    ends = [day_after(day) for day in days]
    columns: dict[str, pa.Array] = {
        "point": pa.array(range(stretch.start, stretch.start + len(days)), pa.int32()),
        "as_of": pa.array(days, pa.date32()),
        "end_on": pa.array(ends, pa.date32()),
        "end_at": _instants(bindings, ends),
        "known_on": pa.array([binding.known_on for binding in bindings], pa.date32()),
        "known_at": pa.array([binding.known_at for binding in bindings], STAMP),
    }
    for name in sorted(_periods(stretch.plan, stretch.first)):
        lows = _lows(bindings, name)
        columns[low_name(name, instant=False)] = pa.array(lows, pa.date32())
        columns[low_name(name, instant=True)] = _instants(bindings, lows)
    return pa.table(columns)


def crossing_table(stretch: Stretch, turns: Sequence[Turn]) -> pa.Table:
    """For each clock and day: the first moment at which the clock has passed that day."""
    bindings = stretch.bindings
    rows = []
    for turn in {turn.crossing: turn for turn in turns}.values():
        for point, day in _passed(bindings, turn.clock):
            # an instant's own day depends on the zone: a day more on either side is harmless
            near = (-1, 0, 1) if turn.instant else (0,)
            rows += [(turn.crossing, day + timedelta(days), stretch.start + point) for days in near]
    clocks, days, points = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table([pa.array(clocks), pa.array(days), pa.array(points)], schema=CROSSING)


def turns_of(plan: Plan, binding: Binding) -> list[Turn]:
    """Every column by whose day an answer can change while time goes by."""
    found = [turn for measure in plan.measures for turn in _measured(plan, binding, measure)]
    for leaf in plan.leaves():
        if isinstance(leaf, RegisterLeaf):
            found += _entries(plan, binding, leaf)
        elif isinstance(leaf, RecordLeaf):
            found += [Turn(leaf.feed, "event_on", TODAY), *_tested(binding, leaf.where)]
        elif isinstance(leaf.of, OfField):
            found += _compared(binding, leaf.of)
    if plan.episodes is not None:
        found.append(Turn(plan.episodes.feed, "event_on", TODAY))
    if plan.needs_household or plan.needs_area:
        found += _validity(plan, plan.home_feed, shared=plan.needs_household)
    return list(dict.fromkeys(found))


def _measured(plan: Plan, binding: Binding, name: str) -> Iterator[Turn]:
    measure = plan.measures[name]
    clocks = [TODAY, *([CALENDAR] if measure.window.calendar else [])]
    clocks += [str(span) for span in _spans(binding, measure.window.span)]
    shared = measure.per is Per.HOUSEHOLD
    for clock in clocks:
        yield Turn(measure.feed, "event_on", clock, shared=shared)
    yield from _tested(binding, measure.where, shared=shared)


def _compared(binding: Binding, of: OfField) -> Iterator[Turn]:
    for clock in (TODAY, *(str(span) for span in _spans(binding, of.within))):
        yield Turn(of.feed, "event_on", clock, shared=of.household)


def _entries(plan: Plan, binding: Binding, leaf: RegisterLeaf) -> Iterator[Turn]:
    yield from _validity(plan, leaf.feed)
    register = plan.contracts[leaf.feed].register_
    if register is not None and register.valid_to is not None:
        for span in _spans(binding, leaf.within):
            yield Turn(leaf.feed, register.valid_to, str(span))
    yield from _tested(binding, leaf.where)


def _validity(plan: Plan, feed: str, *, shared: bool = False) -> Iterator[Turn]:
    contract = plan.contracts[feed]
    if contract.kind is not Kind.REGISTER or contract.register_ is None:
        return
    yield Turn(feed, contract.register_.valid_from, TODAY, shared=shared)
    if contract.register_.valid_to is not None:
        yield Turn(feed, contract.register_.valid_to, LASTING, shared=shared)


def _tested(binding: Binding, tests: Sequence[RowTest], *, shared: bool = False) -> Iterator[Turn]:
    for test in tests:
        if test.test in ("within", "older_than"):
            instant = test.type is ColumnType.DATETIME
            for clock in (TODAY, *(str(span) for span in _spans(binding, test.operand))):
                yield Turn(test.feed, test.column, clock, instant, shared)


def _periods(plan: Plan, binding: Binding) -> set[str]:
    """The names of all windows: periods, and the calendar year."""
    asked: list[Operand | None] = [measure.window.span for measure in plan.measures.values()]
    for measure in plan.measures.values():
        asked += [test.operand for test in measure.where]
    for leaf in plan.leaves():
        if isinstance(leaf, MeasureLeaf):
            asked += [leaf.of.within] if isinstance(leaf.of, OfField) else []
        else:
            asked += [test.operand for test in leaf.where]
            asked += [leaf.within] if isinstance(leaf, RegisterLeaf) else []
    spans = {str(span) for operand in asked for span in _spans(binding, operand)}
    return spans | {CALENDAR}


def _spans(binding: Binding, operand: Operand | None) -> list[Period]:
    """The periods that an operand can stand for while the binding's values hold."""
    if isinstance(operand, Ref):
        param = binding.plan.params[operand.name]
        values = param.values if param.varies else (binding.constant(param),)
        return [value.value for value in values if isinstance(value.value, Period)]
    return [operand] if isinstance(operand, Period) else []


def _passed(bindings: Sequence[Binding], clock: str) -> Iterator[tuple[int, date]]:
    """Each day that a clock passes between two moments, with the place of the second."""
    if clock in (TODAY, LASTING):
        days = [binding.as_of for binding in bindings]
    else:
        days = _lows(bindings, clock)
    reached = 1 if clock == TODAY else 0
    for place, (before, after) in enumerate(pairwise(days), start=1):
        for number in range((after - before).days):
            yield place, before + timedelta(number + reached)


def _lows(bindings: Sequence[Binding], name: str) -> list[date]:
    if name == CALENDAR:
        return [binding.window(Window(calendar=True), None)[0] for binding in bindings]
    span = Period.parse(name)
    return [span.window(binding.as_of)[0] for binding in bindings]


def _instants(bindings: Sequence[Binding], days: Sequence[date]) -> pa.Array:
    pairs = zip(bindings, days, strict=True)
    return pa.array([binding.instant(day) for binding, day in pairs], STAMP)
