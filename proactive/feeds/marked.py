"""YAML with a memory of its lines: every value can be traced to the line it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from yaml.constructor import SafeConstructor

from proactive.kernel.errors import Refused
from proactive.kernel.yaml_nodes import compose

Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file, said so that its writer can mend it."""

    file: str
    line: int
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.text}"


class FileRefused(Refused):
    """A file that people write was refused; `mistakes` names every one of them."""

    def __init__(self, code: str, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(
            code,
            "{file} was refused: {count} mistake(s).",
            why="{mistakes}",
            todo="Mend the lines named and load the file again.",
            file=mistakes[0].file,
            count=len(mistakes),
            mistakes="\n".join(str(mistake) for mistake in mistakes),
        )


@dataclass(frozen=True, slots=True)
class Marked:
    """The data of one YAML document and the line of each path in it."""

    file: str
    data: object
    lines: Mapping[Path_, int]

    def line(self, path: Path_) -> int:
        """The line of a path, or of its nearest parent that has one."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def mistake(self, path: Path_, text: str) -> Mistake:
        return Mistake(self.file, self.line(path), dotted(path), text)


def dotted(path: Path_) -> str:
    """`columns[2].type` for the reader of a message."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "(file)"


def read_marked(text: str, *, file: str, code: str) -> Marked:
    """Parse one document; a syntax error or a doubled key is refused with its line."""
    try:
        node = compose(text)
    except yaml.YAMLError as error:
        raise FileRefused(code, [_syntax_mistake(error, file)]) from error
    if node is None:
        raise FileRefused(code, [Mistake(file, 1, "(file)", "the file is empty")])
    lines: dict[Path_, int] = {}
    mistakes: list[Mistake] = []
    data = _value(node, (), lines, mistakes, file)
    if mistakes:
        raise FileRefused(code, mistakes)
    return Marked(file, data, lines)


def read_marked_file(path: Path, *, code: str) -> Marked:
    """Read a UTF-8 file; one that is not text is refused."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "cannot be read" if isinstance(error, OSError) else "is not UTF-8 text"
        raise FileRefused(code, [Mistake(path.name, 1, "(file)", reason)]) from error
    return read_marked(text, file=path.name, code=code)


def validate(marked: Marked, model: type[M], *, code: str) -> M:
    """The document as a model; every mistake is refused with file, line and did-you-mean."""
    try:
        return model.model_validate(marked.data)
    except ValidationError as error:
        mistakes = [_told(marked, model, found) for found in error.errors()]
        raise FileRefused(code, mistakes) from error


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A closing half-sentence naming the nearest known word, or the known words when few."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(known)}" if 0 < len(known) <= 12 else ""


def _syntax_mistake(error: yaml.YAMLError, file: str) -> Mistake:
    mark: Any = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "is not YAML"
    return Mistake(file, mark.line + 1 if mark else 1, "(file)", str(problem))


def _value(
    node: yaml.Node, path: Path_, lines: dict[Path_, int], mistakes: list[Mistake], file: str
) -> object:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, mistakes, file)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(child, (*path, index), lines, mistakes, file)
            for index, child in enumerate(node.value)
        ]
    try:
        return SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError):
        line = node.start_mark.line + 1
        mistakes.append(Mistake(file, line, dotted(path), "is not a plain value"))
        return None


def _mapping(
    node: yaml.MappingNode,
    path: Path_,
    lines: dict[Path_, int],
    mistakes: list[Mistake],
    file: str,
) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in found:
            mistakes.append(Mistake(file, line, dotted((*path, key)), "stands here twice"))
            continue
        lines[(*path, key)] = line
        found[key] = _value(value_node, (*path, key), lines, mistakes, file)
    return found


def _told(marked: Marked, model: type[BaseModel], found: Mapping[str, object]) -> Mistake:
    path = _real_path(marked, found["loc"])
    text = str(found["msg"]).removeprefix("Value error, ")
    if found["type"] == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        text = f"'{path[-1]}' is not known here" + did_you_mean(str(path[-1]), known)
    elif found["type"] in {"enum", "literal_error"}:
        expected = str(found.get("ctx", {}).get("expected", ""))  # type: ignore[attr-defined]
        words = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
        text = f"'{found.get('input')}' is not known" + did_you_mean(str(found["input"]), words)
    elif found["type"] == "missing":
        text = f"'{path[-1]}' is missing"
    return marked.mistake(path, text)


def _real_path(marked: Marked, loc: object) -> Path_:
    """Pydantic names union members inside its path; only what is in the document is kept."""
    path: list[str | int] = []
    parts = list(loc) if isinstance(loc, tuple) else []
    for index, part in enumerate(parts):
        if (*path, part) in marked.lines or index == len(parts) - 1:
            path.append(part)
    return tuple(path)


def _known_keys(model: type[BaseModel], path: Path_) -> list[str]:
    current: object = model
    for part in path:
        if isinstance(part, int):
            continue
        if not (isinstance(current, type) and issubclass(current, BaseModel)):
            return []
        field = _field_named(current, part)
        current = _model_in(field.annotation) if field else None
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _field_named(model: type[BaseModel], name: str) -> FieldInfo | None:
    for key, field in model.model_fields.items():
        if name in {key, field.alias}:
            return field
    return None


def _model_in(annotation: object) -> object:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        model = _model_in(inner)
        if model is not None:
            return model
    return None
