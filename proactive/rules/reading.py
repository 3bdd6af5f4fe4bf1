"""Trigger files as plain text values with the line of each, read within fixed limits.

Every scalar stays the text that stands in the file; the grammar gives it its type. There are no
anchors, aliases, tags or second documents, so a small file cannot unfold into a large one, and
nothing depends on YAML's own guesses (`no` is the word "no", not false).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from proactive.feeds.marked import FileRefused, Mistake, did_you_mean, dotted

BAD_TRIGGER = "bad_trigger"
LARGEST_FILE = 64 * 1024
LARGEST_EXAMPLES = 1024 * 1024
MOST_VALUES = 4_000
DEEPEST = 20
MOST_MISTAKES = 40

Path = tuple[str | int, ...]
Data = str | list["Data"] | dict[str, "Data"]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RuleRefused(FileRefused):
    """A trigger or its examples are refused; `mistakes` names every one with line and path."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(BAD_TRIGGER, list(mistakes)[:MOST_MISTAKES])


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be before it is refused unread."""

    size: int = LARGEST_FILE
    values: int = MOST_VALUES
    depth: int = DEEPEST


TRIGGER_LIMITS = Limits()
EXAMPLE_LIMITS = Limits(size=LARGEST_EXAMPLES, values=100_000)


@dataclass(frozen=True, slots=True)
class Source:
    """One document: its data and the line on which each path stands."""

    file: str
    data: Data
    lines: Mapping[Path, int]

    def mistake(self, path: Path, text: str) -> Mistake:
        return Mistake(self.file, self._line(path), dotted(path), text)

    def _line(self, path: Path) -> int:
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read_source(text: str, *, file: str, limits: Limits = TRIGGER_LIMITS) -> Source:
    """Return the document of `text`; RuleRefused names line and reason for anything else."""
    if len(text) > limits.size:
        size = f"is larger than {limits.size // 1024} KiB"
        raise RuleRefused([Mistake(file, 1, "(file)", size)])
    builder = _Builder(file, limits)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except (yaml.YAMLError, ValueError) as error:
        raise RuleRefused([_not_yaml(error, file)]) from None
    return builder.source()


def _not_yaml(error: Exception, file: str) -> Mistake:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "holds signs that YAML does not allow"
    return Mistake(file, mark.line + 1 if mark else 1, "(file)", f"is not YAML: {problem}")


@dataclass(slots=True)
class _Level:
    """An open mapping or list; `key` is the mapping key that waits for its value."""

    node: list[Data] | dict[str, Data]
    path: Path
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Builds the document from the parser's events, so that a limit stops it early."""

    file: str
    limits: Limits
    lines: dict[Path, int] = field(default_factory=dict)
    levels: list[_Level] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    roots: list[Data] = field(default_factory=list)
    values: int = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._stop(line, "anchors (&name, *name) are not used in triggers; write the value out")
        if getattr(event, "tag", None):
            self._stop(line, "tags (!name) are not used in triggers")
        if isinstance(event, yaml.DocumentStartEvent) and self.roots:
            self._stop(line, "holds a second document; write one trigger per file")
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event.value, line)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.levels.pop()

    def source(self) -> Source:
        if not self.roots:
            self._stop(1, "is empty")
        if self.mistakes:
            raise RuleRefused(self.mistakes)
        return Source(self.file, self.roots[0], self.lines)

    def _open(self, node: list[Data] | dict[str, Data], line: int) -> None:
        if self.levels and isinstance(self.levels[-1].node, dict) and self.levels[-1].key is None:
            self._stop(line, "a key must be one word")
        path = self._place(node, line)
        self.levels.append(_Level(node, path))
        if len(self.levels) > self.limits.depth:
            self._stop(line, f"is nested deeper than {self.limits.depth} levels")

    def _scalar(self, text: str, line: int) -> None:
        level = self.levels[-1] if self.levels else None
        if level and isinstance(level.node, dict) and level.key is None:
            self._key(level, text, line)
        else:
            self._place(text, line)

    def _key(self, level: _Level, key: str, line: int) -> None:
        path = (*level.path, key)
        if path in self.lines:
            self.mistakes.append(Mistake(self.file, line, dotted(path), "stands here twice"))
        self.lines[path] = line
        level.key = key

    def _place(self, node: Data, line: int) -> Path:
        self.values += 1
        if self.values > self.limits.values:
            self._stop(line, f"holds more than {self.limits.values} values")
        if not self.levels:
            self.roots.append(node)
            return ()
        level = self.levels[-1]
        if isinstance(level.node, list):
            path = (*level.path, len(level.node))
            level.node.append(node)
            self.lines[path] = line
            return path
        path = (*level.path, level.key or "")
        level.node[level.key or ""] = node
        level.key = None
        return path

    def _stop(self, line: int, text: str) -> None:
        raise RuleRefused([Mistake(self.file, line, "(file)", text)])


def near(word: str, known: Iterator[str] | Sequence[str]) -> str:
    """Return "; did you mean …?" for the nearest known word; long words are cut first."""
    return did_you_mean(word[:64], sorted(set(known)))
