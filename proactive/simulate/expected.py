"""A plain reading of the four shipped triggers: whom they should find on the as-of day.

No second rule engine: it aims the simulation, feeds the summary, and gives tests something to
compare the real engine with. What counts is triggers/*/trigger.yaml; the figures here follow it.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from proactive.kernel.periods import Period, subtract
from proactive.simulate.benefits import MEDICAL, TEMPORARY
from proactive.simulate.bills import Bills
from proactive.simulate.draws import Bools, Days, Ints, day
from proactive.simulate.households import NOT_LOW
from proactive.simulate.organisations import SEVERITIES
from proactive.simulate.shares import Shares
from proactive.simulate.truth import Who
from proactive.simulate.world import World

NEW_CREDIT_RULE = date(2026, 4, 1)
BIRTH_LOOK_BACK, BIRTH_GRACE = Period(days=90), Period(days=14)


def expected_hits(as_of: date, world: World, shares: Shares) -> dict[str, list[Who]]:
    """Name the subjects each trigger should find with everything delivered."""
    penalties = repairable_penalties(as_of, world)
    holders = np.unique(world.penalties.holder[penalties])
    return {
        "large_medical_bill": [world.who(at) for at in warned(as_of, world, shares, as_of)],
        "disability_record": [world.who(at) for at in unserved_disabled(as_of, world)],
        "birth_registration": [world.child(at) for at in unfinished_births(as_of, world)],
        "credit_blemish": [world.enterprise(int(at)) for at in holders],
    }


def warned(as_of: date, world: World, shares: Shares, known_before: date) -> list[int]:
    """Find who passes the large-bill rule with the rows recorded before `known_before`."""
    people, homes, bills = world.people, world.homes, world.bills
    settled = _forward_days(bills)
    first, last = Period(months=12).window(as_of)
    inside = (settled >= day(first)) & (settled <= day(last)) & (bills.recorded < day(known_before))
    own = np.bincount(bills.person[inside], bills.own[inside], minlength=len(people))
    per_home = np.bincount(people.household, own)
    low = homes.low_class[people.household] != NOT_LOW
    line = np.where(low, shares.warning_low_fen, shares.warning_fen)
    ill_home = (per_home >= shares.warning_income_share * homes.income) | ~homes.income_known
    over = (own >= line) & (low | ill_home[people.household])
    found = over & ~people.known_dead(day(as_of)) & ~_helped(as_of, world)
    return np.flatnonzero(found).tolist()


def unserved_disabled(as_of: date, world: World) -> list[int]:
    """Find who holds a certificate and lacks the subsidy, the known dead left out."""
    dead = world.people.known_dead(day(as_of))
    return [at for at in world.unreached.people.tolist() if not dead[at]]


def unfinished_births(as_of: date, world: World) -> list[int]:
    """Find living children between grace and look-back with something still to be arranged."""
    births = world.births
    first, _ = BIRTH_LOOK_BACK.window(as_of)
    after_grace, _ = BIRTH_GRACE.window(as_of)
    open_ = np.isnat(births.registered_on) | np.isnat(births.insured_on)
    inside = (births.born >= day(first)) & (births.born < day(after_grace))
    return np.flatnonzero(open_ & inside & births.living).tolist()


def repairable_penalties(as_of: date, world: World) -> Ints:
    """Find enterprises' penalties that are mended and published long enough."""
    penalties, enterprises = world.penalties, world.enterprises
    barred = np.zeros(len(penalties), dtype=bool)
    mine = np.flatnonzero(penalties.of_enterprise)
    holder = penalties.holder[mine]
    barred[mine] = enterprises.closed[holder] | np.isin(holder, world.listed)
    return np.flatnonzero(
        penalties.published
        & penalties.fulfilled
        & (penalties.repair == 0)
        & penalties.of_enterprise
        & ~barred
        & _term_has_run(as_of, world)
    )


def _term_has_run(as_of: date, world: World) -> Bools:
    """The rule of the day of the decision: since April 2026 the term follows the severity."""
    decided, severity = world.penalties.decided, world.penalties.severity
    new = decided >= day(NEW_CREDIT_RULE)

    def older(period: Period) -> Bools:
        return np.asarray(decided < day(period.window(as_of)[0]), dtype=bool)

    minor = new & (severity == SEVERITIES.index("minor"))
    serious = new & (severity == SEVERITIES.index("serious"))
    run = np.select(
        [minor, serious], [older(Period(days=1)), older(Period(months=12))], older(Period(months=3))
    )
    return np.asarray(run, dtype=bool)


def _forward_days(bills: Bills) -> Days:
    """Give each row the day of its forward row, so that a refund nets in the same window."""
    days = np.full(int(bills.serial.max(initial=0)) + 1, np.datetime64("NaT", "D"), "datetime64[D]")
    forward = ~bills.reversal
    days[bills.serial[forward]] = bills.settled[forward]
    found: Days = days[bills.serial]
    return found


def _helped(as_of: date, world: World) -> Bools:
    benefits = world.benefits
    since = day(subtract(as_of, Period(months=6)))
    recent = np.isin(benefits.benefit, (MEDICAL, TEMPORARY)) & (benefits.granted > since)
    helped = np.zeros(len(world.people), dtype=bool)
    helped[benefits.person[recent]] = True
    return helped
