"""Cleaned rows against what the lake holds: what is new, known, contradicted, held, superseded.

All set-based in DuckDB over Parquet, within a fixed memory; nothing is written to the lake here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from proactive.feeds import settling_sql as sql
from proactive.feeds.contract import Contract
from proactive.feeds.lake import lake_schema
from proactive.feeds.reasons import Reason
from proactive.feeds.staging import staged_schema
from proactive.feeds.summary import Summary

MEMORY = "256MB"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every row of a delivery is stamped with."""

    delivery_id: str
    arrived_at: datetime
    assumed: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A row that may not count yet, and the record it waits for or resembles."""

    row: dict[str, Any]
    reason: str
    twin: str | None


@dataclass(slots=True)
class Settled:
    """Counts of one delivery against the lake, and the rows that need a person or a forward."""

    repeated: int = 0
    unchanged: int = 0
    new: int = 0
    corrected: int = 0
    older: int = 0
    applied: int = 0
    contradicted: list[int] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    event_from: date | None = None
    event_to: date | None = None

    def tell(self, summary: Summary) -> None:
        """Write the counts into a delivery's summary."""
        summary.new, summary.corrected, summary.older = self.new, self.corrected, self.older
        summary.applied, summary.unchanged = self.applied, self.unchanged + self.repeated
        summary.released = len(self.released)
        summary.event_from, summary.event_to = self.event_from, self.event_to
        for number in self.contradicted:
            summary.put_aside(number, "", Reason.SAME_ID_DIFFERS)
        summary.held.update(one.reason for one in self.held)


class Settlement:
    """One delivery being settled. Use as a context; the connection and its tables end with it."""

    def __init__(self, contract: Contract, scratch: Path, files: list[str]) -> None:
        self._contract = contract
        self._db = duckdb.connect(
            config={
                "memory_limit": MEMORY,
                "threads": "2",
                "temp_directory": str(scratch / "spill"),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self._db.execute("SET TimeZone = 'UTC'")
        self._names = sql.Names.of(contract)
        self._db.execute(sql.lake_view(contract, files))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def load(self, staged: Path, waiting: pa.Table, known: pa.Table) -> None:
        """Bring in the file's rows, held rows to look at again, and content known to be held."""
        self._register("waiting", waiting)
        self._register("known_held", known)
        self._db.execute(sql.staged_view(str(staged)))

    def medians(self, fields: tuple[str, ...]) -> dict[str, tuple[int, float, int, float]]:
        """Per money field: rows and median of the file, rows and median of the lake (fen)."""
        found: dict[str, tuple[int, float, int, float]] = {}
        for name in fields:
            now = self._one(sql.median("file_rows", name))
            before = self._one(sql.median("lake", name))
            found[name] = (now[0], now[1] or 0.0, before[0], before[1] or 0.0)
        return found

    def settle(self, stamp: Stamp, *, hold_duplicates: bool) -> Settled:
        """Decide about every row. The tables `fresh` and `pairs` are then ready to be read."""
        run = self._db.execute
        run(sql.decide(self._names))
        out = Settled(
            repeated=self._count("SELECT count(*) FROM repeated"),
            unchanged=self._count("SELECT count(*) FROM unchanged"),
            contradicted=[row[0] for row in run("SELECT row_no FROM contradicted").fetchall()],
        )
        if self._names.duplicate and hold_duplicates:
            run(sql.hold_duplicates(self._names))
        if self._names.group:
            run(sql.forwards(self._names))
            run(sql.HOLD_REVERSALS)
        run(sql.FRESH)
        stamps = asdict(stamp)
        out.held = self._held()
        # A row that was waiting and is fresh now has found its forward.
        released = run("SELECT row_no FROM fresh WHERE row_no < 0").fetchall()
        out.released = [-row[0] for row in released]
        run(sql.final(self._contract), stamps)
        if self._names.group:
            run(sql.restamp(self._contract, self._names), stamps)
            run(sql.KEEP_MOVED)
        run(sql.PAIRS)
        out.new, out.corrected, out.older = self._one(sql.KINDS)
        out.applied, out.event_from, out.event_to = self._one(sql.EXTENT)
        return out

    def rows(self) -> pa.RecordBatchReader:
        """The rows to append, in the lake's schema, streamed."""
        schema = lake_schema(self._contract)
        names = ", ".join(sql.quoted(name) for name in schema.names)
        batches: Any = self._db.sql(f"SELECT {names} FROM final").to_arrow_reader(10_000)
        return pa.RecordBatchReader.from_batches(schema, (b.cast(schema) for b in batches))

    def pairs(self) -> list[tuple[str, int, int, datetime, date | None]]:
        """Superseded: record, version, by which version, since when, recorded since when."""
        rows: Any = self._db.sql("SELECT * FROM pairs").to_arrow_table()
        return [tuple(row.values()) for row in rows.to_pylist()]

    def groups(self) -> list[str]:
        """The numbers that forward and reverse rows of this file share."""
        query = "SELECT DISTINCT record_group FROM file_rows WHERE record_group IS NOT NULL"
        return [row[0] for row in self._db.execute(query).fetchall()]

    def _held(self) -> list[Held]:
        rows: Any = self._db.sql(
            "SELECT h.reason, h.twin, r.* FROM staged r JOIN held h USING (row_no) WHERE row_no > 0"
            " ORDER BY row_no"
        ).to_arrow_table()
        names = staged_schema(self._contract).names
        return [
            Held({name: row[name] for name in names}, row["reason"], row["twin"])
            for row in rows.to_pylist()
        ]

    def _register(self, name: str, rows: pa.Table) -> None:
        self._db.register(f"{name}_arrow", rows)
        self._db.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")

    def _count(self, query: str) -> int:
        return int(self._one(query)[0])

    def _one(self, query: str) -> tuple[Any, ...]:
        return tuple(self._db.execute(query).fetchall()[0])
