"""Counts by town and village that cannot point at anybody, ready to be kept as JSON."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from proactive.kernel.db import AreaPath
from proactive.tuning.load import as_path
from proactive.tuning.model import guarded

TOWN, VILLAGE = 4, 5  # levels of the tree of areas

Told = dict[str, int | None]


def by_town(people: Mapping[AreaPath, int]) -> Told:
    """Return code of the town → count, '' for homes that are not known so deep; few as None."""
    return guarded(_sums(people, TOWN))


def by_village(people: Mapping[AreaPath, int]) -> dict[str, Told]:
    """Return town → village → count, few as None; where the town is hidden, so are its villages."""
    towns = by_town(people)
    inside: dict[str, dict[AreaPath, int]] = defaultdict(dict)
    for path, count in people.items():
        inside[_part(path, TOWN)][path] = count
    return {
        town: dict.fromkeys(told) if towns.get(town) is None else told
        for town, paths in inside.items()
        if (told := guarded(_sums(paths, VILLAGE)))
    }


def on_paths(counts: Mapping[str, int], areas: Mapping[str, Sequence[str]]) -> dict[AreaPath, int]:
    """Return counts by area code as counts by path; an unknown code has an empty path."""
    found: dict[AreaPath, int] = defaultdict(int)
    for code, count in counts.items():
        found[as_path(areas.get(code, ()))] += count
    return dict(found)


def _sums(people: Mapping[AreaPath, int], level: int) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for path, count in people.items():
        sums[_part(path, level)] += count
    return sums


def _part(path: AreaPath, level: int) -> str:
    return path[level - 1]
