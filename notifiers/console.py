"""Shows messages on the terminal, numbers masked: for trying things out."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import TextIO

from proactive.plugins.notifier import Accepted, Answer, LookUp, NoAnswer, OutgoingMessage
from proactive.plugins.options import Options


class ConsoleNotifier:
    """Prints to `out` (the terminal when None). What was printed cannot be looked up again."""

    name = "console"
    two_way = False
    idempotent = False
    settle_time = timedelta(seconds=1)

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def send(self, message: OutgoingMessage) -> Answer:
        out = self._out or sys.stdout
        out.write(f"[SMS to {_masked(message.to)}] {message.text}\n")
        out.flush()
        return Accepted(provider_id=f"console-{message.message_id}")

    def look_up(self, message: OutgoingMessage) -> LookUp:
        return NoAnswer("a terminal keeps nothing")


def build(options: Mapping[str, str]) -> ConsoleNotifier:
    Options("console", options, known=())
    return ConsoleNotifier()


def _masked(number: str) -> str:
    return "*" * max(len(number) - 4, 0) + number[-4:] if len(number) >= 8 else "*" * len(number)
