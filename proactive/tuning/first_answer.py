"""The first answer of a trial: people drawn by lot, looked at at once, scaled up with an interval.

A trial of everybody takes as long as it takes; who asked sees a figure before. As JSON: `one_in`
(64: an estimate; 1: everybody was counted), `looked_at` people, and per point its `values` (none
for a dry run) with `about`, `low` and `high`, the bounds of Wilson's 95 % interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil, floor
from typing import Any
from uuid import UUID

from sqlalchemy import text

from proactive.kernel.work import Work
from proactive.outcomes.model import share_of
from proactive.rules.axes import check_axes
from proactive.rules.duck import count_found
from proactive.rules.nodes import Plan
from proactive.tuning import curve
from proactive.tuning.ground import Ground
from proactive.tuning.settings import axes_of

ONE_IN = 64
# A power of two of a hash: `seed` is the trial's, so that a second run draws the same people.
DRAW = f"""
SELECT key FROM subject WHERE kind = :kind AND hashint8extended(key, :seed) & {ONE_IN - 1} = 0
"""
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The people drawn by lot, each of whom stands for `one_in`."""

    keys: Sequence[int]
    one_in: int = ONE_IN

    def scaled(self, found: int, values: Sequence[str] = ()) -> dict[str, Any]:
        """Return one point: what so many found among those drawn say of everybody."""
        share = share_of(found, len(self.keys))
        whole = len(self.keys) * self.one_in
        low, high = (share.low * whole, share.high * whole) if share else (0.0, 0.0)
        point = {"about": found * self.one_in, "low": floor(low), "high": ceil(high)}
        return {"values": list(values), **point}


def draw(work: Work, ground: Ground, trial_id: UUID, *, fewest: int) -> Drawn | None:
    """Draw one person in 64; None where they would be fewer than `fewest`."""
    seed = trial_id.int & (2**63 - 1)
    asked = {"kind": ground.plan.rule.subject, "seed": seed}
    keys = work.db.execute(text(DRAW), asked).scalars().all()
    return Drawn(keys) if len(keys) >= fewest else None


def estimate_day(ground: Ground, drawn: Drawn, as_of: date, known_at: datetime) -> Answer:
    """Return the first answer of a dry run; no transaction is open here."""
    found = count_found(
        ground.plan,
        ground.views,
        as_of=as_of,
        known_at=known_at,
        subjects=drawn.keys,
        areas=ground.areas,
        aliases=ground.aliases,
    )
    return _answer(drawn, [drawn.scaled(found)])


def estimate_sweep(
    ground: Ground, drawn: Drawn, settings: Mapping[str, Any], known_at: datetime
) -> Answer:
    """Return the first answer of a sweep; of a value that decides which rows count, its ends."""
    asked = _first_points(ground, settings)
    found = curve.look(ground, asked, known_at, lambda: False, lambda *_: None, drawn.keys)
    points = zip(found.points, found.totals(), strict=True)
    return _answer(drawn, [drawn.scaled(total.subjects, values) for values, total in points])


def counted(subjects: int) -> Answer:
    """Return the answer once everybody was counted and only what stands beside it is missing."""
    point = {"values": [], "about": subjects, "low": subjects, "high": subjects}
    return {"one_in": 1, "looked_at": 0, "points": [point]}


def looks(plan: Plan, settings: Mapping[str, Any]) -> int:
    """Return how many times a sweep reads the records: once where its values are only limits."""
    count = 1
    for one in check_axes(plan, axes_of(settings), date.fromisoformat(settings["as_of"])):
        count *= 1 if one.late else len(one.values)
    return count


def _first_points(ground: Ground, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keep to the ends of every axis whose values need a look of their own."""
    as_of = date.fromisoformat(settings["as_of"])
    swept = check_axes(ground.plan, axes_of(settings), as_of, ground.areas)
    axes = [
        axis if one.late else {**axis, "values": [axis["values"][0], axis["values"][-1]]}
        for axis, one in zip(settings["axes"], swept, strict=True)
    ]
    return {**settings, "axes": axes}


def _answer(drawn: Drawn, points: list[dict[str, Any]]) -> Answer:
    return {"one_in": drawn.one_in, "looked_at": len(drawn.keys), "points": points}
