"""What a case is: its states, who may move it, and what must be done next."""

from enum import StrEnum

from proactive.kernel.needs import CONFIRM_BY, ConfirmBy, Need
from proactive.kernel.states import DESKS, FIELD, MACHINE, Role, StateTable, Transition


class CaseState(StrEnum):
    RAISED = "raised"
    ASSIGNED = "assigned"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    UNREACHABLE = "unreachable"
    APPROVED = "approved"
    OFFERED = "offered"
    FULFILLING = "fulfilling"
    COMPLETED = "completed"
    DECLINED = "declined"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class NextStep(StrEnum):
    """What the owner of an open case must do next; a code, worded on the screens."""

    ROUTE = "route"
    PLACE = "place_this_person"
    VISIT = "visit"
    CALL = "call"
    DESK = "desk"
    TRY_AGAIN = "try_again"
    TOWN_GATE = "town_gate"
    PREPARE = "prepare"
    OFFER = "offer"
    FOLLOW_ITEMS = "follow_items"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"


CONFIRM_STEPS = {
    ConfirmBy.VISIT: NextStep.VISIT,
    ConfirmBy.CALL: NextStep.CALL,
    ConfirmBy.DESK: NextStep.DESK,
}


def confirm_step(need: str) -> NextStep:
    """Return how a case of this need is confirmed."""
    return CONFIRM_STEPS[CONFIRM_BY[Need(need)]]


S = CaseState


def _rows() -> list[Transition]:
    rows = [
        Transition(
            S.RAISED,
            "route",
            S.ASSIGNED,
            MACHINE | DESKS,
            "Routed to a post",
            "派给责任人",
            "route",
        ),
        Transition(
            S.CONFIRMED,
            "to_gate",
            S.CONFIRMED,
            MACHINE,
            "Laid before the town",
            "报镇街确认",
            "route",
        ),
        Transition(
            S.FULFILLING,
            "to_post",
            S.FULFILLING,
            MACHINE,
            "Back with its post",
            "回到责任人",
            "route",
        ),
        Transition(
            S.OFFERED, "to_post", S.OFFERED, MACHINE, "Back with its post", "回到责任人", "route"
        ),
        Transition(
            S.ASSIGNED, "to_post", S.ASSIGNED, MACHINE, "Back with its post", "回到责任人", "route"
        ),
        Transition(S.CONFIRMED, "approve", S.APPROVED, DESKS, "Approved by the town", "镇街确认"),
        Transition(S.CONFIRMED, "send_back", S.ASSIGNED, DESKS, "Sent back", "退回核实"),
        Transition(
            S.CONFIRMED,
            "prepare",
            S.APPROVED,
            MACHINE,
            "No town gate is asked for",
            "无需镇街确认",
            "prepare",
        ),
        Transition(
            S.APPROVED,
            "offer",
            S.OFFERED,
            MACHINE | FIELD,
            "Offered to the person",
            "征求本人意愿",
            "prepare",
        ),
        Transition(
            S.APPROVED,
            "begin",
            S.FULFILLING,
            MACHINE | FIELD,
            "Items handed to their offices",
            "交各部门办理",
            "prepare",
        ),
        Transition(
            S.OFFERED, "accept", S.FULFILLING, FIELD | {Role.RECIPIENT}, "Accepted", "本人同意办理"
        ),
        Transition(
            S.OFFERED, "decline", S.DECLINED, FIELD | {Role.RECIPIENT}, "Declined", "本人不需要"
        ),
        Transition(
            S.FULFILLING,
            "complete",
            S.COMPLETED,
            MACHINE,
            "All items have ended",
            "各事项均已办结",
            "note",
        ),
        Transition(
            S.SNOOZED, "wake", S.ASSIGNED, MACHINE | FIELD, "Back on the list", "恢复办理", "remind"
        ),
    ]
    for state in (S.ASSIGNED, S.UNREACHABLE):
        rows += [
            Transition(state, "plan_visit", S.ASSIGNED, FIELD, "Visit planned", "约定走访"),
            Transition(state, "confirm", S.CONFIRMED, FIELD, "Need confirmed", "核实有需要"),
            Transition(state, "not_confirm", S.NOT_CONFIRMED, FIELD, "No need", "核实无需要"),
            Transition(state, "could_not_reach", S.UNREACHABLE, FIELD, "Not reached", "未能联系上"),
            Transition(
                state, "decline", S.DECLINED, FIELD | {Role.RECIPIENT}, "Declined", "本人不需要"
            ),
            Transition(state, "snooze", S.SNOOZED, FIELD, "Put off", "暂缓"),
        ]
    # A mistaken answer is taken back by who gave it, within hours; never by the machine.
    for state, action, target in (
        (S.CLOSED, "take_back", S.ASSIGNED),
        (S.CLOSED, "take_back_to_try", S.UNREACHABLE),
        (S.DECLINED, "take_back", S.OFFERED),
    ):
        rows.append(Transition(state, action, target, FIELD, "Answer taken back", "撤回核实结论"))
    # Nobody is held in a matter that he does not want, however far it has come.
    for state in (S.RAISED, S.CONFIRMED, S.APPROVED, S.FULFILLING):
        rows.append(
            Transition(
                state, "decline", S.DECLINED, FIELD | {Role.RECIPIENT}, "Declined", "本人不需要"
            )
        )
    # Also against what is over: an objection moves nothing, it has its own clock and reviewer.
    rows += [
        Transition(state, "object", state, FIELD | {Role.RECIPIENT}, "Objected", "本人提出异议")
        for state in S
    ]
    for state in (S.RAISED, S.ASSIGNED, S.UNREACHABLE, S.CONFIRMED):
        rows.append(
            Transition(
                state,
                "hand_over",
                S.ASSIGNED if state is S.RAISED else state,
                FIELD,
                "Handed over",
                "移交",
            )
        )
    for state in (S.RAISED, S.ASSIGNED, S.UNREACHABLE, S.NOT_CONFIRMED, S.DECLINED, S.COMPLETED):
        rows.append(Transition(state, "close", S.CLOSED, FIELD, "Closed", "办结归档"))
    for state in S:
        if state is not S.CLOSED:
            rows += [
                Transition(
                    state,
                    "note",
                    state,
                    MACHINE | FIELD | {Role.CLERK, Role.RECIPIENT},
                    "Note",
                    "备注",
                    "note",
                ),
                Transition(
                    state,
                    "join",
                    state,
                    MACHINE,
                    "Another trigger found the same need",
                    "另一线索并入",
                    "note",
                ),
                Transition(state, "remind", state, MACHINE, "Reminder", "提醒", "remind"),
                Transition(
                    state,
                    "escalate",
                    state,
                    MACHINE,
                    "Raised to the level above",
                    "升级",
                    "escalate",
                ),
            ]
    return rows


CASE_TABLE = StateTable("case", CaseState, start=S.RAISED, finals=[S.CLOSED], transitions=_rows())

# Notes, reminders, objections and joined hits do not outdate the form a coordinator holds in hand.
QUIET_ACTIONS = frozenset({"note", "join", "remind", "object"})

TAKE_BACK_TO = {S.ASSIGNED: "take_back", S.UNREACHABLE: "take_back_to_try", S.OFFERED: "take_back"}

# What a state asks of the case's owner when nothing more exact is said.
STATE_STEPS = {
    S.RAISED: NextStep.ROUTE,
    S.UNREACHABLE: NextStep.TRY_AGAIN,
    S.CONFIRMED: NextStep.TOWN_GATE,
    S.NOT_CONFIRMED: NextStep.CLOSE,
    S.APPROVED: NextStep.PREPARE,
    S.OFFERED: NextStep.OFFER,
    S.FULFILLING: NextStep.FOLLOW_ITEMS,
    S.COMPLETED: NextStep.FOLLOW_UP,
    S.DECLINED: NextStep.CLOSE,
}


def next_step(state: CaseState, need: str) -> NextStep:
    """Return the next step of a case that has just come to `state`."""
    if state in (S.ASSIGNED, S.SNOOZED):
        return confirm_step(need)
    return STATE_STEPS.get(state, NextStep.CLOSE)
