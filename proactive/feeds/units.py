"""Has the unit of an amount changed? The median against the feed's stored history tells."""

from __future__ import annotations

from proactive.feeds.files import FileFacts
from proactive.feeds.preparing import Delivered
from proactive.feeds.refusals import refuse_unit
from proactive.feeds.settling import Settlement
from proactive.kernel.money import yuan_text
from proactive.kernel.states import Role
from proactive.kernel.work import Work


def check_units(work: Work, delivered: Delivered, facts: FileFacts, settlement: Settlement) -> None:
    """Refuse the whole delivery when a median moved tenfold; a named steward may override it."""
    rule = delivered.contract.unit_check
    if rule is None:
        return
    for name, (rows, now, rows_before, before) in settlement.medians(rule.fields).items():
        if min(rows, rows_before) < rule.rows or before == 0:
            continue
        if 1 / rule.ratio < now / before < rule.ratio:
            continue
        if not delivered.override_unit:
            told = (yuan_text(round(before)), yuan_text(round(now)))
            raise refuse_unit(facts.name, name, *told)
        if work.actor.role is not Role.MACHINE:
            work.audit("override_unit", "feed", delivered.contract.feed, field=name)
