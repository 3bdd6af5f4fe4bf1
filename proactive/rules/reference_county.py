"""What the slow judge knows on the day of the question: visible rows, homes, chosen values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from proactive.rules.nodes import (
    RECORD_ID,
    ParamValue,
    Plan,
)
from proactive.rules.reference_words import (
    Truth,
    all3,
    latest_first,
)
from proactive.rules.views import MemoryView, View

Row = dict[str, Any]


@dataclass
class County:
    """Everything that is known on the day of the question."""

    plan: Plan
    views: Mapping[str, View]
    as_of: date
    known_at: datetime
    areas: Mapping[str, Sequence[str]]
    aliases: pa.Table | None

    def final(self, key: int) -> int:
        """The key a temporary key leads to."""
        steps = self._alias_steps
        seen = {key}
        while key in steps and steps[key] not in seen:
            key = steps[key]
            seen.add(key)
        return key

    @cached_property
    def _alias_steps(self) -> dict[int, int]:
        if self.aliases is None:
            return {}
        return {row["temporary_key"]: row["key"] for row in self.aliases.to_pylist()}

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The visible rows of each feed; `subject` is the key after aliases."""
        return {feed: list(self._visible(feed)) for feed in self.plan.feeds}

    def _visible(self, feed: str) -> Iterator[Row]:
        gone = {
            (entry["record_id"], entry["version"])
            for entry in self.views[feed].superseded.to_pylist()
            if self._known(entry["since_recorded"], entry["since"])
        }
        for row in _rows_of(self.views[feed]):
            if (row["record_id"], row["version"]) in gone:
                continue
            if self._known(row.get("recorded_on"), row.get("arrived_at")):
                key = row.get("subject_key")
                yield row | {"subject": None if key is None else self.final(key)}

    def _known(self, recorded_on: date | None, arrived_at: datetime | None) -> bool:
        if recorded_on is not None:
            return recorded_on <= self.known_at.astimezone(self.plan.zone).date()
        return arrived_at is not None and arrived_at <= self.known_at

    @cached_property
    def subjects(self) -> set[int]:
        keys = {row["subject"] for rows in self.rows.values() for row in rows}
        return {key for key in keys if key is not None}

    def of_subject(self, feed: str, subject: int) -> list[Row]:
        return self._by_subject(feed).get(subject, [])

    def _by_subject(self, feed: str) -> dict[int, list[Row]]:
        if feed not in self._indexes:
            index: dict[int, list[Row]] = {}
            for row in self.rows[feed]:
                index.setdefault(row["subject"], []).append(row)
            self._indexes[feed] = index
        return self._indexes[feed]

    @cached_property
    def _indexes(self) -> dict[str, dict[int, list[Row]]]:
        return {}

    def episodes(self, subject: int) -> list[str]:
        """Each single record in a rule about records; one empty episode otherwise."""
        kind = self.plan.episodes
        if kind is None:
            return [""]
        rows = self.of_subject(kind.feed, subject)
        return sorted({record_key(row, kind.by) for row in rows if self.not_after(row)})

    def not_after(self, row: Row) -> bool:
        return row.get("event_on") is None or row["event_on"] <= self.as_of

    def home(self, subject: int) -> Row | None:
        """The one entry of the home register that holds for a subject on the as-of day."""
        if self.plan.home_feed not in self.rows:
            return None
        feed = self.plan.home_feed
        register = self.plan.contracts[feed].register_
        begun = register.valid_from if register else "event_on"
        rows = [row for row in self.of_subject(feed, subject) if self.counts(feed, row) is True]
        ranked = latest_first(rows, (begun, "recorded_on", "version", RECORD_ID))
        return ranked[0] if ranked else None

    @cached_property
    def household_of(self) -> dict[int, int]:
        homes = {subject: self.home(subject) for subject in self.subjects}
        return {
            subject: home["household_key"]
            for subject, home in homes.items()
            if home is not None and home.get("household_key") is not None
        }

    def counts(self, feed: str, row: Row, first: date | None = None) -> Truth:
        """Does a register entry count on the as-of day, or from `first` to the as-of day?"""
        register = self.plan.contracts[feed].register_
        if register is None:
            return True
        begun = row.get(register.valid_from)
        until = row.get(register.valid_to) if register.valid_to else None
        in_time = (begun is None or begun <= self.as_of) and (
            until is None or until >= (first or self.as_of)
        )
        if not register.status:
            return in_time
        status = row.get(register.status)
        return all3([in_time, None if status is None else status in register.active])

    def choose(self, name: str, day: date | None, area: str, klass: str) -> ParamValue | None:
        """The most specific value in force: deepest area, then class, then the latest start."""
        path = list(self.areas.get(area, (area,)))
        best: ParamValue | None = None
        for value in self.plan.params[name].values:
            if day is None or value.start > day:
                continue
            if (value.area and value.area not in path) or value.klass not in ("", klass):
                continue
            if best is None or _rank(value, path) > _rank(best, path):
                best = value
        return best


def _rows_of(view: View) -> list[Row]:
    if isinstance(view, MemoryView):
        return list(view.table.to_pylist())
    tables = [pq.read_table(file, partitioning=None) for file in view.files]
    return [row for table in tables for row in table.to_pylist()]


def record_key(row: Row, by: str) -> str:
    key = row.get(by)
    return str(row[RECORD_ID] if key is None else key)


def _rank(value: ParamValue, path: Sequence[str]) -> tuple[int, bool, date]:
    depth = list(path).index(value.area) + 1 if value.area else 0
    return depth, bool(value.klass), value.start
