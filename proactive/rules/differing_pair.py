"""Two versions side by side: one difference, and how it is worded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from proactive.rules.grammar import TriggerRule
from proactive.rules.speaking import Speaker


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `before` or `after` is empty where something was added or removed."""

    topic: str
    kind: Kind
    title: str
    before: str
    after: str
    more: str
    words: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Pair:
    """Who speaks for each of two versions of a trigger; `places` names areas."""

    before: Speaker
    after: Speaker
    places: Mapping[str, str]

    @property
    def old(self) -> TriggerRule:
        return self.before.rule

    @property
    def new(self) -> TriggerRule:
        return self.after.rule

    def pick(self, zh: str, en: str) -> str:
        return self.after.pick(zh, en)

    def change(self, topic: str, title: str, before: str, after: str, more: str = "") -> Change:
        kind = Kind.CHANGED if before and after else Kind.ADDED if after else Kind.REMOVED
        told = f"{before} → {after}" if kind is Kind.CHANGED else before or after
        mark = {
            Kind.ADDED: self.pick("新增", "new"),
            Kind.REMOVED: self.pick("删除", "removed"),
            Kind.CHANGED: "",
        }[kind]
        colon, comma = self.pick("：", ": "), self.pick("，", ", ")
        head = f"{mark}{self.pick('', ' ') if mark else ''}{title}" if title else mark
        words = (f"{head}{colon}{told}" if head else told) + (f"{comma}{more}" if more else "")
        return Change(topic, kind, title, before, after, more, words)

    def said(self, value: object) -> str:
        if isinstance(value, tuple):
            return ", ".join(value)
        if hasattr(value, "in_language"):
            both = dict.fromkeys((value.en, value.zh))  # type: ignore[attr-defined]  # Title, Note
            return " / ".join(filter(None, both))
        return str(value)
