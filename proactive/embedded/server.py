"""What the keeper needs to know of a server to start it, see it ready and end it."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

Steps = Sequence[tuple[signal.Signals, float]]


class Server(Protocol):
    """One embedded server."""

    @property
    def name(self) -> str: ...
    @property
    def home(self) -> Path:
        """The folder it works in; its log is named after it."""

    @property
    def log(self) -> Path: ...
    @property
    def ending(self) -> Steps:
        """Signals that end it, gentlest first, with the seconds each may take."""

    def command(self) -> list[str]: ...
    def prepare(self) -> None:
        """Make its data and settings ready, after an earlier life however that ended."""

    def is_ready(self) -> bool: ...
    def first_steps(self) -> None:
        """Do once it answers what every start must find: harmless when done before."""
