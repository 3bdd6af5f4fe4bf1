"""Rows of text out of a file, in chunks: the same for CSV, XLSX and Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from proactive.feeds.contract import Reader
from proactive.feeds.csv_rows import csv_rows
from proactive.feeds.encodings import find_encoding
from proactive.feeds.files import FileFacts, Limits, Shape, open_plain
from proactive.feeds.identifiers import plain
from proactive.feeds.parquet_rows import parquet_rows
from proactive.feeds.refusals import refuse_columns, refuse_too_large
from proactive.feeds.sheet_rows import sheet_rows

CHUNK = 10_000
LONGEST_TOTAL = 16
Row = tuple[int, list[str]]


@dataclass(slots=True)
class Chunk:
    """Rows of one width, with their numbers in the file."""

    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """An opened file: its headings, then its rows. The counts are right once all are read."""

    name: str
    encoding: str
    headings: list[tuple[str, ...]]
    _rows: Iterator[Row]
    _reader: Reader
    _limits: Limits
    read: int = 0
    totals: int = 0

    def chunks(self) -> Iterator[Chunk]:
        """All rows but empty ones and a total row at the end."""
        chunk = Chunk()
        held: Row | None = None
        for number, cells in self._rows:
            if not any(cells):
                continue
            for row in self._passed(held):
                self._take(chunk, row)
            held = None
            if self._is_total(cells):
                held = (number, cells)
                continue
            self._take(chunk, (number, cells))
            if len(chunk.rows) >= CHUNK:
                yield chunk
                chunk = Chunk()
        self.totals = 1 if held else 0
        if chunk.rows:
            yield chunk

    @staticmethod
    def _passed(held: Row | None) -> Sequence[Row]:
        """A total row that is followed by others was none."""
        return [held] if held else []

    def _take(self, chunk: Chunk, row: Row) -> None:
        self.read += 1
        if self.read > self._limits.rows:
            raise refuse_too_large(self.name, f"It has more than {self._limits.rows} rows.")
        chunk.numbers.append(row[0])
        chunk.rows.append(row[1])

    def _is_total(self, cells: list[str]) -> bool:
        words = self._reader.total_row
        if not words:
            return False
        first = next((cell for cell in cells if cell.strip()), "")
        if len(first) > LONGEST_TOTAL:
            return False
        return re.sub(r"[\s::]", "", plain(first)) in {re.sub(r"\s", "", word) for word in words}


@contextmanager
def open_source(
    facts: FileFacts,
    reader: Reader,
    limits: Limits,
    *,
    encoding: str | None,
    candidates: Sequence[str],
) -> Iterator[Source]:
    """The rows of a checked file; refused as a whole when its heading or text is damaged."""
    if facts.shape is Shape.TEXT:
        found = find_encoding(facts, limits, asked=encoding, candidates=candidates)
        with open_plain(facts, limits) as stream:
            yield _source(
                facts, found, csv_rows(stream, facts.name, found, reader, limits), reader, limits
            )
    elif facts.shape is Shape.XLSX:
        yield _source(facts, "xlsx", sheet_rows(facts, reader, limits), reader, limits)
    else:
        bare = reader.model_copy(update={"title_lines": 0, "header_lines": 1, "total_row": ()})
        yield _source(facts, "parquet", parquet_rows(facts, limits), bare, limits)


def _source(
    facts: FileFacts, encoding: str, rows: Iterable[Row], reader: Reader, limits: Limits
) -> Source:
    rest = iter(rows)
    heading_lines: list[list[str]] = []
    wanted = reader.title_lines + reader.header_lines
    for _, cells in rest:
        if any(cell.strip() for cell in cells):
            heading_lines.append(cells)
        if len(heading_lines) == wanted:
            break
    else:
        raise refuse_columns(facts.name, ["it has no heading"])
    headings = _headings(heading_lines[reader.title_lines :])
    if len(headings) > limits.columns:
        raise refuse_too_large(facts.name, f"It has more than {limits.columns} columns.")
    return Source(facts.name, encoding, headings, rest, reader, limits)


def _headings(lines: list[list[str]]) -> list[tuple[str, ...]]:
    """Per column the ways its heading may read: one line, or of two lines lower and joined."""
    width = max(map(len, lines))
    padded = [line + [""] * (width - len(line)) for line in lines]
    found: list[tuple[str, ...]] = []
    above = ""
    for column in zip(*padded, strict=True):
        parts = [heading(cell) for cell in column]
        above = parts[0] or above if len(parts) > 1 else ""
        lower = next((part for part in reversed(parts) if part), "")
        joined = above + lower if len(parts) > 1 and above != lower else lower
        found.append(tuple(dict.fromkeys(filter(None, (lower, joined)))))
    return found


def heading(text: str) -> str:
    """A heading without spaces and line breaks, full-width signs made plain."""
    return re.sub(r"\s", "", plain(text))
