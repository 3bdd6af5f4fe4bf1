"""A sweep as figures: at each point who is found, how busy posts get, how often people agreed."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from proactive.kernel.db import AreaPath
from proactive.kernel.work import Work
from proactive.outcomes.model import share_of
from proactive.rules.axes import check_axes
from proactive.rules.grammar import OTHER
from proactive.rules.nodes import MeasureLeaf, ParamValue, Plan
from proactive.rules.sweeping import Sweep, sweep
from proactive.tuning.ground import Ground
from proactive.tuning.load import Crew, read_crew
from proactive.tuning.places import on_paths
from proactive.tuning.settings import axes_of
from proactive.tuning.standing import known_now

LIMITS = ("at_least", "more_than")
JUDGED = """
SELECT (measures ->> :measure)::numeric AS figure, result = 'confirmed' AS confirmed
FROM outcome WHERE trigger = :trigger AND result IN ('confirmed', 'not_confirmed')
  AND NOT sample AND measures ->> :measure IS NOT NULL
  AND (:everybody OR klass IN ('', :klass))
"""


def look(
    ground: Ground,
    settings: Mapping[str, Any],
    known_at: datetime,
    stopped: Callable[[], bool],
    told: Callable[[int, int], None],
    subjects: Collection[int] | None = None,
) -> Sweep:
    """Count what every point finds, of everybody or of these; no transaction is open here."""
    return sweep(
        ground.plan,
        ground.views,
        axes=axes_of(settings),
        as_of=date.fromisoformat(settings["as_of"]),
        known_at=known_at,
        subjects=subjects,
        areas=ground.areas,
        aliases=ground.aliases,
        stopped=stopped,
        told=told,
    )


def told(work: Work, ground: Ground, settings: Mapping[str, Any], found: Sweep) -> dict[str, Any]:
    """Return the figures of a sweep as JSON: per point counts of the whole and of posts."""
    plan = ground.plan
    crew = read_crew(work, plan.rule, ground.areas)
    known = known_now(work, plan.trigger)
    in_force = _in_force(plan, settings)
    busy = _busy(ground, crew, found, known)
    judged = _precision(work, plan, settings, found)
    return {
        "as_of": settings["as_of"],
        "axes": [
            {**axis, "type": str(plan.params[axis["parameter"]].type), "in_force": value.text}
            for axis, value in zip(settings["axes"], in_force, strict=True)
        ],
        "points": [
            {"values": list(values), **asdict(total), **posts, "precision": agreed}
            for values, total, posts, agreed in zip(
                found.points, found.totals(), busy, judged, strict=True
            )
        ],
        "known": sum(known.values()),
        "capacity": crew.capacity,
        "due_weeks": crew.weeks,
        "posts": len(crew.field),
        "stale": list(ground.stale),
        "never": list(ground.never),
        "stops_scan": list(ground.stops_scan),
    }


def _in_force(plan: Plan, settings: Mapping[str, Any]) -> list[ParamValue]:
    """The value of the file in whose place each axis stands."""
    swept = check_axes(plan, axes_of(settings), date.fromisoformat(settings["as_of"]))
    return [plan.params[one.parameter].values[one.index] for one in swept]


def _busy(
    ground: Ground, crew: Crew, found: Sweep, known: Mapping[AreaPath, int]
) -> list[dict[str, int]]:
    """Per point `new` people, and `over`: how many posts they would bring over their capacity.

    `new` are those found, less those the latest full scan found in the same place.
    """
    codes: dict[int, dict[str, int]] = defaultdict(dict)
    for row in found.table.to_pylist():
        codes[row["point"]][row["area"]] = row["subjects"]
    answers = []
    for point in range(len(found.points)):
        people = on_paths(codes[point], ground.areas)
        fresh = {path: max(0, count - known.get(path, 0)) for path, count in people.items()}
        answers.append({"new": sum(fresh.values()), "over": crew.over(fresh)})
    return answers


def _precision(
    work: Work, plan: Plan, settings: Mapping[str, Any], found: Sweep
) -> list[dict[str, Any] | None]:
    """Per point how many of the judged cases at or above it were confirmed, with its interval."""
    nothing: list[dict[str, Any] | None] = [None] * len(found.points)
    axis = settings["axes"][0]
    measure = _limited(plan, axis["parameter"])
    if len(settings["axes"]) > 1 or axis["area"] or not measure:
        return nothing
    param = plan.params[axis["parameter"]]
    asked = {
        "trigger": plan.trigger,
        "measure": measure,
        "everybody": not param.by_class,
        "klass": axis["class"] or OTHER,
    }
    rows = work.db.execute(text(JUDGED), asked).all()
    if not rows:
        return nothing
    factor = 100 if param.type == "money" else 1
    judged: list[dict[str, Any] | None] = []
    for (value,) in found.points:
        line = float(value) * factor
        above = [row.confirmed for row in rows if float(row.figure) >= line]
        agreed = share_of(sum(above), len(above))
        judged.append(agreed.as_json() if agreed else None)
    return judged


def _limited(plan: Plan, parameter: str) -> str:
    """The measure whose lower limit the parameter is, '' where it is none."""
    for leaf in plan.leaves():
        if (
            isinstance(leaf, MeasureLeaf)
            and leaf.parameter == parameter
            and leaf.of is None
            and leaf.test in LIMITS
        ):
            return leaf.measure
    return ""
