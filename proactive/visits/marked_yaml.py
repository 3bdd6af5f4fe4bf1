"""YAML read as plain text values, with the line of every value, checked by a closed model.

Scalars stay text (so `no` is the answer "no", not false); the model gives them their types. Every
mistake is reported at once with its file, line, path and, where one is near, the right word.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from proactive.kernel.errors import Refused
from proactive.kernel.languages import both_languages
from proactive.kernel.yaml_nodes import compose

Path = tuple[str | int, ...]
LARGEST_FILE = 500_000


class Closed(BaseModel):
    """A part of a definition: unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(Closed):
    """One text in both languages, or in the one that is spoken."""

    en: str = Field(min_length=1)
    zh: str = Field(alias="zh-CN", min_length=1)

    _one_for_both = model_validator(mode="before")(both_languages)

    def in_language(self, language: str) -> str:
        return self.zh if language.lower().startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it stands and what is wrong with it."""

    file: str
    line: int
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.what}"


class DefinitionRefused(Refused):
    """A file with mistakes; `problems` holds every one of them."""

    def __init__(self, file: str, problems: Collection[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "definition_refused",
            "{file} is not taken: {count} mistake(s).",
            why="{listed}",
            todo="Mend the file and load it again; nothing was changed.",
            file=file,
            count=len(self.problems),
            listed="; ".join(str(problem) for problem in self.problems),
        )


class MarkedFile:
    """A parsed file that knows on which line each value stands."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.lines: dict[Path, int] = {}
        self.repeated: list[Problem] = []
        self.data = self._parse()

    def problem(self, path: Path, what: str) -> Problem:
        return Problem(self.file, self.line(path), ".".join(map(str, path)) or "(whole)", what)

    def line(self, path: Path) -> int:
        """Return the line of `path`, or of its nearest parent that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def _parse(self) -> Any:
        if len(self.text) > LARGEST_FILE:
            raise DefinitionRefused(self.file, [self.problem((), "the file is too large")])
        try:
            node = compose(self.text)
            return self._value(node, ()) if node is not None else {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            what = f"not readable as YAML ({getattr(error, 'problem', None) or 'broken'})"
            raise DefinitionRefused(
                self.file, [Problem(self.file, line, "(whole)", what)]
            ) from None

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if len(self.lines) > LARGEST_FILE // 10:
            raise DefinitionRefused(self.file, [self.problem((), "the file holds too many values")])
        if isinstance(node, yaml.SequenceNode):
            return [self._value(part, (*path, at)) for at, part in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return str(node.value)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            inner = (*path, key)
            if key in found:
                line = key_node.start_mark.line + 1
                where = ".".join(map(str, inner))
                self.repeated.append(Problem(self.file, line, where, "stands here twice"))
            found[key] = self._value(value_node, inner)
            self.lines[inner] = key_node.start_mark.line + 1
        return found


M = TypeVar("M", bound=BaseModel)


def read_model(text: str, model: type[M], file: str) -> tuple[M, MarkedFile]:
    """Return the checked model and its marked file; DefinitionRefused lists every mistake."""
    marked = MarkedFile(text, file)
    problems = list(marked.repeated)
    try:
        found = model.model_validate(marked.data)
    except ValidationError as error:
        problems += [_explained(marked, model, e) for e in error.errors(include_url=False)]
        raise DefinitionRefused(file, problems) from None
    if problems:
        raise DefinitionRefused(file, problems)
    return found, marked


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return the end of a sentence: the near word, or what may stand here."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return "known: " + ", ".join(sorted(known)[:12]) if known else "none is defined here"


def _explained(marked: MarkedFile, model: type[BaseModel], entry: Mapping[str, Any]) -> Problem:
    path = _path_in_file(marked, tuple(entry["loc"]))
    if entry["type"] == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        return marked.problem(path, f"unknown key; {did_you_mean(str(path[-1]), known)}")
    what = str(entry["msg"])
    expected = entry.get("ctx", {}).get("expected")
    if isinstance(expected, str):
        words = [part.strip(" '") for part in expected.replace(" or ", ",").split(",")]
        what = f"'{entry['input']}' is not known here; {did_you_mean(str(entry['input']), words)}"
    return marked.problem(path, what.removeprefix("Value error, "))


def _path_in_file(marked: MarkedFile, loc: Path) -> Path:
    """Drop what pydantic adds to a place (names of union members and the like)."""
    path: Path = ()
    for part in loc:
        step = (*path, part)
        if step in marked.lines or part == loc[-1]:
            path = step
    return path


def _keys_at(model: type[BaseModel], path: Path) -> set[str]:
    classes = {model}
    for part in path:
        if isinstance(part, int):
            continue
        inner = [
            f.annotation for c in classes for n, f in c.model_fields.items() if part in (n, f.alias)
        ]
        classes = {found for annotation in inner for found in _models_in(annotation)} or classes
    return {f.alias or name for c in classes for name, f in c.model_fields.items()}


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for part in get_args(annotation) for found in _models_in(part)}


class Grade(StrEnum):
    """A source: A law or agency, B news or local office, C copy, local = the place's promise."""

    A = "A"
    B = "B"
    C = "C"
    LOCAL = "local"
