"""The line of a rule: the amount that a figure has to reach; margins and samples go by it."""

from dataclasses import dataclass

from proactive.rules.fields import Report
from proactive.rules.grammar import ParameterType
from proactive.rules.nodes import MeasureLeaf, Plan, supporting_leaves
from proactive.rules.variants import LINES, threshold_of

FEN = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A measure and the parameter it has to reach; `unit` is 100 for money, which is in fen."""

    measure: str
    parameter: str
    unit: int = 1


def line_of(plan: Plan) -> Line | None:
    """Return the rule's line; None where it has none, or where it is a share of another figure."""
    found = threshold_of(plan)
    if found is None:
        return None
    measure, parameter = found
    plain = any(
        leaf.of is None
        for leaf, _ in supporting_leaves(plan.when)
        if isinstance(leaf, MeasureLeaf)
        and leaf.test in LINES
        and (leaf.measure, leaf.parameter) == found
    )
    money = plan.params[parameter].type is ParameterType.MONEY
    return Line(measure, parameter, FEN if money else 1) if plain else None


def check_sample(plan: Plan, report: Report) -> None:
    """Report a sample below the line of a rule that has no line to look under."""
    if plan.rule.hit.sample is not None and line_of(plan) is None:
        report.add(
            ("hit", "sample"),
            "there is no line to look under: no measure has to reach an amount by 'at_least'",
        )
