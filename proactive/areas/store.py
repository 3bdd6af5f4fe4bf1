"""Tables of areas, their successors and working days, with set-based statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    select,
    text,
    true,
    update,
)

from proactive.areas.model import Area, AreaPath
from proactive.kernel.db import AREA_COLUMNS, Access, area_columns, metadata

area = Table(
    "area",
    metadata,
    Column("code", Text, primary_key=True),
    Column("parent", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False),
    Column("other_name", Text, nullable=False, server_default=""),
    Column("level", Integer, nullable=False),
    Column("virtual", Boolean, nullable=False, server_default="false"),
    Column("placeholder", Boolean, nullable=False, server_default="false"),
    *area_columns(),
    Column("source", Text, nullable=False),
    Column("stated_on", Date),
    Column("valid_to", Date),
    CheckConstraint("level BETWEEN 1 AND 5", name="level"),
    CheckConstraint(
        "code = (ARRAY[area_1, area_2, area_3, area_4, area_5])[level]", name="own_path"
    ),
    Index("ix_area_parent_name", "parent", "name"),
    *(Index(f"ix_area_{column}", column) for column in AREA_COLUMNS[:4]),
    info={"access": Access.REFERENCE},
)

area_successor = Table(
    "area_successor",
    metadata,
    Column("old_code", Text, primary_key=True),
    Column("new_code", Text, nullable=False),
    Column("since", Date, nullable=False),
    CheckConstraint("old_code <> new_code", name="moves"),
    info={"access": Access.REFERENCE},
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("calendar", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("provisional", Boolean, nullable=False, server_default="false"),
    Column("source", Text, nullable=False),
    info={"access": Access.REFERENCE},
)

PATH = tuple(area.c[name] for name in AREA_COLUMNS)


def path_in(row: Row[Any]) -> AreaPath:
    """Return the area columns of a row, outermost first."""
    return (row.area_1, row.area_2, row.area_3, row.area_4, row.area_5)


def _area(row: Row[Any]) -> Area:
    return Area(
        row.code,
        row.parent,
        row.name,
        row.level,
        row.other_name,
        row.virtual,
        row.placeholder,
        path_in(row),
        row.valid_to is not None,
    )


def areas_by_code(db: Connection, codes: Collection[str]) -> dict[str, Area]:
    """Return the known units among `codes`."""
    query = select(area).where(area.c.code == text("ANY(:codes)")).params(codes=list(codes))
    return {row.code: _area(row) for row in db.execute(query)}


def areas_beneath(db: Connection, heads: Collection[str], level: int) -> dict[str, Area]:
    """Return every unit that lies below one of `heads`, which are units of `level`."""
    column = area.c[AREA_COLUMNS[level - 1]]
    query = select(area).where(column == text("ANY(:heads)")).params(heads=list(heads))
    return {row.code: _area(row) for row in db.execute(query)}


_UPSERT = text(
    """
INSERT INTO area (code, parent, name, other_name, level, virtual, placeholder,
                  area_1, area_2, area_3, area_4, area_5, source, stated_on)
SELECT t.*, CAST(:source AS text), CAST(:stated_on AS date)
FROM unnest(CAST(:code AS text[]), CAST(:parent AS text[]), CAST(:name AS text[]),
            CAST(:other_name AS text[]), CAST(:level AS int[]), CAST(:virtual AS bool[]),
            CAST(:placeholder AS bool[]), CAST(:area_1 AS text[]), CAST(:area_2 AS text[]),
            CAST(:area_3 AS text[]), CAST(:area_4 AS text[]), CAST(:area_5 AS text[])) AS t
ON CONFLICT (code) DO UPDATE SET
    parent = excluded.parent, name = excluded.name, other_name = excluded.other_name,
    level = excluded.level, virtual = excluded.virtual, placeholder = excluded.placeholder,
    area_1 = excluded.area_1, area_2 = excluded.area_2, area_3 = excluded.area_3,
    area_4 = excluded.area_4, area_5 = excluded.area_5, source = excluded.source,
    stated_on = coalesce(excluded.stated_on, area.stated_on), valid_to = NULL
"""
)


def keep_areas(
    db: Connection, areas: Sequence[Area], *, source: str, stated_on: date | None
) -> None:
    """Write units, new or changed, in one statement."""
    if not areas:
        return
    fields = ("code", "parent", "name", "other_name", "level", "virtual", "placeholder")
    values: dict[str, Any] = {name: [getattr(each, name) for each in areas] for name in fields}
    for index, column in enumerate(AREA_COLUMNS):
        values[column] = [each.path[index] for each in areas]
    db.execute(_UPSERT, values | {"source": source, "stated_on": stated_on})


def move_beneath(db: Connection, moved: Area) -> None:
    """Bring the outer part of the path of everything below `moved` to where it now lies."""
    column = area.c[AREA_COLUMNS[moved.level - 1]]
    outer = dict(zip(AREA_COLUMNS[: moved.level], moved.path[: moved.level], strict=True))
    db.execute(update(area).where(column == moved.code, area.c.level > moved.level).values(**outer))


def state_areas(db: Connection, codes: Collection[str], stated_on: date) -> None:
    """Note that a file of `stated_on` names these units."""
    db.execute(
        update(area)
        .where(area.c.code == text("ANY(:codes)"))
        .where((area.c.stated_on.is_(None)) | (area.c.stated_on < stated_on))
        .values(stated_on=stated_on),
        {"codes": list(codes)},
    )


def retire_areas(db: Connection, codes: Collection[str], last_day: date) -> None:
    """Mark units as gone; nothing is ever deleted, old records still name them."""
    db.execute(
        update(area).where(area.c.code == text("ANY(:codes)")).values(valid_to=last_day),
        {"codes": list(codes)},
    )


def keep_successors(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep which code another took over and since when; rows: old_code, new_code, since."""
    db.execute(
        text(
            """
INSERT INTO area_successor (old_code, new_code, since)
SELECT * FROM unnest(CAST(:old AS text[]), CAST(:new AS text[]), CAST(:since AS date[]))
ON CONFLICT (old_code) DO UPDATE SET new_code = excluded.new_code, since = excluded.since
"""
        ),
        {
            "old": [row["old_code"] for row in rows],
            "new": [row["new_code"] for row in rows],
            "since": [row["since"] for row in rows],
        },
    )


def successors(db: Connection, on: date | None = None) -> dict[str, str]:
    """Return old code → new code in force on `on` (always: None), reused codes left out.

    A code that a later file names again was given to another unit and means that one.
    """
    query = (
        select(area_successor.c.old_code, area_successor.c.new_code)
        .select_from(area_successor.outerjoin(area, area.c.code == area_successor.c.old_code))
        .where(
            area.c.code.is_(None)
            | area.c.valid_to.is_not(None)
            | area.c.stated_on.is_(None)
            | (area.c.stated_on < area_successor.c.since)
        )
        .where((area_successor.c.since <= bindparam("on")) if on else true())
    )
    rows = db.execute(query, {"on": on} if on else {})
    return {row.old_code: row.new_code for row in rows}


def keep_days(
    db: Connection, calendar: str, days: Sequence[tuple[date, bool, bool]], source: str
) -> None:
    """Write (day, working, provisional) rows; rows entered by hand are left as they are."""
    db.execute(
        text(
            """
INSERT INTO calendar_day (calendar, day, working, provisional, source)
SELECT :calendar, t.*, :source
FROM unnest(CAST(:days AS date[]), CAST(:working AS bool[]), CAST(:provisional AS bool[])) AS t
ON CONFLICT (calendar, day) DO UPDATE SET working = excluded.working,
    provisional = excluded.provisional, source = excluded.source
WHERE calendar_day.source <> 'manual' OR excluded.source = 'manual'
"""
        ),
        {
            "calendar": calendar,
            "days": [day for day, _, _ in days],
            "working": [working for _, working, _ in days],
            "provisional": [provisional for _, _, provisional in days],
            "source": source,
        },
    )
