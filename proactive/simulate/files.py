"""Writes sheets as the files offices send: CSV in two encodings, gzip, workbook, Parquet."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from proactive.simulate.sheet import Shape, Sheet

# A fixed moment inside workbooks and archives: the same county gives the same bytes.
STAMP = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's own date has no zone
WHOLE_NUMBERS = frozenset({"year", "members"})
AMOUNTS = frozenset({"annual_income"})


def write_sheet(folder: Path, sheet: Sheet) -> Path:
    """Write one delivery, and its manifest where the office sends one."""
    path = folder / sheet.file
    match sheet.shape:
        case Shape.XLSX:
            _write_workbook(path, sheet)
        case Shape.PARQUET:
            _write_parquet(path, sheet)
        case Shape.GZIP:
            with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, 0) as packed:
                _write_csv(packed, sheet, "utf-8-sig")
        case Shape.GB18030 | Shape.UTF8_BOM:
            with path.open("wb") as raw:
                _write_csv(raw, sheet, sheet.shape.value)
    if sheet.manifest:
        write_manifest(path, len(sheet))
    return path


def write_manifest(path: Path, rows: int) -> None:
    """Write what a receiver needs to see that a file is whole: its rows and SHA-256."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    text = json.dumps({"file": path.name, "rows": rows, "sha256": digest}, indent=1)
    path.with_name(path.name + ".manifest.json").write_text(text + "\n", encoding="utf-8")


def write_rows(path: Path, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a plain UTF-8 table (areas, posts, offices)."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(titles)
        writer.writerows(rows)


def _write_csv(raw: IO[bytes] | gzip.GzipFile, sheet: Sheet, encoding: str) -> None:
    text = io.TextIOWrapper(raw, encoding=encoding, newline="")
    writer = csv.writer(text, delimiter="\t" if sheet.tabs else ",", lineterminator="\r\n")
    writer.writerows(_lines(sheet))
    text.flush()
    text.detach()


def _lines(sheet: Sheet) -> Iterator[Sequence[str]]:
    """Give the heading lines, the rows, and the office's total row."""
    tail = ("",) if sheet.trailing_comma else ()
    if sheet.groups:
        yield (*(sheet.groups.get(name, "") for name in sheet.columns), *tail)
    yield (*(sheet.headings[name] for name in sheet.columns), *tail)
    rows = zip(*sheet.columns.values(), strict=True)
    if tail or sheet.extra_cells:
        spill = sheet.extra_cells
        yield from (
            (*row, *tail, *(("(后)",) if at in spill else ())) for at, row in enumerate(rows)
        )
    else:
        yield from rows
    if sheet.total:
        yield (*(sheet.total.get(name, "") for name in sheet.columns), *tail)


def _write_workbook(path: Path, sheet: Sheet) -> None:
    options = {"constant_memory": True, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": STAMP})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet("数据")
        names = list(sheet.columns)
        top = sheet.header_lines
        for column, name in enumerate(names):
            if name in sheet.groups:
                page.write_string(0, column, sheet.groups[name])
            page.write_string(top - 1, column, sheet.headings[name])
        for at, row in enumerate(zip(*sheet.columns.values(), strict=True)):
            for column, (name, text) in enumerate(zip(names, row, strict=True)):
                if not text:
                    continue
                if (at, name) in sheet.number_cells:
                    page.write_number(at + top, column, float(text))
                elif name in sheet.date_cells:
                    page.write_datetime(at + top, column, date.fromisoformat(text), day)
                else:
                    page.write_string(at + top, column, text)


def _write_parquet(path: Path, sheet: Sheet) -> None:
    arrays = {sheet.headings[name]: _array(name, texts) for name, texts in sheet.columns.items()}
    pq.write_table(pa.table(arrays), path, compression="zstd")


def _array(name: str, texts: list[str]) -> pa.Array:
    if name in WHOLE_NUMBERS:
        return pa.array([int(text) if text else None for text in texts], pa.int64())
    if name in AMOUNTS:
        return pa.array([float(text) if text else None for text in texts], pa.float64())
    return pa.array(texts, pa.string())
