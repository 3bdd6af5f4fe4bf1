"""From a document to the grammar: every mistake told with its line and, if near, the right word."""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from proactive.feeds.marked import Mistake
from proactive.rules.conditions import KINDS, MODELS
from proactive.rules.reading import MOST_MISTAKES, Path, RuleRefused, Source, near

M = TypeVar("M", bound=BaseModel)


def parse(source: Source, model: type[M]) -> M:
    """Return the document as `model`; RuleRefused names every mistake of the file."""
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True)[: 2 * MOST_MISTAKES]
        parts = {entry["loc"][:end] for entry in found for end in range(len(entry["loc"]))}
        mistakes = [_told(source, model, entry) for entry in found if entry["loc"] not in parts]
        raise RuleRefused(sorted(mistakes, key=lambda one: one.line)) from None


def _told(source: Source, model: type[BaseModel], entry: Mapping[str, Any]) -> Mistake:
    path = _path_in(source, entry["loc"])
    return source.mistake(path, _text(source, model, path, entry))


def _text(source: Source, model: type[BaseModel], path: Path, entry: Mapping[str, Any]) -> str:
    kind, last = entry["type"], str(path[-1] if path else "")
    if kind == "extra_forbidden":
        return f"'{last[:64]}' is not known here" + near(last, _keys(model, entry["loc"][:-1]))
    if kind == "missing":
        return f"'{last}' is missing"
    if kind in ("enum", "literal_error"):
        expected = str(entry["ctx"]["expected"]).replace(" or ", ",").split(",")
        words = [word.strip(" '") for word in expected if word.strip(" '")]
        return f"'{str(entry['input'])[:64]}' is not known here" + near(str(entry["input"]), words)
    if kind == "no_condition":
        return _no_condition(entry["input"])
    if kind == "string_pattern_mismatch":
        pattern = str(entry["ctx"]["pattern"])
        return f"'{str(entry['input'])[:64]}' is not written as it must be ({pattern})"
    return str(entry["msg"]).removeprefix("Value error, ")


def _no_condition(value: object) -> str:
    if not isinstance(value, dict):
        return f"is not a condition; write one of {', '.join(KINDS)}"
    kinds = [kind for kind in KINDS if kind in value]
    if len(kinds) > 1:
        return f"holds two conditions ({', '.join(kinds)}); put them under 'all' or 'any'"
    for key in value:
        hint = near(str(key), KINDS)
        if "did you mean" in hint:
            return f"'{str(key)[:64]}' is not a condition" + hint
    return f"is not a condition; write one of {', '.join(KINDS)}"


def _path_in(source: Source, loc: tuple[str | int, ...]) -> Path:
    """The path as the file has it: names that pydantic gives to kinds of condition are left out."""
    path: list[str | int] = []
    current: object = source.data
    for part in loc:
        if isinstance(part, str) and part.startswith("<"):
            continue
        path.append(part)
        if isinstance(current, dict):
            current = current.get(str(part))
        elif isinstance(current, list) and isinstance(part, int) and part < len(current):
            current = current[part]
    return tuple(path)


def _keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """The keys that may stand at a place of the file."""
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, str) and part in MODELS:
            current = MODELS[part]
        elif isinstance(part, str) and current is not None:
            field = next(
                (info for name, info in current.model_fields.items() if part in (name, info.alias)),
                None,
            )
            current = _model_in(field.annotation) if field else current
    if current is None:
        return []
    return [info.alias or name for name, info in current.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [_model_in(inner) for inner in get_args(annotation)]
    return next((model for model in found if model is not None), None)
