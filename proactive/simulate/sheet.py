"""One delivery as a table of text, with the shape its office gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from proactive.simulate.draws import Ints


class Shape(StrEnum):
    """How a file is written."""

    GB18030 = "gb18030"
    UTF8_BOM = "utf-8-sig"
    GZIP = "gzip"
    XLSX = "xlsx"
    PARQUET = "parquet"


ENDINGS = {
    Shape.GB18030: ".csv",
    Shape.UTF8_BOM: ".csv",
    Shape.GZIP: ".csv.gz",
    Shape.XLSX: ".xlsx",
    Shape.PARQUET: ".parquet",
}


@dataclass(slots=True)
class Sheet:
    """A delivery before it is written: `columns` are texts by field, `headings` their titles.

    `mapping` holds what the office's layout needs said beside the contract; `manifest` asks for a
    file with row count and SHA-256. `groups` is a line of merged cells over the headings, the
    group's title by its first field. Columns may be changed (spoilt) until the file is written.
    """

    feed: str
    stem: str
    shape: Shape
    arrives: date
    headings: Mapping[str, str]
    columns: dict[str, list[str]]
    history: bool = False
    manifest: bool = False
    tabs: bool = False
    trailing_comma: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)
    total: Mapping[str, str] = field(default_factory=dict)
    date_cells: frozenset[str] = frozenset()
    number_cells: set[tuple[int, str]] = field(default_factory=set)
    extra_cells: set[int] = field(default_factory=set)
    mapping: str = ""

    @property
    def file(self) -> str:
        return self.stem + ENDINGS[self.shape]

    @property
    def header_lines(self) -> int:
        return 2 if self.groups else 1

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def row(self, at: int) -> dict[str, str]:
        """Copy one row, by field."""
        return {name: values[at] for name, values in self.columns.items()}

    def change(self, at: int, texts: Mapping[str, str]) -> int:
        """Write other texts into a row; gives the row's number in the file."""
        for name, text in texts.items():
            self.columns[name][at] = text
        return self.number(at)

    def append(self, row: Mapping[str, str]) -> int:
        """Add a row at the end; gives its number in the file."""
        for name, values in self.columns.items():
            values.append(row.get(name, ""))
        return self.number(len(self) - 1)

    def number(self, at: int) -> int:
        """Give the line of the file a row stands on, the heading being line 1."""
        return at + 1 + self.header_lines


def chosen(values: Sequence[str], positions: Ints) -> list[str]:
    """Pick texts by position."""
    return [values[at] for at in positions.tolist()]


def worded(words: Sequence[str], positions: Ints) -> list[str]:
    """Turn small numbers into the office's words."""
    return chosen(words, positions)
