"""What the fairness reviewer reads: groups beside each other, alarms first, small cells hidden."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from statistics import median
from typing import Any

from sqlalchemy import text

from proactive.areas.queries import names as area_names
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.outcomes.fairness_model import (
    COMPARISONS,
    PARTS,
    UNKNOWN,
    Attribute,
    Limits,
    Measure,
    Rate,
    Standing,
    compare,
    hidden_cells,
)

# The population is that of the last month chosen; all else is added up over the months.
READ = """
SELECT attribute, part,
  max(population) FILTER (WHERE month = newest) AS population,
  sum(found) AS found, sum(visited) AS visited, sum(confirmed) AS confirmed,
  sum(granted) AS granted, sum(refused) AS refused, sum(declined) AS declined,
  sum(not_reached) AS not_reached, sum(sampled) AS sampled,
  sum(sample_confirmed) AS sample_confirmed, max(counted_at) AS counted_at,
  jsonb_agg(to_jsonb(days_to_help)) AS days
FROM (SELECT f.*, max(month) OVER () AS newest FROM fairness_count AS f
  WHERE trigger = :trigger AND month BETWEEN :first AND :last
    AND (:version = '' OR trigger_version_id::text = :version)) AS f
GROUP BY attribute, part ORDER BY attribute, part
"""


@dataclass(frozen=True, slots=True)
class Days:
    """The median of days from being found to the first help, of `helped` people."""

    median: float | None
    helped: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One measure of one group; a hidden one must be shown without any figure."""

    standing: Standing
    hidden: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One group: how many there are, its cells, its days to help, its visits under the line."""

    part: str
    population: int
    cells: Mapping[Measure, Cell]
    days: Days
    sample: Cell


@dataclass(frozen=True, slots=True)
class AttributeTable:
    attribute: Attribute
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A group that fares worse than the others beyond what chance explains."""

    attribute: Attribute
    part: str
    measure: Measure
    direction: str
    standing: Standing
    hidden: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one page shows. `place_names` names the towns. `counted_at` None: not yet."""

    tables: tuple[AttributeTable, ...]
    alarms: tuple[Alarm, ...]
    place_names: Mapping[str, str]
    counted_at: datetime | None

    @property
    def sampled(self) -> bool:
        """Has anybody just under the line been visited?"""
        return any(group.sample.standing.rate.of for t in self.tables for group in t.groups)


@dataclass(frozen=True, slots=True)
class Choice:
    """A trigger with figures, its versions (id and number) and months, newest first."""

    trigger: str
    versions: tuple[tuple[str, int], ...]
    months: tuple[date, ...]


def choices(work: Work) -> tuple[Choice, ...]:
    """Return what there is to read; Refused `not_yours` for any other role."""
    _check(work)
    rows = work.db.execute(
        text(
            "SELECT f.trigger, array_agg(DISTINCT f.month ORDER BY f.month DESC) AS months,"
            " array_agg(DISTINCT f.trigger_version_id::text) AS ids"
            " FROM fairness_count AS f GROUP BY f.trigger ORDER BY f.trigger"
        )
    ).all()
    numbers = {
        str(row.id): row.version
        for row in work.db.execute(text("SELECT id, version FROM trigger_version"))
    }
    return tuple(
        Choice(
            row.trigger,
            tuple(sorted(((i, numbers[i]) for i in row.ids), key=lambda one: -one[1])),
            tuple(row.months),
        )
        for row in rows
    )


def report(
    work: Work, trigger: str, first: date, last: date, *, version: str = "", limits: Limits
) -> Report:
    """Return the figures of a trigger over whole months; reading them is audited."""
    _check(work)
    values = {"trigger": trigger, "first": first, "last": last, "version": version}
    rows = [dict(row) for row in work.db.execute(text(READ), values).mappings()]
    work.audit("read", "fairness", trigger, first=first, last=last, version=version)
    tables = tuple(
        _table(attribute, [row for row in rows if row["attribute"] == attribute], limits)
        for attribute in Attribute
    )
    towns = [group.part for group in tables[-1].groups if group.part != UNKNOWN]
    return Report(
        tables=tables,
        alarms=tuple(sorted(_alarms(tables), key=_gravity)),
        place_names=area_names(work.db, towns) if towns else {},
        counted_at=max((row["counted_at"] for row in rows), default=None),
    )


def _check(work: Work) -> None:
    if work.actor.role is not Role.FAIRNESS:
        raise Refused(
            "not_yours",
            "Fairness is read by its own reviewers only.",
            todo="Sign in as a fairness reviewer.",
        )


def _table(
    attribute: Attribute, rows: Sequence[Mapping[str, Any]], limits: Limits
) -> AttributeTable:
    """Return the known groups in their order, then those whose value nobody delivered."""
    by_part = {row["part"]: row for row in rows}
    known = [part for part in PARTS.get(attribute, sorted(by_part)) if part != UNKNOWN]
    parts = [*(part for part in known if part in by_part), *({UNKNOWN} & set(by_part))]
    ordered = [by_part[part] for part in parts]
    compared = len(parts) - (UNKNOWN in parts)
    cells = {
        measure: _cells(measure, measure, COMPARISONS[measure].of, ordered, compared, limits)
        for measure in Measure
    }
    samples = _cells(Measure.CONFIRMED, "sample_confirmed", "sampled", ordered, compared, limits)
    groups = [
        Group(
            part=part,
            population=row["population"] or 0,
            cells={measure: cells[measure][place] for measure in Measure},
            days=_days(row["days"], cells[Measure.GRANTED][place].hidden, limits),
            sample=replace(samples[place], standing=replace(samples[place].standing, alarm="")),
        )
        for place, (part, row) in enumerate(zip(parts, ordered, strict=True))
    ]
    return AttributeTable(attribute, tuple(groups))


def _cells(
    measure: Measure,
    counted: str,
    whole: str,
    rows: Sequence[Mapping[str, Any]],
    compared: int,
    limits: Limits,
) -> list[Cell]:
    """Return a measure's cells; the groups beyond `compared` are not held against the others."""
    rates = [Rate(int(row[counted] or 0), int(row[whole] or 0)) for row in rows]
    hidden = hidden_cells(rates, limits, nobodys=compared if compared < len(rates) else None)
    standings = compare(measure, [_sound(rate) for rate in rates[:compared]], limits)
    alone = compare(measure, [_sound(rate) for rate in rates[compared:]], limits)
    standings += [replace(one, alarm="") for one in alone]
    return [Cell(one, place in hidden) for place, one in enumerate(standings)]


def _sound(rate: Rate) -> Rate:
    """Bring a count that outgrew its whole (somebody was found in two months) back to it."""
    return Rate(min(rate.count, rate.of), rate.of)


def _days(lists: Iterable[Iterable[int]], hidden: bool, limits: Limits) -> Days:
    days = sorted(day for one in lists for day in one)
    small = hidden or 0 < len(days) < limits.events
    return Days(median(days) if days else None, len(days), small)


def _alarms(tables: Iterable[AttributeTable]) -> list[Alarm]:
    return [
        Alarm(table.attribute, group.part, measure, cell.standing.alarm, cell.standing, cell.hidden)
        for table in tables
        for group in table.groups
        for measure, cell in group.cells.items()
        if cell.standing.alarm
    ]


def _gravity(alarm: Alarm) -> tuple[int, float]:
    """Order alarms: along the path, the furthest from the others first."""
    ratio = alarm.standing.ratio or 0.0
    return list(Measure).index(alarm.measure), min(ratio, 1 / ratio if ratio else 0.0)
