"""What a person may say about the own case, and how long the door to it stays open."""

import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from proactive.kernel.states import DESKS, StateTable, Transition

CODE_DIGITS = 8
CODE_LASTS = timedelta(days=60)
SMS_CODE_LASTS = timedelta(days=2)  # asked for at night it comes in the morning
CODES_BY_SMS_A_DAY = 3
ASKS_AN_ADDRESS = 20
CODES_ALIVE = 5  # a letter that is still on its way keeps its code when another one is given
TRIES_WINDOW = timedelta(hours=1)
TRIES_A_NUMBER = 5
TRIES_AN_ADDRESS = 60  # a whole village may come from one address
SESSION_IDLE = timedelta(minutes=30)
SESSION_LONGEST = timedelta(hours=4)
LONGEST_WORDS = 1000
OBJECTION_WORKING_DAYS = 10
NOT_DONE_WORKING_DAYS = 5


def as_kept(text: str) -> str:
    """Return a number or a code as it is kept, however somebody wrote it off.

    Small or full-width signs, groups, dots and a "编号：" in front are all the same to us.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in folded if sign.isascii() and sign.isalnum())


class How(StrEnum):
    """How a code came to the person."""

    LETTER = "letter"
    TOLD = "told"
    SMS = "sms"


class Kind(StrEnum):
    """What is brought before somebody else than who decided it."""

    OBJECTION = "objection"
    NOT_DONE = "not_done"


WORKING_DAYS: Mapping[Kind, int] = {
    Kind.OBJECTION: OBJECTION_WORKING_DAYS,
    Kind.NOT_DONE: NOT_DONE_WORKING_DAYS,
}


class ObjectionState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


class Answer(StrEnum):
    """What the reviewer came to."""

    CHANGED = "changed"
    STANDS = "stands"


O = ObjectionState  # noqa: E741 - as short as the other tables' letter

OBJECTION_TABLE = StateTable(
    "objection",
    ObjectionState,
    start=O.OPEN,
    finals=[O.ANSWERED],
    transitions=[
        Transition(O.OPEN, "answer", O.ANSWERED, DESKS, "Answered", "已答复"),
    ],
)

# Events of a case that somebody decided: their makers do not review an objection to them.
DECISIONS = frozenset({"confirm", "not_confirm", "approve", "send_back", "close"})
RATES = (5, 4, 3, 2, 1)
