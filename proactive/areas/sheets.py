"""Small tables that people keep (CSV, gzip, Excel), read whole and as text."""

import csv
import gzip
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from proactive.kernel.errors import Refused

MAX_BYTES = 200_000_000
ENCODINGS = ("utf-8-sig", "gb18030")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as text: its columns, and rows as (line in the file, cells in column order)."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def records(self, columns: Sequence[str]) -> Iterable[tuple[int, tuple[str, ...]]]:
        """Yield (line, cells of `columns`); Refused `missing_column` when one is not there."""
        missing = [column for column in columns if column and column not in self.columns]
        if missing:
            raise Refused(
                "missing_column",
                "The file {file} lacks the column(s) {missing}.",
                why="It has: {present}.",
                todo="Correct the column names in the file or in the mapping.",
                file=self.name,
                missing=", ".join(missing),
                present=", ".join(self.columns),
            )
        places = [self.columns.index(column) if column else -1 for column in columns]
        for line, cells in self.rows:
            yield line, tuple(cells[place] if place >= 0 else "" for place in places)

    def named(
        self, known: Sequence[str], required: Collection[str]
    ) -> list[tuple[int, dict[str, str]]]:
        """Return (line, column → cell) of the known columns that are there.

        Raises Refused `unknown_column`, or `missing_column` for one of `required`.
        """
        unknown = [column for column in self.columns if column not in known]
        if unknown:
            raise Refused(
                "unknown_column",
                "The file {file} has columns that are not known here: {columns}.",
                why="Known ones: {known}.",
                todo="Rename or remove them.",
                file=self.name,
                columns=", ".join(unknown),
                known=", ".join(known),
            )
        given = [name for name in known if name in self.columns or name in required]
        return [(line, dict(zip(given, cells, strict=True))) for line, cells in self.records(given)]


def read_sheet(path: Path, *, encoding: str = "", delimiter: str = "") -> Sheet:
    """Return the table in `path`; without `encoding` UTF-8 is tried first, then GB18030 strictly.

    Raises Refused `no_such_file`, `not_a_table`, `wrong_encoding` or `too_large`.
    """
    if not path.is_file():
        raise Refused(
            "no_such_file",
            "The file {file} cannot be found.",
            todo="Check the path.",
            file=str(path),
        )
    if path.suffix.lower() in WORKBOOKS:
        return _sheet(path.name, _workbook(path))
    text = _decoded(_unpacked(path), encoding, path.name)
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    separator = delimiter or ("\t" if suffix in {".tsv", ".tab"} else ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return _sheet(path.name, [(reader.line_num, row) for row in reader])
    except csv.Error as error:
        raise _not_a_table(path.name, str(error)) from error


def _unpacked(path: Path) -> bytes:
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as stream:
                data = stream.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _not_a_table(path.name, type(error).__name__) from error
    if len(data) > MAX_BYTES:
        raise _too_large(path.name)
    return data


def _decoded(data: bytes, encoding: str, name: str) -> str:
    for candidate in [encoding] if encoding else ENCODINGS:
        try:
            text = data.decode(candidate)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\x00" not in text:
            return text
    raise Refused(
        "wrong_encoding",
        "The file {file} is not text in {tried}.",
        why="Some of its bytes mean nothing in it.",
        todo="Save it as CSV in UTF-8, or name its encoding.",
        file=name,
        tried=encoding or " or ".join(ENCODINGS),
    )


def _workbook(path: Path) -> list[tuple[int, list[str]]]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                if sum(part.file_size for part in packed.infolist()) > MAX_BYTES:
                    raise _too_large(path.name)
        book = CalamineWorkbook.from_path(path)
        grid = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, zipfile.BadZipFile, IndexError) as error:
        raise _not_a_table(path.name, type(error).__name__) from error
    return [(line, [_cell(value) for value in row]) for line, row in enumerate(grid, 1)]


def _cell(value: object) -> str:
    """Return a workbook cell as the text a person sees in it; 371402.0 is 371402."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _sheet(name: str, lines: list[tuple[int, list[str]]]) -> Sheet:
    filled = [(line, [clean(cell) for cell in row]) for line, row in lines]
    filled = [(line, row) for line, row in filled if any(row)]
    if not filled:
        raise _not_a_table(name, "it is empty")
    header = filled[0][1]
    while header and not header[-1]:
        header.pop()
    if len(set(header)) != len(header) or not all(header):
        raise _not_a_table(name, "its first line does not name each column once")
    width = len(header)
    rows = []
    for line, row in filled[1:]:
        if any(row[width:]):
            raise _not_a_table(name, f"line {line} has more cells than the first line")
        rows.append((line, tuple(row[:width]) + ("",) * (width - len(row))))
    return Sheet(name, tuple(header), tuple(rows))


def clean(text: str) -> str:
    """Return `text` in one form of writing: NFKC, one space, none around it, no lone apostrophe."""
    plain = unicodedata.normalize("NFKC", text)
    return " ".join(plain.split()).removeprefix("'")


def _not_a_table(name: str, reason: str) -> Refused:
    return Refused(
        "not_a_table",
        "The file {file} cannot be read as a table.",
        why="Reason: {reason}.",
        todo="Save it as CSV (UTF-8) or as an Excel workbook with one header line.",
        file=name,
        reason=reason,
    )


def _too_large(name: str) -> Refused:
    return Refused(
        "too_large",
        "The file {file} is larger than {limit} bytes when unpacked.",
        todo="Cut it into parts.",
        file=name,
        limit=MAX_BYTES,
    )
