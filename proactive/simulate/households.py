"""What households have and lack: yearly incomes and the low-income register."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proactive.simulate.draws import Bools, Chance, Days, Ints, day, pick
from proactive.simulate.people import People
from proactive.simulate.shares import Shares

LOW_CLASSES = ("minimum_living", "destitute", "near_line", "rigid_expense")
LOW_WEIGHTS = (0.56, 0.10, 0.24, 0.10)
NOT_LOW = -1
LOW_INCOME_PER_HEAD = (300_000, 950_000)  # fen a year
MEDIAN_PER_HEAD = 2_150_000


@dataclass(frozen=True, slots=True)
class Households:
    """One entry per household; position is the household's number."""

    members: Ints
    low_class: Ints
    low_since: Days
    income: Ints
    income_known: Bools


def make_households(chance: Chance, people: People, shares: Shares) -> Households:
    """Draw who is on the low-income register, and what every household earned last year."""
    rng = chance.part("incomes")
    members = np.unique(people.household, return_counts=True)[1]
    low = _low_classes(rng, members, len(people), shares)
    count = len(members)
    per_head = np.exp(rng.normal(np.log(MEDIAN_PER_HEAD), 0.42, count))
    per_head = np.where(low == NOT_LOW, np.clip(per_head, 1_150_000, None), 0)
    poor = rng.integers(*LOW_INCOME_PER_HEAD, count)
    income = (np.where(low == NOT_LOW, per_head, poor) * members).astype(np.int64)
    since = day(chance.as_of) - rng.integers(120, 2400, count)
    return Households(
        members=members.astype(np.int64),
        low_class=low,
        low_since=since,
        income=income // 100 * 100,
        income_known=rng.random(count) >= shares.income_missing,
    )


def _low_classes(rng: np.random.Generator, members: Ints, people: int, shares: Shares) -> Ints:
    """Put households on the register until the wanted share of all people is reached."""
    order = rng.permutation(len(members))
    reached = np.cumsum(members[order])
    chosen = order[: int(np.searchsorted(reached, round(people * shares.low_income))) + 1]
    low = np.full(len(members), NOT_LOW, dtype=np.int64)
    low[chosen] = pick(rng, LOW_WEIGHTS, len(chosen))
    alone = chosen[(members[chosen] > 1) & (low[chosen] == LOW_CLASSES.index("destitute"))]
    low[alone] = LOW_CLASSES.index("minimum_living")
    return low
