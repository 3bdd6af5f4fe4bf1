"""What a new state does to an item's clocks and due days."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from proactive.bundles.clocks import Clock, Due, Span, WorkingDays, add
from proactive.bundles.definition import Item
from proactive.bundles.model import RUNNING, ItemState
from proactive.bundles.parts import Limit

ANSWER_SPAN = Span(days=5, working=True)
IN_REVIEW = frozenset({ItemState.ACCEPTED, ItemState.ACCEPTED_LENIENT})


def span(limit: Limit) -> Span:
    return Span(limit.days, limit.working)


def clock_changes(
    item: Item,
    row: Mapping[str, Any],
    target: ItemState,
    *,
    action: str,
    today: date,
    calendar: WorkingDays,
) -> dict[str, Any]:
    """Return the clock columns of `row` after it came to `target` by `action`.

    The promised clock runs while the office has the item, the legal one from acceptance on; both
    stand still while the person is asked for more, and begin anew when it is handed in again. An
    acceptance that is taken back has not set the legal clock going.
    """
    anew = action == "overturn" or (action == "submit" and row["state"] == ItemState.RETURNED)
    slip = action == "take_back"
    promised = _clock(item.limits.promised, row, "promised", anew=anew)
    limit = item.limits.legal
    legal = _clock(limit, row, "legal", anew=anew or slip) if limit else None
    if target in RUNNING:
        promised = promised.start(today)
        began = legal is not None and (legal.running_from is not None or legal.used_days > 0)
        if legal is not None and (target in IN_REVIEW or began):
            legal = legal.start(today)
    else:
        promised = promised.stop(today, calendar)
        legal = legal.stop(today, calendar) if legal is not None else None
    dues = [promised.due(calendar), legal.due(calendar) if legal is not None else None]
    due = _due(item, target, dues, today=today, calendar=calendar)
    return {
        "promised_from": promised.running_from,
        "promised_used": promised.used_days,
        "legal_from": legal.running_from if legal else None,
        "legal_used": legal.used_days if legal else 0,
        "promised_due_on": dues[0].day if dues[0] else None,
        "legal_due_on": dues[1].day if dues[1] else None,
        "due_on": due.day if due else None,
        "due_provisional": due.provisional if due else False,
    }


def _clock(limit: Limit, row: Mapping[str, Any], name: str, *, anew: bool) -> Clock:
    if anew:
        return Clock(span(limit), None, 0)
    return Clock(span(limit), row[f"{name}_from"], row[f"{name}_used"])


def _due(
    item: Item,
    target: ItemState,
    dues: list[Due | None],
    *,
    today: date,
    calendar: WorkingDays,
) -> Due | None:
    """Return the day by which whoever has the item now must do the next thing."""
    if target in RUNNING:
        return min((due for due in dues if due is not None), key=lambda due: due.day)
    if target in (ItemState.READY, ItemState.RETURNED):
        return add(today, span(item.limits.hand_in), calendar)
    if target is ItemState.SUSPENDED:
        return add(today, ANSWER_SPAN, calendar)
    if target is ItemState.GRANTED:
        return add(today, span(item.limits.delivery), calendar)
    return None
