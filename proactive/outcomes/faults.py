"""What an office may be asked to look at in its records, and what it may answer."""

from collections.abc import Mapping
from enum import StrEnum

from proactive.kernel.states import Role, StateTable, Transition
from proactive.visits.model import NoNeed

DEATHS = "death_register"
ANSWER_WORKING_DAYS = 10
LONGEST_NOTE = 300


class Fault(StrEnum):
    """What is said to be wrong: a fixed list, so that no words about a person are needed."""

    NOT_SAID = "not_said"
    AMOUNT = "amount"
    DAY = "day"
    OTHER_PERSON = "other_person"
    TWICE = "twice"
    ENDED = "ended"
    MOVED = "moved"
    OTHER_PLACE = "other_place"
    DIED = "died"


FAULT_WORDS: Mapping[Fault, tuple[str, str]] = {
    Fault.NOT_SAID: ("The record is wrong; it was not said in what", "记录有误（未说明何处）"),
    Fault.AMOUNT: ("An amount is wrong", "金额有误"),
    Fault.DAY: ("A date is wrong", "日期有误"),
    Fault.OTHER_PERSON: ("It belongs to somebody else", "记录属于他人"),
    Fault.TWICE: ("It stands there twice", "记录重复"),
    Fault.ENDED: ("It does not hold any more", "记录已失效"),
    Fault.MOVED: ("The person has moved away", "本人已搬离"),
    Fault.OTHER_PLACE: ("The person never lived at this place", "本人不在此地居住"),
    Fault.DIED: ("The person has died and is not entered", "本人已去世而未登记"),
}


class Answer(StrEnum):
    """What the office says after looking: only a person of it can."""

    CORRECTED = "corrected"
    STANDS = "stands"
    UNCLEAR = "unclear"


ANSWER_WORDS: Mapping[Answer, tuple[str, str]] = {
    Answer.CORRECTED: ("Corrected", "已更正"),
    Answer.STANDS: ("It stands as it is", "记录无误，维持不变"),
    Answer.UNCLEAR: ("It cannot be told", "无法判断"),
}


class CorrectionState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


_C = CorrectionState
_ASKERS = frozenset({Role.COORDINATOR, Role.TOWN, Role.COUNTY, Role.OPERATOR})
_STEWARDS = frozenset({Role.CLERK, Role.OPERATOR})

CORRECTION_TABLE = StateTable(
    "correction request",
    CorrectionState,
    start=_C.OPEN,
    finals=[_C.ANSWERED, _C.WITHDRAWN],
    transitions=[
        Transition(_C.OPEN, "answer", _C.ANSWERED, _STEWARDS, "Answered", "已答复"),
        Transition(_C.OPEN, "withdraw", _C.WITHDRAWN, _ASKERS, "Withdrawn", "已撤回"),
        Transition(_C.OPEN, "specify", _C.OPEN, _ASKERS, "Said more exactly", "补充说明"),
    ],
)


def register_to_ask(reason: str, *, lead_feed: str, home_feed: str) -> tuple[str, Fault] | None:
    """Return which feed's office should look at what; None where no record can be at fault.

    Who moved or never lived here stands wrong in the register of homes; who died is missing from
    the register of deaths; a wrong record is one of the feed that raised the case.
    """
    asked = {
        NoNeed.DATA_WRONG: (lead_feed, Fault.NOT_SAID),
        NoNeed.MOVED: (home_feed, Fault.MOVED),
        NoNeed.NOT_OUR_PERSON: (home_feed, Fault.OTHER_PLACE),
        NoNeed.DIED: (DEATHS, Fault.DIED),
    }
    return asked.get(NoNeed(reason)) if reason in set(NoNeed) else None
