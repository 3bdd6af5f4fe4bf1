"""The life of a message: its states, who may move it, and what a person should do about it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from proactive.kernel.states import MACHINE, Role, StateTable, Transition


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PARKED = "parked"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


S = MessageState

# A message is only ever learnt to have come further. Equal rank: what was learnt first stands.
RANK = {
    S.QUEUED: 0,
    S.SENDING: 1,
    S.UNKNOWN: 2,
    S.PARKED: 3,
    S.SENT: 4,
    S.DELIVERED: 5,
    S.FAILED: 5,
    S.CANCELLED: 5,
}

STAFF = frozenset({Role.COORDINATOR, Role.TOWN, Role.COUNTY, Role.CLERK})
DECIDERS = frozenset({Role.OPERATOR, Role.COUNTY})


def _by_machine(
    source: MessageState, action: str, target: MessageState, verb: str, en: str, zh: str
) -> Transition:
    return Transition(source, action, target, MACHINE, en, zh, verb)


def _learnt(source: MessageState) -> list[Transition]:
    """A call-back may come at any time, even before our own record of the call."""
    rows = []
    if source is not S.SENT:
        rows.append(_by_machine(source, "learn_sent", S.SENT, "record", "On its way", "网关已受理"))
    return [
        *rows,
        _by_machine(source, "learn_delivered", S.DELIVERED, "record", "Delivered", "已送达"),
        _by_machine(source, "learn_failed", S.FAILED, "record", "Not delivered", "未送达"),
    ]


MESSAGE_TABLE = StateTable(
    "message",
    MessageState,
    start=S.QUEUED,
    finals=[S.DELIVERED, S.FAILED, S.CANCELLED],
    transitions=[
        _by_machine(S.QUEUED, "claim", S.SENDING, "claim", "Taken up for sending", "开始发送"),
        _by_machine(S.QUEUED, "doubt", S.UNKNOWN, "give_back", "To be looked up first", "先行核查"),
        Transition(
            S.QUEUED,
            "cancel",
            S.CANCELLED,
            MACHINE | STAFF | {Role.RECIPIENT},
            "No longer to be sent",
            "不再发送",
            "cancel",
        ),
        *_learnt(S.QUEUED),
        _by_machine(S.SENDING, "accept", S.SENT, "record", "Taken by the gateway", "网关已受理"),
        _by_machine(S.SENDING, "refuse", S.FAILED, "record", "Refused for good", "网关拒收"),
        _by_machine(S.SENDING, "give_back", S.QUEUED, "give_back", "Not taken; later", "稍后再发"),
        _by_machine(S.SENDING, "lose", S.UNKNOWN, "give_back", "Nobody can say", "结果不明"),
        _by_machine(S.SENDING, "park", S.PARKED, "park", "Left to a person", "转人工处理"),
        *_learnt(S.SENDING),
        _by_machine(
            S.UNKNOWN, "miss", S.QUEUED, "find", "Surely not taken; again", "确认未发，重发"
        ),
        _by_machine(S.UNKNOWN, "park", S.PARKED, "park", "Left to a person", "转人工处理"),
        *_learnt(S.UNKNOWN),
        *_learnt(S.SENT),
        Transition(S.PARKED, "send_again", S.QUEUED, DECIDERS, "Send it again", "重新发送"),
        Transition(
            S.PARKED, "say_received", S.DELIVERED, DECIDERS, "It was received", "本人已收到"
        ),
        Transition(S.PARKED, "give_up", S.FAILED, DECIDERS, "Tell in another way", "改用其他方式"),
        *_learnt(S.PARKED),
    ],
)


def learn_action(heard: str) -> str:
    """Return the action for what the far side says: sent, delivered or failed."""
    return f"learn_{heard}"


def is_news(state: str, heard: str) -> bool:
    """Answer whether what was heard takes the message further than it is known to be."""
    return RANK[S(heard)] > RANK[S(state)]


# The message that brings a code to the own page: for its receiver's eyes only. It is not told
# otherwise, nobody else reads its words, and it names no number that the code opens.
OWN_CODE = "own_code"


class Why(StrEnum):
    """Why a message was not sent or did not arrive."""

    NONE = ""
    CASE_CLOSED = "case_closed"
    SUPERSEDED = "superseded"
    EVENT_OVER = "event_over"
    DEAD = "dead"
    MINOR = "minor"
    OPTED_OUT = "opted_out"
    WRONG_PERSON = "wrong_person"
    WANTS_IN_PERSON = "wants_in_person"
    NEVER_BY_SMS = "never_by_sms"
    IDENTITY_DOUBTFUL = "identity_doubtful"
    NO_PHONE = "no_phone"
    SHARED_PHONE = "shared_phone"
    NOT_LIVE = "not_live"
    BAD_TEXT = "bad_text"
    # what a way out says of it: the values of plugins.notifier.Reason
    LANDLINE = "landline"
    BAD_NUMBER = "bad_number"
    OUT_OF_REACH = "out_of_reach"
    TEXT_BLOCKED = "text_blocked"
    QUEUE_FULL = "queue_full"
    EXPIRED = "expired"
    NOT_SET_UP = "not_set_up"
    REFUSED = "refused"
    # why it was parked or given up
    NO_CERTAINTY = "no_certainty"
    ALWAYS_BUSY = "always_busy"
    GIVEN_UP = "given_up"
    CALL_ME = "call_me"


class How(StrEnum):
    """How somebody is told who cannot or should not be told by SMS."""

    IN_PERSON = "in_person"
    CALL = "call"
    LETTER = "letter"


# Who is not reached in one way is told in the next; a letter is the last.
NEXT_HOW = {How.CALL: How.IN_PERSON, How.IN_PERSON: How.LETTER}
# Working days that each way has, counted from the day it became its turn.
DAYS_TO_TELL = {How.CALL: 2, How.IN_PERSON: 5, How.LETTER: 3}

# How telling begins. A call where the number may well be right, a visit where there is none.
# Not here: nothing is left to be told (closed, superseded, over), or telling would hurt (dead).
HOW_TO_TELL = {
    Why.MINOR: How.CALL,
    Why.OPTED_OUT: How.IN_PERSON,
    Why.WRONG_PERSON: How.IN_PERSON,
    Why.WANTS_IN_PERSON: How.IN_PERSON,
    Why.NEVER_BY_SMS: How.IN_PERSON,
    Why.IDENTITY_DOUBTFUL: How.IN_PERSON,
    Why.NO_PHONE: How.IN_PERSON,
    Why.SHARED_PHONE: How.IN_PERSON,
    Why.NOT_LIVE: How.IN_PERSON,
    Why.BAD_TEXT: How.IN_PERSON,
    Why.LANDLINE: How.CALL,
    Why.BAD_NUMBER: How.IN_PERSON,
    Why.OUT_OF_REACH: How.CALL,
    Why.TEXT_BLOCKED: How.CALL,
    Why.QUEUE_FULL: How.CALL,
    Why.EXPIRED: How.CALL,
    Why.NOT_SET_UP: How.CALL,
    Why.REFUSED: How.CALL,
    Why.GIVEN_UP: How.CALL,
    Why.CALL_ME: How.CALL,
}

# Passing troubles: a later attempt makes sense, and nothing was delivered.
PASSING = frozenset({Why.OUT_OF_REACH, Why.QUEUE_FULL, Why.EXPIRED})


def how_to_tell(why: str) -> How | None:
    """Return how to tell somebody whom a message did not reach, or None when nobody need be."""
    return HOW_TO_TELL.get(Why(why))


class Decision(StrEnum):
    """What a person may decide about a parked message; the names are the table's actions."""

    SEND_AGAIN = "send_again"
    SAY_RECEIVED = "say_received"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often things are tried. Leases and look-ups run on the database clock."""

    lease: timedelta = timedelta(seconds=60)
    first_look_after: timedelta = timedelta(seconds=20)
    largest_looks: int = 4
    largest_resends: int = 1
    largest_busies: int = 40
    shortest_pause: timedelta = timedelta(seconds=5)
    longest_pause: timedelta = timedelta(minutes=30)
    largest_attempts: int = 2
    next_attempt_after: timedelta = timedelta(hours=4)
    troubles_in_a_row: int = 3
    channel_pause: timedelta = timedelta(seconds=30)
    longest_channel_pause: timedelta = timedelta(minutes=10)


def pause_after(busies: int, patience: Patience) -> timedelta:
    """Return how long to wait after the n-th busy answer in a row: doubling, up to a limit."""
    pause: timedelta = patience.shortest_pause * (1 << min(max(busies, 0), 20))
    return min(pause, patience.longest_pause)


def channel_pause_after(troubles: int, patience: Patience) -> timedelta | None:
    """Return how long to leave a way out alone after so many troubles in a row; None: not yet."""
    beyond = troubles - patience.troubles_in_a_row
    if beyond < 0:
        return None
    pause: timedelta = patience.channel_pause * (1 << min(beyond, 20))
    return min(pause, patience.longest_channel_pause)
