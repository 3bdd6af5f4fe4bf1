"""Rows of an XLSX sheet, after its container was found harmless."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, load_workbook

from proactive.feeds.contract import Reader
from proactive.feeds.files import MIB, FileFacts, Limits, open_plain
from proactive.feeds.refusals import refuse_columns, refuse_not_a_table, refuse_too_large
from proactive.kernel.workbook import SHEET, reach_of

EXACT_DIGITS = 15  # a spreadsheet keeps no more of a number; longer ones have been rounded


def sheet_rows(facts: FileFacts, reader: Reader, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Row number and cells of the declared sheet, or of the only one that holds something."""
    with _seekable(facts, limits) as stream:
        _check_container(stream, facts.name, limits)
        stream.seek(0)
        yield from _cells(stream, facts.name, reader, limits)


def _cells(
    stream: BinaryIO, name: str, reader: Reader, limits: Limits
) -> Iterator[tuple[int, list[str]]]:
    try:
        book = load_workbook(stream)
        sheet = book.get_sheet_by_name(_sheet_name(book, name, reader))
        first = (sheet.start or (0, 0))[0]
        for offset, cells in enumerate(sheet.iter_rows()):
            yield first + offset + 1, [cell_text(cell) for cell in cells]
    except (CalamineError, zipfile.BadZipFile, ValueError, OSError) as error:
        raise refuse_not_a_table(name, "The workbook cannot be opened; it is damaged.") from error


def _sheet_name(book: CalamineWorkbook, file: str, reader: Reader) -> str:
    names = list(book.sheet_names)
    if reader.sheet:
        if reader.sheet not in names:
            raise refuse_columns(file, [f"it has no sheet '{reader.sheet}'"])
        return reader.sheet
    filled = [name for name in names if book.get_sheet_by_name(name).total_height > 0]
    if len(filled) == 1:
        return filled[0]
    if not filled:
        raise refuse_columns(file, ["it has no heading"])
    hint = " A mapping can name the sheet: reader: {sheet: NAME}."
    raise refuse_columns(file, [f"it has {len(filled)} filled sheets"], hint)


def cell_text(cell: object) -> str:
    """A cell as the text a person sees; numbers a spreadsheet has rounded stay marked as such."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number_text(float(cell))
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _number_text(number: float) -> str:
    if abs(number) >= 10**EXACT_DIGITS:
        return f"{number:.{EXACT_DIGITS - 1}E}"
    text = f"{number:.{EXACT_DIGITS}g}"
    return f"{number:f}".rstrip("0").rstrip(".") if "e" in text else text


def _seekable(facts: FileFacts, limits: Limits) -> BinaryIO:
    if not facts.gzipped:
        return facts.path.open("rb")
    with open_plain(facts, limits) as stream:
        content = stream.read(limits.sheet_unpacked + 1)
    if len(content) > limits.sheet_unpacked:
        raise refuse_too_large(facts.name, "The unpacked workbook is too large.")
    return io.BytesIO(content)


def _check_container(stream: BinaryIO, name: str, limits: Limits) -> None:
    """Sizes by the central directory, then the sheets' extent, before anything is loaded."""
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > limits.sheet_unpacked:
                raise refuse_too_large(name, f"Unpacked it has {unpacked // MIB} MiB.")
            packed = max(1, sum(entry.compress_size for entry in entries))
            if unpacked > limits.ratio_from and unpacked > limits.ratio * packed:
                why = f"It unfolds to more than {limits.ratio} times its size."
                raise refuse_too_large(name, why)
            if any(entry.flag_bits & 1 for entry in entries):
                raise refuse_not_a_table(name, "It is protected by a password.")
            for entry in entries:
                if SHEET.fullmatch(entry.filename):
                    _check_extent(archive, entry, name, limits)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise refuse_not_a_table(name, "The workbook is cut off or damaged.") from error


def _check_extent(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, limits: Limits
) -> None:
    """A single cell far out would make the reader allocate the whole rectangle."""
    reach = reach_of(archive, entry, most=limits.sheet_unpacked)
    if reach.size > limits.sheet_unpacked:
        raise refuse_too_large(name, "Its sheets are larger than its directory says.")
    if reach.placeless:
        raise refuse_not_a_table(name, "Its cells do not say where they stand.")
    if reach.rows * reach.columns > limits.sheet_cells or reach.columns > limits.columns:
        why = f"A sheet spans {reach.rows} rows and {reach.columns} columns."
        raise refuse_too_large(name, why)
