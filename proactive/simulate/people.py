"""Who lives in the county: households, ages, numbers, names, phones, and where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proactive.simulate import names, numbers
from proactive.simulate.draws import DAY, Bools, Chance, Days, Ints, day, pick, some
from proactive.simulate.places import (
    AREA_DIGITS,
    MARRIED_IN_DIGITS,
    RETIRED_DIGITS,
    County,
)
from proactive.simulate.shares import Shares

HEAD, SPOUSE, CHILD, PARENT = 0, 1, 2, 3
SIZE_WEIGHTS = (0.20, 0.33, 0.24, 0.15, 0.06, 0.02)  # households of 1..6, mean 2.6
ELSEWHERE = -1  # lives outside the county


@dataclass(frozen=True, slots=True)
class People:
    """Everyone registered in the county, ordered by household; position is the person's handle."""

    household: Ints
    relation: Ints
    male: Bools
    born: Days
    died: Days
    age: Ints
    number: list[str]
    name: list[str]
    phone: list[str]
    phone_kind: list[str]
    registered: Ints
    living: Ints

    def __len__(self) -> int:
        return len(self.number)

    def dead_entered(self) -> Days:
        """The day each death was entered in the register: some days to a month after it."""
        return self.died + 4 * DAY + np.arange(len(self)) % 26

    def known_dead(self, as_of: np.datetime64) -> Bools:
        """Those whose death the register shows on a day."""
        return np.asarray(self.dead_entered() < as_of, dtype=bool)

    @property
    def households(self) -> int:
        return int(self.household[-1]) + 1


@dataclass(frozen=True, slots=True)
class _Body:
    household: Ints
    relation: Ints
    male: Bools
    born: Days


def make_people(chance: Chance, county: County, shares: Shares) -> People:
    """Fill the county: 2.6 people per household, ages that fit together, births included."""
    body = _with_babies(chance, _households(chance, shares), shares)
    age = _age(chance, body.born)
    village = _villages(chance, county, body.household)
    number = _numbers(chance, body)
    phone, kind = _phones(chance, county, body, age, village)
    return People(
        household=body.household,
        relation=body.relation,
        male=body.male,
        born=body.born,
        died=_deaths(chance, body, age, shares),
        age=age,
        number=number,
        name=_names(chance, body),
        phone=phone,
        phone_kind=kind,
        registered=village,
        living=_living(chance, county, body.household, village, shares),
    )


def household_numbers(household: Ints) -> list[str]:
    """Write household book numbers."""
    return [f"99H{number:07d}" for number in household.tolist()]


def _households(chance: Chance, shares: Shares) -> _Body:
    rng = chance.part("households")
    count = chance.people - _births(chance, shares)
    sizes = pick(rng, SIZE_WEIGHTS, count) + 1
    ends = np.cumsum(sizes)
    last = int(np.searchsorted(ends, count))
    sizes = sizes[: last + 1]
    sizes[-1] -= int(ends[last]) - count
    household = np.repeat(np.arange(len(sizes)), sizes)
    slot = np.arange(count) - np.repeat(np.r_[0, np.cumsum(sizes)[:-1]], sizes)
    alone = sizes[household] == 1
    head_age = _head_ages(rng, sizes)
    ages, relation = _member_ages(rng, slot, head_age[household])
    male = rng.random(count) < 0.5
    spouse = np.flatnonzero(relation == SPOUSE)
    male[spouse] = ~male[spouse - 1]
    male[alone & (ages > 75)] &= rng.random(int((alone & (ages > 75)).sum())) < 0.75
    born = day(chance.as_of) - (ages * 365.2425 + rng.uniform(0, 365, count)).astype(np.int64)
    return _Body(household, relation, male, born)


def _head_ages(rng: np.random.Generator, sizes: Ints) -> Ints:
    old = (sizes == 1) & (rng.random(len(sizes)) < 0.6)
    ages = np.where(old, rng.normal(72, 9, len(sizes)), rng.normal(49, 13, len(sizes)))
    return np.clip(ages, 23, 96).astype(np.int64)


def _member_ages(rng: np.random.Generator, slot: Ints, head: Ints) -> tuple[Ints, Ints]:
    count = len(slot)
    relation = np.where(slot == 0, HEAD, CHILD)
    relation[(slot == 1) & (rng.random(count) < 0.85)] = SPOUSE
    gap = rng.integers(23, 38, count)
    up = ((slot >= 1) & (relation != SPOUSE)) & ((head < gap + 1) | (rng.random(count) < 0.25))
    relation[up & (head < 68)] = PARENT
    ages = np.where(relation == PARENT, head + gap - 3, np.maximum(head - gap, 0))
    ages = np.where(relation == SPOUSE, head + rng.integers(-5, 5, count), ages)
    ages = np.where(relation == HEAD, head, ages)
    return np.clip(ages, 0, 99).astype(np.int64), relation


def _births(chance: Chance, shares: Shares) -> int:
    return round(chance.people * shares.births_per_year)


def _with_babies(chance: Chance, body: _Body, shares: Shares) -> _Body:
    """Add the last year's children to households with a mother of 20 to 42."""
    rng, count = chance.part("babies"), _births(chance, shares)
    age = (day(chance.as_of) - body.born).astype(np.int64) // 365
    mothers = np.flatnonzero(~body.male & (age >= 20) & (age <= 42) & (body.relation <= SPOUSE))
    chosen = some(rng, mothers, count)
    count = len(chosen)
    born = day(chance.as_of) - rng.integers(35, 365, count)
    household = np.r_[body.household, body.household[chosen]]
    order = np.argsort(household, kind="stable")
    return _Body(
        household[order],
        np.r_[body.relation, np.full(count, CHILD)][order],
        np.r_[body.male, rng.random(count) < 0.52][order],
        np.r_[body.born, born][order],
    )


def _age(chance: Chance, born: Days) -> Ints:
    return np.asarray((day(chance.as_of) - born).astype(np.int64) // 365.2425, dtype=np.int64)


def _villages(chance: Chance, county: County, household: Ints) -> Ints:
    rng = chance.part("villages")
    village = np.sort(pick(rng, county.weights, int(household[-1]) + 1))
    # Nobody must be left without people: the first households of a large village move over.
    return np.asarray(village[household], dtype=np.int64)


def _numbers(chance: Chance, body: _Body) -> list[str]:
    rng, count = chance.part("numbers"), len(body.household)
    draw = rng.random(count)
    prefixes = np.full(count, AREA_DIGITS)
    prefixes[(draw < 0.06) & (body.relation == SPOUSE)] = MARRIED_IN_DIGITS
    prefixes[(draw > 0.9) & (body.born < np.datetime64("1986-01-01"))] = RETIRED_DIGITS
    return numbers.citizen_numbers(prefixes, body.born, body.male)


def _names(chance: Chance, body: _Body) -> list[str]:
    rng = chance.part("names")
    of_household = names.surnames(rng, int(body.household[-1]) + 1)[body.household]
    own = names.surnames(rng, len(body.household))
    surname = np.where(body.relation == SPOUSE, own, of_household)
    return names.people_names(rng, surname, body.male)


def _deaths(chance: Chance, body: _Body, age: Ints, shares: Shares) -> Days:
    rng = chance.part("deaths")
    risk = 1.095 ** np.clip(age - 40, 0, 60).astype(np.float64)
    count = round(chance.people * shares.deaths_per_year * 15 / 12)
    died = np.full(len(age), np.datetime64("NaT", "D"), dtype="datetime64[D]")
    grown = np.flatnonzero(age >= 20)
    chosen = rng.choice(grown, size=count, replace=False, p=risk[grown] / risk[grown].sum())
    died[chosen] = day(chance.as_of) - rng.integers(3, 456, count)
    return died


def _living(chance: Chance, county: County, household: Ints, village: Ints, shares: Shares) -> Ints:
    rng = chance.part("movers")
    living = village.copy()
    draw = rng.random(len(village))
    moved = draw < shares.moved_inside
    living[moved] = rng.integers(0, len(county.villages), int(moved.sum()))
    living[(draw >= shares.moved_inside) & (draw < shares.moved_inside + shares.moved_away)] = (
        ELSEWHERE
    )
    return living


def _phones(
    chance: Chance, county: County, body: _Body, age: Ints, village: Ints
) -> tuple[list[str], list[str]]:
    """Give phones: own mobile, landline, a relative's, the coordinator's, or none."""
    rng, count = chance.part("phones"), len(age)
    serial = rng.permutation(max(900_000, count))[:count] + 100_000
    own = numbers.mobile_numbers(serial % 1_000_000)
    draw = rng.random(count)
    has = np.select([age < 16, age < 65, age < 80], [0.02, 0.93, 0.62], 0.3)
    first = np.r_[True, body.household[1:] != body.household[:-1]]
    first_of = np.maximum.accumulate(np.where(first, np.arange(count), 0))
    lends = rng.random(count) < 0.5
    phone, kind = [""] * count, ["missing"] * count
    for who in range(count):
        if draw[who] < has[who]:
            phone[who], kind[who] = own[who], "mobile"
        elif age[who] >= 60 and lends[who] and phone[int(first_of[who])]:
            phone[who], kind[who] = phone[int(first_of[who])], "shared"
        elif age[who] >= 45 and draw[who] > 0.97:
            phone[who], kind[who] = numbers.landline(int(serial[who])), "landline"
        elif age[who] >= 70 and village[who] % 8 == 3:
            phone[who], kind[who] = coordinator_phone(int(village[who])), "coordinator"
    return phone, kind


def coordinator_phone(village: int) -> str:
    """The mobile of a village's coordinator, whom many old people give as their own."""
    return f"{numbers.MOBILE_HEAD}{village % 100_000:06d}"
