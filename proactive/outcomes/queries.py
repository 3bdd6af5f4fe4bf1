"""What was found about each trigger: counts by version, band, class and place, never a person."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from proactive.kernel.work import Work
from proactive.outcomes.model import (
    ALL_BANDS,
    BAND_EDGES,
    RULE_REASONS,
    Cell,
    Counts,
    Missed,
    add_up,
    missed,
)


@dataclass(frozen=True, slots=True)
class Times:
    """Days from the raising to the judgement and to the first help: median and 9 in 10; or None."""

    judged_median: float | None = None
    judged_p90: float | None = None
    helped_median: float | None = None
    helped_p90: float | None = None

    def as_json(self) -> dict[str, float | None]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class VersionLearning:
    """One trigger version. `bands` by number (0 is under the line), without sample visits."""

    trigger: str
    version_id: UUID
    version: int
    state: str
    counts: Counts
    bands: Mapping[int, Counts]
    sample: Counts
    times: Times

    def as_json(self) -> dict[str, object]:
        return {
            "trigger": self.trigger,
            "version": self.version,
            "state": self.state,
            **self.counts.as_json(),
            "bands": [{"band": n, **each.as_json()} for n, each in self.bands.items()],
            "sample": self.sample.as_json(),
            "days": self.times.as_json(),
        }


@dataclass(frozen=True, slots=True)
class SampleRound:
    """The latest look under the line: how many stand there, by hundredths of the line."""

    at: datetime
    just_under: int
    bands: Mapping[str, int]


_CELLS = f"""
SELECT o.trigger, o.trigger_version_id, v.version, v.state, o.sample, o.result, o.reason,
  coalesce(width_bucket(o.margin, ARRAY[{", ".join(map(str, BAND_EDGES))}]::numeric[]), -1) AS band,
  count(*) AS n, count(o.helped_at) AS helped
FROM outcome AS o JOIN trigger_version AS v ON v.id = o.trigger_version_id
WHERE CAST(:trigger AS text) IS NULL OR o.trigger = :trigger
GROUP BY o.trigger, o.trigger_version_id, v.version, v.state, o.sample, o.result, o.reason, band
ORDER BY o.trigger, v.version DESC
"""

_TIMES = """
SELECT trigger_version_id,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY judged) AS judged_median,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY judged) AS judged_p90,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY helped) AS helped_median,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY helped) AS helped_p90
FROM (SELECT trigger_version_id, extract(epoch FROM judged_at - raised_at) / 86400 AS judged,
    extract(epoch FROM helped_at - raised_at) / 86400 AS helped
  FROM outcome WHERE CAST(:trigger AS text) IS NULL OR trigger = :trigger) AS spans
GROUP BY trigger_version_id
"""


def learnings(work: Work, trigger: str | None = None) -> list[VersionLearning]:
    """Return every version that has raised a case, newest first within its trigger."""
    values = {"trigger": trigger}
    times = {
        row.trigger_version_id: Times(*(None if days is None else float(days) for days in row[1:]))
        for row in work.db.execute(text(_TIMES), values)
    }
    found: dict[UUID, list[Row[Any]]] = {}
    for row in work.db.execute(text(_CELLS), values):
        found.setdefault(row.trigger_version_id, []).append(row)
    return [_learning(rows, times.get(version_id, Times())) for version_id, rows in found.items()]


def _learning(rows: list[Row[Any]], times: Times) -> VersionLearning:
    plain = [row for row in rows if not row.sample]
    bands = {row.band for row in plain}
    return VersionLearning(
        trigger=rows[0].trigger,
        version_id=rows[0].trigger_version_id,
        version=rows[0].version,
        state=rows[0].state,
        counts=add_up(map(_cell, plain)),
        bands={
            band: add_up(_cell(row) for row in plain if row.band == band)
            for band in ALL_BANDS
            if band in bands
        },
        sample=add_up(_cell(row) for row in rows if row.sample),
        times=times,
    )


def _cell(row: Row[Any]) -> Cell:
    return Cell(row.result, row.reason, row.n, row.helped)


_BY_AREA = """
SELECT (ARRAY[a.area_1, a.area_2, a.area_3, a.area_4, a.area_5])[:level] AS place, o.result,
  o.reason, count(*) AS n, count(o.helped_at) AS helped
FROM outcome AS o LEFT JOIN area AS a ON a.code = o.area
WHERE o.trigger = :trigger AND NOT o.sample
  AND (CAST(:version AS uuid) IS NULL OR o.trigger_version_id = :version)
GROUP BY 1, 2, 3
"""


def by_area(
    work: Work, trigger: str, level: int, version_id: UUID | None = None
) -> dict[str, Counts]:
    """Return area code of this level → counts; '' holds what is not known that deep."""
    values = {"trigger": trigger, "level": level, "version": version_id}
    rows = work.db.execute(text(_BY_AREA), values).all()
    return _grouped(rows, lambda row: row.place or "")


_TOO_WIDE = f"""
SELECT {{what}} AS what, o.reason,
  coalesce(width_bucket(o.margin, ARRAY[{", ".join(map(str, BAND_EDGES))}]::numeric[]), -1) AS band,
  count(*) AS n
FROM outcome AS o {{join}}
WHERE o.trigger = :trigger AND o.result = 'not_confirmed' AND o.reason = ANY(:reasons)
  AND NOT o.sample AND o.trigger_version_id = :version
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class TooWide:
    """Visits that found no need in one part of the rule: a class, or a fact that had to be asked.

    `kind` is class or unknown; `what` the class's name ('' is everybody else) or the fact.
    """

    kind: str
    what: str
    bands: Mapping[int, int]

    @property
    def count(self) -> int:
        return sum(self.bands.values())


def too_wide(work: Work, trigger: str, version_id: UUID) -> list[TooWide]:
    """Return where in the rule visits found no need, most often first."""
    values = {"trigger": trigger, "version": version_id, "reasons": list(RULE_REASONS)}
    facts = "CROSS JOIN LATERAL jsonb_array_elements_text(o.unknowns) AS asked(fact)"
    found = []
    for kind, what, join in (("class", "o.klass", ""), ("unknown", "asked.fact", facts)):
        bands: dict[str, dict[int, int]] = {}
        statement = text(_TOO_WIDE.format(what=what, join=join))
        for row in work.db.execute(statement, values):
            own = bands.setdefault(row.what, {})
            own[row.band] = own.get(row.band, 0) + row.n
        found += [TooWide(kind, name, own) for name, own in bands.items()]
    return sorted(found, key=lambda each: (each.kind, -each.count, each.what))


def unread_reasons(work: Work, trigger: str | None = None) -> dict[str, int]:
    """Return trigger → visits since the last reading that spoke against its rule."""
    rows = work.db.execute(
        text(
            "SELECT o.trigger, count(*) AS n FROM outcome AS o LEFT JOIN learning_read AS r"
            " ON r.trigger = o.trigger WHERE o.result = 'not_confirmed'"
            " AND o.reason = ANY(:reasons) AND (r.read_at IS NULL OR o.judged_at > r.read_at)"
            " AND (CAST(:trigger AS text) IS NULL OR o.trigger = :trigger) GROUP BY 1"
        ),
        {"trigger": trigger, "reasons": list(RULE_REASONS)},
    )
    return {row.trigger: row.n for row in rows}


def latest_round(work: Work, trigger: str) -> SampleRound | None:
    """Return the latest count of who stands just under the line; None where none was made."""
    row = work.db.execute(
        text(
            "SELECT at, just_under, bands FROM sample_round WHERE trigger = :trigger"
            " ORDER BY at DESC LIMIT 1"
        ),
        {"trigger": trigger},
    ).one_or_none()
    return SampleRound(row.at, row.just_under, row.bands) if row else None


def sample_counts(work: Work, trigger: str) -> Counts:
    """Return what sample visits of all versions of a trigger have found."""
    rows = work.db.execute(
        text(
            "SELECT result, reason, count(*) AS n, count(helped_at) AS helped FROM outcome"
            " WHERE trigger = :trigger AND sample GROUP BY 1, 2"
        ),
        {"trigger": trigger},
    )
    return add_up(map(_cell, rows))


def what_is_missed(work: Work, trigger: str) -> Missed | None:
    """Return the estimate of who is in need just under the line; None before it can be made."""
    latest = latest_round(work, trigger)
    return missed(latest.just_under, sample_counts(work, trigger)) if latest else None


def quiet_counts(work: Work, trigger: str) -> dict[str, tuple[int, date | None]]:
    """Return outcome → how many the trigger leaves alone after it, and the next day that ends."""
    rows = work.db.execute(
        text(
            "SELECT outcome, count(*) AS n, min(until) AS next FROM cool_down"
            " WHERE trigger = :trigger AND (until IS NULL OR until > :today) GROUP BY 1"
        ),
        {"trigger": trigger, "today": work.today},
    )
    return {row.outcome: (row.n, row.next) for row in rows}


def _grouped(rows: Iterable[Row[Any]], key: Callable[[Row[Any]], str]) -> dict[str, Counts]:
    groups: dict[str, list[Cell]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(_cell(row))
    return {name: add_up(cells) for name, cells in sorted(groups.items())}
