"""The hospital stays that should set off a warning, who has them, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from proactive.kernel.periods import Period, subtract
from proactive.simulate.draws import DAY, Bools, Chance, Days, Ints, day, some
from proactive.simulate.households import NOT_LOW, Households
from proactive.simulate.people import ELSEWHERE, People
from proactive.simulate.shares import Shares


@dataclass(frozen=True, slots=True)
class Crises:
    """One entry per large stay."""

    person: Ints
    settled: Days
    own: Ints
    helped: Bools
    near_miss: Bools

    @property
    def on_time(self) -> Bools:
        return np.ones(len(self.person), dtype=bool)


def make_crises(
    chance: Chance, people: People, homes: Households, story: int, shares: Shares
) -> Crises:
    """Set the monthly quota of crises and of near misses; the story's person has the newest.

    The office has worked before: nearly everyone of the earlier months was helped since, so a
    first full scan finds little more than the newest month.
    """
    rng = chance.part("crises")
    months = shares.history_months + shares.batches
    quota = max(1, round(len(people) * shares.warnings_per_batch))
    free = np.flatnonzero(
        np.isnat(people.died)
        & (people.age >= 3)
        & (people.living != ELSEWHERE)
        & (people.household != people.household[story])
    )
    low = homes.low_class[people.household] != NOT_LOW
    per_month = quota * 3  # one real, two that stay just below
    poor = some(rng, free[low[free]], round(quota * months * 0.4))
    rest = some(rng, free[~low[free]], per_month * months - len(poor))
    chosen = rng.permutation(_one_per_household(np.r_[poor, rest], people))
    chosen = np.r_[story, chosen[chosen != story]]
    place = np.arange(len(chosen))
    batch = place % months + 1
    near = (place // months) % 3 != 0
    near[0] = False
    settled = _settle_days(rng, chance.as_of, batch)
    settled[0] = day(chance.as_of) - 8 * DAY
    helped = (batch > 1) & ~near & (rng.random(len(chosen)) < 0.94)
    own = _own_shares(rng, people, homes, chosen, near, shares)
    own[0] = shares.story_own_fen
    return Crises(chosen, settled, own, helped, near)


def _one_per_household(chosen: Ints, people: People) -> Ints:
    _, first = np.unique(people.household[chosen], return_index=True)
    return chosen[np.sort(first)]


def _settle_days(rng: np.random.Generator, as_of: date, batch: Ints) -> Days:
    edges = np.asarray(
        [day(subtract(as_of, Period(months=back))) for back in range(int(batch.max()) + 1)]
    )
    starts, ends = edges[batch], edges[batch - 1]
    width = (ends - starts).astype(np.int64)
    # The newest stays are a few days old, so that a pending period of days has run out.
    room = np.where(batch == 1, width - 5, width)
    days: Days = starts + (rng.random(len(batch)) * room).astype(np.int64)
    return days


def _own_shares(
    rng: np.random.Generator,
    people: People,
    homes: Households,
    chosen: Ints,
    near: Bools,
    shares: Shares,
) -> Ints:
    house = people.household[chosen]
    low = homes.low_class[house] != NOT_LOW
    line = np.where(low, shares.warning_low_fen, shares.warning_fen)
    by_income = np.where(low, 0, homes.income[house] * shares.warning_income_share)
    over = np.maximum(line, by_income) * rng.uniform(1.04, 2.1, len(chosen))
    under = line * rng.uniform(0.45, 0.72, len(chosen))
    return np.where(near, under, over).astype(np.int64)
