"""The statements of a settlement. Names come from checked contracts only; values are bound."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from proactive.feeds.contract import Contract
from proactive.feeds.words import COMMON_FIELDS, COMMON_SCHEMA

STEPS = 10_000  # as in cleaning: how many versions one recording day has room for

_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}


@dataclass(frozen=True, slots=True)
class Names:
    """Column names of a feed: the number refunds share, the status, the marks of a twin."""

    group: str
    status: str
    reversal: str
    duplicate: tuple[str, ...]

    @classmethod
    def of(cls, contract: Contract) -> Names:
        reversal = contract.record.reversal
        return cls(
            group=reversal.of if reversal else "",
            status=reversal.field if reversal else "",
            reversal=reversal.code if reversal else "",
            duplicate=contract.record.duplicate,
        )

    def is_reverse(self, row: str) -> str:
        if not self.group:
            return "false"
        return f"({row}.{quoted(self.status)} IS NOT DISTINCT FROM '{self.reversal}')"


def quoted(name: str) -> str:
    """Return a column's name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a value as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def lake_view(contract: Contract, files: list[str]) -> str:
    """The feed's rows at the pinned head, every column of today's contract present."""
    columns = {f.name: f.type for f in COMMON_SCHEMA}
    columns |= {n: c.arrow_type for n, c in contract.lake_fields.items() if n not in columns}
    nothing = ", ".join(f"NULL::{_TYPES[kind]} AS {quoted(name)}" for name, kind in columns.items())
    empty = f"SELECT {nothing} WHERE false"
    if not files:
        return f"CREATE VIEW lake AS {empty}"
    read = f"read_parquet([{', '.join(map(text, files))}], {_READ_OPTIONS})"
    chosen = ", ".join(quoted(name) for name in columns)
    return f"CREATE VIEW lake AS SELECT {chosen} FROM ({empty} UNION ALL BY NAME FROM {read})"


_READ_OPTIONS = "hive_partitioning = true, union_by_name = true"


def staged_view(path: str) -> str:
    return f"""
        CREATE VIEW file_rows AS SELECT * FROM read_parquet({text(path)});
        CREATE VIEW staged AS SELECT * FROM file_rows UNION ALL BY NAME SELECT * FROM waiting"""


def median(source: str, name: str) -> str:
    """Rows and median of the amounts that are not zero."""
    column = quoted(name)
    return f"SELECT count(*), median(abs({column})) FROM {source} WHERE {column} <> 0"


def decide(names: Names) -> str:
    """Exact repeats, contradictions and known content leave; the rest gets its version."""
    group = quoted(names.group) if names.group else "NULL::VARCHAR"
    return f"""
        CREATE TABLE keyed AS
        SELECT row_no, record_id, base, explicit, reversal, timed, record_group, subject_key,
               event_on, recorded_on, row_hash,
               row_number() OVER (PARTITION BY record_id, base, row_hash ORDER BY row_no) AS nth
        FROM staged;

        CREATE VIEW repeated AS SELECT row_no FROM keyed WHERE nth > 1 AND row_no > 0;

        CREATE TABLE l AS
        SELECT record_id, version, row_hash, recorded_on, arrived_at, event_on,
               {group} AS record_group, {names.is_reverse("lake")} AS reversal
        FROM lake WHERE record_id IN (SELECT record_id FROM keyed);

        -- The same version of a record twice in one file, with other content.
        CREATE TABLE contradicted AS
        SELECT row_no FROM keyed k WHERE nth = 1 AND row_no > 0 AND EXISTS (
            SELECT 1 FROM keyed o WHERE o.record_id = k.record_id AND o.base = k.base
            AND o.row_hash <> k.row_hash AND o.row_no > 0);

        CREATE TABLE unchanged AS
        SELECT row_no FROM keyed k
        WHERE nth = 1 AND row_no NOT IN (SELECT row_no FROM contradicted) AND (
            EXISTS (
                SELECT 1 FROM l WHERE l.record_id = k.record_id AND l.row_hash = k.row_hash
                AND l.version BETWEEN k.base AND k.base + if(k.explicit, 0, {STEPS - 1}))
            OR (row_no > 0 AND EXISTS (
                SELECT 1 FROM known_held h WHERE h.record_id = k.record_id
                AND h.base = k.base AND h.row_hash = k.row_hash)));

        -- The source's own version number is known already, with other content.
        INSERT INTO contradicted
        SELECT row_no FROM keyed k
        WHERE nth = 1 AND explicit
          AND row_no NOT IN (SELECT row_no FROM contradicted)
          AND row_no NOT IN (SELECT row_no FROM unchanged)
          AND EXISTS (SELECT 1 FROM l WHERE l.record_id = k.record_id AND l.version = k.base);

        CREATE TABLE candidate AS
        SELECT k.* EXCLUDE (nth),
               CASE WHEN k.explicit THEN k.base
               ELSE coalesce(
                        (SELECT max(l.version) + 1 FROM l WHERE l.record_id = k.record_id
                         AND l.version BETWEEN k.base AND k.base + {STEPS - 1}),
                        k.base)
                    + row_number() OVER (PARTITION BY k.record_id, k.base ORDER BY k.row_no) - 1
               END AS version
        FROM keyed k
        WHERE nth = 1 AND row_no NOT IN (SELECT row_no FROM contradicted)
          AND row_no NOT IN (SELECT row_no FROM unchanged);

        CREATE TABLE held (row_no BIGINT, reason VARCHAR, twin VARCHAR);
        CREATE TABLE forward (record_group VARCHAR, event_on DATE)"""


def hold_duplicates(names: Names) -> str:
    """A bill under a new number that looks like another of the same person: held, not added.

    Of two in one file the smaller number counts; a correction of a known bill is never held.
    """
    marks = ", ".join(quoted(name) for name in names.duplicate)
    same = " AND ".join(f"o.{quoted(name)} = c.{quoted(name)}" for name in names.duplicate)
    return f"""
        CREATE TABLE marked AS
        SELECT row_no, record_id, subject_key, {marks} FROM staged
        WHERE timed AND NOT reversal AND subject_key IS NOT NULL
          AND row_no IN (SELECT row_no FROM candidate WHERE row_no > 0);

        INSERT INTO held
        SELECT row_no, 'possible_duplicate', min(twin) FROM (
            SELECT c.row_no, o.record_id AS twin FROM marked c JOIN marked o
              ON o.subject_key = c.subject_key AND {same} AND o.record_id < c.record_id
            UNION ALL
            SELECT c.row_no, o.record_id FROM marked c JOIN lake o
              ON o.subject_key = c.subject_key AND {same} AND o.record_id <> c.record_id
            WHERE NOT {names.is_reverse("o")})
        WHERE row_no NOT IN (SELECT c.row_no FROM candidate c JOIN l USING (record_id))
        GROUP BY row_no"""


def forwards(names: Names) -> str:
    """Per shared number the day of the forward record's highest version."""
    group = quoted(names.group)
    return f"""
        INSERT INTO forward
        SELECT record_group, arg_max(event_on, version) FROM (
            SELECT {group} AS record_group, event_on, version FROM lake
            WHERE NOT {names.is_reverse("lake")}
              AND {group} IN (SELECT record_group FROM candidate)
            UNION ALL
            SELECT record_group, event_on, version FROM candidate
            WHERE NOT reversal AND row_no NOT IN (SELECT row_no FROM held))
        GROUP BY record_group"""


HOLD_REVERSALS = """
    INSERT INTO held
    SELECT row_no, 'reverse_without_forward', record_group FROM candidate
    WHERE reversal AND record_group NOT IN (SELECT record_group FROM forward)"""

# A reverse row stands on the day of its forward, so that a plain sum nets by itself.
FRESH = """
    CREATE TABLE fresh AS
    SELECT c.* EXCLUDE (event_on),
           CASE WHEN c.reversal THEN f.event_on ELSE c.event_on END AS event_on
    FROM candidate c LEFT JOIN forward f ON c.reversal AND f.record_group = c.record_group
    WHERE row_no NOT IN (SELECT row_no FROM held)"""

# History without a recording day is taken to have been known on the day of the event.
_STAMPS = """
           f.event_on,
           coalesce({row}.recorded_on, if($assumed::BOOLEAN, f.event_on, NULL)) AS recorded_on,
           $arrived_at::TIMESTAMP WITH TIME ZONE AS arrived_at,
           $assumed::BOOLEAN AND {row}.recorded_on IS NULL AS knowledge_assumed,
           $delivery_id::VARCHAR AS delivery_id,
           coalesce(year(f.event_on), 0)::INTEGER AS year, {row}.row_hash"""


def final(contract: Contract) -> str:
    """The rows to append."""
    return f"""
        CREATE TABLE final AS
        SELECT f.record_id, f.version, s.subject_key, s.household_key, s.area,
               {_STAMPS.format(row="s")}{_kept(contract, "s")}
        FROM fresh f JOIN staged s USING (row_no)"""


def restamp(contract: Contract, names: Names) -> str:
    """A corrected day of a forward record moves its reverse rows with it, as new versions."""
    group = quoted(names.group)
    return f"""
        CREATE TABLE moved AS
        SELECT r.record_id, r.version + 1 AS version, r.subject_key, r.household_key, r.area,
               {_STAMPS.format(row="r")}{_kept(contract, "r")}
        FROM (SELECT * FROM lake WHERE {names.is_reverse("lake")}
              AND {group} IN (SELECT record_group FROM fresh WHERE NOT reversal)
              QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY version DESC) = 1) r
        JOIN forward f ON f.record_group = r.{group}
        WHERE r.event_on IS DISTINCT FROM f.event_on
          AND r.record_id NOT IN (SELECT record_id FROM fresh)"""


# The rows that `restamp` moves are written too, and supersede what they were.
KEEP_MOVED = """
    INSERT INTO final SELECT * FROM moved;
    INSERT INTO l
    SELECT record_id, version, row_hash, recorded_on, arrived_at, event_on, NULL, true FROM lake
    WHERE record_id IN (SELECT record_id FROM moved)
      AND record_id NOT IN (SELECT record_id FROM l)"""

PAIRS = """
    CREATE TABLE written AS SELECT record_id, version, recorded_on, arrived_at FROM final;
    CREATE TABLE pairs AS
    SELECT o.record_id, o.version, n.version AS by_version, n.arrived_at, n.recorded_on
    FROM written n JOIN (
        SELECT record_id, version FROM l UNION SELECT record_id, version FROM written) o
      ON o.record_id = n.record_id AND o.version < n.version
    UNION
    SELECT w.record_id, w.version, l.version, l.arrived_at, l.recorded_on
    FROM written w JOIN l ON l.record_id = w.record_id AND l.version > w.version"""

KINDS = """
    SELECT count(*) FILTER (WHERE top IS NULL), count(*) FILTER (WHERE version > top),
           count(*) FILTER (WHERE version < top)
    FROM (SELECT f.version, (SELECT max(version) FROM l WHERE l.record_id = f.record_id) AS top
          FROM fresh f)"""

EXTENT = "SELECT count(*), min(event_on), max(event_on) FROM final"


def _kept(contract: Contract, row: str) -> str:
    kept = [name for name in contract.lake_fields if name not in COMMON_FIELDS]
    return "".join(f", {row}.{quoted(name)}" for name in kept)
