"""A chunk of text rows becomes lake rows, identities, and rows put aside with their reason."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from proactive.feeds.cells import Cell, Convert, Setting, converter
from proactive.feeds.contract import Contract
from proactive.feeds.judging import RowJudge, value_of
from proactive.feeds.layout import Feeder, Layout
from proactive.feeds.mapping import Mapping as FileMapping
from proactive.feeds.mapping import Target
from proactive.feeds.reasons import Reason
from proactive.feeds.sources import Chunk
from proactive.feeds.staging import STAGED_COLUMNS, staged_schema
from proactive.feeds.subjects import Found, SubjectReader
from proactive.kernel.crypto import Keyring
from proactive.people.model import Identity


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row put aside: where, which column, why, and its text (encrypted before it is kept)."""

    number: int
    column: str
    reason: Reason
    cells: Mapping[str, str]


@dataclass(slots=True)
class Cleaned:
    """One chunk, cleaned. `rows` has the staged schema; identities are not in it."""

    rows: pa.Table
    identities: list[Identity] = field(default_factory=list)
    aliases: list[tuple[int, int]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: int = 0


class Cleaner:
    """Cleans the chunks of one delivery by its contract, mapping and layout."""

    def __init__(
        self,
        contract: Contract,
        mapping: FileMapping,
        layout: Layout,
        *,
        setting: Setting,
        keys: Keyring,
    ) -> None:
        self._contract, self._mapping, self._layout = contract, mapping, layout
        self._converters: dict[str, Convert] = {
            name: converter(
                contract,
                mapping,
                layout.feeders[name].target if name in layout.feeders else Target(field=name),
                setting,
            )
            for name in contract.fields
            if name in layout.feeders or contract.fields[name].default
        }
        self._subjects = SubjectReader(contract, mapping, keys, setting.today)
        self._schema = staged_schema(contract)
        reversal = contract.record.reversal
        self._judge = RowJudge(
            contract,
            mapping,
            setting=setting,
            keys=keys,
            status_given=reversal is not None and reversal.field in layout.feeders,
        )
        self._kept = tuple(contract.lake_fields)

    def clean(self, chunk: Chunk) -> Cleaned:
        """Convert every cell, then judge every row."""
        rows, numbers, out = self._wanted(chunk)
        columns = {
            name: self._column(name, convert, rows, out)
            for name, convert in self._converters.items()
        }
        names = list(columns)
        staged: list[tuple[Any, ...]] = []
        for index, cells in enumerate(zip(*columns.values(), strict=True)):
            values = dict(zip(names, cells, strict=True))
            self._row(numbers[index], rows[index], values, staged, out)
        arrays = list(zip(*staged, strict=True)) if staged else [()] * len(self._schema)
        out.rows = pa.table(
            [
                pa.array(column, field.type)
                for column, field in zip(arrays, self._schema, strict=True)
            ],
            schema=self._schema,
        )
        return out

    def _wanted(self, chunk: Chunk) -> tuple[list[list[str]], list[int], Cleaned]:
        """Rows of the right width that the mapping takes; ragged ones are put aside."""
        out = Cleaned(rows=pa.table([], schema=pa.schema([])))
        rows: list[list[str]] = []
        numbers: list[int] = []
        width = self._layout.width
        for number, cells in zip(chunk.numbers, chunk.rows, strict=True):
            if len(cells) != width:
                extra = any(cell.strip() for cell in cells[width:])
                if len(cells) < width or extra:
                    self._aside(out, number, cells, "", Reason.RAGGED)
                    continue
            if any(cells[index].strip() for index in self._layout.unnamed):
                self._aside(out, number, cells, "", Reason.RAGGED)
                continue
            if not all(cells[index].strip() in words for index, words in self._layout.only):
                out.left_out += 1
                continue
            rows.append(cells)
            numbers.append(number)
        return rows, numbers, out

    def _column(
        self, name: str, convert: Convert, rows: list[list[str]], out: Cleaned
    ) -> list[Cell]:
        feeder = self._layout.feeders.get(name)
        if feeder is None or feeder.constant is not None:
            cell = convert(feeder.constant or "" if feeder else "")
            return [cell] * len(rows)
        if feeder.adds:
            return [_added(feeder, convert, row) for row in rows]
        if len(feeder.columns) == 1:
            place = feeder.columns[0]
            texts = [row[place] for row in rows]
        else:
            texts = [next((row[i] for i in feeder.columns if row[i].strip()), "") for row in rows]
        cells = [convert(text) for text in texts]
        for text, cell in zip(texts, cells, strict=True):
            if cell.unknown:
                out.unknown[name, text.strip()[:20]] += 1
            if cell.warning:
                out.warnings[cell.warning] += 1
        return cells

    def _row(
        self,
        number: int,
        cells: list[str],
        values: dict[str, Cell],
        staged: list[tuple[Any, ...]],
        out: Cleaned,
    ) -> None:
        fault = next(((name, c.reason) for name, c in values.items() if c.reason), None)
        household = None if fault else self._subjects.household(values)
        recorded = value_of(values, self._contract.recorded_on)
        seen = recorded if isinstance(recorded, date) else None
        found = Found() if fault else self._subjects.read(values, household, seen)
        if not fault and found.reason:
            fault = (found.field, found.reason)
        reversal = False
        if not fault:
            reversal, fault = self._judge.reversal(values)
        if not fault:
            fault = self._judge.fault_of_dates(values)
        if fault:
            self._aside(out, number, cells, fault[0], fault[1])
            return
        out.warnings.update(found.warnings)
        out.warnings.update(self._judge.warnings(values, found.number))
        out.identities.extend(found.identities)
        if found.alias:
            out.aliases.append(found.alias)
        staged.append(self._staged(number, values, found, household, seen, reversal=reversal))

    def _staged(
        self,
        number: int,
        values: dict[str, Cell],
        found: Found,
        household: int | None,
        recorded: date | None,
        *,
        reversal: bool,
    ) -> tuple[Any, ...]:
        contract, judge = self._contract, self._judge
        record = contract.record
        event_on = judge.event_on(values)
        explicit = value_of(values, record.version)
        kept = tuple(values[name].value if name in values else None for name in self._kept)
        key = found.number.key if found.number else None
        area = found.identities[0].place.living if found.identities else ""
        group = value_of(values, record.reversal.of) if record.reversal else None
        content = (key, household, area, event_on, recorded, explicit, *kept)
        common = {
            "row_no": number,
            "record_id": judge.record_id(values, found.number, reversal=reversal),
            "base": int(str(explicit)) if explicit is not None else judge.base_version(values),
            "explicit": explicit is not None,
            "reversal": reversal,
            "timed": judge.timed(values),
            "record_group": None if group is None else str(group),
            "subject_key": key,
            "household_key": household,
            "area": area or None,
            "event_on": event_on,
            "recorded_on": recorded,
            "row_hash": _hash(content),
        }
        return (*(common[name] for name in STAGED_COLUMNS), *kept)

    def _aside(
        self, out: Cleaned, number: int, cells: Sequence[str], column: str, reason: Reason
    ) -> None:
        labels = self._layout.labels
        named = {
            (labels[i] if i < len(labels) else "") or f"#{i + 1}": cell
            for i, cell in enumerate(cells)
        }
        out.bad.append(BadRow(number, column, reason, named))


def _added(feeder: Feeder, convert: Convert, row: Sequence[str]) -> Cell:
    """Columns added and taken away; empty in all of the added ones stays empty."""
    plus = [convert(row[index]) for index in feeder.columns if row[index].strip()]
    minus = [convert(row[index]) for index in feeder.minus if row[index].strip()]
    fault = next((cell for cell in (*plus, *minus) if cell.reason), None)
    if fault:
        return fault
    if not plus:
        return convert("")
    total = sum(int(str(cell.value)) for cell in plus) - sum(int(str(cell.value)) for cell in minus)
    return Cell(total)


def _hash(content: tuple[object, ...]) -> int:
    digest = hashlib.blake2b(repr(content).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
