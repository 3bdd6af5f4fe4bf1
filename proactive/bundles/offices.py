"""Offices: loaded in bulk, and found for an item by kind, level and nearest area."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from proactive.areas.queries import paths_of
from proactive.areas.sheets import read_sheet
from proactive.bundles.parts import Level
from proactive.bundles.store import office
from proactive.bundles.versions import live_definitions
from proactive.feeds.marked import did_you_mean
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.offices import OfficeKind
from proactive.kernel.work import Work

COLUMNS = ("code", "kind", "name", "area_code", "phone", "address")
DEPTHS = {Level.PROVINCE: 1, Level.CITY: 2, Level.COUNTY: 3, Level.TOWN: 4, Level.VILLAGE: 5}


@dataclass(frozen=True, slots=True)
class OfficesLoaded:
    total: int
    new: int


def load_offices_file(work: Work, file: Path | str) -> OfficesLoaded:
    """Load the offices of a CSV or Excel file with the columns of `COLUMNS`."""
    sheet = read_sheet(Path(file))
    rows = [dict(zip(COLUMNS, cells, strict=True)) for _, cells in sheet.records(COLUMNS)]
    return load_offices(work, rows)


def load_offices(work: Work, rows: Iterable[Mapping[str, str]]) -> OfficesLoaded:
    """Create or renew offices by their code; all rows, or none when one is wrong.

    Raises Refused `bad_offices` naming each wrong row and what is wrong with it.
    """
    given = [{name: str(row.get(name) or "").strip() for name in COLUMNS} for row in rows]
    paths = paths_of(work.db, {row["area_code"] for row in given})
    wrong: list[str] = []
    seen: set[str] = set()
    values = []
    for number, row in enumerate(given, start=1):
        mistake = _mistake(row, paths, seen)
        seen.add(row["code"])
        if mistake:
            wrong.append(f"{number}: {mistake}")
            continue
        level = sum(1 for part in paths[row["area_code"]] if part)
        values.append({**row, "id": new_id(), "area_level": level, "active": True})
    if wrong:
        raise Refused(
            "bad_offices",
            "Some offices cannot be loaded. Row {listed}",
            todo="Correct the rows and load the file again; nothing was changed.",
            listed="; row ".join(wrong),
        )
    if not values:
        return OfficesLoaded(0, 0)
    before = work.db.execute(select(func.count()).select_from(office)).scalar_one()
    statement = insert(office).values(values)
    changes = {name: statement.excluded[name] for name in (*COLUMNS[1:], "area_level", "active")}
    work.db.execute(statement.on_conflict_do_update(index_elements=["code"], set_=changes))
    after = work.db.execute(select(func.count()).select_from(office)).scalar_one()
    work.audit("load_offices", "office", "", rows=len(values))
    return OfficesLoaded(len(values), after - before)


def _mistake(row: Mapping[str, str], paths: Mapping[str, Any], seen: set[str]) -> str:
    if not row["code"] or not row["name"]:
        return "code and name are needed"
    if row["code"] in seen:
        return "the same code stands twice"
    if row["kind"] not in set(OfficeKind):
        return f"unknown kind of office{did_you_mean(row['kind'], [str(k) for k in OfficeKind])}"
    if row["area_code"] not in paths:
        return "unknown area code; load the areas first"
    return ""


class OfficeFinder:
    """The offices over one place, asked for by kind and level."""

    def __init__(self, db: Connection, path: Iterable[str]) -> None:
        codes = [code for code in path if code]
        query = select(office).where(office.c.area_code.in_(codes), office.c.active)
        found = list(db.execute(query.order_by(office.c.area_level.desc(), office.c.code)))
        self._by_kind: dict[str, list[Row[Any]]] = {}
        for row in found:
            self._by_kind.setdefault(row.kind, []).append(row)

    def find(self, kind: str, level: Level | None = None) -> Row[Any] | None:
        """Return the nearest office of the kind over the place, None when there is none.

        With a level: the nearest that stands at that level or above it, else the nearest at all.
        """
        offices = self._by_kind.get(kind, [])
        deepest = DEPTHS[level] if level else 5
        fitting = [row for row in offices if row.area_level <= deepest]
        return next(iter(fitting or offices), None)

    def must_find(self, kind: str, level: Level | None = None) -> Row[Any]:
        """Return the office, or Refused `no_office`."""
        row = self.find(kind, level)
        if row is None:
            raise Refused(
                "no_office",
                "No office of the kind '{kind}' serves this place.",
                why="Every item needs an office that handles it.",
                todo="Load one with 'proactive office load FILE' and open the bundle again.",
                kind=kind,
            )
        return row


def offices_of_kind_missing(db: Connection, path: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of office that live bundles need at a place and that are not loaded."""
    finder = OfficeFinder(db, path)
    kinds = {i.office for live in live_definitions(db).values() for i in live.definition.items}
    return tuple(sorted(kind for kind in kinds if finder.find(kind) is None))


def get_office(db: Connection, office_id: UUID) -> Row[Any]:
    """Return one office by id."""
    return db.execute(select(office).where(office.c.id == office_id)).one()


def ids_of_codes(db: Connection, codes: Collection[str]) -> dict[str, UUID]:
    """Return code → id of the offices that are known."""
    rows = db.execute(select(office.c.code, office.c.id).where(office.c.code.in_(codes)))
    return {row.code: row.id for row in rows}


def office_of_code(db: Connection, code: str) -> UUID:
    """Return the id of an office by its code, or Refused `no_such_office`."""
    found: UUID | None = db.execute(
        select(office.c.id).where(office.c.code == code)
    ).scalar_one_or_none()
    if found is None:
        raise Refused(
            "no_such_office",
            "There is no office '{office}'.",
            todo="Load the offices with 'proactive office load', or correct the code.",
            office=code[:60],
        )
    return found
