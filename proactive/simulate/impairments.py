"""The disability register: who holds a certificate, of which kind and grade, since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proactive.simulate.draws import DAY, Bools, Chance, Days, Ints, day, pick
from proactive.simulate.people import People
from proactive.simulate.shares import Shares

KIND_WEIGHTS = (0.14, 0.20, 0.04, 0.37, 0.08, 0.11, 0.06)  # 1 sight .. 4 limb .. 7 multiple
GRADE_WEIGHTS = (0.14, 0.24, 0.30, 0.32)
SEVERE = 2


@dataclass(frozen=True, slots=True)
class Impairments:
    """One entry per certificate, ordered by person."""

    person: Ints
    kind: Ints
    grade: Ints
    issued: Days
    expires: Days
    cancelled: Bools

    def certificate(self, people: People, at: int) -> str:
        """Write the certificate number: citizen number, kind, grade."""
        number = people.number[int(self.person[at])]
        return f"{number}{int(self.kind[at])}{int(self.grade[at])}"

    def valid(self, as_of: np.datetime64) -> Bools:
        return np.asarray(~self.cancelled & (self.expires >= as_of), dtype=bool)


def make_impairments(chance: Chance, people: People, story: int, shares: Shares) -> Impairments:
    """Draw certificate holders, the old more often; the story's person has none (yet)."""
    rng = chance.part("impairments")
    weight = 0.3 + np.clip(people.age, 0, 90) / 30
    weight[story] = 0
    count = round(len(people) * shares.disabled)
    person = np.sort(rng.choice(len(people), size=count, replace=False, p=weight / weight.sum()))
    as_of = day(chance.as_of)
    issued = as_of - rng.integers(20, 3600, count)
    issued = np.maximum(issued, people.born[person] + 200 * DAY)
    issued = np.minimum(issued, as_of - 10 * DAY)
    expired = rng.random(count) < 0.03
    issued = np.where(
        expired, np.maximum(issued - 3650 * DAY, people.born[person] + 30 * DAY), issued
    )
    return Impairments(
        person=person.astype(np.int64),
        kind=pick(rng, KIND_WEIGHTS, count) + 1,
        grade=pick(rng, GRADE_WEIGHTS, count) + 1,
        issued=issued,
        expires=issued + 3652 * DAY,
        cancelled=rng.random(count) < 0.02,
    )
