"""An item's states, who may move it, and what one item's fate means for the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from proactive.kernel.errors import Refused
from proactive.kernel.states import DESKS, FIELD, MACHINE, Role, StateTable, Transition


class ItemState(StrEnum):
    NOT_SELECTED = "not_selected"
    WAITING = "waiting"
    READY = "ready"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    ACCEPTED_LENIENT = "accepted_lenient"
    SUSPENDED = "suspended"
    GRANTED = "granted"
    REFUSED = "refused"
    RETURNED = "returned"
    BLOCKED = "blocked"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


class BundleState(StrEnum):
    """Computed from the items, never stored."""

    EMPTY = "empty"
    RUNNING = "running"
    WAITING_FOR_PERSON = "waiting_for_person"
    SETTLED = "settled"


S = ItemState
CLERK = frozenset({Role.CLERK})
PEOPLE = FIELD | CLERK
OWN_WISH = PEOPLE | {Role.RECIPIENT}
HANDS_IN = PEOPLE | {Role.GENERALIST}  # who hands in decides nothing for an office
MENU = FIELD | {Role.RECIPIENT}  # a clerk sees only the own office's items

_ROWS: tuple[tuple[ItemState, str, ItemState, frozenset[Role], str, str], ...] = (
    (S.NOT_SELECTED, "choose", S.WAITING, MENU, "Chosen", "选择办理"),
    (S.WAITING, "drop", S.NOT_SELECTED, MENU, "Taken off the menu", "取消选择"),
    (S.READY, "drop", S.NOT_SELECTED, MENU, "Taken off the menu", "取消选择"),
    (S.BLOCKED, "drop", S.NOT_SELECTED, MENU, "Taken off the menu", "取消选择"),
    (S.WAITING, "prepare", S.READY, MACHINE, "Can be handed in", "具备办理条件"),
    (S.BLOCKED, "prepare", S.WAITING, MACHINE, "No longer blocked", "解除受阻"),
    (S.READY, "hold", S.WAITING, MACHINE, "Waits for another item again", "重新等待前置事项"),
    (S.WAITING, "block", S.BLOCKED, MACHINE, "Blocked by another item", "前置事项未通过,受阻"),
    (S.READY, "block", S.BLOCKED, MACHINE, "Blocked by another item", "前置事项未通过,受阻"),
    (S.READY, "submit", S.SUBMITTED, HANDS_IN, "Handed in", "提交办理"),
    (S.RETURNED, "submit", S.SUBMITTED, HANDS_IN, "Handed in again", "补正后重新提交"),
    (S.READY, "accept", S.ACCEPTED, CLERK, "Accepted", "受理"),
    (S.SUBMITTED, "accept", S.ACCEPTED, CLERK, "Accepted", "受理"),
    (S.READY, "accept_lenient", S.ACCEPTED_LENIENT, CLERK, "Accepted leniently", "容缺受理"),
    (S.SUBMITTED, "accept_lenient", S.ACCEPTED_LENIENT, CLERK, "Accepted leniently", "容缺受理"),
    (S.ACCEPTED_LENIENT, "prepare", S.ACCEPTED, MACHINE, "Papers complete", "容缺材料已补齐"),
    (S.ACCEPTED_LENIENT, "extend", S.ACCEPTED_LENIENT, CLERK, "More time", "延长补交期限"),
    (S.SUSPENDED, "prepare", S.SUBMITTED, MACHINE, "Answered", "补充材料已到"),
    (S.SUSPENDED, "resume", S.SUBMITTED, CLERK, "Taken up again", "恢复办理"),
    (S.ACCEPTED, "take_back", S.SUBMITTED, CLERK, "Acceptance taken back", "撤回受理"),
    (S.ACCEPTED, "grant", S.GRANTED, CLERK, "Granted", "准予"),
    (S.ACCEPTED_LENIENT, "grant", S.GRANTED, CLERK, "Granted", "准予"),
    (S.REFUSED, "overturn", S.SUBMITTED, CLERK | DESKS, "Refusal overturned", "撤销不予决定"),
    (S.GRANTED, "deliver", S.DELIVERED, PEOPLE, "Delivered", "送达"),
)
_IN_OFFICE = (S.READY, S.SUBMITTED, S.ACCEPTED, S.ACCEPTED_LENIENT)
_REFUSABLE = (S.SUBMITTED, S.ACCEPTED, S.ACCEPTED_LENIENT, S.SUSPENDED)
_UNSETTLED = (S.WAITING, S.READY, S.SUBMITTED, S.ACCEPTED, S.ACCEPTED_LENIENT, S.SUSPENDED)
_REMINDED = (*_UNSETTLED, S.RETURNED, S.BLOCKED, S.GRANTED)


def _row(
    source: ItemState, action: str, target: ItemState, by: frozenset[Role], en: str, zh: str
) -> Transition:
    verbs = {"hold": "note", "block": "note", "prepare": "prepare", "remind": "remind"}
    verb = verbs.get(action, "") if Role.MACHINE in by else ""
    return Transition(source, action, target, by, en, zh, verb)


def _rows() -> list[Transition]:
    more = [
        *(
            (state, "ask", S.SUSPENDED, CLERK, "Asked for more", "一次性告知补正")
            for state in _IN_OFFICE
        ),
        *(
            (state, "return", S.RETURNED, CLERK, "Returned", "退回补正")
            for state in (*_IN_OFFICE, S.SUSPENDED)
        ),
        *((state, "refuse", S.REFUSED, CLERK, "Refused", "不予办理") for state in _REFUSABLE),
        *(
            (state, "withdraw", S.WITHDRAWN, OWN_WISH, "Withdrawn", "本人撤回")
            for state in (*_UNSETTLED, S.RETURNED, S.BLOCKED)
        ),
        *(
            (state, "cancel", S.CANCELLED, DESKS, "Called off", "终止办理")
            for state in (*_REMINDED, S.REFUSED, S.NOT_SELECTED)
        ),
        *((state, "remind", state, MACHINE, "Reminder", "催办提醒") for state in _REMINDED),
    ]
    return [_row(*row) for row in (*_ROWS, *more)]


ITEM_TABLE = StateTable(
    "item",
    ItemState,
    start=S.NOT_SELECTED,
    finals=[S.DELIVERED, S.WITHDRAWN, S.CANCELLED],
    transitions=_rows(),
)

FAVOURABLE = frozenset({S.GRANTED, S.DELIVERED})
# Nobody can still do anything here without a new decision of a person.
SETTLED = frozenset({S.DELIVERED, S.REFUSED, S.WITHDRAWN, S.CANCELLED, S.NOT_SELECTED, S.BLOCKED})
DECIDED = FAVOURABLE | SETTLED
# With the office, on the promised clock.
RUNNING = frozenset({S.SUBMITTED, S.ACCEPTED, S.ACCEPTED_LENIENT})


@dataclass(frozen=True, slots=True)
class Wait:
    """What one item waits for: `until_granted`, or only until it is decided either way."""

    item: str
    until_granted: bool = True


@dataclass(frozen=True, slots=True)
class ItemView:
    """What the decisions below need of an item.

    `satisfied_by` names the register that already holds this item's result. `asked` counts open
    questions to the person, `lenient_open` papers still promised.
    """

    code: str
    state: ItemState
    needs: tuple[Wait, ...] = ()
    satisfied_by: str = ""
    asked: int = 0
    lenient_open: int = 0


@dataclass(frozen=True, slots=True)
class MachineStep:
    """Something the machine may do to an item now, and the item that is the cause."""

    code: str
    action: str
    because: str = ""


def bundle_state(states: Iterable[str]) -> BundleState:
    """Return where the whole stands."""
    chosen = [ItemState(state) for state in states if state != S.NOT_SELECTED]
    if not chosen:
        return BundleState.EMPTY
    open_ones = [state for state in chosen if state not in SETTLED]
    if not open_ones:
        return BundleState.SETTLED
    if all(state in (S.SUSPENDED, S.RETURNED, S.WAITING) for state in open_ones):
        return BundleState.WAITING_FOR_PERSON
    return BundleState.RUNNING


def fulfils(item: ItemView, wait: Wait) -> bool:
    """Answer whether `item` no longer holds up what waits for it."""
    if item.satisfied_by or item.state in FAVOURABLE:
        return True
    return not wait.until_granted and item.state in DECIDED


def hinders(item: ItemView, wait: Wait) -> bool:
    """Answer whether `item` can no longer fulfil the wait unless a person decides anew."""
    if fulfils(item, wait):
        return False
    return item.state in SETTLED


def waits_for(item: ItemView, items: Mapping[str, ItemView]) -> tuple[str, ...]:
    """Return the codes of the items that hold this one up now."""
    return tuple(w.item for w in item.needs if not fulfils(items[w.item], w))


def settle(items: Mapping[str, ItemView]) -> list[MachineStep]:
    """Return one round of what follows for each item from the others; apply it and ask again.

    Only ever makes ready, says what blocks, takes a block away, or passes an answer on.
    """
    steps = []
    for item in items.values():
        step = _next_for(item, items)
        if step is not None:
            steps.append(step)
    return steps


def _next_for(item: ItemView, items: Mapping[str, ItemView]) -> MachineStep | None:
    if item.state is S.SUSPENDED and not item.asked:
        return MachineStep(item.code, "prepare")
    if item.state is S.ACCEPTED_LENIENT and not item.lenient_open:
        return MachineStep(item.code, "prepare")
    if item.state not in (S.WAITING, S.READY, S.BLOCKED):
        return None
    hindering = next((w.item for w in item.needs if hinders(items[w.item], w)), "")
    if hindering:
        return None if item.state is S.BLOCKED else MachineStep(item.code, "block", hindering)
    if item.state is S.BLOCKED:
        return MachineStep(item.code, "prepare")
    waiting = waits_for(item, items)
    if item.state is S.WAITING and not waiting:
        return MachineStep(item.code, "prepare")
    if item.state is S.READY and waiting:
        return MachineStep(item.code, "hold", waiting[0])
    return None


def dependants(code: str, items: Mapping[str, ItemView]) -> list[str]:
    """Return the chosen items that need `code` granted, directly or through others."""
    found: list[str] = []
    for item in items.values():
        needs_it = any(w.item == code and w.until_granted for w in item.needs)
        if needs_it and item.state is not S.NOT_SELECTED and item.code not in found:
            found.append(item.code)
            found += [more for more in dependants(item.code, items) if more not in found]
    return found


def prerequisites(code: str, items: Mapping[str, ItemView]) -> list[str]:
    """Return the items that must be chosen for `code` to become possible and are not."""
    found: list[str] = []
    for wait in items[code].needs:
        other = items[wait.item]
        if wait.until_granted and other.state is S.NOT_SELECTED and not other.satisfied_by:
            found += [more for more in prerequisites(other.code, items) if more not in found]
            found.append(other.code)
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """What choosing and dropping amounts to, with everything it draws along."""

    choose: tuple[str, ...]
    drop: tuple[str, ...]
    drawn_along: tuple[str, ...]


def check_choice(
    items: Mapping[str, ItemView],
    *,
    choose: Iterable[str] = (),
    drop: Iterable[str] = (),
    cascade: bool = False,
) -> Choice:
    """Return the whole choice, or raise Refused naming what else it would touch.

    With `cascade` the person has seen and wants what is drawn along.
    """
    wanted, unwanted = list(dict.fromkeys(choose)), list(dict.fromkeys(drop))
    unknown = [code for code in (*wanted, *unwanted) if code not in items]
    if unknown or set(wanted) & set(unwanted):
        raise Refused(
            "unknown_item",
            "These items cannot be chosen like this: {items}.",
            todo="Choose from the menu of this bundle, each item once.",
            items=", ".join(unknown or sorted(set(wanted) & set(unwanted))),
        )
    more = [p for code in wanted for p in prerequisites(code, items) if p not in wanted]
    less = [d for code in unwanted for d in dependants(code, items) if d not in unwanted]
    drawn = tuple(dict.fromkeys((*more, *less)))
    if drawn and (not cascade or set(more) & set(unwanted) or set(less) & set(wanted)):
        raise Refused(
            "draws_others_along",
            "This choice touches other items as well: {items}.",
            why="Some items need the result of others.",
            todo="Confirm that these go along, or choose differently.",
            items=", ".join(drawn),
        )
    return Choice(
        choose=tuple(dict.fromkeys((*more, *wanted))),
        drop=tuple(dict.fromkeys((*less, *unwanted))),
        drawn_along=drawn,
    )
