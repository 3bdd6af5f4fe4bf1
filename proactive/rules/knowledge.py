"""From when on anything of a feed was known, and whether that is known or only assumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlglot import exp

from proactive.rules.binding import Binding
from proactive.rules.judging import Judge
from proactive.rules.near_sql import withdrawn
from proactive.rules.rows_sql import lake
from proactive.rules.sql import Sql, both, col, eq, is_null, named, table, when

MARKS = {
    "knowledge_assumed": "BOOLEAN",
    "recorded_on": "DATE",
    "arrived_at": "TIMESTAMPTZ",
}


@dataclass(frozen=True, slots=True)
class Spread:
    """Rows alike in when they became known and ceased to hold."""

    assumed: bool
    recorded_on: date | None
    arrived_at: datetime | None
    gone_on: date | None
    gone_at: datetime | None

    def visible(self, binding: Binding) -> bool:
        if self.recorded_on is not None:
            known = self.recorded_on <= binding.known_on
        else:
            known = self.arrived_at is not None and self.arrived_at <= binding.known_at
        by_day = self.gone_on is not None and self.gone_on <= binding.known_on
        by_arrival = self.gone_at is not None and self.gone_at <= binding.known_at
        return known and not by_day and not by_arrival


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The rows of the plan's feeds, told apart only by when they were known."""

    spread: dict[str, list[Spread]]

    def assumed(self, binding: Binding) -> tuple[str, ...]:
        """Feeds with a visible row whose knowledge date is assumed."""
        return self._feeds(binding, (True,))

    def silent(self, binding: Binding) -> tuple[str, ...]:
        """Feeds without any visible row."""
        heard = self._feeds(binding, (True, False))
        return tuple(feed for feed in sorted(self.spread) if feed not in heard)

    def _feeds(self, binding: Binding, kinds: Sequence[bool]) -> tuple[str, ...]:
        return tuple(
            feed
            for feed, rows in sorted(self.spread.items())
            if any(row.assumed in kinds and row.visible(binding) for row in rows)
        )


def knowledge_of(judge: Judge) -> Knowledge:
    """Read the marks of every feed that the plan needs; the judge is open."""
    return Knowledge({feed: _spread(judge, feed) for feed in sorted(judge.plan.feeds)})


def _spread(judge: Judge, feed: str) -> list[Spread]:
    names = [*MARKS, "gone_on", "gone_at"]
    rows = judge.run.fetch(_marks(judge, feed)).to_pylist()
    return [_told(*(row[name] for name in names)) for row in rows]


def _told(assumed: Any, *days: Any) -> Spread:
    return Spread(bool(assumed), *days)


def _marks(judge: Judge, feed: str) -> exp.Select:
    same = [eq(col("x", name), col("r", name)) for name in ("record_id", "version")]
    known: dict[str, Sql] = {
        name: col("r", name) if name in judge.columns[feed] else exp.cast(exp.null(), kind)
        for name, kind in MARKS.items()
    }
    known["arrived_at"] = when((is_null(known["recorded_on"]), known["arrived_at"]))
    query = exp.Select().select(*(named(part, name) for name, part in known.items()), copy=False)
    return (
        query.select(col("x", "gone_on"), col("x", "gone_at"), copy=False)
        .distinct(copy=False)
        .from_(table(lake(feed), "r"), copy=False)
        .join(table(withdrawn(feed), "x"), on=both(same), join_type="left", copy=False)
    )
