"""Rows of a Parquet file as text, after its footer was found harmless."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from proactive.feeds.files import MIB, FileFacts, Limits, open_plain
from proactive.feeds.refusals import refuse_not_a_table, refuse_too_large, refuse_truncated
from proactive.feeds.sheet_rows import cell_text

BATCH = 10_000


def parquet_rows(facts: FileFacts, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """The column names as row 0, then each row as text."""
    with ExitStack() as stack:
        try:
            file = _opened(facts, limits, stack)
            yield 0, list(file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(batch_size=BATCH):
                columns = [_texts(column, facts.name, limits) for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    number += 1
                    yield number, list(cells)
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            raise refuse_truncated(facts.name, "The Parquet data is cut off or damaged.") from error


def _opened(facts: FileFacts, limits: Limits, stack: ExitStack) -> Any:
    content: Any = str(facts.path)
    if facts.gzipped:
        stream = stack.enter_context(open_plain(facts, limits))
        held = stream.read(limits.row_group + 1)
        if len(held) > limits.row_group:
            raise refuse_too_large(facts.name, "The unpacked file is too large.")
        content = pa.BufferReader(held)
    footer = pq.ParquetFile(content)
    _check_footer(footer, facts.name, limits)
    texts = [f.name for f in footer.schema_arrow if pa.types.is_string(f.type)]
    footer.close()
    # Dictionaries keep a long value that many rows share in memory once.
    file = pq.ParquetFile(content, read_dictionary=texts)
    stack.callback(file.close)
    return file


def _check_footer(file: Any, name: str, limits: Limits) -> None:
    metadata = file.metadata
    if metadata.num_columns > limits.columns:
        raise refuse_too_large(name, f"It has more than {limits.columns} columns.")
    if metadata.num_rows > limits.rows:
        raise refuse_too_large(name, f"It has more than {limits.rows} rows.")
    for index in range(metadata.num_row_groups):
        size = metadata.row_group(index).total_byte_size
        if size > limits.row_group:
            raise refuse_too_large(name, f"A row group unpacks to {size // MIB} MiB.")
    for field in file.schema_arrow:
        kind = field.type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise refuse_not_a_table(name, f"Column '{field.name}' is {kind}; only plain values.")


def _texts(column: Any, name: str, limits: Limits) -> list[str]:
    if pa.types.is_dictionary(column.type):
        words = column.dictionary
        longest = pc.max(pc.utf8_length(words.cast(pa.string()))).as_py() or 0
        if longest > limits.cell:
            raise refuse_too_large(name, f"A cell has more than {limits.cell} characters.")
        column = column.cast(pa.string())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return [value or "" for value in column.to_pylist()]
    if pa.types.is_integer(column.type) or pa.types.is_decimal(column.type):
        return ["" if value is None else str(value) for value in column.to_pylist()]
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return [
            "" if v is None else v.isoformat()
            for v in column.cast(pa.timestamp("us", "UTC")).to_pylist()
        ]
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))
    return [cell_text(value) for value in column.to_pylist()]
