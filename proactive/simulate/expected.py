"""A plain reading of the large-bill rule, to know beforehand about how many warnings will come.

This is no second rule engine: it aims the simulation and feeds the summary. The thresholds that
count are those of triggers/large_medical_bill.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from proactive.kernel.periods import Period, subtract
from proactive.simulate.benefits import MEDICAL, TEMPORARY, Benefits
from proactive.simulate.bills import Bills
from proactive.simulate.draws import Bools, Days, Ints, day
from proactive.simulate.households import NOT_LOW, Households
from proactive.simulate.people import People
from proactive.simulate.shares import Shares


def warned_people(
    as_of: date,
    people: People,
    homes: Households,
    bills: Bills,
    benefits: Benefits,
    shares: Shares,
    *,
    known_before: date,
) -> Ints:
    """Find who passes the rule on the as-of day with the rows recorded before `known_before`."""
    known = bills.recorded < day(known_before)
    settled = _forward_days(bills)
    first, last = Period(months=12).window(as_of)
    inside = known & (settled >= day(first)) & (settled <= day(last))
    own = np.bincount(bills.person[inside], bills.own[inside], minlength=len(people))
    per_home = np.bincount(people.household, own)
    low = homes.low_class[people.household] != NOT_LOW
    line = np.where(low, shares.warning_low_fen, shares.warning_fen)
    home_share = per_home >= shares.warning_income_share * homes.income
    ill_home = home_share[people.household] | ~homes.income_known[people.household]
    over = (own >= line) & (low | ill_home)
    free = np.isnat(people.died) & ~_helped(as_of, len(people), benefits)
    return np.flatnonzero(over & free)


def _forward_days(bills: Bills) -> Days:
    """Give each row the day of its forward row, so that a refund nets in the same window."""
    days = np.full(int(bills.serial.max(initial=0)) + 1, np.datetime64("NaT"), "datetime64[D]")
    forward = ~bills.reversal
    days[bills.serial[forward]] = bills.settled[forward]
    found: Days = days[bills.serial]
    return found


def _helped(as_of: date, people: int, benefits: Benefits) -> Bools:
    since = day(subtract(as_of, Period(months=6)))
    recent = np.isin(benefits.benefit, (MEDICAL, TEMPORARY)) & (benefits.granted > since)
    helped = np.zeros(people, dtype=bool)
    helped[benefits.person[recent]] = True
    return helped
