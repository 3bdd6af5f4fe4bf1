"""YAML with a memory of its lines: every value can be traced to the line it stands on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import SafeConstructor

from proactive.kernel.errors import Refused
from proactive.kernel.yaml_nodes import compose

Path_ = tuple[str | int, ...]
LARGEST_FILE = 500_000
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


def read_marked(text: str, *, file: str, code: str, as_text: bool = False) -> Marked:
    """Parse one document; a syntax error or a doubled key is refused with its line.

    `as_text` leaves each value as it is written, so that `no` is the answer "no" and not false.
    """
    if len(text) > LARGEST_FILE:
        raise FileRefused(code, [Mistake(file, 1, "(file)", "the file is too large")])
    try:
        node = compose(text)
    except yaml.YAMLError as error:
        raise FileRefused(code, [_syntax_mistake(error, file)]) from error
    if node is None:
        raise FileRefused(code, [Mistake(file, 1, "(file)", "the file is empty")])
    reader = _Reader(file, as_text)
    data = reader.value(node, ())
    if reader.mistakes:
        raise FileRefused(code, reader.mistakes)
    return Marked(file, data, reader.lines)


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


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A closing half-sentence naming the nearest known word, or the known words when few."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(known)}" if 0 < len(known) <= 12 else ""


def _syntax_mistake(error: yaml.YAMLError, file: str) -> Mistake:
    mark: Any = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "is not YAML"
    return Mistake(file, mark.line + 1 if mark else 1, "(file)", str(problem))


@dataclass(slots=True)
class _Reader:
    """Turns nodes into values; `lines` and `mistakes` fill meanwhile."""

    file: str
    as_text: bool
    lines: dict[Path_, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def value(self, node: yaml.Node, path: Path_) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, at)) for at, child in enumerate(node.value)]
        if self.as_text:
            return str(node.value)
        try:
            return SafeConstructor().construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._mistake(node, path, "is not a plain value")
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                self._mistake(key_node, (*path, key), "stands here twice")
                continue
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*path, key))
        return found

    def _mistake(self, node: yaml.Node, path: Path_, text: str) -> None:
        line = node.start_mark.line + 1
        self.mistakes.append(Mistake(self.file, line, dotted(path), text))


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
    models = [model]
    for part in path:
        if isinstance(part, int):
            continue
        fields = [each for one in models for each in one.model_fields.items()]
        inner = [field.annotation for name, field in fields if part in {name, field.alias}]
        models = [found for annotation in inner for found in _models_in(annotation)] or models
    return [field.alias or name for one in models for name, field in one.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]
