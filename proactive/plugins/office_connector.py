"""What a line to an office's own system must offer, and the plain values it speaks in.

A connector carries one call once. It never retries by itself, never raises for anything the far
side does, and says `Unknown` whenever it cannot be sure: who asked then asks again by the same key.
What it carries about persons is kept out of `repr`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeAlias, runtime_checkable

from proactive.plugins.notifier import Forged, Webhook


class Word(StrEnum):
    """What an office may say of an item that was handed in."""

    ACCEPTED = "accepted"
    MORE_WANTED = "more_wanted"
    RETURNED = "returned"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One call to make. `key` is ours, unique, and the same at every attempt to find it."""

    key: str
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of an office, made by the officer it names; `answer_id` tells it from others.

    `codes` are the papers and fields a return is about; `papers` and `fields` what is wanted.
    """

    answer_id: str
    hand_in: str
    word: Word
    officer_no: str = ""
    officer_name: str = field(default="", repr=False)
    reason: str = ""
    legal_basis: str = ""
    receipt_no: str = ""
    mode: str = ""
    codes: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    note: str = field(default="", repr=False)
    results: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Malformed:
    """The far side is who it says, but what it says cannot be read; `why` names the place."""

    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The far side has it; `said` is what it answered in the same breath, if anything."""

    said: Said | Malformed | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The far side will never take it. `code` is a fixed word."""

    code: str


@dataclass(frozen=True, slots=True)
class Busy:
    """Certainly not taken; may be tried again after `retry_after` (None = you choose)."""

    code: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Taken or not: nobody can say."""

    why: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The far side answered, and does not have it."""


CallAnswer: TypeAlias = Taken | Declined | Busy | Unknown
Asked: TypeAlias = Taken | Absent | Unknown


@runtime_checkable
class OfficeConnector(Protocol):
    """The line to one office's system; it takes the same key only once."""

    @property
    def name(self) -> str:
        """Return the entry point's name."""

    @property
    def ask_after(self) -> timedelta:
        """Return after how long a silence the system is asked how an item stands."""

    def call(self, parcel: Parcel) -> CallAnswer:
        """Hand the parcel over once, within seconds."""

    def ask(self, key: str) -> Asked:
        """Ask whether an earlier `call` was taken, and what became of it."""

    def read(self, webhook: Webhook) -> Said | Malformed | Forged:
        """Check a call-back's signature and say what it means."""
