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
from proactive.kernel.workbook import SHEET, reach_of

MAX_BYTES = 200_000_000
MOST_CELLS = 20_000_000  # every village of a country with its columns
ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = ",;\t"  # the one that stands most often among the headings
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
MAGICS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and its kind, .xls


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


def read_sheet(
    path: Path, *, encoding: str = "", delimiter: str = "", most_cells: int = MOST_CELLS
) -> Sheet:
    """Return the table in `path`; without `encoding` UTF-8 is tried first, then GB18030 strictly.

    What it is stands in its first bytes: a file that was only renamed is read as what it is.
    Raises Refused `no_such_file`, `not_a_table`, `wrong_encoding` or `too_large`.
    """
    if not path.is_file():
        raise Refused(
            "no_such_file",
            "The file {file} cannot be found.",
            todo="Check the path.",
            file=str(path),
        )
    try:
        with path.open("rb") as file:
            packed = file.read(4) in MAGICS
    except OSError as error:
        raise Refused(
            "unreadable",
            "The file {file} cannot be opened: {reason}.",
            todo="Let the account that runs this command read it.",
            file=str(path),
            reason=error.strerror or type(error).__name__,
        ) from error
    if packed:
        return _sheet(path.name, _workbook(path, most_cells))
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    text = _text(path, encoding, suffix)
    headings = text.lstrip().partition("\n")[0]
    tabbed = suffix in {".tsv", ".tab"}
    separator = delimiter or ("\t" if tabbed else max(SEPARATORS, key=headings.count))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return _sheet(path.name, [(reader.line_num, row) for row in reader])
    except csv.Error as error:
        raise _refused(path.name, "It is damaged, or of another kind.") from error


def _text(path: Path, encoding: str, suffix: str) -> str:
    """Return a text file's text; one that is called a workbook must be a table at least."""
    try:
        text = _decoded(_unpacked(path), encoding, path.name)
    except Refused as refusal:
        if suffix in WORKBOOKS and refusal.code == "wrong_encoding":
            raise _refused(path.name, "It is neither an Excel workbook nor text.") from refusal
        raise
    if suffix in WORKBOOKS and not set(SEPARATORS) & set(text):
        raise _refused(path.name, "It is no Excel workbook.")
    return text


def _unpacked(path: Path) -> bytes:
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as stream:
                data = stream.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _refused(path.name, "It is damaged, or of another kind.") from error
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


def _workbook(path: Path, most_cells: int) -> list[tuple[int, list[str]]]:
    try:
        if zipfile.is_zipfile(path):
            _check_packed(path, most_cells)
        with path.open("rb") as stream:
            book = CalamineWorkbook.from_filelike(stream)
            sheet = book.get_sheet_by_index(0)
            _check_cells(path.name, sheet.total_height, sheet.total_width, most_cells)
            grid = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, EOFError, zlib.error, zipfile.BadZipFile, IndexError) as error:
        raise _refused(path.name, "It is damaged, or of another kind.") from error
    return [(line, [_cell(value) for value in row]) for line, row in enumerate(grid, 1)]


def _check_packed(path: Path, most_cells: int) -> None:
    """Refuse what unfolds too far, or reaches so far that a reader would take all memory."""
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        if any(part.flag_bits & 1 for part in parts):
            raise _refused(path.name, "It is protected by a password.")
        if sum(part.file_size for part in parts) > MAX_BYTES:
            raise _too_large(path.name)
        sheets = [part for part in parts if SHEET.fullmatch(part.filename)]
        if not sheets and most_cells < MOST_CELLS:  # of another kind: it cannot be measured
            raise _refused(path.name, "It is no Excel workbook.")
        for part in sheets:
            reach = reach_of(packed, part, most=MAX_BYTES)
            if reach.placeless:
                raise _refused(path.name, "It is damaged, or of another kind.")
            _check_cells(path.name, reach.rows, reach.columns, most_cells)


def _check_cells(name: str, rows: int, columns: int, most: int) -> None:
    if rows * columns > most:
        raise Refused(
            "reaches_too_far",
            "The sheet in {file} reaches to row {rows} and column {columns}.",
            why="Something stands far outside of the table, perhaps a space only.",
            todo="Delete the rows and columns behind the table, save, and hand it in again.",
            file=name,
            rows=rows,
            columns=columns,
        )


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
        raise _refused(name, "It is empty.")
    header = filled[0][1]
    while header and not header[-1]:
        header.pop()
    if len(set(header)) != len(header) or not all(header):
        raise _refused(name, "Its first line does not name each column once.")
    width = len(header)
    rows = []
    for line, row in filled[1:]:
        if any(row[width:]):
            raise _refused(name, "Line {line} has more cells than the first line.", line=line)
        rows.append((line, tuple(row[:width]) + ("",) * (width - len(row))))
    return Sheet(name, tuple(header), tuple(rows))


def clean(text: str) -> str:
    """Return `text` in one form of writing: NFKC, one space, none around it, no lone apostrophe."""
    plain = unicodedata.normalize("NFKC", text)
    return " ".join(plain.split()).removeprefix("'")


def _refused(name: str, why: str, line: int = 0) -> Refused:
    return Refused(
        "not_a_table",
        "The file {file} cannot be read as a table.",
        why=why,
        todo="Save it as an Excel workbook or as CSV (UTF-8), with one line of headings.",
        file=name,
        line=line,
    )


def _too_large(name: str) -> Refused:
    return Refused(
        "too_large",
        "The file {file} is larger than {limit} bytes when unpacked.",
        todo="Cut it into parts.",
        file=name,
        limit=MAX_BYTES,
    )
