"""Parameters of a trigger: typed values; two values that claim the same place are refused."""

from proactive.rules.fields import Report
from proactive.rules.grammar import AS_OF, OTHER, Parameter, ParameterType, TriggerRule, Value
from proactive.rules.nodes import Param, ParamValue
from proactive.rules.reading import Path, near
from proactive.rules.typed import typed_value


def resolve_parameters(rule: TriggerRule, report: Report) -> dict[str, Param]:
    """Return the parameters whose values are all in order; the others are reported."""
    found: dict[str, Param] = {}
    for name, parameter in rule.parameters.items():
        path: Path = ("parameters", name)
        values = _values(rule, parameter, path, report)
        if parameter.unit and parameter.type is not ParameterType.MONEY:
            report.add((*path, "unit"), f"a {parameter.type} has no currency")
        if len(values) == len(parameter.values) and _distinct(values, path, report):
            dated_by = "" if parameter.in_force_on == AS_OF else parameter.in_force_on
            found[name] = Param(name, parameter.type, dated_by, values)
    return found


def _values(
    rule: TriggerRule, parameter: Parameter, path: Path, report: Report
) -> tuple[ParamValue, ...]:
    values = []
    for index, value in enumerate(parameter.values):
        here = (*path, "values", index)
        _known_class(rule, value, here, report)
        try:
            typed = typed_value(parameter.type, value.value)
        except ValueError as error:
            report.add((*here, "value"), str(error))
            continue
        legal_basis = value.legal_basis or rule.legal_basis[0].citation
        text = ", ".join(value.value)
        values.append(
            ParamValue(index, value.from_, value.area, value.class_, typed, text, legal_basis)
        )
    return tuple(values)


def _known_class(rule: TriggerRule, value: Value, path: Path, report: Report) -> None:
    if value.class_ and value.class_ not in (OTHER, *rule.classes):
        hint = near(value.class_, [OTHER, *rule.classes])
        report.add((*path, "class"), f"no class is named '{value.class_}'{hint}")


def _distinct(values: tuple[ParamValue, ...], path: Path, report: Report) -> bool:
    """Two values for the same day, area and class leave open which one wins: refused."""
    seen: dict[tuple[object, ...], int] = {}
    for value in values:
        key = (value.start, value.area, value.klass)
        if key in seen:
            text = f"two values hold from {value.start} for the same area and class"
            report.add((*path, "values", value.index), text)
        seen[key] = value.index
    return len(seen) == len(values)
