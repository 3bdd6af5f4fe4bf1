"""Loading areas and their successors: whole or not at all, and again without harm."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from proactive.areas.changes import TreeDiff, compare
from proactive.areas.mapping import AreaMapping, LongForm, find_mapping, read_areas
from proactive.areas.model import Area, OuterOf, build_tree, shown
from proactive.areas.sheets import read_sheet
from proactive.areas.store import (
    areas_beneath,
    areas_by_code,
    keep_areas,
    keep_successors,
    move_beneath,
    retire_areas,
    state_areas,
)
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work

# More than this many units gone, and more than this share of those a file covers: half a file.
GONE_COUNT, GONE_SHARE = 20, 1 / 3


@dataclass(frozen=True, slots=True)
class AreaReport:
    """What a load did; `levels` counts the file's units by level, placeholders left out."""

    file: str
    units: int
    levels: dict[int, int]
    virtual: int
    new: int
    renamed: tuple[tuple[str, str, str], ...]
    moved: tuple[str, ...]
    back: tuple[str, ...]
    gone: tuple[str, ...]
    same: int
    placeholders: tuple[str, ...]

    @property
    def changed_nothing(self) -> bool:
        return not (self.new or self.renamed or self.moved or self.back or self.gone)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SuccessorReport:
    """`unknown` names new codes that no area file has brought yet: they lead nowhere so far."""

    file: str
    rows: int
    unknown: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def load_areas(
    work: Work,
    file: Path | str,
    mapping: AreaMapping | Path | str,
    *,
    stated_on: date | None = None,
    accept_gone: bool = False,
) -> AreaReport:
    """Bring a file of areas into the tree and say what it changed.

    `stated_on` is the day whose state the file gives. Units the file should hold and does not
    are marked as gone, never deleted. Raises Refused for a file or mapping that cannot be used
    (see `sheets`, `mapping`, `model.build_tree`) and `too_many_gone` for one that looks cut off;
    nothing is changed then.
    """
    path = Path(file)
    form = find_mapping(mapping) if isinstance(mapping, (str, Path)) else mapping
    day = stated_on or form.stated_on
    sheet = read_sheet(path, encoding=form.encoding, delimiter=form.delimiter)
    rows = read_areas(form, sheet)
    parents = {row.parent for row in rows if row.parent} - {row.code for row in rows}
    tree = build_tree(rows, areas_by_code(work.db, parents), _outer_of(form))
    diff = compare(_existing(work, tree, form.complete_below), tree, form.complete_below)
    if not accept_gone:
        _refuse_cut_off(path.name, tree, diff)
    _keep(work, tree, diff, source=path.name, stated_on=day)
    report = _report(path.name, tree, diff)
    work.audit(
        "load_areas",
        "area",
        path.name,
        units=report.units,
        new=report.new,
        renamed=len(report.renamed),
        gone=len(report.gone),
    )
    return report


def _outer_of(form: AreaMapping) -> OuterOf | None:
    return form.outer_of if isinstance(form, LongForm) and form.coded is not None else None


def _existing(work: Work, tree: dict[str, Area], complete_below: int) -> dict[str, Area]:
    """Return what is known of the file's units and of what lies below its outermost ones."""
    top = complete_below or min(each.level for each in tree.values() if not each.placeholder)
    heads = [each.code for each in tree.values() if each.level == top]
    return areas_beneath(work.db, heads, top) | areas_by_code(work.db, tree.keys())


def _refuse_cut_off(name: str, tree: dict[str, Area], diff: TreeDiff) -> None:
    gone = len(diff.gone)
    if gone > GONE_COUNT and gone > GONE_SHARE * (gone + len(tree)):
        raise Refused(
            "too_many_gone",
            "The file {file} lacks {gone} units that are known, such as {codes}.",
            why="It looks cut off; it holds {units} units. Nothing was changed.",
            todo="Check that it is whole. If these units were really abolished, load it again "
            "and say that you accept it (--accept-gone).",
            file=name,
            gone=gone,
            codes=shown(diff.gone),
            units=len(tree),
        )


def _keep(
    work: Work, tree: dict[str, Area], diff: TreeDiff, *, source: str, stated_on: date | None
) -> None:
    keep_areas(work.db, diff.writes, source=source, stated_on=stated_on)
    for code in sorted(diff.moved, key=lambda each: tree[each].level):
        move_beneath(work.db, tree[code])
    if diff.gone:
        retire_areas(work.db, diff.gone, (stated_on or work.today) - timedelta(days=1))
    if stated_on is not None:
        state_areas(work.db, tree.keys(), stated_on)


def _report(name: str, tree: dict[str, Area], diff: TreeDiff) -> AreaReport:
    named = [each for each in tree.values() if not each.placeholder]
    return AreaReport(
        name,
        len(named),
        dict(sorted(Counter(each.level for each in named).items())),
        sum(each.virtual for each in named),
        len(diff.new) - len(diff.placeholders),
        diff.renamed,
        diff.moved,
        diff.back,
        diff.gone,
        diff.same,
        diff.placeholders,
    )


def load_successors(work: Work, file: Path | str) -> SuccessorReport:
    """Bring a table of replaced codes: columns old_code, new_code, since (YYYY-MM-DD).

    Raises Refused `bad_successor` with every wrong line; nothing is changed then.
    """
    path = Path(file)
    rows: dict[str, dict[str, Any]] = {}
    wrong: list[str] = []
    sheet = read_sheet(path)
    for line, (old, new, since) in sheet.records(("old_code", "new_code", "since")):
        day = _day(since)
        if not old or not new or old == new or day is None or old in rows:
            wrong.append(str(line))
            continue
        rows[old] = {"old_code": old, "new_code": new, "since": day}
    wrong += _loops({old: row["new_code"] for old, row in rows.items()})
    if wrong:
        raise Refused(
            "bad_successor",
            "Some rows of {file} cannot be used: {lines}.",
            why="Each old code stands once, leads to another code and not back to itself, with "
            "the day it was replaced as YYYY-MM-DD.",
            todo="Correct them and load the file again; nothing was changed.",
            file=path.name,
            lines=shown(wrong),
        )
    keep_successors(work.db, list(rows.values()))
    new_codes = {row["new_code"] for row in rows.values()}
    reached = areas_by_code(work.db, new_codes).keys() | rows.keys()
    work.audit("load_successors", "area_successor", path.name, rows=len(rows))
    return SuccessorReport(path.name, len(rows), tuple(sorted(new_codes - reached)))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _loops(moved: dict[str, str]) -> list[str]:
    """Return the old codes that come back to themselves."""
    found = []
    for start in moved:
        code, steps = moved[start], 0
        while code in moved and code != start and steps <= len(moved):
            code, steps = moved[code], steps + 1
        if code == start:
            found.append(start)
    return found
