"""What a way out for messages must offer, and the plain values it speaks in.

A notifier carries one message once. It never retries by itself, never raises for anything the
far side does, and says `Unknown` whenever it cannot be sure: who asked then looks the message up.
Numbers and texts are kept out of `repr`, so that a careless log line names nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable


class DeliveryState(StrEnum):
    """How far the far side says a message has come."""

    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a message did not arrive, in our words; each provider's codes are a table to these."""

    NONE = ""
    OPTED_OUT = "opted_out"
    LANDLINE = "landline"
    BAD_NUMBER = "bad_number"
    OUT_OF_REACH = "out_of_reach"
    TEXT_BLOCKED = "text_blocked"
    QUEUE_FULL = "queue_full"
    EXPIRED = "expired"
    NOT_SET_UP = "not_set_up"
    REFUSED = "refused"


# What may pass by itself: a later attempt makes sense, and none was delivered.
PASSING = frozenset({Reason.OUT_OF_REACH, Reason.QUEUE_FULL, Reason.EXPIRED})


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to carry. `message_id` is ours, unique, and the same at every attempt to find it.

    `since` is when the first call for it may have begun (machine time), for look-ups.
    """

    message_id: str
    reference: str
    to: str = field(repr=False)
    text: str = field(repr=False)
    language: str
    template: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    provider_id: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The far side has taken it and will report; `provider_id` is its name for it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The far side will never take it. `code` is the provider's own."""

    reason: Reason
    code: str = ""


@dataclass(frozen=True, slots=True)
class Busy:
    """Certainly not taken; may be handed in again after `retry_after` (None = you choose)."""

    retry_after: timedelta | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Taken or not: nobody can say. `why` is a fixed word such as 'timeout'."""

    why: str


Answer: TypeAlias = Accepted | Rejected | Busy | Unknown


@dataclass(frozen=True, slots=True)
class Found:
    """The far side has it, in `state`."""

    state: DeliveryState
    provider_id: str
    reason: Reason = Reason.NONE
    code: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """The far side answered, and does not have it. Certain only after the settle time."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The far side did not say, or cannot be asked."""

    why: str = ""


LookUp: TypeAlias = Found | Absent | NoAnswer


@runtime_checkable
class Notifier(Protocol):
    """One way out. Instances are used by one thread at a time and may keep a connection."""

    @property
    def name(self) -> str:
        """Return the entry point's name; stands on every message it carried."""

    @property
    def two_way(self) -> bool:
        """Answer whether people can reply, so that a text may offer it."""

    @property
    def settle_time(self) -> timedelta:
        """Return how long after a lost call `Absent` becomes certain.

        Longer than the far side's longest delay before a look-up shows a message, plus our longest
        call.
        """

    @property
    def idempotent(self) -> bool:
        """Answer whether the far side takes the same `message_id` only once."""

    def send(self, message: OutgoingMessage) -> Answer:
        """Hand the message over once, within seconds."""

    def look_up(self, message: OutgoingMessage) -> LookUp:
        """Ask whether an earlier `send` of it was taken."""


@runtime_checkable
class Asked(Protocol):
    """A notifier whose far side reports nothing that could be believed: it is asked instead."""

    @property
    def asks_for_receipts(self) -> bool:
        """Answer whether `look_up` tells how a message fared that was taken."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request that the far side made to us. `url` is built from configuration, never from Host.

    `message_id` is ours, read from the path of the call-back address; '' for replies.
    """

    url: str
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    message_id: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a message fared. `message_id` is ours, or '' when only `provider_id` names it.

    `raw_state` is the provider's own word: a replay repeats it.
    """

    provider_id: str
    message_id: str
    state: DeliveryState | None
    raw_state: str
    reason: Reason = Reason.NONE
    code: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A text that a person sent to us."""

    provider_id: str
    sender: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Forged:
    """The signature does not hold, or the request is malformed; nothing in it may be believed."""

    why: str


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What to answer a webhook with."""

    content_type: str
    body: str = field(repr=False)


@runtime_checkable
class Receiver(Protocol):
    """A notifier whose far side also calls us."""

    def read(self, webhook: Webhook) -> Receipt | Reply | Forged:
        """Check the signature and say what the request means."""

    def answer(self, text: str) -> HttpAnswer:
        """Return the body that sends `text` back to who replied; '' says nothing."""


class SetUpError(Exception):
    """A notifier cannot be built from its options; the text says which option and why."""
