"""Enterprises, published penalties, and the list of serious dishonesty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proactive.simulate import names, numbers
from proactive.simulate.draws import Bools, Chance, Days, Ints, day, pick, some
from proactive.simulate.people import People
from proactive.simulate.places import AREA_DIGITS, County
from proactive.simulate.shares import Shares

SEVERITIES = ("minor", "general", "serious")
AUTHORITIES = ("县市场监督管理局", "县应急管理局", "县交通运输局", "县生态环境分局")
CONTACT_SERIALS = 20_000


@dataclass(frozen=True, slots=True)
class Enterprises:
    """One entry per enterprise."""

    code: list[str]
    name: list[str]
    contact: list[str]
    phone: list[str]
    town: Ints
    since: Days
    closed: Bools

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True, slots=True)
class Penalties:
    """One entry per penalty; `holder` is an enterprise's position, or a person's."""

    holder: Ints
    of_enterprise: Bools
    severity: Ints
    decided: Days
    published: Bools
    fulfilled: Bools
    repair: Ints
    authority: Ints

    def __len__(self) -> int:
        return len(self.holder)


def make_enterprises(chance: Chance, county: County, people: People, shares: Shares) -> Enterprises:
    """Register an enterprise for every forty people, with a contact who has a mobile."""
    rng = chance.part("enterprises")
    count = max(20, len(people) // shares.people_per_enterprise)
    male = rng.random(count) < 0.6
    serial = rng.permutation(count) + CONTACT_SERIALS
    return Enterprises(
        code=numbers.credit_codes(range(100_000, 100_000 + count), AREA_DIGITS),
        name=names.enterprise_names(rng, county.name, count),
        contact=names.people_names(rng, names.surnames(rng, count), male),
        phone=numbers.mobile_numbers(serial % 100_000),
        town=rng.integers(0, len(county.towns), count),
        since=day(chance.as_of) - rng.integers(400, 5000, count),
        closed=rng.random(count) < 0.06,
    )


def make_penalties(
    chance: Chance, people: People, enterprises: Enterprises, shares: Shares
) -> Penalties:
    """Publish penalties of three years, six in ten of enterprises, the rest of persons."""
    rng = chance.part("penalties")
    count = max(20, round(len(people) * shares.penalties))
    of_enterprise = np.arange(count) < round(count * shares.penalties_of_enterprises)
    grown = np.flatnonzero(np.isnat(people.died) & (people.age >= 20) & (people.age < 75))
    holder = np.r_[
        rng.integers(0, len(enterprises), int(of_enterprise.sum())),
        rng.choice(grown, size=int((~of_enterprise).sum()), replace=False),
    ]
    return Penalties(
        holder=holder.astype(np.int64),
        of_enterprise=of_enterprise,
        severity=pick(rng, (0.15, 0.65, 0.20), count),
        decided=day(chance.as_of) - rng.integers(15, 1000, count),
        published=rng.random(count) < 0.8,
        fulfilled=rng.random(count) < 0.75,
        repair=pick(rng, (0.30, 0.10, 0.60), count),
        authority=rng.integers(0, len(AUTHORITIES), count),
    )


def dishonest(chance: Chance, penalties: Penalties) -> Ints:
    """Choose the enterprises on the serious-dishonesty list: a few of those with penalties."""
    rng = chance.part("dishonest")
    owners = np.unique(penalties.holder[penalties.of_enterprise])
    return some(rng, owners, max(2, len(owners) // 25))
