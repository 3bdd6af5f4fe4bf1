"""What is wrong with the data, on purpose, and what should become of each spoilt row.

Every problem of real deliveries (domain.md §10) is written into some file, and noted here with
the treatment a careful receiver gives it. Rows that are to be put aside are additional ones, so
that nobody's true record is lost; rows that only look odd are the true ones, rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

import numpy as np

from proactive.simulate.draws import Ints
from proactive.simulate.sheet import Sheet

Row = dict[str, str]
Change = Callable[[Row], Mapping[str, str]]


class Treatment(StrEnum):
    """What a receiver should do with a row."""

    APPLIED = "applied"
    WARNING = "warning"  # applied, and the office is told
    QUARANTINED = "quarantined"
    HELD = "held"
    RELEASED = "released"  # held first, applied when its forward row came
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class DirtyRow:
    """One spoilt row; `row` is the line of the file, the heading being line 1."""

    file: str
    row: int
    kind: str
    treatment: Treatment
    reason: str = ""
    field: str = ""


@dataclass(slots=True)
class Dirt:
    """The list of everything spoilt, and which people may be used for it."""

    stock: Iterator[int]
    times: int
    rows: list[DirtyRow] = field(default_factory=list)

    @property
    def kinds(self) -> int:
        return len({row.kind for row in self.rows})

    def note(
        self,
        sheet: Sheet,
        row: int,
        kind: str,
        treatment: Treatment,
        reason: str = "",
        field: str = "",
    ) -> None:
        self.rows.append(DirtyRow(sheet.file, row, kind, treatment, reason, field))

    def as_json(self) -> list[dict[str, object]]:
        return [asdict(row) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Spoiler:
    """One kind of damage: what it does to a row, and what should become of it.

    `added` writes the damage into an additional copy of the row instead of the row itself.
    """

    kind: str
    treatment: Treatment
    field: str
    change: Change
    reason: str = ""
    added: bool = False


def spoil(dirt: Dirt, sheet: Sheet, spoiler: Spoiler, at: int) -> None:
    """Damage one row of a sheet and note it."""
    changes = spoiler.change(sheet.row(at))
    if spoiler.added:
        number = sheet.append(sheet.row(at) | dict(changes))
    else:
        number = sheet.change(at, changes)
    dirt.note(sheet, number, spoiler.kind, spoiler.treatment, spoiler.reason, spoiler.field)


def stock_of(rng: np.random.Generator, fit: Ints) -> Iterator[int]:
    """Give people out one by one, in chance order; nobody twice."""
    return iter(rng.permutation(fit).tolist())


def to(name: str, write: Callable[[str], str]) -> Change:
    """Rewrite one field from its own text."""
    return lambda row: {name: write(row[name])}


def be(**texts: str) -> Change:
    """Replace fields by fixed texts."""
    return lambda row: texts


def full_width(text: str) -> str:
    """Write ASCII digits and letters in their wide forms."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
