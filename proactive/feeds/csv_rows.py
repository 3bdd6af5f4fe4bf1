"""Rows of a CSV file, decoded strictly and split strictly, one line in memory at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from proactive.feeds.contract import Reader
from proactive.feeds.files import Limits
from proactive.feeds.refusals import refuse_not_a_table, refuse_too_large


def csv_rows(
    stream: BinaryIO, name: str, encoding: str, reader: Reader, limits: Limits
) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row; an open quote or a huge line refuses the file."""
    text = io.TextIOWrapper(stream, encoding=encoding, errors="strict", newline="")
    lines = _lines(text, name, limits)
    first: list[str] = []
    for line in lines:
        first.append(line)
        if line.strip() and len(first) > reader.title_lines:
            break
    delimiter = _delimiter(first[-1] if first else "", reader.delimiters)
    csv.field_size_limit(limits.cell)
    rows = csv.reader(_chain(first, lines), delimiter=delimiter, strict=True)
    try:
        for cells in rows:
            if len(cells) > limits.columns:
                _drop_empty_end(cells)
                if len(cells) > limits.columns:
                    why = f"Line {rows.line_num} has more than {limits.columns} cells."
                    raise refuse_too_large(name, why)
            yield rows.line_num, cells
    except csv.Error as error:
        why = f"Near line {rows.line_num} a quoted cell is not closed or is too long."
        raise refuse_not_a_table(name, why) from error
    finally:
        with suppress(ValueError):  # a reader left behind by a refusal may outlive its file
            text.detach()


def _lines(text: io.TextIOWrapper, name: str, limits: Limits) -> Iterator[str]:
    number = 0
    while line := text.readline(limits.line):
        number += 1
        if len(line) >= limits.line:
            raise refuse_too_large(name, f"Line {number} is longer than {limits.line} characters.")
        yield line


def _chain(first: list[str], rest: Iterator[str]) -> Iterator[str]:
    yield from first
    yield from rest


def _delimiter(line: str, known: tuple[str, ...]) -> str:
    """The declared delimiter that divides the heading into most cells."""
    return max(known, key=line.count)


def _drop_empty_end(cells: list[str]) -> None:
    while cells and not cells[-1]:
        cells.pop()
