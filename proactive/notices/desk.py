"""What telling people needs besides the database: templates, ways out, and the house's limits."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.notices.model import Patience
from proactive.notices.quiet import QuietHours
from proactive.notices.templates import Templates, Voice
from proactive.plugins.notifier import Notifier

# Opens a unit of work in the machine's name; each use is one short transaction.
OpenWork = Callable[[], AbstractContextManager[Work]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one number, one day and one phone may get.

    The caps follow what networks reject (Twilio, China template whitelisting). `guest_list` None
    means live; otherwise only these numbers get anything.
    """

    identical_per_day: int = 2
    different_per_day: int = 4
    daily_budget: int | None = None
    guest_list: tuple[str, ...] | None = None
    quiet: QuietHours = field(default_factory=QuietHours)
    keep_texts: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class NoticeDesk:
    """Built once per process.

    `channel` is the way out for new messages; others stay for old. `language` is spoken to people
    who chose none.
    """

    templates: Templates
    voice: Voice
    notifiers: Mapping[str, Notifier]
    channel: str
    language: str = "zh"
    limits: Limits = Limits()
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        if self.channel not in self.notifiers:
            raise Refused(
                "no_channel",
                "The way out for messages '{channel}' is not set up.",
                why="Set up are: {known}.",
                todo="Name one of them as 'channel' or give its options.",
                channel=self.channel,
                known=", ".join(sorted(self.notifiers)) or "none",
            )

    def is_guest(self, number: str) -> bool:
        """Answer whether a number may get messages at all: everybody once live."""
        if self.limits.guest_list is None:
            return True
        return any(_same_number(listed, number) for listed in self.limits.guest_list)


def _same_number(listed: str, number: str) -> bool:
    wanted = "".join(sign for sign in listed if sign.isdigit())
    return len(wanted) >= 8 and "".join(s for s in number if s.isdigit()).endswith(wanted)
