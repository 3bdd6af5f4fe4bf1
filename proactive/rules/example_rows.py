"""Rows of examples turned into rows of the lake; every example keeps to its own people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic_core import PydanticCustomError

from proactive.feeds.contract import Column, Contract
from proactive.feeds.marked import Mistake
from proactive.feeds.words import ColumnType, Kind
from proactive.rules.closed import day_from_text, flag_from_text, whole_from_text
from proactive.rules.nodes import Plan
from proactive.rules.reading import Path, RuleRefused, Source, near
from proactive.rules.typed import money, number

MARKS = ("subject", "household", "record", "version", "area", "event_on", "recorded_on")
ROOM = 1_000
Row = dict[str, Any]


@dataclass(slots=True)
class ExampleRows:
    """Collects the rows of all examples; `who` is the key each example looks at."""

    plan: Plan
    defaults: Mapping[str, Mapping[str, str]]
    source: Source
    who: dict[int, int] = field(default_factory=dict)
    aliases: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    rows: dict[tuple[str, int], list[Row]] = field(default_factory=dict)
    keys: dict[tuple[int, str], int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def take(
        self,
        index: int,
        given: Mapping[str, Sequence[Mapping[str, str]]],
        aliases: Mapping[str, str],
        who: str | None,
    ) -> None:
        """Convert one example; what is wrong with it is collected for `check`."""
        names = [row["subject"] for rows in given.values() for row in rows if "subject" in row]
        for feed, rows in given.items():
            path: Path = ("examples", index, "given", feed)
            contract = self.plan.contracts.get(feed)
            if contract is None:
                hint = near(feed, list(self.plan.contracts))
                self.wrong(path, f"no feed is named '{feed}'{hint}")
                continue
            self.rows[feed, index] = [
                self._row(index, contract, number, row, (*path, number))
                for number, row in enumerate(rows)
            ]
        self.aliases[index] = [
            (self._key(index, one), self._key(index, two)) for one, two in aliases.items()
        ]
        chosen = who or (names[0] if names else "")
        if chosen not in names:
            self.wrong(("examples", index, "who"), f"nobody is named '{chosen}' in 'given'")
        self.who[index] = self._key(index, aliases.get(chosen, chosen))

    def check(self) -> None:
        if self.mistakes:
            raise RuleRefused(self.mistakes)

    def wrong(self, path: Path, text: str) -> None:
        self.mistakes.append(self.source.mistake(path, text))

    def record_id(self, index: int, name: str) -> str:
        return f"{index}:{name}"

    def of_feed(self, feed: str, indexes: Sequence[int]) -> tuple[list[Row], list[Row]]:
        """The rows of some examples, and which of them are corrected by a higher version."""
        rows = [row for index in indexes for row in self.rows.get((feed, index), [])]
        by_version = {(row["record_id"], row["version"]): row for row in rows}
        superseded = []
        for record, version in by_version:
            later = [v for r, v in by_version if r == record and v > version]
            if later:
                newer = by_version[record, min(later)]
                superseded.append(
                    {
                        "record_id": record,
                        "version": version,
                        "since": datetime(1900, 1, 1, tzinfo=UTC),
                        "since_recorded": newer.get("recorded_on"),
                    }
                )
        return rows, superseded

    def _key(self, index: int, name: str) -> int:
        """A key that no other example uses."""
        same = sum(1 for example, _ in self.keys if example == index)
        return self.keys.setdefault((index, name), index * ROOM + same + 1)

    def _row(
        self, index: int, contract: Contract, number: int, given: Mapping[str, str], path: Path
    ) -> Row:
        filled = {**self.defaults.get(contract.feed, {}), **given}
        name = filled.get("record") or f"{contract.feed}-{number + 1}"
        row: Row = {"record_id": self.record_id(index, name), "version": 1}
        for key, text in filled.items():
            if key in ("subject", "household"):
                row[f"{key}_key"] = self._key(index, f"{key} {text}" if key != "subject" else text)
            elif key != "record":
                row[key] = self._value(contract, key, text, (*path, key))
        event = row.get("event_on") or self._event_on(contract, row)
        return row | {"event_on": event, "year": event.year if event else 0}

    def _value(self, contract: Contract, key: str, text: str, path: Path) -> object:
        if text in ("", "null"):
            return None
        column = contract.fields.get(key)
        try:
            if key in ("event_on", "recorded_on"):
                return day_from_text(text)
            if key == "version":
                return whole_from_text(text)
            if key == "area":
                return text
            if column is not None and not column.identity:
                return self._typed(column, text)
            known = [*MARKS, *contract.lake_fields]
            raise ValueError(f"feed '{contract.feed}' has no field '{key}'{near(key, known)}")
        except PydanticCustomError as error:
            self.wrong(path, error.message())
        except ValueError as error:
            self.wrong(path, str(error))
        return None

    def _typed(self, column: Column, text: str) -> object:
        if column.type is ColumnType.MONEY:
            return money(text)
        if column.type in (ColumnType.NUMBER, ColumnType.RATIO):
            return float(Decimal(number(text)))
        if column.type is ColumnType.INTEGER:
            return whole_from_text(text)
        if column.type is ColumnType.DATE:
            return day_from_text(text)
        if column.type is ColumnType.DATETIME:
            return self._moment(text)
        if column.type is ColumnType.BOOLEAN:
            return flag_from_text(text)
        if column.codes and text not in column.codes:
            hint = near(text, list(column.codes))
            raise ValueError(f"'{text[:40]}' is not a code of '{column.field}'{hint}")
        return text

    def _moment(self, text: str) -> datetime:
        """2026-05-01 or 2026-05-01 23:30, in the trigger's zone."""
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"'{text[:40]}' is not a moment such as 2026-05-01 23:30") from None
        zoned = local if local.tzinfo else local.replace(tzinfo=self.plan.zone)
        return zoned.astimezone(UTC)

    def _event_on(self, contract: Contract, row: Row) -> date | None:
        """The day a row belongs to, as the feed's contract says."""
        if contract.kind is Kind.REGISTER:
            start = row.get(contract.register_.valid_from) if contract.register_ else None
            return start if isinstance(start, date) else None
        if contract.event is None:
            return None
        if contract.event.year is not None:
            year = row.get(contract.event.year)
            return date(year, 12, 31) if isinstance(year, int) else None
        value = row.get(contract.event.on or "")
        if isinstance(value, datetime):
            return value.astimezone(self.plan.zone).date()
        return value if isinstance(value, date) else None
