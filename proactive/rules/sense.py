"""Refuses triggers that are well written and cannot mean what they say."""

from proactive.rules.conditions import Per
from proactive.rules.fields import Report
from proactive.rules.nodes import (
    AllOf,
    AnyOf,
    LeafPlan,
    MeasureLeaf,
    Negated,
    Node,
    OfField,
    Plan,
    RecordLeaf,
    Ref,
    RegisterLeaf,
    RowTest,
    leaves_of,
    supporting_leaves,
)


def check_sense(plan: Plan, report: Report) -> None:
    """Report a rule that would raise everybody or nobody, or that chooses in a circle."""
    if not any(True for _ in supporting_leaves(plan.when)):
        text = "asks only for what is absent; at least one condition must find something"
        report.add(("when",), text)
    for index, node in enumerate(plan.unless):
        if any(_same(node, part) for part in _needed(plan.when)):
            report.add(("unless", index), "excludes exactly what 'when' asks for; nobody is left")
    _records_are_needed(plan, report)
    _classes_stand_alone(plan, report)
    _windows_stand_alone(plan, report)


def _needed(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, AllOf) else (node,)


def _same(one: Node, two: Node) -> bool:
    """Do the two say the same, wherever they stand?"""
    return _shape(one) == _shape(two)


def _shape(node: Node) -> object:
    if isinstance(node, AllOf | AnyOf):
        return type(node).__name__, tuple(_shape(part) for part in node.parts)
    if isinstance(node, Negated):
        return "not", _shape(node.part)
    if isinstance(node, MeasureLeaf):
        return node.measure, node.test, node.parameter, node.of
    if isinstance(node, RecordLeaf):
        return "record", node.feed, node.where
    return "register", node.feed, node.where, node.within, node.absent


def about_records(plan: Plan, leaf: LeafPlan) -> bool:
    """Is this condition about a single record?"""
    if isinstance(leaf, RecordLeaf):
        return True
    return isinstance(leaf, MeasureLeaf) and plan.measures[leaf.measure].per is Per.RECORD


def _records_are_needed(plan: Plan, report: Report) -> None:
    """A rule about single records must need one: else its hits would have no episode."""
    if plan.episodes is None:
        return
    if not _needs_record(plan, plan.when):
        text = "must need its 'record:' condition in every way it can be met"
        report.add(("when",), text + ", because each record is one episode")


def _needs_record(plan: Plan, node: Node) -> bool:
    if isinstance(node, AllOf):
        return any(_needs_record(plan, part) for part in node.parts)
    if isinstance(node, AnyOf):
        return all(_needs_record(plan, part) for part in node.parts)
    return not isinstance(node, Negated) and about_records(plan, node)


def _classes_stand_alone(plan: Plan, report: Report) -> None:
    """A class may not be chosen by a value that is chosen by class."""
    for name, node in plan.classes:
        for leaf in leaves_of(node):
            for ref in sorted(refs_of(plan, leaf)):
                if plan.params[ref].by_class:
                    text = f"uses '{ref}', whose value depends on the class"
                    report.add(("classes", name), text)


def _windows_stand_alone(plan: Plan, report: Report) -> None:
    for name, measure in plan.measures.items():
        for ref in sorted(_row_refs(measure.where) | _ref(measure.window.span)):
            if plan.params[ref].dated_by:
                report.add(("measures", name), f"'{ref}' must be in force on as_of here")
    for leaf in plan.leaves():
        of = leaf.of if isinstance(leaf, MeasureLeaf) else None
        within = of.within if isinstance(of, OfField) else None
        if isinstance(within, Ref) and plan.params[within.name].varies:
            report.add(
                (), f"'{within.name}' ('of_within' in {leaf.path}) must be one value for all"
            )


def refs_of(plan: Plan, leaf: LeafPlan) -> set[str]:
    """The parameters that a condition leans on, also through its measure."""
    if isinstance(leaf, MeasureLeaf):
        measure = plan.measures[leaf.measure]
        names = {leaf.parameter} | _row_refs(measure.where) | _ref(measure.window.span)
        of = leaf.of if isinstance(leaf.of, Ref) else getattr(leaf.of, "within", None)
        return names | _ref(of)
    names = _row_refs(leaf.where)
    return names | (_ref(leaf.within) if isinstance(leaf, RegisterLeaf) else set())


def _row_refs(where: tuple[RowTest, ...]) -> set[str]:
    return {test.operand.name for test in where if isinstance(test.operand, Ref)}


def _ref(value: object) -> set[str]:
    return {value.name} if isinstance(value, Ref) else set()
