"""The one person whom the demo follows: a villager with a large bill and more behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from proactive.kernel.errors import Failed
from proactive.simulate import numbers
from proactive.simulate.draws import Chance, Ints
from proactive.simulate.households import LOW_CLASSES, Households
from proactive.simulate.people import HEAD, SPOUSE, People
from proactive.simulate.posts import Posts

STORY_SERIAL = 99_000  # in a part of the number block that nobody else draws from
WISHED_AGES = (48, 66)


def choose_story(chance: Chance, people: People, posts: Posts) -> int:
    """Choose a grown villager at home, in a village with a coordinator of its own.

    Raises Failed `no_story` when the county has nobody like that, which no real size leads to.
    """
    with_post = np.isin(people.living, np.asarray(posts.covered))
    near_posts = np.isin(people.household, people.household[np.asarray(posts.holders)])
    _, members = np.unique(people.household, return_counts=True)
    fits = np.flatnonzero(
        with_post
        & ~near_posts
        & np.isnat(people.died)
        & (people.living == people.registered)
        & (people.relation <= SPOUSE)
        & (people.age >= WISHED_AGES[0])
        & (people.age <= WISHED_AGES[1])
        & (members[people.household] >= 2)
        & (members[people.household] <= 4)
    )
    if not len(fits):
        raise Failed(
            "no_story",
            "The county of {people} people holds nobody for the story.",
            people=len(people),
        )
    heads = fits[people.relation[fits] == HEAD]
    among: Ints = heads if len(heads) else fits
    return int(chance.part("story").choice(among))


def with_phone(people: People, story: int) -> People:
    """Give the person a mobile that nobody else has."""
    phone, kind = list(people.phone), list(people.phone_kind)
    phone[story], kind[story] = f"{numbers.MOBILE_HEAD}{STORY_SERIAL:06d}", "mobile"
    return replace(people, phone=phone, phone_kind=kind)


def with_low_income(people: People, homes: Households, story: int) -> Households:
    """Put the household on the low-income register, with a known small income."""
    home = int(people.household[story])
    low, income, known = homes.low_class.copy(), homes.income.copy(), homes.income_known.copy()
    low[home] = LOW_CLASSES.index("minimum_living")
    income[home] = 620_000 * int(homes.members[home])
    known[home] = True
    return replace(homes, low_class=low, income=income, income_known=known)
