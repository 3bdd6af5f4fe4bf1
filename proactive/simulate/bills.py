"""Hospital and clinic settlements: who pays how much, when, and when the insurance office knew.

Visits follow a Poisson law whose rate is gamma-mixed (few people are ill often), amounts a
log-normal one. Beside these stand a fixed number of crises a month: stays that leave a household
with a share it cannot carry. They are set by quota, so that a small county has them too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proactive.simulate.crises import Crises
from proactive.simulate.draws import DAY, Bools, Chance, Days, Ints, day
from proactive.simulate.households import NOT_LOW, Households
from proactive.simulate.people import People
from proactive.simulate.shares import Shares

HOSPITALS = tuple(f"H990121{at:05d}" for at in range(1, 10))
OUTPATIENT_MEAN_FEN = 21_000
# Crises and near misses are a tenth of the stays and cost much: without them the mean is lower.
ORDINARY_PART_OF_MEAN = 0.62
# An ordinary stay leaves less than this to the person: the rest are crises.
ORDINARY_CAP_LOW, ORDINARY_CAP = 330_000, 880_000


@dataclass(frozen=True, slots=True)
class Bills:
    """One entry per settlement row; amounts in fen, negative on reverse rows."""

    person: Ints
    serial: Ints
    settled: Days
    recorded: Days
    inpatient: Bools
    reversal: Bools
    hospital: Ints
    total: Ints
    fund: Ints
    hospital_share: Ints
    own: Ints
    account: Ints

    def __len__(self) -> int:
        return len(self.person)

    def take(self, chosen: Ints) -> Bills:
        """Give the chosen rows, in the order named."""
        return Bills(*(getattr(self, name)[chosen] for name in Bills.__dataclass_fields__))


def make_bills(
    chance: Chance, people: People, homes: Households, crises: Crises, shares: Shares
) -> Bills:
    """Draw every settlement of the months told, refunds and the crises included."""
    rng = chance.part("bills")
    months = shares.history_months + shares.batches
    span = round(months * 30.44)
    person, inpatient = _visits(rng, people, shares, months / 12)
    settled = day(chance.as_of) - rng.integers(1, span + 1, len(person))
    alive = np.isnat(people.died[person]) | (settled <= people.died[person] + 9 * DAY)
    person, inpatient, settled = person[alive], inpatient[alive], settled[alive]
    own = _ordinary_own(rng, inpatient, homes.low_class[people.household[person]], shares)
    person = np.r_[person, crises.person]
    settled = np.r_[settled, crises.settled]
    inpatient = np.r_[inpatient, np.ones(len(crises.person), dtype=bool)]
    own = np.r_[own, crises.own]
    on_time = np.r_[np.zeros(len(person) - len(crises.person), dtype=bool), crises.on_time]
    bills = _split(rng, person, settled, inpatient, own)
    late = (rng.random(len(bills)) < shares.late) & ~on_time
    recorded = bills.settled + np.where(late, rng.integers(1, 61, len(bills)), 0)
    return _numbered(_with_refunds(rng, bills, recorded, on_time, shares))


def _visits(
    rng: np.random.Generator, people: People, shares: Shares, years: float
) -> tuple[Ints, Bools]:
    weight = 0.45 + np.clip(people.age - 30, 0, 60) / 38 + (people.age < 6) * 0.4
    weight = weight / weight.mean()
    count = len(people)
    stays = rng.poisson(
        weight * rng.gamma(0.6, 1 / 0.6, count) * shares.admissions_per_year * years
    )
    visits = rng.poisson(
        weight * rng.gamma(0.8, 1 / 0.8, count) * shares.outpatient_per_year * years
    )
    everyone = np.arange(count)
    person = np.r_[np.repeat(everyone, stays), np.repeat(everyone, visits)]
    inpatient = np.arange(len(person)) < int(stays.sum())
    return person, inpatient


def _ordinary_own(
    rng: np.random.Generator, inpatient: Bools, low_class: Ints, shares: Shares
) -> Ints:
    """Draw what is left to the person; the poor are left with less by medical aid."""
    stay = shares.stay_mean_fen * ORDINARY_PART_OF_MEAN
    mean = np.where(inpatient, stay, OUTPATIENT_MEAN_FEN)
    total = mean * np.exp(rng.normal(-0.5 * 0.85**2, 0.85, len(inpatient)))
    left = rng.uniform(0.22, 0.40, len(inpatient)) * np.where(low_class == NOT_LOW, 1.0, 0.5)
    cap = np.where(low_class == NOT_LOW, ORDINARY_CAP, ORDINARY_CAP_LOW)
    return np.maximum(np.minimum(total * left, cap * rng.uniform(0.7, 1.0, len(left))), 150).astype(
        np.int64
    )


def _split(
    rng: np.random.Generator, person: Ints, settled: Days, inpatient: Bools, own: Ints
) -> Bills:
    """Build the parts around what the person paid: total = funds + hospital + person."""
    count = len(person)
    total = (own / rng.uniform(0.26, 0.45, count)).astype(np.int64)
    hospital_share = (total * (rng.random(count) < 0.05) * 0.02).astype(np.int64)
    share = np.where(inpatient, 0.1, 0.6) * rng.random(count)
    hospital = np.where(inpatient, rng.integers(0, 4, count), rng.integers(0, 9, count))
    return Bills(
        person=person,
        serial=np.zeros(count, dtype=np.int64),
        settled=settled,
        recorded=settled,
        inpatient=inpatient,
        reversal=np.zeros(count, dtype=bool),
        hospital=hospital,
        total=total,
        fund=total - own - hospital_share,
        hospital_share=hospital_share,
        own=own,
        account=(own * share).astype(np.int64),
    )


def _with_refunds(
    rng: np.random.Generator, bills: Bills, recorded: Days, spared: Bools, shares: Shares
) -> Bills:
    """Append a reverse row, every amount negated, for the share that is refunded in full."""
    refunded = np.flatnonzero((rng.random(len(bills)) < shares.refunded) & ~spared)
    gap = rng.integers(1, 25, len(refunded))
    both = {
        name: np.r_[getattr(bills, name), getattr(bills, name)[refunded]]
        for name in ("person", "inpatient", "hospital")
    }
    amounts = {
        name: np.r_[getattr(bills, name), -getattr(bills, name)[refunded]]
        for name in ("total", "fund", "hospital_share", "own", "account")
    }
    forward = np.arange(len(bills))
    return Bills(
        **both,
        **amounts,
        serial=np.r_[forward, refunded],
        settled=np.r_[bills.settled, bills.settled[refunded] + gap],
        recorded=np.r_[recorded, recorded[refunded] + gap],
        reversal=np.r_[bills.reversal, np.ones(len(refunded), dtype=bool)],
    )


def _numbered(bills: Bills) -> Bills:
    """Order the rows by the day the office knew them, as its own table is ordered."""
    order = np.lexsort((bills.reversal, bills.serial, bills.settled, bills.recorded))
    return bills.take(order)
