"""Moving a subject: every row about them carries the path of the place where they live."""

from collections.abc import Mapping

from sqlalchemy import Connection, Table, text

from proactive.areas.model import AreaPath
from proactive.kernel.db import AREA_COLUMNS, Access, metadata

# How a table's rows lead to their subject: its column, and the way from there.
_WAYS = {
    "subject_key": "m.subject_key",
    "case_id": '(SELECT id FROM "case" WHERE subject_key = m.subject_key)',
    "bundle_id": "(SELECT id FROM bundle WHERE subject_key = m.subject_key)",
    "item_id": "(SELECT i.id FROM item AS i JOIN bundle AS b ON b.id = i.bundle_id"
    " WHERE b.subject_key = m.subject_key)",
}
# A relative's row lies where the post lies, not where the relative lives.
_OWN_PLACE = frozenset({"post_relative"})


def link_of(table: Table) -> str:
    """Return the column by which a table's rows belong to a subject, or ''."""
    if table.name == "subject":
        return "key"
    return next((column for column in _WAYS if column in table.c), "")


def placed_tables() -> list[Table]:
    """Return the tables whose rows move along with their subject."""
    wanted = (Access.AREA, Access.OFFICE)
    return [
        table
        for table in metadata.sorted_tables
        if table.info.get("access") in wanted
        and AREA_COLUMNS[0] in table.c
        and link_of(table)
        and table.name not in _OWN_PLACE
    ]


def restamp(db: Connection, moves: Mapping[int, AreaPath]) -> None:
    """Write the new path of each subject on all of its rows, table by table.

    Runs with the rights of whoever asks: rows outside his area stay untouched.
    """
    if not moves:
        return
    values: dict[str, object] = {"subject_key": list(moves)}
    for index, column in enumerate(AREA_COLUMNS):
        values[column] = [path[index] for path in moves.values()]
    unnested = ", ".join(f"CAST(:{column} AS text[])" for column in AREA_COLUMNS)
    names = ", ".join(AREA_COLUMNS)
    sets = ", ".join(f"{column} = m.{column}" for column in AREA_COLUMNS)
    changed = " OR ".join(f"t.{column} <> m.{column}" for column in AREA_COLUMNS)
    for table in placed_tables():
        link = link_of(table)
        way = _WAYS.get(link, "m.subject_key")
        match = f"t.{link} = {way}" if link in ("key", "subject_key") else f"t.{link} IN {way}"
        db.execute(
            text(
                f'UPDATE "{table.name}" AS t SET {sets} FROM unnest('
                f"CAST(:subject_key AS bigint[]), {unnested}) AS m (subject_key, {names})"
                f" WHERE {match} AND ({changed})"
            ),
            values,
        )
