"""What a newly read tree changes in the known one."""

from collections.abc import Mapping
from dataclasses import dataclass

from proactive.areas.model import Area


@dataclass(frozen=True, slots=True)
class TreeDiff:
    """What a file changes; every tuple is sorted by code."""

    new: tuple[Area, ...] = ()
    changed: tuple[Area, ...] = ()
    renamed: tuple[tuple[str, str, str], ...] = ()
    moved: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    same: int = 0
    placeholders: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[Area, ...]:
        return self.new + self.changed


def compare(
    existing: Mapping[str, Area], wanted: Mapping[str, Area], complete_below: int = 0
) -> TreeDiff:
    """Return what `wanted` changes in `existing`.

    The file is taken to hold everything beneath its units of level `complete_below` (0: its
    outermost named level), on the levels it names at all: a known unit there that it does not
    name is gone. A placeholder never overwrites a unit that is known.
    """
    new: list[Area] = []
    changed: list[Area] = []
    renamed: list[tuple[str, str, str]] = []
    moved: list[str] = []
    back: list[str] = []
    for code, area in sorted(wanted.items()):
        old = existing.get(code)
        if old is None:
            new.append(area)
            continue
        if area.placeholder or old == area:
            continue
        changed.append(area)
        if old.name != area.name and not old.placeholder:
            renamed.append((code, old.name, area.name))
        if old.path != area.path:
            moved.append(code)
        if old.retired:
            back.append(code)
    return TreeDiff(
        tuple(new),
        tuple(changed),
        tuple(renamed),
        tuple(moved),
        tuple(back),
        _gone(existing, wanted, complete_below),
        len(wanted) - len(new) - len(changed),
        tuple(area.code for area in new if area.placeholder),
    )


def _gone(
    existing: Mapping[str, Area], wanted: Mapping[str, Area], complete_below: int
) -> tuple[str, ...]:
    named = {area.level for area in wanted.values() if not area.placeholder}
    if not named:
        return ()
    top = complete_below or min(named)
    heads = {area.code for area in wanted.values() if area.level == top}
    covered = {level for level in named if level > top}
    return tuple(
        sorted(
            code
            for code, area in existing.items()
            if area.level in covered
            and area.path[top - 1] in heads
            and code not in wanted
            and not area.retired
            and not area.placeholder
        )
    )
