"""Plans made of a plan: a value put in the place of another, a parameter scaled, the rule's line.

A variant differs in `params` only; its `rule` stays the text that was loaded. The place of a value
in the file (`ParamValue.index`) is the same in every variant, so choices made for one hold for all.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from difflib import get_close_matches
from fractions import Fraction
from math import floor

from proactive.kernel.errors import Refused
from proactive.kernel.money import yuan_text
from proactive.kernel.periods import Period
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
from proactive.rules.sense import refs_of
from proactive.rules.typed import typed_value

LINES = ("at_least", "more_than")
SCALED = (
    ParameterType.MONEY,
    ParameterType.RATIO,
    ParameterType.NUMBER,
    ParameterType.INTEGER,
)

LIKE = {
    ParameterType.MONEY: "12000.50",
    ParameterType.RATIO: "0.6",
    ParameterType.INTEGER: "3",
    ParameterType.NUMBER: "1.5",
    ParameterType.DURATION: "P12M",
    ParameterType.CODE: "minimum_living",
    ParameterType.CODES: "minimum_living, destitute",
}


def param_named(plan: Plan, name: str) -> Param:
    """Return the parameter; Refused names the nearest where there is none."""
    param = plan.params.get(name)
    if param is None:
        raise Refused(
            "unknown_parameter",
            "Trigger {trigger} has no parameter named '{parameter}'.",
            why="It has: {known}.",
            todo="Did you mean '{nearest}'?",
            trigger=plan.trigger,
            parameter=name[:64],
            known=", ".join(plan.params),
            nearest=nearest(name, list(plan.params)),
        )
    return param


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word that is written most like `word`; there always is one if any is known."""
    return "".join(get_close_matches(word[:64], known, n=1, cutoff=0))


def typed(param: Param, text: str) -> Scalar:
    """Return a text as the file would have it; codes are parted by commas. Refused says why not."""
    listed = param.type is ParameterType.CODES
    words = tuple(word.strip() for word in text.split(",")) if listed else (text.strip(),)
    try:
        if all(words):
            return typed_value(param.type, words)
    except ValueError:
        pass  # its sentence is English; the refusal's is told in the reader's language
    raise Refused(
        "bad_value",
        "'{value}' cannot be a value of parameter '{parameter}'.",
        why="Its type is {type}.",
        todo="Write it like {example}.",
        parameter=param.name,
        value=text[:40],
        type=param.type.value,
        example=LIKE[param.type],
    )


def check_values(plan: Plan, param: Param, texts: Sequence[str]) -> None:
    """Refuse texts that are no values, come twice, or would make no sense in the rule."""
    values = [typed(param, text) for text in texts]
    for value, text in zip(values, texts, strict=True):
        if values.count(value) > 1:
            raise _refused(param, text, "It is there twice.")
        if isinstance(value, int | Decimal):
            _check_amount(plan, param, value, text)
        elif not isinstance(value, Period):
            _check_codes(plan, param, (value,) if isinstance(value, str) else value)


def _check_amount(plan: Plan, param: Param, value: int | Decimal, text: str) -> None:
    if value < 0:
        raise _refused(param, text, "It is under zero.")
    if value == 0 and any(leaf.test == "at_least" for leaf in limits_of(plan, param.name)):
        raise _refused(param, text, "Everybody with a record would reach it.")


def _check_codes(plan: Plan, param: Param, words: tuple[str, ...]) -> None:
    for test in tests_of(plan):
        codes = plan.contracts[test.feed].fields[test.column].codes
        unknown = [word for word in words if codes and word not in codes]
        if test.operand == Ref(param.name) and unknown:
            raise Refused(
                "bad_value",
                "'{value}' cannot be tried for '{parameter}'.",
                why="It is not a code of '{field}'; there are: {known}.",
                todo="Did you mean '{nearest}'?",
                parameter=param.name,
                value=unknown[0][:40],
                field=test.column,
                known=", ".join(codes),
                nearest=nearest(unknown[0], list(codes)),
            )


def _refused(param: Param, text: str, why: str) -> Refused:
    return Refused(
        "bad_value",
        "'{value}' cannot be tried for '{parameter}'.",
        why=why,
        todo="Leave the value out or write another.",
        parameter=param.name,
        value=text[:40],
    )


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
