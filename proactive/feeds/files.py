"""What a delivered file is: its kind by magic, its size when unpacked, its fingerprint.

Sizes are checked while streaming, so that a small file that unfolds to a huge one is refused
before it costs memory.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from proactive.feeds.refusals import refuse_not_a_table, refuse_too_large, refuse_truncated
from proactive.kernel.errors import Refused

MIB = 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a delivery may hold; a county's year of bills fits many times."""

    packed: int = 2048 * MIB
    unpacked: int = 8192 * MIB
    ratio: int = 200
    ratio_from: int = 16 * MIB
    rows: int = 50_000_000
    columns: int = 500
    cell: int = 32_768
    line: int = MIB
    sheet_unpacked: int = 256 * MIB
    sheet_cells: int = 4_000_000
    row_group: int = 256 * MIB


LIMITS = Limits()


class Shape(StrEnum):
    TEXT = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the sender says of the file: rows without heading, and the SHA-256 of the file."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A delivered file whose magic, size and (where it came) manifest are in order."""

    path: Path
    name: str
    size: int
    sha256: str
    shape: Shape
    gzipped: bool
    manifest: Manifest | None


_SUFFIXES = {
    ".csv": Shape.TEXT,
    ".tsv": Shape.TEXT,
    ".txt": Shape.TEXT,
    ".xlsx": Shape.XLSX,
    ".xlsm": Shape.XLSX,
    ".parquet": Shape.PARQUET,
}
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "it is an old Excel file (.xls) or a protected one",
    b"%PDF": "it is a PDF",
    b"\x89PNG": "it is a picture",
    b"\xff\xd8\xff": "it is a picture",
    b"GIF8": "it is a picture",
    b"\x7fELF": "it is a program",
    b"MZ": "it is a program",
    b"7z\xbc\xaf": "it is a 7z archive",
    b"Rar!": "it is a RAR archive",
    b"BZh": "it is a bzip2 archive",
    b"\xfd7zXZ": "it is an xz archive",
    b"\x28\xb5\x2f\xfd": "it is a zstd archive",
    b"SQLite": "it is a database",
}


def look_at(path: Path, limits: Limits) -> FileFacts:
    """The facts of a file; refused when it is no table, too large, or unlike its manifest."""
    if not path.is_file():
        raise Refused("no_file", "There is no file {file}.", todo="Check the name.", file=path.name)
    size = path.stat().st_size
    if size == 0:
        raise refuse_truncated(path.name, "The file is empty.")
    if size > limits.packed:
        raise refuse_too_large(
            path.name, f"It has {size // MIB} MiB; {limits.packed // MIB} are allowed."
        )
    sha256 = _fingerprint(path)
    manifest = _manifest_of(path)
    if manifest and manifest.sha256 != sha256:
        raise refuse_truncated(path.name, "Its SHA-256 is not the one in its manifest.")
    with path.open("rb") as file:
        gzipped = file.read(2) == GZIP_MAGIC
    shape = _shape(path, gzipped, limits)
    return FileFacts(path, path.name, size, sha256, shape, gzipped, manifest)


@contextmanager
def open_plain(facts: FileFacts, limits: Limits) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked on the way where it is gzip; broken gzip is refused."""
    with _plain(facts.path, facts.gzipped, limits) as stream:
        yield stream


@contextmanager
def _plain(path: Path, gzipped: bool, limits: Limits) -> Iterator[BinaryIO]:
    with path.open("rb") as packed:
        raw: io.RawIOBase = _Measured(packed, path, gzipped, limits)
        yield io.BufferedReader(raw, BLOCK)


class _Measured(io.RawIOBase):
    """Counts unpacked bytes as they are read; stops at the size or ratio limit."""

    def __init__(self, packed: BinaryIO, path: Path, gzipped: bool, limits: Limits) -> None:
        self._file = path.name
        self._limits = limits
        self._packed_size = path.stat().st_size
        self._source: BinaryIO | gzip.GzipFile = (
            gzip.GzipFile(fileobj=packed, mode="rb") if gzipped else packed
        )
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type] # the io protocol hands a writable buffer
        try:
            block = self._source.read(min(len(view), BLOCK))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise refuse_truncated(self._file, "The gzip data ends early or is damaged.") from error
        self._read += len(block)
        self._check()
        view[: len(block)] = block
        return len(block)

    def _check(self) -> None:
        limits = self._limits
        if self._read > limits.unpacked:
            why = f"Unpacked it has more than {limits.unpacked // MIB} MiB."
            raise refuse_too_large(self._file, why)
        if self._read > limits.ratio_from and self._read > limits.ratio * self._packed_size:
            why = f"It unfolds to more than {limits.ratio} times its size."
            raise refuse_too_large(self._file, why)


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _shape(path: Path, gzipped: bool, limits: Limits) -> Shape:
    with _plain(path, gzipped, limits) as stream:
        magic = stream.read(8)
    for start, what in _OTHERS.items():
        if magic.startswith(start):
            raise refuse_not_a_table(path.name, what[0].upper() + what[1:] + ".")
    found = Shape.TEXT
    if magic.startswith(b"PK\x03\x04"):
        found = Shape.XLSX
    elif magic.startswith(b"PAR1"):
        found = Shape.PARQUET
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    named = _SUFFIXES.get(suffix, found)
    if named is not found:
        raise refuse_not_a_table(path.name, f"Its name says {named}, its content is {found}.")
    return found


def _manifest_of(path: Path) -> Manifest | None:
    beside = path.with_name(path.name + ".manifest.json")
    if not beside.is_file():
        return None
    try:
        raw = json.loads(beside.read_text(encoding="utf-8-sig"))
        rows, sha256 = raw["rows"], raw["sha256"]
        if not isinstance(rows, int) or isinstance(rows, bool) or len(sha256) != 64:
            raise ValueError("rows or sha256")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            "bad_manifest",
            "The manifest {file} cannot be read.",
            why="It must be JSON with 'rows' (a number) and 'sha256' (64 hex digits).",
            todo="Correct it or take it away.",
            file=beside.name,
        ) from error
    return Manifest(rows, str(sha256).lower())
