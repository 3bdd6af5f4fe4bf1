"""A rule of the parts that can be read, where others hold mistakes."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from proactive.rules.closed import Title
from proactive.rules.conditions import Condition, Measure
from proactive.rules.grammar import Hit, Parameter, TriggerRule
from proactive.rules.reading import Data

M = TypeVar("M", bound=BaseModel)
CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
TITLED = (("parameters", Parameter), ("measures", Measure), ("class_titles", Title))


def lenient(data: Mapping[str, Data]) -> TriggerRule:
    """Return a rule of the parts that can be read: enough to name figures, values and classes."""
    parts: dict[str, Any] = {key: _read_all(model, data.get(key)) for key, model in TITLED}
    classes = data.get("classes")
    parts["classes"] = {}
    for name, one in classes.items() if isinstance(classes, dict) else ():
        try:
            parts["classes"][name] = CONDITION.validate_python(one)
        except ValidationError:
            continue
    return TriggerRule.model_construct(**parts, unless=(), hit=Hit())


def _read_all(model: type[M], node: Data | None) -> dict[str, M]:
    entries = node if isinstance(node, dict) else {}
    read = {name: read_part(model, one) for name, one in entries.items()}
    return {name: one for name, one in read.items() if one is not None}


def read_part(model: type[M], node: Data | None) -> M | None:
    """Return a part as the grammar has it, None where it holds a mistake."""
    try:
        return model.model_validate(node)
    except ValidationError:
        return None
