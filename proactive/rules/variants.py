"""Plans made of a plan: a value put in the place of another, a parameter scaled, the rule's line.

A variant differs in `params` only; its `rule` stays the text that was loaded. The place of a value
in the file (`ParamValue.index`) is the same in every variant, so choices made for one hold for all.
"""

from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor

from proactive.kernel.errors import Refused
from proactive.kernel.money import yuan_text
from proactive.rules.grammar import ParameterType
from proactive.rules.nodes import (
    MeasureLeaf,
    OfField,
    Operand,
    Param,
    ParamValue,
    Plan,
    Ref,
    RegisterLeaf,
    RowTest,
    Scalar,
    leaves_of,
    supporting_leaves,
)
from proactive.rules.reading import near
from proactive.rules.sense import refs_of
from proactive.rules.typed import typed_value

LINES = ("at_least", "more_than")
SCALED = (
    ParameterType.MONEY,
    ParameterType.RATIO,
    ParameterType.NUMBER,
    ParameterType.INTEGER,
)


def param_named(plan: Plan, name: str) -> Param:
    """Return the parameter; Refused names the nearest where there is none."""
    param = plan.params.get(name)
    if param is None:
        raise Refused(
            "unknown_parameter",
            "Trigger {trigger} has no parameter named '{parameter}'{near}",
            todo="Choose one of its parameters.",
            trigger=plan.trigger,
            parameter=name[:64],
            near=near(name, list(plan.params)) or ".",
        )
    return param


def typed(param: Param, text: str) -> Scalar:
    """Return a text as the file would have it; codes are parted by commas. Refused says why not."""
    listed = param.type is ParameterType.CODES
    words = tuple(word.strip() for word in text.split(",")) if listed else (text.strip(),)
    try:
        if not all(words):
            raise ValueError("is empty")
        return typed_value(param.type, words)
    except ValueError as error:
        raise Refused(
            "bad_value",
            "Parameter '{parameter}' cannot be '{value}': {reason}.",
            todo="Write the value as it would stand in the trigger's file.",
            parameter=param.name,
            value=text[:40],
            reason=str(error),
        ) from None


def with_value(plan: Plan, parameter: str, index: int, text: str) -> Plan:
    """Return the plan whose file has `text` in the place of the parameter's value `index`."""
    param = param_named(plan, parameter)
    value = replace(param.values[index], value=typed(param, text), text=text)
    values = (*param.values[:index], value, *param.values[index + 1 :])
    return _with(plan, param, values)


def scaled(plan: Plan, parameter: str, factor: Decimal) -> Plan:
    """Return the plan with every value of a parameter of amounts multiplied by `factor`.

    Fen and whole numbers are rounded down. Refused for a parameter that holds no amounts, and for
    a factor that is not over zero.
    """
    param = param_named(plan, parameter)
    if param.type not in SCALED or factor <= 0:
        raise Refused(
            "cannot_scale",
            "Parameter '{parameter}' of trigger {trigger} cannot be multiplied by {factor}.",
            why="Only amounts, shares and numbers can be, and only by a number over zero.",
            todo="Choose a parameter that is a threshold.",
            parameter=param.name,
            trigger=plan.trigger,
            factor=str(factor),
        )
    return _with(plan, param, tuple(_scaled(param.type, one, factor) for one in param.values))


def _scaled(kind: ParameterType, value: ParamValue, factor: Decimal) -> ParamValue:
    amount = value.value
    if isinstance(amount, Decimal):
        with localcontext(prec=100):
            product = amount * factor
        return replace(value, value=product, text=format(product.normalize(), "f"))
    if not isinstance(amount, int):
        raise TypeError(type(amount).__name__)
    whole = floor(Fraction(amount) * Fraction(factor))
    text = yuan_text(whole).replace(",", "") if kind is ParameterType.MONEY else str(whole)
    return replace(value, value=whole, text=text)


def threshold_of(plan: Plan) -> tuple[str, str] | None:
    """Return measure and parameter of the rule's line; None where no figure has to reach one.

    It is the condition on the measure that orders the list (`hit.priority`), else the first one.
    """
    leaves = [
        leaf
        for leaf, _ in supporting_leaves(plan.when)
        if isinstance(leaf, MeasureLeaf) and leaf.test in LINES
    ]
    ordered = plan.rule.hit.priority.order_by if plan.rule.hit.priority else ""
    leaves.sort(key=lambda leaf: leaf.measure != ordered)
    return (leaves[0].measure, leaves[0].parameter) if leaves else None


# what a parameter is used for


def is_used(plan: Plan, name: str) -> bool:
    """Does any condition lean on the parameter?"""
    return any(name in refs_of(plan, leaf) for leaf in plan.leaves())


def limits_of(plan: Plan, name: str) -> list[MeasureLeaf]:
    """The conditions whose limit is made with the parameter."""
    return [
        leaf
        for leaf in plan.leaves()
        if isinstance(leaf, MeasureLeaf) and (leaf.parameter == name or leaf.of == Ref(name))
    ]


def only_a_limit(plan: Plan, name: str) -> bool:
    """Is the parameter compared with finished figures, deciding neither rows nor classes?"""
    classed = (leaf for _, node in plan.classes for leaf in leaves_of(node))
    if any(name in refs_of(plan, leaf) for leaf in classed):
        return False
    return Ref(name) not in (*_spans(plan), *(test.operand for test in tests_of(plan)))


def tests_of(plan: Plan) -> list[RowTest]:
    """Every test of a record's field, of conditions and of measures."""
    tests = [test for measure in plan.measures.values() for test in measure.where]
    for leaf in plan.leaves():
        tests += [] if isinstance(leaf, MeasureLeaf) else leaf.where
    return tests


def _spans(plan: Plan) -> list[Operand | None]:
    spans: list[Operand | None] = [measure.window.span for measure in plan.measures.values()]
    for leaf in plan.leaves():
        if isinstance(leaf, RegisterLeaf):
            spans.append(leaf.within)
        elif isinstance(leaf, MeasureLeaf) and isinstance(leaf.of, OfField):
            spans.append(leaf.of.within)
    return spans


def _with(plan: Plan, param: Param, values: tuple[ParamValue, ...]) -> Plan:
    return replace(plan, params={**plan.params, param.name: replace(param, values=values)})
