"""Who receives what already, and who should but does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proactive.simulate.crises import Crises
from proactive.simulate.draws import DAY, Chance, Days, Ints, day
from proactive.simulate.households import LOW_CLASSES, Households
from proactive.simulate.impairments import SEVERE, Impairments
from proactive.simulate.people import People
from proactive.simulate.shares import Shares

CODES = (
    "nursing_subsidy",
    "living_allowance",
    "medical_assistance",
    "temporary_relief",
    "destitute_support",
)
NURSING, LIVING, MEDICAL, TEMPORARY, DESTITUTE = range(5)
MONTHLY_FEN = (11_000, 11_000, 320_000, 150_000, 92_000)
REACHED = 0.90  # of those entitled to a disability subsidy


@dataclass(frozen=True, slots=True)
class Benefits:
    """One entry per grant; `ends` is not-a-time while it runs."""

    person: Ints
    benefit: Ints
    granted: Days
    ends: Days
    amount: Ints


@dataclass(frozen=True, slots=True)
class Unreached:
    """People who fit a disability subsidy and do not receive it, by position."""

    nursing: Ints
    living: Ints

    @property
    def people(self) -> Ints:
        return np.union1d(self.nursing, self.living)


def make_benefits(
    chance: Chance,
    people: People,
    homes: Households,
    held: Impairments,
    crises: Crises,
    story: int,
    shares: Shares,
) -> tuple[Benefits, Unreached]:
    """Grant what fits, leave out the few nobody reached, and fill up to the wanted share."""
    rng, as_of = chance.part("benefits"), day(chance.as_of)
    # Also the dead of the last months: a grant runs until somebody stops it.
    valid = held.valid(as_of)
    # The nation's rule: the allowance is for disabled people in minimum-living households.
    low = homes.low_class[people.household] == LOW_CLASSES.index("minimum_living")
    severe = held.person[valid & (held.grade <= SEVERE)]
    poor = held.person[valid & low[held.person]]
    nursing, no_nursing = _reached(rng, severe)
    allowance, no_allowance = _reached(rng, poor)
    destitute = np.flatnonzero(
        (homes.low_class[people.household] == LOW_CLASSES.index("destitute"))
        & np.isnat(people.died)
        & (np.arange(len(people)) != story)
    )
    running = (nursing, NURSING), (allowance, LIVING), (destitute, DESTITUTE)
    person = np.concatenate([who for who, _ in running])
    benefit = np.concatenate([np.full(len(who), code) for who, code in running])
    granted = as_of - rng.integers(40, 1800, len(person))
    ends = np.full(len(person), np.datetime64("NaT", "D"), dtype="datetime64[D]")
    helped = _once(rng, chance, crises.person[crises.helped], crises.settled[crises.helped])
    rest = round(len(people) * shares.benefits) - len(person) - len(helped[0])
    past = _past(rng, chance, people, crises, rest)
    every_person = np.r_[person, helped[0], past[0]]
    every_benefit = np.r_[benefit, helped[1], past[1]]
    amount = np.asarray(MONTHLY_FEN)[every_benefit] * rng.integers(8, 14, len(every_benefit)) // 10
    grants = Benefits(
        person=every_person,
        benefit=every_benefit,
        granted=np.r_[granted, helped[2], past[2]],
        ends=np.r_[ends, helped[3], past[3]],
        amount=amount // 100 * 100,
    )
    return grants, Unreached(no_nursing, no_allowance)


Grants = tuple[Ints, Ints, Days, Days]


def _reached(rng: np.random.Generator, who: Ints) -> tuple[Ints, Ints]:
    reached = rng.random(len(who)) < REACHED
    return who[reached], who[~reached]


def _once(rng: np.random.Generator, chance: Chance, who: Ints, settled: Days) -> Grants:
    """Grant help after a crisis, the last time not longer ago than five months."""
    as_of = day(chance.as_of)
    granted: Days = np.maximum(settled + 18 * DAY, as_of - rng.integers(20, 150, len(who)))
    granted = np.minimum(granted, as_of - 3 * DAY)
    benefit = np.where(rng.random(len(who)) < 0.6, MEDICAL, TEMPORARY)
    return who, benefit, granted, granted + 180 * DAY


def _past(
    rng: np.random.Generator, chance: Chance, people: People, crises: Crises, count: int
) -> Grants:
    """Older single grants of people without a recent crisis: they ended, or ask nothing now."""
    quiet = np.flatnonzero(np.isnat(people.died))
    quiet = quiet[~np.isin(people.household[quiet], people.household[crises.person])]
    who = rng.choice(quiet, size=min(max(count, 0), len(quiet)), replace=False)
    granted = day(chance.as_of) - rng.integers(200, 900, len(who))
    benefit = np.where(rng.random(len(who)) < 0.7, TEMPORARY, MEDICAL)
    return who.astype(np.int64), benefit, granted, granted + 90 * DAY
