"""How far a call to an office's system has come, and what its answers amount to here."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from proactive.bundles.model import ItemState
from proactive.kernel.errors import Refused
from proactive.plugins.office_connector import Said, Word

LONGEST_OFFICER = 40


class CallState(StrEnum):
    """queued → sending (committed before the call) → sent → answered; unknown is asked by key."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    ANSWERED = "answered"
    DECLINED = "declined"
    DROPPED = "dropped"


class Fault(StrEnum):
    """Why a call stays queued by no fault of the office; mended here, it goes out by itself."""

    CANNOT_BE_TOLD = "cannot_be_told"  # something in this one item cannot be read
    VAULT_SHUT = "vault_shut"  # nothing can be read: the keys in use are not the right ones


class CallKind(StrEnum):
    """An item handed in, or the word that one handed in before has ended elsewhere."""

    HAND_IN = "hand_in"
    ENDED = "ended"


S = ItemState
# New on the office's desk; what it must be told has ended, the last two until a next round.
NEW = frozenset({S.READY, S.SUBMITTED})
ENDED_ELSEWHERE = frozenset(
    {S.WITHDRAWN, S.CANCELLED, S.NOT_SELECTED, S.GRANTED, S.DELIVERED, S.REFUSED}
    | {S.RETURNED, S.SUSPENDED}
)
OPEN = frozenset({CallState.QUEUED, CallState.SENDING, CallState.UNKNOWN, CallState.SENT})

# After these the office has nothing more to say until the item is handed in again.
CLOSING = frozenset({Word.MORE_WANTED, Word.RETURNED, Word.GRANTED, Word.REFUSED})

LEASE = timedelta(seconds=60)
TRY_AGAIN: Mapping[Fault, timedelta] = {
    Fault.CANNOT_BE_TOLD: timedelta(hours=1),
    Fault.VAULT_SHUT: timedelta(minutes=1),
}
FIRST_LOOK = timedelta(seconds=5)
LARGEST_LOOK = timedelta(hours=1)
LARGEST_SILENCE = timedelta(days=1)
TROUBLES_BEFORE_PAUSE = 3
LARGEST_PAUSE = timedelta(minutes=30)


def pause_after(troubles: int) -> timedelta | None:
    """Return how long an office's system is left alone after troubles in a row, if at all."""
    if troubles < TROUBLES_BEFORE_PAUSE:
        return None
    return min(timedelta(seconds=30) * (1 << min(troubles - 3, 10)), LARGEST_PAUSE)


def look_again(looks: int) -> timedelta:
    """Return the pause before an office is asked once more what became of a call."""
    return min(FIRST_LOOK * (1 << min(looks, 12)), LARGEST_LOOK)


def check_said(said: Said) -> None:
    """Raise Refused where an answer lacks what the page would have asked of the officer.

    Every answer is a person's: name and number. A decision names its legal basis, a refusal also
    its reason; which reasons there are is checked where the decision is taken.
    """
    missing = [
        name
        for name, text in (("officer_name", said.officer_name), ("officer_no", said.officer_no))
        if not text or len(text) > LONGEST_OFFICER
    ]
    if said.word in (Word.GRANTED, Word.REFUSED) and not said.legal_basis:
        missing.append("legal_basis")
    if said.word in (Word.REFUSED, Word.RETURNED) and not said.reason:
        missing.append("reason")
    if missing:
        raise Refused(
            "answer_incomplete",
            "This answer lacks: {missing}.",
            why="People decide: each answer names its officer, a decision also what it rests on.",
            todo="Send it again, whole, with the same answer_id.",
            fields=dict.fromkeys(missing, "fill this in"),
            missing=", ".join(missing),
        )


def officer_id(office_code: str, number: str) -> str:
    """Return the name under which an officer of another system stands in every history."""
    return f"office:{office_code}:{number}"


def data_of(said: Said) -> Mapping[str, object]:
    """Return what the answer brings to the action it amounts to."""
    data: Mapping[Word, Mapping[str, object]] = {
        Word.ACCEPTED: {"receipt_no": said.receipt_no},
        Word.RETURNED: {"reason": said.reason, "codes": said.codes},
        Word.GRANTED: {
            "results": said.results,
            "mode": said.mode,
            "legal_basis": said.legal_basis,
        },
        Word.REFUSED: {"reason": said.reason, "legal_basis": said.legal_basis},
    }
    return data[said.word]
