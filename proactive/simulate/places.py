"""The county: its towns and villages, invented, or taken from a loaded tree of areas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from proactive.areas.model import Area
from proactive.kernel.errors import Refused
from proactive.simulate import names
from proactive.simulate.draws import Chance, Ints

AreaTree = Mapping[str, Area]

PEOPLE_PER_VILLAGE = 600
PROVINCE, CITY, COUNTY = "990000000000", "990100000000", "990121000000"
OTHER_COUNTY = "990122000000"  # where people who left went; it is in no areas file
COUNTY_NAME = "澄禾县"
AREA_DIGITS = 990121
MARRIED_IN_DIGITS = 990122
RETIRED_DIGITS = 990109  # the county's code before it was renamed: numbers keep it for life


@dataclass(frozen=True, slots=True)
class Place:
    """One area of the county, as a row of the areas file."""

    code: str
    parent: str
    name: str
    level: int
    virtual: bool = False


@dataclass(frozen=True, slots=True)
class County:
    """The places people live in; `weights` says how people spread over the villages."""

    name: str
    county: Place
    towns: tuple[Place, ...]
    villages: tuple[Place, ...]
    town_of: Ints
    weights: tuple[float, ...]
    invented: bool
    above: tuple[Place, ...] = ()

    def town(self, village: int) -> Place:
        return self.towns[int(self.town_of[village])]

    @property
    def rows(self) -> tuple[Place, ...]:
        return (*self.above, self.county, *self.towns, *self.villages)


def invent_county(chance: Chance, people: int) -> County:
    """Invent a county: a village for about every 600 people, and six towns at 20,000 people."""
    rng = chance.part("places")
    count = max(2, round(people / PEOPLE_PER_VILLAGE))
    towns = _town_count(count)
    town_of = np.sort(np.r_[np.arange(towns), rng.integers(0, towns, count - towns)])
    town_rows = tuple(
        Place(f"{COUNTY[:6]}{100 + at:03d}000", COUNTY, name, 4)
        for at, name in enumerate(names.town_names(rng, towns))
    )
    seen: Counter[int] = Counter()
    villages: list[Place] = []
    for town, name in zip(town_of.tolist(), names.village_names(rng, town_of), strict=True):
        code = f"{town_rows[town].code[:9]}{201 + seen[town]:03d}"
        seen[town] += 1
        villages.append(Place(code, town_rows[town].code, name, 5))
    return County(
        name=COUNTY_NAME,
        county=Place(COUNTY, CITY, COUNTY_NAME, 3),
        towns=town_rows,
        villages=tuple(villages),
        town_of=town_of,
        weights=tuple(rng.uniform(0.82, 1.22, count).tolist()),
        invented=True,
        above=(Place(PROVINCE, "", "云岫省", 1), Place(CITY, PROVINCE, "澄原市", 2)),
    )


def county_from_tree(chance: Chance, people: int, tree: AreaTree) -> County:
    """Put the people into the area of a loaded tree that has room enough for them.

    The innermost units are the villages, the units two levels above them the counties. The county
    whose villages come nearest to one per 600 people, but not below, is taken, else the one with
    most. Raises Refused `no_villages` for a tree of fewer than three levels.
    """
    innermost = max((area.level for area in tree.values()), default=0)
    villages_of: dict[str, list[Area]] = {}
    for code in sorted(tree):
        area = tree[code]
        if area.level == innermost > 2 and _is_real(area) and area.path[innermost - 3]:
            villages_of.setdefault(area.path[innermost - 3], []).append(area)
    if not villages_of:
        raise Refused(
            "no_villages",
            "This tree of areas has no villages with two levels above them.",
            why="People need a village to live in, a town and a county to look after it.",
            todo="Give a file with at least three levels, or leave --areas out.",
        )
    wanted = max(2, round(people / PEOPLE_PER_VILLAGE))
    chosen = min(
        villages_of,
        key=lambda code: (
            len(villages_of[code]) < wanted,
            abs(len(villages_of[code]) - wanted),
            code,
        ),
    )
    return _county_of(tree, chosen, villages_of[chosen], chance.part("places"))


def _is_real(area: Area) -> bool:
    return not (area.virtual or area.retired or area.placeholder)


def _county_of(tree: AreaTree, code: str, villages: list[Area], rng: np.random.Generator) -> County:
    parents = sorted({village.parent for village in villages})
    position = {parent: at for at, parent in enumerate(parents)}
    return County(
        name=tree[code].name,
        county=_place(tree[code]),
        towns=tuple(_place(tree[parent]) for parent in parents),
        villages=tuple(_place(village) for village in villages),
        town_of=np.asarray([position[village.parent] for village in villages], dtype=np.int64),
        weights=tuple(rng.uniform(0.82, 1.22, len(villages)).tolist()),
        invented=False,
    )


def _place(area: Area) -> Place:
    return Place(area.code, area.parent, area.name, area.level, area.virtual)


def _town_count(villages: int) -> int:
    if villages <= 60:
        return max(2, min(6, villages // 4)) if villages >= 4 else 1
    return 6 + (villages - 60) // 48
