"""What pages, files and the command line ask of take-up: sums of figures by programme and place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from proactive.areas.queries import names as area_names
from proactive.areas.store import areas_by_code
from proactive.bundles.definition import BundleDefinition
from proactive.bundles.definition_check import stored_definition
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.periods import Period, subtract
from proactive.kernel.states import DESKS, POLICY_DESK
from proactive.kernel.work import Work

READERS = POLICY_DESK | DESKS
TOWN_LEVEL = 4  # who works for no area sees no village
Tally = Mapping[str, int]
NOTHING: Tally = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted: whole months (first days, both in), an area ('' all), a programme ('' all).

    `public` hides small numbers everywhere, as for a publication.
    """

    first: date
    last: date
    area: str = ""
    programme: str = ""
    public: bool = False


@dataclass(frozen=True, slots=True)
class Relative:
    """The key item: handled inside the programme, and in all as its office counted."""

    item: str
    inside: int
    in_all: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """The figures of one bundle. Tallies are counters; what is absent is nothing."""

    bundle: str
    definition: BundleDefinition
    total: Tally
    items: Mapping[str, Tally]
    months: Mapping[date, Tally]
    places: Mapping[str, Tally]
    relative: Relative | None = None


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Everything of one answer. `hide_total` and `hide_parts` say where small numbers go."""

    asked: Asked
    area_name: str
    programmes: tuple[Programme, ...]
    place_names: Mapping[str, str]
    counted_at: datetime | None
    hide_total: bool = False
    hide_parts: bool = False


def take_up(work: Work, asked: Asked) -> TakeUp:
    """Return the figures this actor may see: an area role those of its own places only.

    Raises Refused `bad_months`, `no_such_area`, `no_such_programme`.
    """
    if asked.first > asked.last:
        raise Refused(
            "bad_months",
            "The first month is after the last one.",
            todo="Choose the months the other way round.",
        )
    level, name = _place(work, asked.area)
    values = {"first": asked.first, "last": asked.last, "area": asked.area}
    within = f" AND {AREA_COLUMNS[level - 1]} = :area" if level else ""
    definitions = _definitions(work)
    if asked.programme and asked.programme not in definitions:
        raise Refused(
            "no_such_programme",
            "There is no programme '{programme}'.",
            todo="Choose one of the list.",
            programme=asked.programme[:60],
        )
    chosen = [asked.programme] if asked.programme else sorted(definitions)
    parts = AREA_COLUMNS[_parts_level(work, level, within, values) - 1]
    totals = _sums(work, "item", within, values)
    months = _sums(work, "month", f"{within} AND item = ''", values)
    places = _sums(work, parts, f"{within} AND item = ''", values)
    singles = _singles(work, within, values)
    programmes = tuple(
        Programme(
            bundle,
            definitions[bundle],
            total=totals.get((bundle, ""), NOTHING),
            items={
                item.code: totals[bundle, item.code]
                for item in definitions[bundle].items
                if (bundle, item.code) in totals
            },
            months=_of(months, bundle),
            places=_of(places, bundle),
            relative=_relative(definitions[bundle], singles),
        )
        for bundle in chosen
    )
    codes = {code for each in programmes for code in each.places if code}
    outsider = work.actor.role in POLICY_DESK
    return TakeUp(
        asked=asked,
        area_name=name,
        programmes=programmes,
        place_names=area_names(work.db, codes) if codes else {},
        counted_at=work.db.execute(text("SELECT max(counted_at) FROM takeup_count")).scalar(),
        hide_total=asked.public or (outsider and level >= TOWN_LEVEL),
        hide_parts=asked.public or outsider,
    )


def places_of(work: Work) -> list[tuple[str, str]]:
    """Return (code, name) of the places with figures that this actor may ask for, by code."""
    deepest = TOWN_LEVEL if work.actor.role in POLICY_DESK else len(AREA_COLUMNS)
    levels = ", ".join(AREA_COLUMNS[2:deepest])
    codes = set(
        work.db.execute(
            text(f"SELECT DISTINCT unnest(ARRAY[{levels}]) FROM takeup_count")
        ).scalars()
    )
    return sorted(area_names(work.db, codes - {""}).items())


def programmes_of(work: Work) -> dict[str, BundleDefinition]:
    """Return the programmes there are figures of or that are switched on, by code."""
    return _definitions(work)


def _place(work: Work, code: str) -> tuple[int, str]:
    """Return level and name of an area; 0 for everywhere."""
    if not code:
        return 0, ""
    found = areas_by_code(work.db, [code]).get(code)
    if found is None:
        raise Refused(
            "no_such_area",
            "There is no area '{area}'.",
            todo="Give its code.",
            area=code[:20],
        )
    if work.actor.role in POLICY_DESK and found.level > TOWN_LEVEL and not work.actor.on_server:
        raise Refused(
            "no_such_area",
            "There is no area '{area}'.",
            why="Figures of single villages are for those who work there.",
            todo="Choose a town.",
            area=code[:20],
        )
    return found.level, found.name


def _parts_level(work: Work, level: int, within: str, values: Mapping[str, Any]) -> int:
    """Return the level at which the chosen place falls into parts: the first with two of them."""
    counts = ", ".join(f"count(DISTINCT {column})" for column in AREA_COLUMNS)
    query = f"SELECT {counts} FROM takeup_count WHERE month BETWEEN :first AND :last{within}"
    row = work.db.execute(text(query), values).one()
    deepest = TOWN_LEVEL if work.actor.role in POLICY_DESK else len(AREA_COLUMNS)
    split = (n for n in range(level + 1, deepest) if row[n - 1] > 1)
    return min(next(split, deepest), deepest)


def _definitions(work: Work) -> dict[str, BundleDefinition]:
    """Return each bundle's live definition, or its newest one that was ever live."""
    rows = work.db.execute(
        text(
            "SELECT DISTINCT ON (bundle) bundle, yaml FROM bundle_version WHERE state <> 'draft'"
            " ORDER BY bundle, (state = 'live') DESC, version DESC"
        )
    )
    return {row.bundle: stored_definition(row.yaml) for row in rows}


def _sums(
    work: Work, key: str, where: str, values: Mapping[str, Any]
) -> dict[tuple[str, Any], dict[str, int]]:
    """Return (bundle, key) → counter → sum; row security says of which places."""
    query = (
        f"SELECT bundle, {key} AS key, counter, sum(count)::bigint AS n FROM takeup_count"
        f" WHERE month BETWEEN :first AND :last{where} GROUP BY 1, 2, 3"
    )
    found: dict[tuple[str, Any], dict[str, int]] = {}
    for row in work.db.execute(text(query), values):
        found.setdefault((row.bundle, row.key), {})[row.counter] = row.n
    return found


def _of(sums: Mapping[tuple[str, Any], Tally], bundle: str) -> dict[Any, Tally]:
    return {key: tally for (code, key), tally in sorted(sums.items()) if code == bundle}


# What the offices counted, beside what was handled here in just those months and places.
_SINGLES = """
SELECT s.item, sum(s.count)::bigint AS in_all, array_agg(DISTINCT s.source) AS sources,
  sum((SELECT coalesce(sum(t.count), 0) FROM takeup_count AS t
    WHERE t.month = s.month AND t.item = s.item AND t.counter = 'handed_in'
      AND s.area_code IN (t.area_1, t.area_2, t.area_3, t.area_4, t.area_5)))::bigint AS inside
FROM single_item_count AS s WHERE s.month BETWEEN :first AND :last{within} GROUP BY s.item
"""


def _singles(work: Work, within: str, values: Mapping[str, Any]) -> dict[str, Relative]:
    rows = work.db.execute(text(_SINGLES.format(within=within)), values)
    return {
        row.item: Relative(row.item, row.inside, row.in_all, tuple(row.sources)) for row in rows
    }


def _relative(definition: BundleDefinition, singles: Mapping[str, Relative]) -> Relative | None:
    """Return the item of the programme that its office counted most often."""
    known = [singles[code] for code in definition.codes if code in singles]
    return max(known, key=lambda each: each.in_all, default=None)


def add_up(tallies: Iterable[Tally]) -> dict[str, int]:
    """Return the sums of counters; what holds of the parts holds of the whole."""
    found: dict[str, int] = {}
    for tally in tallies:
        for counter, count in tally.items():
            found[counter] = found.get(counter, 0) + count
    return found


def last_months(today: date, count: int = 12) -> tuple[date, date]:
    """Return the first days of the oldest and of the present month of so many."""
    last = today.replace(day=1)
    return subtract(last, Period(months=count - 1)), last
