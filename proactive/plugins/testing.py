"""A notifier written by hand for tests: it does what it is told and remembers what it took."""

from collections import Counter, deque
from collections.abc import Callable
from datetime import timedelta

from proactive.plugins.notifier import (
    Absent,
    Accepted,
    Answer,
    DeliveryState,
    Found,
    LookUp,
    NoAnswer,
    OutgoingMessage,
    Unknown,
)


class ScriptedNotifier:
    """Plays its `script` call by call, then accepts everything.

    A script entry is an answer to give, or one of two words: 'lost' (taken, the answer is lost)
    and 'cut' (not taken, no answer). `during` is called inside every call.
    """

    def __init__(
        self,
        name: str = "scripted",
        *,
        two_way: bool = False,
        idempotent: bool = False,
        settle_time: timedelta = timedelta(minutes=15),
    ) -> None:
        self.name = name
        self.two_way = two_way
        self.idempotent = idempotent
        self.settle_time = settle_time
        self.script: deque[Answer | str] = deque()
        self.calls: list[OutgoingMessage] = []
        self.taken: list[OutgoingMessage] = []
        self.looks: list[OutgoingMessage] = []
        self.can_be_asked = True
        self.during: Callable[[OutgoingMessage], None] | None = None

    def send(self, message: OutgoingMessage) -> Answer:
        self.calls.append(message)
        if self.during is not None:
            self.during(message)
        answer = self.script.popleft() if self.script else None
        if answer == "cut":
            return Unknown("cut")
        if answer is None or answer == "lost" or isinstance(answer, Accepted):
            self._take(message)
        if answer == "lost":
            return Unknown("timeout")
        if answer is None or isinstance(answer, str):
            return Accepted(self._provider_id(message))
        return answer

    def look_up(self, message: OutgoingMessage) -> LookUp:
        self.looks.append(message)
        if not self.can_be_asked:
            return NoAnswer("down")
        if any(taken.message_id == message.message_id for taken in self.taken):
            return Found(DeliveryState.SENT, self._provider_id(message))
        return Absent()

    def copies(self) -> Counter[str]:
        """Return how often each message was taken, by its reference."""
        return Counter(message.reference for message in self.taken)

    def _take(self, message: OutgoingMessage) -> None:
        known = any(taken.message_id == message.message_id for taken in self.taken)
        if not (self.idempotent and known):
            self.taken.append(message)

    def _provider_id(self, message: OutgoingMessage) -> str:
        return f"{self.name}-{message.message_id}"
