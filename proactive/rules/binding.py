"""Binds a plan to one run: periods become days, dated parameters become choices."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from proactive.feeds.words import Kind
from proactive.kernel.errors import Refused
from proactive.kernel.periods import Period
from proactive.rules.grammar import OTHER
from proactive.rules.nodes import (
    MeasureLeaf,
    OfField,
    Operand,
    Param,
    ParamValue,
    Plan,
    Ref,
    Scalar,
    Window,
)

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
Areas = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which value holds for a stretch of dates, a class and an area ('' = everywhere else)."""

    stretch: int
    klass: str
    area: str
    index: int


@dataclass(frozen=True, slots=True)
class Binding:
    """A plan on its as-of day, seen with what was known at `known_at`."""

    plan: Plan
    as_of: date
    known_at: datetime

    @property
    def known_on(self) -> date:
        """The last `recorded_on` that was known: a day counts from its first moment."""
        return self.known_at.astimezone(self.plan.zone).date()

    @property
    def classes(self) -> tuple[str, ...]:
        return (*(name for name, _ in self.plan.classes), OTHER)

    def check(self) -> None:
        """Refuse a day no calendar of ours holds, or one on which a parameter has no value yet."""
        if not FIRST_DAY <= self.as_of <= LAST_DAY:
            raise Refused(
                "bad_day",
                "{day} is not a day that can be looked at.",
                todo="Choose a day from {first} to {last}.",
                day=self.as_of.isoformat(),
                first=FIRST_DAY.isoformat(),
                last=LAST_DAY.isoformat(),
            )
        for param in self.plan.params.values():
            if param.dated_by:
                continue
            for klass in self.classes:
                if not any(choice.klass == klass for choice in self.everywhere(param)):
                    raise _not_in_force(self.plan, param, klass, self.as_of)

    def constant(self, param: Param) -> ParamValue:
        """The value of a parameter that is the same for every subject."""
        index = max(self._in_force(param, self.as_of), key=lambda value: value.start).index
        return param.values[index]

    def value(self, operand: Operand) -> Scalar:
        """The one value of a literal or a constant parameter."""
        if isinstance(operand, Ref):
            return self.constant(self.plan.params[operand.name]).value
        return operand

    def stretches(self, param: Param) -> list[date]:
        """The first days of the stretches in which a record-dated parameter keeps its values."""
        if not param.dated_by:
            return [self.as_of]
        return sorted({value.start for value in param.values})

    def everywhere(self, param: Param) -> Iterator[Choice]:
        """The choice of each stretch and class where no area has its own value."""
        for stretch, day in enumerate(self.stretches(param)):
            for klass in self.classes:
                value = _best(self._in_force(param, day), klass, ())
                if value is not None:
                    yield Choice(stretch, klass, "", value.index)

    def by_area(self, param: Param, areas: Areas) -> Iterator[Choice]:
        """The choice for every area at or below one that has its own value."""
        valued = {value.area for value in param.values if value.area}
        paths = {code: (code,) for code in valued} | {
            code: tuple(path) for code, path in areas.items() if valued.intersection(path)
        }
        for stretch, day in enumerate(self.stretches(param)):
            in_force = self._in_force(param, day)
            for klass in self.classes:
                for code, path in paths.items():
                    value = _best(in_force, klass, path)
                    if value is not None:
                        yield Choice(stretch, klass, code, value.index)

    def window(self, window: Window, span: Scalar | None) -> tuple[date, date]:
        """First and last day of a window; `span` is its period, if it has one."""
        if window.calendar:
            return date(self.as_of.year, 1, 1), self.as_of
        if isinstance(span, Period):
            return span.window(self.as_of)
        return date.min, self.as_of

    def instant(self, day: date) -> datetime:
        """The first moment of a day in the trigger's zone."""
        return datetime.combine(day, time(), self.plan.zone).astimezone(UTC)

    def years(self, feed: str) -> tuple[int, int] | None:
        """First and last event year a run can need of a feed; None where every year counts."""
        plan = self.plan
        if plan.contracts[feed].kind is not Kind.EVENT:
            return None
        first = self.as_of.year
        for leaf in plan.leaves():
            if isinstance(leaf, MeasureLeaf):
                within = leaf.of.within if isinstance(leaf.of, OfField) else None
                if isinstance(leaf.of, OfField) and leaf.of.feed == feed:
                    first = min(first, self._first_year(within) if within else 0)
            elif leaf.feed == feed:
                first = 0
        for measure in plan.measures.values():
            if measure.feed == feed and measure.window.span is not None:
                first = min(first, self._first_year(measure.window.span))
            elif measure.feed == feed and not measure.window.calendar:
                first = 0
        return first, self.as_of.year

    def _first_year(self, span: Operand) -> int:
        """The earliest year that a period, or any value of a duration parameter, reaches."""
        if isinstance(span, Ref):
            values = [value.value for value in self.plan.params[span.name].values]
        else:
            values = [span]
        windows = [self.window(Window(None), value)[0] for value in values]
        return min(first.year for first in windows)

    def _in_force(self, param: Param, day: date) -> list[ParamValue]:
        return [value for value in param.values if value.start <= day]


def _best(values: list[ParamValue], klass: str, path: Sequence[str]) -> ParamValue | None:
    """The most specific value: depth of area, then class, then the latest start."""
    fitting = [
        value
        for value in values
        if value.klass in ("", klass) and (not value.area or value.area in path)
    ]

    def rank(value: ParamValue) -> tuple[int, bool, date]:
        depth = path.index(value.area) + 1 if value.area else 0
        return depth, bool(value.klass), value.start

    return max(fitting, key=rank) if fitting else None


def day_after(day: date) -> date:
    return day + timedelta(days=1)


def _not_in_force(plan: Plan, param: Param, klass: str, as_of: date) -> Refused:
    first = min(value.start for value in param.values)
    return Refused(
        "not_in_force",
        "Parameter '{parameter}' of trigger {trigger} has no value on {as_of}{klass}.",
        why="Its first value holds from {first}, and no value holds everywhere and for everybody.",
        todo="Add a value without area that is in force on that day, or scan a later day.",
        parameter=param.name,
        trigger=plan.trigger,
        as_of=as_of.isoformat(),
        klass=f" for class '{klass}'" if plan.classes else "",
        first=first.isoformat(),
    )
