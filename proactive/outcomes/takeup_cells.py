"""The values of take-up tables: counts, shares, means, and what is not known or not shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from proactive.outcomes.takeup_words import MISSING, Words

SMALL = 5


@dataclass(frozen=True, slots=True)
class Count:
    n: int


@dataclass(frozen=True, slots=True)
class Share:
    """`n` of `of`."""

    n: int
    of: int


@dataclass(frozen=True, slots=True)
class Mean:
    """A sum over so many; `unit` is a key of UNITS."""

    total: int
    of: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A word instead of a number: a code of MISSING."""

    code: str


Cell = Count | Share | Mean | Note
HIDDEN = Note("hidden")
UNITS = {
    "days": {"en": " days", "zh": "天"},
    "working": {"en": " working days", "zh": "个工作日"},
    "calendar": {"en": " calendar days", "zh": "个自然日"},
    "": {"en": "", "zh": ""},
}


def shown(cell: Cell, language: str) -> str:
    """Return what a person reads."""
    if isinstance(cell, Note):
        return MISSING[cell.code][language]
    if isinstance(cell, Count):
        return f"{cell.n:,}"
    value = number(cell)
    if value is None:
        return MISSING["nothing_yet"][language]
    if isinstance(cell, Mean):
        return f"{value:,.1f}{UNITS[cell.unit][language]}"
    return f"{value:.1%}" if language == "zh" else f"{value * 100:.1f} %"


def counted(cell: Cell, language: str) -> str:
    """Return what a share or a mean rests on: `12 of 15`."""
    if isinstance(cell, Share) and cell.of:
        of = {"en": f"{cell.n:,} of {cell.of:,}", "zh": f"{cell.n:,} / {cell.of:,}"}
        return of[language]
    if isinstance(cell, Mean) and cell.of:
        return {"en": f"of {cell.of:,}", "zh": f"共{cell.of:,}件"}[language]
    return ""


def number(cell: Cell) -> float | None:
    """Return the value as a spreadsheet and a program want it; None where there is none."""
    if isinstance(cell, Count):
        return cell.n
    if isinstance(cell, Share | Mean):
        value = cell.n if isinstance(cell, Share) else cell.total
        return value / cell.of if cell.of else None
    return None


def _of(cell: Cell) -> int:
    """Return how many a cell is about."""
    return cell.n if isinstance(cell, Count) else 0 if isinstance(cell, Note) else cell.of


def _small(cell: Cell) -> bool:
    """Is this about fewer than five, but somebody? A share also by what it leaves."""
    if isinstance(cell, Share):
        return any(0 < n < SMALL for n in (cell.n, cell.of, cell.of - cell.n))
    return 0 < _of(cell) < SMALL


def hide_column(cells: Sequence[Cell]) -> list[Cell]:
    """Return a column of parts with the small ones hidden."""
    return _without(cells, hidden_places(cells))


def hidden_places(cells: Sequence[Cell], also: Collection[int] = ()) -> set[int]:
    """Return the places of a column of parts that are hidden: the small ones and `also`.

    Where that is just one, the whole would give it away: the one about the fewest others goes
    too, one about nobody only where there is no other.
    """
    hidden = {place for place, cell in enumerate(cells) if _small(cell)} | set(also)
    if len(hidden) == 1:
        others = [place for place in range(len(cells)) if place not in hidden]
        hidden |= set(sorted(others, key=lambda one: (not _of(cells[one]), _of(cells[one])))[:1])
    return hidden


def _without(cells: Sequence[Cell], hidden: Collection[int]) -> list[Cell]:
    return [HIDDEN if place in hidden else cell for place, cell in enumerate(cells)]


def hide_alone(cell: Cell) -> Cell:
    """Return a figure that stands by itself, hidden if it is small."""
    return HIDDEN if _small(cell) else cell


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its name, its cells, the sentence that defines it, a code to link to."""

    name: Words
    cells: tuple[Cell, ...]
    says: Words | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as page, file and command line show it alike; `code` tells tables apart.

    `bound`: columns of which one tells the others, hidden together. A first one that is a count is
    what the others are shares of: they are hidden where it is, and it by itself only.
    """

    code: str
    title: Words
    heads: tuple[Words, ...]
    rows: tuple[Row, ...]
    note: Words | None = None
    bound: tuple[tuple[int, ...], ...] = ()


def hidden_parts(table: Table) -> Table:
    """Return a table of parts with the small figures of every column hidden."""
    columns = list(zip(*(row.cells for row in table.rows), strict=True))
    hidden = [hidden_places(column) for column in columns]
    for group in table.bound:
        together = set().union(*(hidden[column] for column in group))
        whole = group[:1] if isinstance(columns[group[0]][0], Count) else ()
        for column in group[len(whole) :]:
            hidden[column] = together
    shown_columns = map(_without, columns, hidden)
    rows = zip(table.rows, zip(*shown_columns, strict=True), strict=True)
    return replace(table, rows=tuple(replace(row, cells=tuple(cells)) for row, cells in rows))


def hidden_alone(table: Table) -> Table:
    """Return a table of single figures with the small ones hidden."""
    rows = (replace(row, cells=tuple(map(hide_alone, row.cells))) for row in table.rows)
    return replace(table, rows=tuple(rows))
