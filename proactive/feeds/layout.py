"""Which column of a file feeds which field: by the contract's own words, or by a mapping."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field

from proactive.feeds.contract import Column, Contract
from proactive.feeds.mapping import Mapping, Target
from proactive.feeds.marked import did_you_mean
from proactive.feeds.refusals import refuse_columns
from proactive.feeds.sources import heading
from proactive.feeds.words import Presence

IGNORE_ALL = "*"


@dataclass(frozen=True, slots=True)
class Feeder:
    """Where a field's text comes from: the first filled of columns, an amount, or a constant."""

    target: Target
    columns: tuple[int, ...] = ()
    minus: tuple[int, ...] = ()
    adds: bool = False
    constant: str | None = None


@dataclass(slots=True)
class Layout:
    """A file's columns resolved against a contract."""

    width: int
    labels: list[str]
    feeders: dict[str, Feeder] = field(default_factory=dict)
    only: list[tuple[int, frozenset[str]]] = field(default_factory=list)
    unnamed: list[int] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def resolve_layout(
    contract: Contract, mapping: Mapping, headings: Sequence[tuple[str, ...]], file: str
) -> Layout:
    """The layout of a file; refused with every unknown, doubled and missing column at once."""
    layout = Layout(len(headings), [ways[0] if ways else "" for ways in headings])
    layout.unnamed = [index for index, ways in enumerate(headings) if not ways]
    places = _places(headings)
    faults: list[str] = []
    _from_mapping(layout, mapping, places, faults)
    claimed = _claimed(layout)
    _from_words(layout, contract, mapping, headings, claimed, faults)
    _missing(layout, contract, faults, foreign=_is_foreign(mapping))
    if faults:
        raise refuse_columns(file, faults, _title_hint(faults, headings))
    return layout


def _places(headings: Sequence[tuple[str, ...]]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, ways in enumerate(headings):
        for way in ways:
            places.setdefault(way.casefold(), []).append(index)
    return places


def _from_mapping(
    layout: Layout, mapping: Mapping, places: MappingOf[str, list[int]], faults: list[str]
) -> None:
    def place(name: str) -> int:
        found = places.get(heading(name).casefold(), [])
        if len(found) != 1:
            what = "is not in the file" if not found else "stands in the file twice"
            faults.append(f"column '{name}', named by the mapping, {what}")
        return found[0] if found else -1

    for name, target in mapping.columns.items():
        layout.feeders[target.field] = Feeder(target, (place(name),))
    for name, amount in mapping.amounts.items():
        plus, minus = (tuple(map(place, part)) for part in (amount.plus, amount.minus))
        layout.feeders[name] = Feeder(Target(field=name), plus, minus, adds=True)
    for name, ways in mapping.first_of.items():
        layout.feeders[name] = Feeder(Target(field=name), tuple(map(place, ways)))
    for name, text in mapping.constants.items():
        layout.feeders[name] = Feeder(Target(field=name), constant=text)
    layout.only = [(place(name), frozenset(words)) for name, words in mapping.only.items()]


def _claimed(layout: Layout) -> set[int]:
    fed = {index for feeder in layout.feeders.values() for index in feeder.columns + feeder.minus}
    return fed | {index for index, _ in layout.only}


def _from_words(
    layout: Layout,
    contract: Contract,
    mapping: Mapping,
    headings: Sequence[tuple[str, ...]],
    claimed: set[int],
    faults: list[str],
) -> None:
    words = own_words(contract)
    ignored = {heading(name).casefold() for name in mapping.ignore}
    for index, ways in enumerate(headings):
        folded = [way.casefold() for way in ways]
        if not ways or index in claimed or ignored & set(folded):
            continue
        column = next((words[way] for way in folded if way in words), None)
        if column is None:
            if IGNORE_ALL not in mapping.ignore:
                near = did_you_mean(ways[0], [w for w in words if len(w) > 1]).split(";known")[0]
                faults.append(f"column '{ways[0][:40]}' is unknown" + _nearest(near))
        elif column.field in layout.feeders:
            if IGNORE_ALL not in mapping.ignore:
                faults.append(f"column '{ways[0][:40]}' is a second '{column.field}'")
        else:
            layout.feeders[column.field] = Feeder(Target(field=column.field), (index,))


def own_words(contract: Contract) -> dict[str, Column]:
    """Every heading a contract knows, without spaces and in lower case."""
    words: dict[str, Column] = {}
    for column in contract.columns:
        for word in (column.field, *column.synonyms):
            words[heading(word).casefold()] = column
    for column in contract.columns:
        for word in (column.title.zh, column.title.en):
            words.setdefault(heading(word).casefold(), column)
    return words


def _nearest(near: str) -> str:
    return near if "did you mean" in near else ""


def _is_foreign(mapping: Mapping) -> bool:
    return bool(mapping.columns or mapping.amounts or mapping.first_of or mapping.constants)


def _missing(layout: Layout, contract: Contract, faults: list[str], *, foreign: bool) -> None:
    """A foreign file need only have what is required; an office's own also what is expected."""
    for column in contract.columns:
        if column.field in layout.feeders:
            continue
        layout.missing.append(column.field)
        needed = column.presence is Presence.REQUIRED
        if needed or (column.presence is Presence.EXPECTED and not foreign):
            faults.append(f"column '{column.title.zh}' ({column.field}) is missing")


def _title_hint(faults: Sequence[str], headings: Sequence[tuple[str, ...]]) -> str:
    named = sum(1 for ways in headings if ways)
    if named <= 2 < len(headings) or (named == 1 and len(faults) > 2):
        return " The first line looks like a title: reader: {title_lines: 1} skips it."
    return ""
