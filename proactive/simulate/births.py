"""The year's births: certificates, who was registered and insured since, and who was not yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proactive.simulate import names
from proactive.simulate.draws import DAY, Bools, Chance, Days, Ints, day
from proactive.simulate.people import People
from proactive.simulate.shares import Shares

WAITING = -1


@dataclass(frozen=True, slots=True)
class Births:
    """One entry per birth certificate; `child` is -1 while the child has no number."""

    certificate: list[str]
    child: Ints
    mother: Ints
    name: list[str]
    born: Days
    registered_on: Days
    insured_on: Days
    living: Bools
    hospital: Ints

    def __len__(self) -> int:
        return len(self.certificate)


def make_births(chance: Chance, people: People, shares: Shares) -> Births:
    """Give a certificate to every child under one, and to those nobody registered yet."""
    rng, as_of = chance.part("births"), day(chance.as_of)
    child = np.flatnonzero(people.born > as_of - 365 * DAY)
    mother_of = _mothers(people)
    child = child[mother_of[people.household[child]] >= 0]
    waiting = max(4, round(len(people) * shares.births_per_year * 0.22))
    fertile = np.flatnonzero(
        ~people.male & (people.age >= 20) & (people.age <= 42) & np.isnat(people.died)
    )
    mothers = rng.choice(fertile, size=waiting, replace=False)
    mothers[1] = mothers[0]  # twins: one mother, two certificates
    born = as_of - rng.integers(3, 130, waiting)
    born[1] = born[0]
    count = len(child) + waiting
    every_born = np.r_[people.born[child], born]
    registered = np.r_[
        np.minimum(people.born[child] + rng.integers(5, 45, len(child)), as_of - DAY)
    ]
    never = np.full(waiting, np.datetime64("NaT", "D"), dtype="datetime64[D]")
    insured = np.where(
        rng.random(len(child)) < 0.9, registered + rng.integers(0, 25, len(child)), never[0]
    )
    living = rng.random(count) >= 0.004
    living[: len(child)] = True
    living[-1] = False  # at least one child died: every congratulation must stop
    surname = names.surnames(rng, waiting)
    unnamed = rng.random(waiting) < 0.35
    unnamed[2] = True  # at least one has no name yet, whatever the luck
    fresh = names.people_names(rng, surname, rng.random(waiting) < 0.52)
    return Births(
        certificate=[f"Z99{at:07d}" for at in range(count)],
        child=np.r_[child, np.full(waiting, WAITING)],
        mother=np.r_[mother_of[people.household[child]], mothers],
        name=[people.name[at] for at in child.tolist()]
        + ["" if none else name for none, name in zip(unnamed.tolist(), fresh, strict=True)],
        born=every_born,
        registered_on=np.r_[registered, never],
        insured_on=np.r_[np.where(insured < as_of, insured, never[0]), never],
        living=living,
        hospital=rng.integers(0, 4, count),
    )


def _mothers(people: People) -> Ints:
    """Find a woman of 18 to 45 in each household, or -1."""
    mother = np.full(people.households, -1, dtype=np.int64)
    women = np.flatnonzero(~people.male & (people.age >= 18) & (people.age <= 45))
    mother[people.household[women]] = women
    return mother
