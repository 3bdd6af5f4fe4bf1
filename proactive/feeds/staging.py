"""The cleaned rows of one delivery, waiting in Parquet files of a private folder: no identities."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from proactive.feeds.contract import Contract

_STAGED = pa.schema(
    [
        ("row_no", pa.int64()),
        ("record_id", pa.string()),
        ("base", pa.int64()),
        ("explicit", pa.bool_()),
        ("reversal", pa.bool_()),
        ("timed", pa.bool_()),
        ("record_group", pa.string()),
        ("subject_key", pa.int64()),
        ("household_key", pa.int64()),
        ("area", pa.string()),
        ("event_on", pa.date32()),
        ("recorded_on", pa.date32()),
        ("row_hash", pa.int64()),
    ]
)
STAGED_COLUMNS = tuple(_STAGED.names)


def staged_schema(contract: Contract) -> pa.Schema:
    """The staged columns, then the contract's lake fields."""
    fields = [pa.field(name, column.arrow_type) for name, column in contract.lake_fields.items()]
    return pa.schema([*_STAGED, *fields])


def staged_file(folder: Path) -> Path:
    """Where a delivery's staged rows lie in its scratch folder."""
    return folder / "staged.parquet"


class Staging:
    """Writes cleaned chunks to one Parquet file in a folder that its caller removes."""

    def __init__(self, folder: Path, contract: Contract) -> None:
        schema = staged_schema(contract)
        self._writer = pq.ParquetWriter(staged_file(folder), schema, compression="snappy")
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def add(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._writer.write_table(rows)
            self.rows += rows.num_rows
