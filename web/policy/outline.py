"""A working text as an outline in words, as far as it can be read; every part leads to its form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from proactive.feeds.contract import Contract
from proactive.feeds.marked import Mistake
from proactive.kernel.errors import Refused
from proactive.rules.conditions import KINDS, FieldTest, Measure
from proactive.rules.grammar import Hit, Parameter, Schedule, Value
from proactive.rules.reading import Data, Path
from proactive.rules.shaping import GROUPS
from proactive.rules.speaking import Speaker
from proactive.rules.telling import hit_parts, tell_measure, tell_schedule
from proactive.rules.writing import inline
from web.policy.lenient import CONDITION, lenient, read_part

# What is raised where words are made of values that are wrong: the value is shown as it stands.
UNSAYABLE = (ValueError, ArithmeticError, LookupError, AttributeError, Refused)
_DOTTED = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class OutlineLine:
    """One part: its place, its words, what is wrong with it, and the parts in it."""

    at: str
    words: str
    wrong: tuple[str, ...]
    group: str = ""
    parts: "tuple[OutlineLine, ...]" = ()


def undotted(path: str) -> Path:
    """Return the path that a mistake names as `when.all[0].at_least`."""
    if path == "(file)":
        return ()
    return tuple(int(n) if n else word for n, word in _DOTTED.findall(path))


def dotted_place(path: Path) -> str:
    return ".".join(str(part) for part in path)


@dataclass(frozen=True, slots=True)
class Outline:
    """Speaks of a text that may hold mistakes: what can be read is told, the rest is shown."""

    data: Mapping[str, Data]
    speaker: Speaker
    mistakes: Sequence[tuple[Path, str]]
    places: Mapping[str, str]

    def about(self) -> OutlineLine:
        title = self.data.get("title")
        words = (
            title.get("zh-CN" if self.speaker.chinese else "en") if isinstance(title, dict) else ""
        )
        name = str(self.data.get("trigger", ""))
        keys = ("trigger", "title", "note", "subject", "need", "proposes")
        wrong = [text for path, text in self.mistakes if not path or path[0] in keys]
        return OutlineLine("", words if isinstance(words, str) and words else name, tuple(wrong))

    def bases(self) -> tuple[OutlineLine, ...]:
        return tuple(
            OutlineLine(
                f"legal_basis.{index}",
                " · ".join(str(one.get(key, "")) for key in ("title", "citation"))
                if isinstance(one, dict)
                else str(one),
                self._wrong(("legal_basis", index)),
            )
            for index, one in enumerate(self._list(self.data.get("legal_basis")))
        )

    def schedule(self) -> OutlineLine:
        schedule = read_part(Schedule, self.data.get("schedule", {}))
        words = tell_schedule(self.speaker, schedule) if schedule else ""
        return OutlineLine("schedule", words, self._wrong(("schedule",)))

    def parameters(self) -> tuple[OutlineLine, ...]:
        return tuple(self._parameter(name, node) for name, node in self._entries("parameters"))

    def _parameter(self, name: str, node: Data) -> OutlineLine:
        known = self.speaker.rule.parameters.get(name)
        values = self._list(node.get("values")) if isinstance(node, dict) else []
        lines = tuple(
            OutlineLine(
                f"parameters.{name}.values.{index}",
                self._value(known, one),
                self._wrong(("parameters", name, "values", index)),
            )
            for index, one in enumerate(values)
        )
        head = self._wrong(("parameters", name), but=("parameters", name, "values"), deeper=lines)
        return OutlineLine(f"parameters.{name}", self.speaker.parameter(name), head, "", lines)

    def _value(self, parameter: Parameter | None, node: Data) -> str:
        value = read_part(Value, node)
        if value is None:
            return inline(node)
        told = ", ".join(value.value)
        if parameter:
            with suppress(*UNSAYABLE):
                told = self.speaker.value(parameter, value)
        pick = self.speaker.pick
        parts = [f"{told} · {pick(f'自{value.from_}起', f'from {value.from_}')}"]
        parts += [self.places.get(value.area, value.area)]
        parts += [self._klass(value.class_)]
        parts += [value.legal_basis or ""]
        return " · ".join(part for part in parts if part)

    def _klass(self, name: str) -> str:
        with suppress(*UNSAYABLE):
            return self.speaker.klass(name) if name else ""
        return name

    def measures(self) -> tuple[OutlineLine, ...]:
        return tuple(
            OutlineLine(
                f"measures.{name}",
                self._measure(name, node),
                self._wrong(("measures", name)),
                "",
                self._tests(("measures", name), node),
            )
            for name, node in self._entries("measures")
        )

    def _measure(self, name: str, node: Data) -> str:
        measure = read_part(Measure, node)
        told = inline(node)
        if measure:
            with suppress(*UNSAYABLE):
                told = tell_measure(self.speaker, measure)
        return f"{self.speaker.measure(name)}{self.speaker.pick('：', ': ')}{told}"

    def classes(self) -> tuple[OutlineLine, ...]:
        return tuple(
            self.condition(("classes", name), node) for name, node in self._entries("classes")
        )

    def class_names(self) -> tuple[OutlineLine, ...]:
        """What each class is called, in the order of the classes; '' for none."""
        titles = self.speaker.rule.class_titles
        return tuple(
            OutlineLine(
                f"class_titles.{name}",
                titles[name].in_language(self.speaker.language) if name in titles else "",
                self._wrong(("class_titles", name)),
            )
            for name, _ in self._entries("classes")
        )

    def when(self) -> OutlineLine | None:
        node = self.data.get("when")
        return self.condition(("when",), node) if node else None

    def unless(self) -> tuple[OutlineLine, ...]:
        nodes = self._list(self.data.get("unless"))
        return tuple(self.condition(("unless", index), one) for index, one in enumerate(nodes))

    def condition(self, path: Path, node: Data) -> OutlineLine:
        """Return a condition or group with everything below it."""
        at = dotted_place(path)
        kinds = [kind for kind in KINDS if kind in node] if isinstance(node, dict) else []
        if len(kinds) == 1 and kinds[0] in GROUPS and isinstance(node, dict):
            kind, inner = kinds[0], node[kinds[0]]
            if kind == "not":
                parts: tuple[OutlineLine, ...] = (self.condition((*path, "not"), inner),)
            else:
                parts = tuple(
                    self.condition((*path, kind, index), one)
                    for index, one in enumerate(self._list(inner))
                )
            wrong = self._wrong(path, deeper=parts)
            return OutlineLine(at, "", wrong, kind, parts)
        return OutlineLine(at, self._leaf(node), self._wrong(path), "", self._tests(path, node))

    def _leaf(self, node: Data) -> str:
        with suppress(*UNSAYABLE):
            return self.speaker.leaf(CONDITION.validate_python(node))
        return inline(node)

    def _tests(self, path: Path, node: Data) -> tuple[OutlineLine, ...]:
        """The tests of a `where`; told in the words of the part above, each has its own form."""
        where = self._list(node.get("where")) if isinstance(node, dict) else []
        feed = feed_named(node)
        return tuple(
            OutlineLine(
                dotted_place((*path, "where", index)),
                self._test(feed, one),
                self._wrong((*path, "where", index)),
            )
            for index, one in enumerate(where)
        )

    def _test(self, feed: str, node: Data) -> str:
        test = read_part(FieldTest, node)
        if test:
            with suppress(*UNSAYABLE):
                return next(iter(self.speaker.tests(feed, [test])))
        return inline(node)

    def hit(self) -> tuple[str, ...]:
        hit = read_part(Hit, self.data.get("hit", {}))
        if hit is None:
            return ()
        speaker = Speaker(
            self.speaker.rule.model_copy(update={"hit": hit}),
            self.speaker.language,
            self.speaker.contracts,
        )
        with suppress(*UNSAYABLE):
            return tuple(part.words for part in hit_parts(speaker))
        return ()

    def hit_wrong(self) -> tuple[str, ...]:
        return self._wrong(("hit",))

    # reading what may be wrong

    def _wrong(
        self, path: Path, *, but: Path = (), deeper: Sequence[OutlineLine] = ()
    ) -> tuple[str, ...]:
        """Mistakes at or below a path, without those that stand at a deeper line already."""
        told = {text for line in deeper for text in wrongs(line)}
        return tuple(
            text
            for place, text in self.mistakes
            if place[: len(path)] == path
            and not (but and place[: len(but)] == but and len(place) > len(but))
            and text not in told
        )

    def _entries(self, key: str) -> Iterator[tuple[str, Data]]:
        node = self.data.get(key)
        yield from node.items() if isinstance(node, dict) else ()

    def _list(self, node: Data | None) -> list[Data]:
        return node if isinstance(node, list) else []


def wrongs(line: OutlineLine) -> Iterator[str]:
    """Yield every mistake of a line and of those in it."""
    yield from line.wrong
    for part in line.parts:
        yield from wrongs(part)


def outline_of(
    data: Data,
    mistakes: Sequence[Mistake],
    language: str,
    contracts: Mapping[str, Contract],
    places: Mapping[str, str] | None = None,
) -> Outline:
    """Return the outline of a text's values; what of it is in order speaks with its titles."""
    known = data if isinstance(data, dict) else {}
    rule = lenient(known)
    where = [(undotted(one.path), one.text) for one in mistakes]
    return Outline(known, Speaker(rule, language, contracts), where, places or {})


def feed_named(node: Data | None) -> str:
    """Return the feed that a figure or condition of the file reads."""
    if isinstance(node, dict):
        for key in ("feed", "record", "registered_in", "not_registered_in"):
            value = node.get(key)
            if isinstance(value, str):
                return value
    return ""
