"""What every command shares: settings, the platform, who acts, plain or JSON answers, errors."""

import errno
import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import OperationalError

from proactive.bootstrap import Platform, build
from proactive.config import Settings, read_settings
from proactive.kernel.errors import Failed, Refused
from proactive.kernel.logs import configure, get_logger
from proactive.kernel.work import Actor, Work
from proactive.processes import servers_for

REFUSED, FAILED = 1, 2
DISK = {
    errno.ENOSPC: "The disk is full{place}; nothing of this was kept. Make room, then do it again.",
    errno.EROFS: "The disk cannot be written{place}. Name another folder (PROACTIVE_VAR).",
    errno.EACCES: "This account has no right to that{place}. Use the account that owns it.",
}
log = get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Frame:
    """Handed to each command: how it was called."""

    as_json: bool = False
    by: str = ""

    def settings(self) -> Settings:
        settings = read_settings()
        configure(settings.log_level)
        return settings

    def operator(self) -> Actor:
        """Return the person at this console; every write carries the name."""
        return Actor.operator_on_server(self.by or getpass.getuser())

    @contextmanager
    def platform(self) -> Iterator[Platform]:
        """Yield the platform of the settings; starts embedded servers when none are named."""
        with servers_for(self.settings()) as settings:
            platform = build(settings)
            try:
                yield platform
            finally:
                platform.close()

    @contextmanager
    def work(self) -> Iterator[tuple[Platform, Work]]:
        with self.platform() as platform, platform.work(self.operator()) as work:
            yield platform, work

    def show(self, data: Any, text: str) -> None:
        """Print the answer: `data` as JSON where asked for, else the text."""
        click.echo(json.dumps(data, ensure_ascii=False, default=str) if self.as_json else text)

    def bar(self) -> Progress:
        """Return a progress bar on standard error; silent where nobody watches."""
        console = Console(stderr=True)
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=self.as_json or not console.is_terminal,
        )


pass_frame = click.make_pass_decorator(Frame, ensure=True)


def with_json(function: Callable[P, R]) -> Callable[P, R]:
    """Add `--json` to a command that lists or reports."""

    def switch(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        context.ensure_object(Frame).as_json |= value

    option = click.option(
        "--json", is_flag=True, expose_value=False, callback=switch, help="Answer as JSON."
    )
    return option(function)


def with_by(function: Callable[P, R]) -> Callable[P, R]:
    """Add `--by` to a command that writes in a person's name."""

    def name(context: click.Context, _parameter: click.Parameter, value: str) -> None:
        context.ensure_object(Frame).by = value

    option = click.option(
        "--by",
        default="",
        expose_value=False,
        callback=name,
        metavar="NAME",
        help="Who does this; stands in the audit. Default: the user of this computer.",
    )
    return option(function)


def with_language(function: Callable[P, R]) -> Callable[P, R]:
    """Add `--language` to a command whose answer others read."""
    choice = click.Choice(["zh", "en"])
    words = "Default: the language of the settings."
    return click.option("--language", type=choice, help=words)(function)


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Turn the two error families into a sentence and an exit code."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Refused as error:
            _say(error.code, error.sentence())
            raise SystemExit(REFUSED) from None
        except Failed as error:
            _say(error.code, error.sentence())
            raise SystemExit(FAILED) from None
        except OperationalError as error:
            _say(*_trouble(getattr(error.orig, "sqlstate", None) or ""))
            raise SystemExit(FAILED) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in DISK:
                place = f" ({error.filename})" if error.filename else ""
                _say("disk", DISK[error.errno].format(place=place))
                raise SystemExit(FAILED) from None
            log.error("A command failed.", exc_info=error)
            _say("failed", f"Something of ours broke ({type(error).__name__}); the log says where.")
            raise SystemExit(FAILED) from None

    return call


def _trouble(sqlstate: str) -> tuple[str, str]:
    """Return code and sentence for what PostgreSQL says (its manual, appendix A)."""
    if sqlstate == "53100":
        return "disk_full", "The database's disk is full; nothing of this was kept. Make room."
    if sqlstate in ("40001", "40P01", "55P03", "57014"):
        return "busy", "The database was busy; nothing of this was kept. Run it again."
    return "no_database", "The database does not answer. Run: proactive doctor"


def _say(code: str, sentence: str) -> None:
    context = click.get_current_context(silent=True)
    frame = context.find_object(Frame) if context else None
    if frame and frame.as_json:
        click.echo(json.dumps({"error": code, "sentence": sentence}, ensure_ascii=False))
    else:
        click.echo(sentence, err=True)


def table(rows: list[tuple[object, ...]], heads: tuple[str, ...]) -> str:
    """Return rows as aligned columns; wide signs count twice, as terminals show them."""
    from unicodedata import east_asian_width

    def width(text: str) -> int:
        return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)

    lines = [tuple(str(cell) for cell in row) for row in (heads, *rows)]
    widths = [max(width(line[n]) for line in lines) for n in range(len(heads))]
    return "\n".join(
        "  ".join(cell + " " * (widths[n] - width(cell)) for n, cell in enumerate(line)).rstrip()
        for line in lines
    )
