"""How far the cells of an Excel sheet reach, told from its packed part before it is opened.

A reader makes room for the whole rectangle: one cell far out would take all memory, and with it
the process.
"""

import re
import zipfile
from dataclasses import dataclass

BLOCK = 256 * 1024
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
# Cells that hold something; styled empty ones close themselves and take no room.
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>/]*>')
_BARE_CELL = re.compile(rb'<(?:\w+:)?c(?=[\s>])(?![^>]*\sr=")[^>/]*>')
_LONGEST_TAG = 256


@dataclass(frozen=True, slots=True)
class Reach:
    """Rows and columns that hold something, and the bytes read; of no use where `placeless`.

    `placeless`: cells do not say where they stand. Beyond the most bytes nothing more is read.
    """

    rows: int
    columns: int
    size: int
    placeless: bool = False


def reach_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, most: int) -> Reach:
    """Return how far a sheet reaches; raises what `zipfile` raises for a damaged one."""
    columns, rows, tail, size = 1, 1, b"", 0
    with archive.open(entry) as sheet:
        while size <= most and (block := sheet.read(BLOCK)):
            size += len(block)
            piece = tail + block
            if _BARE_CELL.search(piece):
                return Reach(rows, columns, size, placeless=True)
            for letters, digits in _CELL.findall(piece):
                rows = max(rows, int(digits))
                columns = max(columns, _column(letters))
            tail = block[-_LONGEST_TAG:]
    return Reach(rows, columns, size)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
