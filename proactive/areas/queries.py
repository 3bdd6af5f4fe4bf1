"""Questions about areas: paths, names, what lies beneath, and finding a unit by its name."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, text

from proactive.areas.model import DEPTH, Area, AreaPath, step_into
from proactive.areas.names import match_name
from proactive.areas.store import PATH, area, areas_by_code, path_in, successors
from proactive.kernel.errors import Refused

# A unit of a coded country may be named by its significant digits alone: 371402001.
PADDED_LENGTH = 12


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One unit as a page lists it; `where` names the units around it, outermost first."""

    code: str
    name: str
    other_name: str
    level: int
    virtual: bool
    retired: bool
    children: int
    where: tuple[str, ...] = ()


def path_of(db: Connection, code: str, *, on: date | None = None) -> AreaPath | None:
    """Return the path of a code as it stands (on day `on`), or None where it is unknown.

    A retired code leads to its successor; a unit whose outer unit was replaced lies in the new
    one.
    """
    return paths_of(db, [code], on=on).get(code)


def paths_of(
    db: Connection, codes: Collection[str], *, on: date | None = None
) -> dict[str, AreaPath]:
    """Return `path_of` for every known one of `codes`, in three statements at most."""
    moved = successors(db, on)
    ends = {code: _follow(code, moved) for code in codes}
    padded = {code: _padded(code) for code in codes}
    known = areas_by_code(db, {*ends.values(), *codes, *padded.values()})
    for code, full in padded.items():
        if ends[code] == code and code not in known:
            ends[code] = _follow(full, moved)
    missing = {end for end in ends.values() if end not in known}
    outer = {_follow(part, moved) for each in known.values() for part in each.path if part in moved}
    known |= areas_by_code(db, (missing | outer) - set(known)) if missing | outer else {}
    found: dict[str, AreaPath] = {}
    for code, end in ends.items():
        place = known.get(end) or known.get(code) or known.get(padded[code])
        if place is not None:
            found[code] = _standing_path(place, moved, known)
    return found


def all_paths(db: Connection, *, on: date | None = None) -> dict[str, AreaPath]:
    """Return the path of every code that is known or has a known successor."""
    moved = successors(db, on)
    codes = set(db.execute(select(area.c.code)).scalars())
    return paths_of(db, codes | set(moved), on=on)


def _padded(code: str) -> str:
    return code.ljust(PADDED_LENGTH, "0") if code.isdigit() else code


def _follow(code: str, moved: dict[str, str]) -> str:
    seen = {code}
    while code in moved and moved[code] not in seen:
        code = moved[code]
        seen.add(code)
    return code


def _standing_path(place: Area, moved: dict[str, str], known: dict[str, Area]) -> AreaPath:
    """Return the path of `place`, its outer units replaced where they were."""
    for level in range(place.level - 1, 0, -1):
        part = place.path[level - 1]
        if part not in moved:
            continue
        new = known.get(_follow(part, moved))
        if new is None or new.level > level:
            continue
        path = _standing_path(new, moved, known)
        for inner in range(level + 1, place.level + 1):
            if place.path[inner - 1]:
                path = step_into(path, inner, place.path[inner - 1])
        return path
    return place.path


def names(db: Connection, codes: Collection[str], *, language: str = "") -> dict[str, str]:
    """Return code → name; the other-language name where there is one and `language` is other."""
    found = areas_by_code(db, set(codes))
    return {
        code: (each.other_name if language == "other" and each.other_name else each.name)
        for code, each in found.items()
    }


def full_name(db: Connection, code: str) -> str:
    """Return the names from the outermost to this unit, without placeholders and virtual units."""
    return " ".join(_where(db, [code]).get(code, ()))


def find_by_name(db: Connection, town_code: str, name: str) -> str | None:
    """Return the code of the unit of that name directly inside the town, or None.

    Village names are only unique inside one town, so there is no wider search. Raises Refused
    `ambiguous_area_name` when the name fits more than one unit.
    """
    rows = db.execute(
        select(area.c.code, area.c.name, area.c.other_name).where(
            area.c.parent == town_code, area.c.valid_to.is_(None)
        )
    ).all()
    pairs = [(row.code, written) for row in rows for written in (row.name, row.other_name)]
    codes = match_name(name, [(code, written) for code, written in pairs if written])
    if len(codes) > 1:
        raise Refused(
            "ambiguous_area_name",
            "The name fits {count} units in this town: {codes}.",
            why="The town has several units of nearly the same name.",
            todo="Use the code, or the full official name.",
            count=len(codes),
            codes=", ".join(codes),
        )
    return codes[0] if codes else None


def children(db: Connection, code: str = "") -> tuple[AreaLine, ...]:
    """Return the units directly beneath `code` ('': the outermost units), by code."""
    return _lines(db, area.c.parent == code)


def search(
    db: Connection, words: str, *, within: str = "", limit: int = 50
) -> tuple[AreaLine, ...]:
    """Return units whose code begins with `words` or whose name holds them, innermost last."""
    wanted = words.strip()
    if not wanted:
        return ()
    condition = or_(
        area.c.code.startswith(wanted, autoescape=True),
        area.c.name.contains(wanted, autoescape=True),
        func.lower(area.c.other_name).contains(wanted.lower(), autoescape=True),
        func.lower(area.c.name).contains(wanted.lower(), autoescape=True),
    )
    if within:
        condition &= or_(*(column == within for column in PATH))
    return _lines(db, condition, limit=limit, placed=True)


def _lines(
    db: Connection, condition: Any, *, limit: int = 1000, placed: bool = False
) -> tuple[AreaLine, ...]:
    inner = area.alias("inner_area")
    count = (
        select(func.count())
        .where(inner.c.parent == area.c.code, inner.c.valid_to.is_(None))
        .scalar_subquery()
    )
    rows = db.execute(
        select(area, count.label("children"))
        .where(condition)
        .order_by(area.c.level, area.c.code)
        .limit(limit)
    ).all()
    around = _where(db, [row.code for row in rows]) if placed else {}
    return tuple(_line(row, around.get(row.code, ())) for row in rows)


def _line(row: Row[Any], where: tuple[str, ...]) -> AreaLine:
    return AreaLine(
        row.code,
        row.name,
        row.other_name,
        row.level,
        row.virtual,
        row.valid_to is not None,
        row.children,
        where,
    )


def _where(db: Connection, codes: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return for each code the names on its path, placeholders and virtual units left out."""
    rows = db.execute(
        select(area.c.code, *PATH).where(area.c.code == text("ANY(:codes)")),
        {"codes": list(codes)},
    ).all()
    paths = {row.code: path_in(row) for row in rows}
    known = areas_by_code(db, {part for path in paths.values() for part in path if part})
    return {
        code: tuple(
            known[part].name
            for part in path[:DEPTH]
            if part in known and not known[part].placeholder and not known[part].virtual
        )
        for code, path in paths.items()
    }
