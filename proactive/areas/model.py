"""A tree of areas, built from rows as read and checked whole."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from proactive.kernel.errors import Refused

DEPTH = 5
SHOWN = 5  # how many codes a refusal names

AreaPath = tuple[str, str, str, str, str]

EMPTY_PATH: AreaPath = ("", "", "", "", "")


@dataclass(frozen=True, slots=True)
class ReadArea:
    """One unit as a file names it; `level` 0 means the file does not say."""

    code: str
    parent: str
    name: str
    level: int = 0
    other_name: str = ""
    virtual: bool = False
    placeholder: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Area:
    """One unit in its place; `path` is its own path with itself, outermost first."""

    code: str
    parent: str
    name: str
    level: int
    other_name: str = ""
    virtual: bool = False
    placeholder: bool = False
    path: AreaPath = EMPTY_PATH
    retired: bool = False


OuterOf = Callable[[str], tuple[str, int]]


def build_tree(
    rows: Sequence[ReadArea],
    known: Mapping[str, Area],
    outer_of: OuterOf | None = None,
) -> dict[str, Area]:
    """Return every unit of `rows` in its place, with placeholders for parents outside the file.

    `known` holds units of earlier loads that the rows name as parents. `outer_of` answers the
    parent and the level of a code where codes carry them; it places parents outside the file.
    Raises Refused: `duplicate_area`, `area_cycle`, `unknown_parent`, `area_level`.
    """
    _refuse_duplicates(rows)
    by_code = {row.code: row for row in rows}
    _refuse_cycles(by_code)
    levels = _levels(by_code, known)
    by_code |= _placeholders(by_code, levels, known, outer_of)
    _refuse_level_order(by_code, levels, known)
    tree: dict[str, Area] = {}
    for code in sorted(by_code, key=lambda each: levels[each]):
        row = by_code[code]
        above = tree.get(row.parent) or known.get(row.parent)
        tree[code] = Area(
            code,
            row.parent,
            row.name,
            levels[code],
            row.other_name,
            row.virtual,
            row.placeholder,
            step_into(above.path if above else EMPTY_PATH, levels[code], code),
        )
    return tree


def step_into(above: AreaPath, level: int, code: str) -> AreaPath:
    """Return the path of `code` at `level` below `above`; levels in between stay empty."""
    inner = (*above[: level - 1], code, *([""] * (DEPTH - level)))
    return (inner[0], inner[1], inner[2], inner[3], inner[4])


def shown(codes: Iterable[str]) -> str:
    """Return the first few codes as text, with how many more there are."""
    listed = list(codes)
    more = f" … (+{len(listed) - SHOWN})" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more


def _refuse_duplicates(rows: Sequence[ReadArea]) -> None:
    counts = Counter(row.code for row in rows)
    double = [f"{code} ({n}x)" for code, n in counts.items() if n > 1]
    if double:
        lines = shown(str(row.line) for row in rows if counts[row.code] > 1)
        raise Refused(
            "duplicate_area",
            "The file names some codes more than once: {codes}.",
            why="They stand on lines {lines}; a code is one unit.",
            todo="Keep one row per code and load the file again; nothing was changed.",
            codes=shown(double),
            lines=lines,
        )


def _refuse_cycles(by_code: Mapping[str, ReadArea]) -> None:
    safe: set[str] = set()
    for start in by_code:
        walked: list[str] = []
        seen: set[str] = set()
        code = start
        while code in by_code and code not in safe:
            if code in seen:
                loop = [*walked[walked.index(code) :], code]
                raise Refused(
                    "area_cycle",
                    "Some areas lie inside themselves: {codes}.",
                    why="Each names the next one as its parent, and the last one the first.",
                    todo="Correct the parent column and load the file again; nothing was changed.",
                    codes=" < ".join(loop),
                )
            seen.add(code)
            walked.append(code)
            code = by_code[code].parent
        safe.update(seen)


def _levels(by_code: Mapping[str, ReadArea], known: Mapping[str, Area]) -> dict[str, int]:
    """Return every unit's level: the file's, or its depth below its outermost ancestor."""
    levels: dict[str, int] = {}
    outside = {
        row.parent
        for row in by_code.values()
        if row.level == 0 and row.parent and row.parent not in by_code
    }
    for code in by_code:
        chain: list[str] = []
        at = code
        while at in by_code and at not in levels and by_code[at].level == 0:
            chain.append(at)
            at = by_code[at].parent
        base = _level_at(at, by_code, levels, known, outside)
        for step in reversed(chain):
            base += 1
            levels[step] = base
        levels.setdefault(code, by_code[code].level)
    deep = [code for code, level in levels.items() if not 1 <= level <= DEPTH]
    if deep:
        raise Refused(
            "area_level",
            "Some areas lie outside the five levels: {codes}.",
            why="An area tree has at most five levels, 1 the outermost.",
            todo="Leave the outermost or innermost level out in the mapping.",
            codes=shown(sorted(deep)),
        )
    return levels


def _level_at(
    code: str,
    by_code: Mapping[str, ReadArea],
    levels: Mapping[str, int],
    known: Mapping[str, Area],
    outside: set[str],
) -> int:
    if code in levels:
        return levels[code]
    if code in by_code:
        return by_code[code].level
    if code in known:
        return known[code].level
    if code and len(outside) > 1:
        raise _unknown_parent(
            [
                f"{row.code} → {row.parent}"
                for row in by_code.values()
                if row.parent in outside and row.parent not in known
            ]
        )
    return 1 if code else 0


def _unknown_parent(codes: list[str]) -> Refused:
    return Refused(
        "unknown_parent",
        "Some areas name a parent that is not in the file: {codes}.",
        why="Only the outermost units of a file may have their parent outside of it, and no "
        "earlier file has brought these.",
        todo="Add the missing rows, or load the file that holds them first; nothing was changed.",
        codes=shown(codes),
    )


def _placeholders(
    by_code: Mapping[str, ReadArea],
    levels: dict[str, int],
    known: Mapping[str, Area],
    outer_of: OuterOf | None,
) -> dict[str, ReadArea]:
    """Return a placeholder for each parent outside the file, and enter its level."""
    top = min((levels[code] for code in by_code), default=1)
    orphans = [
        row
        for row in by_code.values()
        if row.parent and row.parent not in by_code and row.parent not in known
    ]
    inner = [f"{row.code} → {row.parent}" for row in orphans if levels[row.code] > top]
    if inner:
        raise _unknown_parent(inner)
    found: dict[str, ReadArea] = {}
    for row in orphans:
        code, level = row.parent, levels[row.code] - 1
        while code and code not in found and code not in known and code not in by_code:
            outer = ""
            if outer_of is not None:
                outer, level = outer_of(code)
            found[code] = ReadArea(code, outer, code, level, placeholder=True)
            levels[code] = level
            code = outer
    return found


def _refuse_level_order(
    by_code: Mapping[str, ReadArea], levels: Mapping[str, int], known: Mapping[str, Area]
) -> None:
    wrong = []
    for code, row in by_code.items():
        above = levels.get(row.parent) or (known[row.parent].level if row.parent in known else 0)
        if levels[code] <= above or levels[code] < 1:
            wrong.append(f"{code} (line {row.line})")
    if wrong:
        raise Refused(
            "area_level",
            "Some areas do not lie below their parent: {codes}.",
            why="An area's level must be greater than its parent's; 1 is the outermost.",
            todo="Correct the level or the parent column; nothing was changed.",
            codes=shown(wrong),
        )
