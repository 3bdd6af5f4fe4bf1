"""What a sweep tries: one or two axes of values, checked before anything is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from math import prod
from typing import Any

from proactive.kernel.errors import Refused
from proactive.kernel.periods import Period
from proactive.rules.binding import Areas, Binding
from proactive.rules.grammar import OTHER, ParameterType
from proactive.rules.nodes import Param, ParamValue, Plan, Ref
from proactive.rules.variants import (
    check_values,
    is_used,
    nearest,
    only_a_limit,
    param_named,
    typed,
)

MOST_ON_A_CURVE, MOST_IN_A_GRID = 200, 400
SMALLEST = {
    ParameterType.MONEY: Decimal("0.01"),
    ParameterType.RATIO: Decimal("0.0001"),
    ParameterType.NUMBER: Decimal("0.0001"),
    ParameterType.INTEGER: Decimal(1),
    ParameterType.DURATION: Decimal(1),
}


@dataclass(frozen=True, slots=True)
class Axis:
    """Values to try, as texts of the file, for one parameter.

    Each takes the place of the value in force for `area` and `klass`; '' is the value that the
    file gives for everywhere, or for everybody.
    """

    parameter: str
    values: tuple[str, ...]
    area: str = ""
    klass: str = ""


@dataclass(frozen=True, slots=True)
class Swept:
    """A checked axis: the place in the file that its values take.

    `late`: the values are only compared with figures that are the same at every point.
    `chosen`: the places of all values of the parameter that are anybody's on the day.
    """

    parameter: str
    index: int
    values: tuple[str, ...]
    late: bool
    chosen: frozenset[int]

    def widest(self, param: Param, as_of: date) -> str:
        """The value that lets the most rows and candidates in: lowest limit, longest period."""

        def reach(text: str) -> Decimal:
            value = typed(param, text)
            if isinstance(value, Period):
                return Decimal(value.window(as_of)[0].toordinal())
            return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)

        return min(self.values, key=reach)


def check_axes(
    plan: Plan, axes: Sequence[Axis], as_of: date, areas: Areas | None = None
) -> list[Swept]:
    """Return where each axis stands in the file; Refused for what cannot be swept, with why."""
    _check_size(axes)
    swept = [_checked(plan, axis, as_of, areas or {}) for axis in axes]
    if len({(one.parameter, one.index) for one in swept}) < len(swept):
        raise Refused(
            "same_axis",
            "Both axes change the same value of '{parameter}'.",
            todo="Choose another parameter, area or class for one of them, or sweep one alone.",
            parameter=axes[0].parameter,
        )
    return swept


def _check_size(axes: Sequence[Axis]) -> None:
    most = MOST_ON_A_CURVE if len(axes) == 1 else MOST_IN_A_GRID
    points = prod(len(axis.values) for axis in axes)
    if len(axes) not in (1, 2) or not points or points > most:
        raise Refused(
            "sweep_size",
            "A sweep of {axes} parameters with {points} points is not possible.",
            why="A curve has one parameter and up to {curve} points, a grid two and up to {grid}.",
            todo="Choose one or two parameters and a coarser step.",
            axes=len(axes),
            points=points,
            curve=MOST_ON_A_CURVE,
            grid=MOST_IN_A_GRID,
        )


def _checked(plan: Plan, axis: Axis, as_of: date, areas: Areas) -> Swept:
    param = param_named(plan, axis.parameter)
    _check_use(plan, param)
    check_values(plan, param, axis.values)
    place = _place(plan, param, axis, as_of)
    binding = Binding(plan, as_of, datetime.max.replace(tzinfo=UTC))
    choices = [*binding.everywhere(param), *binding.by_area(param, areas)]
    chosen = frozenset(choice.index for choice in choices)
    if place.index not in chosen:
        raise _refused(
            "no_such_value",
            "No one has the value of '{parameter}' that was to be swept.",
            "Every class has a value of its own: {known}.",
            parameter=param.name,
            known=", ".join(binding.classes),
        )
    return Swept(param.name, place.index, axis.values, only_a_limit(plan, param.name), chosen)


def _check_use(plan: Plan, param: Param) -> None:
    if is_used(plan, param.name):
        return
    if plan.pending == Ref(param.name):
        raise _refused(
            "not_swept",
            "'{parameter}' cannot be swept.",
            "It only says how long a hit waits, so it changes no day's hits.",
            parameter=param.name,
        )
    raise _refused(
        "not_swept",
        "'{parameter}' cannot be swept.",
        "No condition uses it, so nothing would change.",
        parameter=param.name,
    )


def _place(plan: Plan, param: Param, axis: Axis, as_of: date) -> ParamValue:
    """The value in force for the axis' area and class."""
    classes = [*(name for name, _ in plan.classes), OTHER]
    if axis.klass and axis.klass not in classes:
        raise Refused(
            "no_such_value",
            "No class of trigger {trigger} is named '{klass}'.",
            why="There are: {known}.",
            todo="Did you mean '{nearest}'?",
            trigger=plan.trigger,
            klass=axis.klass[:64],
            known=", ".join(classes),
            nearest=nearest(axis.klass, classes),
        )
    areas = sorted({value.area for value in param.values if value.area})
    if axis.area and axis.area not in areas:
        raise _no_own_value(param, axis, areas)
    same = [one for one in param.values if (one.area, one.klass) == (axis.area, axis.klass)]
    in_force = [one for one in same if one.start <= as_of]
    if not in_force:
        raise _refused(
            "no_such_value",
            "'{parameter}' has no value of its own for area '{area}' and class '{klass}'.",
            "None is in force on {as_of}.",
            parameter=param.name,
            area=axis.area[:64],
            klass=axis.klass[:64],
            as_of=as_of.isoformat(),
        )
    return max(in_force, key=lambda one: one.start)


def _no_own_value(param: Param, axis: Axis, areas: list[str]) -> Refused:
    if not areas:
        return _refused(
            "no_such_value",
            "'{parameter}' has no value of its own for area '{area}'.",
            "Its values hold everywhere.",
            parameter=param.name,
            area=axis.area[:64],
        )
    return Refused(
        "no_such_value",
        "'{parameter}' has no value of its own for area '{area}'.",
        why="It has values for: {known}.",
        todo="Did you mean '{nearest}'?",
        parameter=param.name,
        area=axis.area[:64],
        known=", ".join(areas),
        nearest=nearest(axis.area, areas),
    )


def _refused(code: str, what: str, why: str, /, **facts: Any) -> Refused:
    return Refused(code, what, why=why, todo="Choose another parameter, area or class.", **facts)


# values between two ends


def evenly(start: str, stop: str, count: int, kind: ParameterType) -> tuple[str, ...]:
    """Return about `count` round values from `start` to `stop`, both ends as given.

    Fewer come back where the type has no more values in between. Periods are counted in days or
    in months, as both ends are. Refused for a range that is empty, reversed or of no order.
    """
    param = Param("", kind, "", ())
    low, high = (_amount(typed(param, text), kind) for text in (start, stop))
    unit = _unit_of(start, stop) if kind is ParameterType.DURATION else ""
    if low >= high or not 2 <= count <= MOST_ON_A_CURVE:
        raise Refused(
            "empty_range",
            "From {start} to {stop} in {count} steps is no range.",
            why="The first value must be under the last, with 2 to {most} values in all.",
            todo="Write the lower value first.",
            start=start[:40],
            stop=stop[:40],
            count=count,
            most=MOST_ON_A_CURVE,
        )
    step = (high - low) / (count - 1)
    grain = max(Decimal(10) ** (step / 4).adjusted(), SMALLEST[kind])
    places = range(1, count - 1)
    inner = [((low + step * place) / grain).to_integral_value() * grain for place in places]
    values = {low, high} | {value for value in inner if low < value < high}
    return tuple(_text(value, unit) for value in sorted(values))


def _amount(value: object, kind: ParameterType) -> Decimal:
    if isinstance(value, Period):
        return Decimal(value.months or value.days)
    if isinstance(value, int | Decimal):
        return Decimal(value) / (100 if kind is ParameterType.MONEY else 1)
    raise Refused(
        "empty_range",
        "Codes have no order, so there is nothing between two of them.",
        todo="Name each code that is to be tried.",
    )


def _unit_of(start: str, stop: str) -> str:
    """M or D, whichever both periods are counted in."""
    periods = [Period.parse(text.strip()) for text in (start, stop)]
    for unit, other in (("months", "days"), ("days", "months")):
        if all(getattr(one, unit) and not getattr(one, other) for one in periods):
            return unit[0].upper()
    raise Refused(
        "empty_range",
        "{start} and {stop} are not counted in the same unit.",
        todo="Write both in days or both in months.",
        start=start[:40],
        stop=stop[:40],
    )


def _text(value: Decimal, unit: str) -> str:
    text = format(value.normalize(), "f")
    return f"P{text}{unit}" if unit else text
