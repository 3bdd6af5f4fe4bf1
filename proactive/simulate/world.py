"""Everything that was drawn, for those who judge it, spoil it or write it."""

from __future__ import annotations

from dataclasses import dataclass

from proactive.simulate.benefits import Benefits, Unreached
from proactive.simulate.bills import Bills
from proactive.simulate.births import WAITING, Births
from proactive.simulate.crises import Crises
from proactive.simulate.draws import Ints
from proactive.simulate.households import Households
from proactive.simulate.impairments import Impairments
from proactive.simulate.organisations import Enterprises, Penalties
from proactive.simulate.people import People
from proactive.simulate.places import County
from proactive.simulate.posts import Posts
from proactive.simulate.truth import Who, newborn, organisation, person


@dataclass(frozen=True, slots=True)
class World:
    """The county and all that happened in it; `story` is the person the demo follows."""

    county: County
    posts: Posts
    people: People
    homes: Households
    held: Impairments
    crises: Crises
    benefits: Benefits
    unreached: Unreached
    bills: Bills
    births: Births
    enterprises: Enterprises
    penalties: Penalties
    listed: Ints
    story: int

    def who(self, at: int) -> Who:
        return person(self.people.number[at])

    def child(self, at: int) -> Who:
        births = self.births
        if births.child[at] != WAITING:
            return self.who(int(births.child[at]))
        return newborn(births.certificate[at], self.people.number[int(births.mother[at])])

    def enterprise(self, at: int) -> Who:
        return organisation(self.enterprises.code[at])
