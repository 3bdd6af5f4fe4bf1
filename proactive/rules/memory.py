"""Rows of the lake made in memory: for examples, try-outs and tests."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from proactive.feeds.contract import Contract
from proactive.feeds.lake import lake_schema
from proactive.rules.views import MemoryView

LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
SUPERSEDED = pa.schema(
    [
        ("record_id", pa.string()),
        ("version", pa.int64()),
        ("since", pa.timestamp("us", tz="UTC")),
        ("since_recorded", pa.date32()),
    ]
)


def memory_view(
    contract: Contract,
    rows: Iterable[Mapping[str, Any]],
    superseded: Iterable[Mapping[str, Any]] = (),
) -> MemoryView:
    """Return a view of `rows`; what a row leaves out is empty, its version 1, known for long."""
    filled = [{"version": 1, "arrived_at": LONG_AGO, "year": 0, **row} for row in rows]
    table = pa.Table.from_pylist(filled, schema=lake_schema(contract))
    return MemoryView(contract, table, pa.Table.from_pylist(list(superseded), schema=SUPERSEDED))
