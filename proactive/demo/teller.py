"""Tells the story step by step, in one of two languages, and remembers what did not happen."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

T = TypeVar("T")
PAUSE = 0.25


class NotSeen(Exception):  # noqa: N818 - a sentence of the story
    """A step of the story was not observed in time."""


@dataclass
class Teller:
    """Prints; every `see` is a check whose failure decides the exit code."""

    language: str
    zone: ZoneInfo
    started: float = field(default_factory=time.monotonic)
    chapter_no: int = 0
    seen: int = 0
    missed: list[str] = field(default_factory=list)

    def say(self, en: str, zh: str) -> str:
        return zh if self.language == "zh" else en

    def chapter(self, moment: datetime | None, en: str, zh: str) -> None:
        """Begin a chapter; `moment` is the business time it plays at."""
        self.chapter_no += 1
        when = f"  [{moment.astimezone(self.zone):%Y-%m-%d %a %H:%M}]" if moment else ""
        click.secho(f"\n{self.chapter_no}. {self.say(en, zh)}{when}", bold=True)

    def line(self, en: str, zh: str) -> None:
        click.echo("   " + self.say(en, zh).replace("\n", "\n   "))

    def see(self, en: str, zh: str, look: Callable[[], T | None], *, seconds: float = 120.0) -> T:
        """Wait until `look` returns something, say so, and return it; NotSeen after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            found = look()
            if found:
                break
            if time.monotonic() > deadline:
                click.secho(f"   ✗ {self.say(en, zh)}", fg="red")
                self.missed.append(en)
                raise NotSeen(en)
            time.sleep(PAUSE)
        self.seen += 1
        click.echo(click.style("   ✓ ", fg="green") + self.say(en, zh))
        return found

    def end(self) -> int:
        """Say how it went and return the exit code."""
        seconds = time.monotonic() - self.started
        if self.missed:
            click.secho(
                "\n"
                + self.say(
                    f"Not seen: {'; '.join(self.missed)}", f"未出现的步骤:{';'.join(self.missed)}"
                ),
                fg="red",
            )
            return 1
        click.secho(
            "\n"
            + self.say(
                f"Every step was seen: {self.seen} checks in {seconds:.0f} s.",
                f"每一步均已核实:{self.seen} 项检查,用时 {seconds:.0f} 秒。",
            ),
            fg="green",
        )
        return 0
