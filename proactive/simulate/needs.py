"""Decides, person by person, what is true behind the data the offices hold."""

from __future__ import annotations

import numpy as np

from proactive.simulate.draws import Chance, Floats, Ints, some
from proactive.simulate.expected import repairable_penalties
from proactive.simulate.households import NOT_LOW
from proactive.simulate.shares import Shares
from proactive.simulate.truth import (
    CREDIT,
    DISABILITY,
    MEDICAL_RELIEF,
    NEWBORN,
    Truth,
    Who,
)
from proactive.simulate.world import World

UNSEEN_IMPAIRED_SHARE = 0.002


def true_state(chance: Chance, world: World, shares: Shares) -> Truth:
    """Judge every crisis, certificate, birth and penalty, and those no data shows."""
    truth = Truth()
    _tell_story(truth, world)
    _judge_crises(chance, truth, world, shares)
    _judge_impairments(chance, truth, world)
    _judge_births(chance, truth, world)
    _judge_penalties(chance, truth, world)
    return truth


def _tell_story(truth: Truth, world: World) -> None:
    who = world.who(world.story)
    truth.needed(who, MEDICAL_RELIEF, "a large stay in a low-income household", visible=True)
    truth.confirmed(
        who, MEDICAL_RELIEF, "cannot carry the cost, and no longer walks alone",
        hard_to_pay=True, income_lost=True, lasting_impairment=True, no_supporter=True,
    )  # fmt: skip
    truth.needed(who, DISABILITY, "limb impairment without a certificate", visible=False)
    truth.confirmed(
        who, DISABILITY, "limb impairment without a certificate",
        daily_care=True, cannot_leave_home=True, no_supporter=True, wants_care_centre=True,
    )  # fmt: skip


def _judge_crises(chance: Chance, truth: Truth, world: World, shares: Shares) -> None:
    rng, crises = chance.part("true crises"), world.crises
    likely = _by_burden(world) if shares.need_follows_burden else _by_class(world)
    for at, number in enumerate(crises.person.tolist()):
        luck = rng.random()
        if number == world.story:
            continue
        who = world.who(number)
        if crises.helped[at]:
            truth.no_need(who, MEDICAL_RELIEF, "already_helped")
        elif crises.near_miss[at] and luck >= likely[at]:
            truth.no_need(who, MEDICAL_RELIEF, "no_need")
        elif luck < likely[at]:
            why = "cannot carry the cost of the stay"
            truth.needed(who, MEDICAL_RELIEF, why, visible=not bool(crises.near_miss[at]))
            truth.confirmed(
                who, MEDICAL_RELIEF, why, hard_to_pay=True, income_lost=bool(luck < 0.3),
                lasting_impairment=bool(luck < 0.06), no_supporter=bool(luck < 0.03),
            )  # fmt: skip
        else:
            truth.turned_down(rng, who, MEDICAL_RELIEF)


def _by_class(world: World) -> Floats:
    """How likely each crisis is a need: by the line it is aimed at and by class."""
    low = world.homes.low_class[world.people.household[world.crises.person]] != NOT_LOW
    return np.where(world.crises.near_miss, 0.15, np.where(low, 0.65, 0.35))


def _by_burden(world: World) -> Floats:
    """How likely each crisis is a need: the more of a year's income it takes, the likelier."""
    income = world.homes.income[world.people.household[world.crises.person]]
    burden = world.crises.own / np.maximum(income, 1)
    return np.clip((burden - 0.4) * 1.1, 0.03, 0.95)


def _judge_impairments(chance: Chance, truth: Truth, world: World) -> None:
    rng, people = chance.part("true impairments"), world.people
    for number in world.unreached.people.tolist():
        who, luck = world.who(number), rng.random()
        if not np.isnat(people.died[number]):
            truth.no_need(who, DISABILITY, "died")
        elif luck < 0.75:
            why = "fits a subsidy and does not receive it"
            truth.needed(who, DISABILITY, why, visible=True)
            truth.confirmed(
                who, DISABILITY, why, daily_care=bool(luck < 0.4),
                cannot_leave_home=bool(luck < 0.2), no_supporter=bool(luck < 0.05),
                wants_care_centre=bool(luck < 0.02),
            )  # fmt: skip
        else:
            truth.turned_down(rng, who, DISABILITY)
    for number in _unseen(chance, world).tolist():
        why = f"impaired at {int(people.age[number])}, never asked for a certificate"
        truth.needed(world.who(number), DISABILITY, why, visible=False)
        truth.confirmed(
            world.who(number), DISABILITY, why,
            daily_care=True, cannot_leave_home=True, no_supporter=False, wants_care_centre=False,
        )  # fmt: skip


def _unseen(chance: Chance, world: World) -> Ints:
    people = world.people
    certified = np.isin(np.arange(len(people)), world.held.person)
    among = np.flatnonzero(
        ~certified & np.isnat(people.died) & (people.age >= 55)
        & (np.arange(len(people)) != world.story)
    )  # fmt: skip
    count = max(1, round(len(people) * UNSEEN_IMPAIRED_SHARE))
    return some(chance.part("unseen"), among, count)


def _judge_births(chance: Chance, truth: Truth, world: World) -> None:
    rng, births = chance.part("true births"), world.births
    open_ = np.isnat(births.registered_on) | np.isnat(births.insured_on)
    for at in np.flatnonzero(open_).tolist():
        who, luck = world.child(at), rng.random()
        if not births.living[at]:
            truth.no_need(who, NEWBORN, "died")
        elif luck < 0.82:
            why = "born here, and not everything a child needs is arranged"
            truth.needed(who, NEWBORN, why, visible=True)
            truth.confirmed(
                who, NEWBORN, why, name_chosen=bool(births.name[at]),
                insured_before=not np.isnat(births.insured_on[at]),
                delivery_costs_open=bool(luck < 0.5), wants_guidance=bool(luck < 0.3),
            )  # fmt: skip
        else:
            truth.turned_down(rng, who, NEWBORN)


def _judge_penalties(chance: Chance, truth: Truth, world: World) -> None:
    rng, penalties = chance.part("true penalties"), world.penalties
    seen: set[Who] = set()
    for at in repairable_penalties(chance.as_of, world).tolist():
        who = world.enterprise(int(penalties.holder[at]))
        luck = rng.random()
        if who in seen:
            continue
        seen.add(who)
        if luck < 0.6:
            truth.needed(who, CREDIT, "published, mended, and never repaired", visible=True)
            truth.confirmed(
                who, CREDIT, "wants the entry repaired", duty_done=True,
                on_abnormal_list=bool(luck < 0.1), on_serious_list=False,
                wants_guidance=bool(luck < 0.3),
            )  # fmt: skip
        else:
            truth.turned_down(rng, who, CREDIT)
