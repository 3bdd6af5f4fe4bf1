"""Runs the whole: embedded servers if none are named, then web, worker and scheduler as children.

One parent starts all, starts again what dies, and ends all when it ends.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from proactive.backup import is_unfinished
from proactive.config import Settings
from proactive.embedded import share_servers, start_servers
from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Refused
from proactive.kernel.logs import get_logger
from proactive.schema import known_keys_mark, migrate, present_revision, remember_keys

RESTART_SECONDS = 1.0
END_SECONDS = 10.0
PATIENCE_SECONDS = 60.0
PREPARING = 0x70726F61  # the database's advisory lock: one prepares, others wait
log = get_logger(__name__)


def _servers(folder: Path, stack: ExitStack, *, own: bool) -> tuple[str, str]:
    """Return where the servers answer; those that are starting or ending are waited for."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        shared = None if own else share_servers(folder)
        if shared is not None:
            stack.callback(shared[1].leave)
            return shared[0]
        try:
            servers = stack.enter_context(start_servers(folder))
        except Refused as refusal:
            if refusal.code != "already_running" or time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            if not own:
                stack.callback(servers.wait_until_unused)
            return servers.database_url, servers.redis_url


@contextmanager
def servers_for(settings: Settings, *, own: bool = False) -> Iterator[Settings]:
    """Yield settings with both URLs: as given, those already running below var, or our own.

    With `own`, servers that a short command has started are waited out, not shared. Servers that a
    command started end after the last command that uses them.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    folder = settings.var / "servers"
    with ExitStack() as stack:
        running = _servers(folder, stack, own=own)
        urls = {
            "database_url": settings.database_url or running[0],
            "redis_url": settings.redis_url or running[1],
        }
        yield settings.model_copy(update=urls)


def prepare(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the database up to date and its keys with it; return the schema before and after.

    Keys are made only for a database that was never filled. Raises Refused `keys_missing` or
    `other_keys`: with others every person would be a stranger, and every case raised again.
    """
    if is_unfinished(settings):
        raise Refused(
            "restore_unfinished",
            "A restore has begun here and not ended.",
            why="Messages that went out since the backup could go out again.",
            todo="Run 'proactive restore' with the same folder once more.",
        )
    owner = create_engine(settings.database_url)
    try:
        with owner.begin() as one_at_a_time:
            one_at_a_time.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PREPARING})
            return _prepare(settings, owner)
    finally:
        owner.dispose()


def _prepare(settings: Settings, owner: Engine) -> tuple[str | None, str | None]:
    mark = known_keys_mark(owner)
    if mark is not None and not settings.keys_path.exists():
        raise _wrong_keys("keys_missing", "The keys of this database are not at {path}.", settings)
    ensure_keys(settings)
    ours = Keyring.read(settings.keys_path).mark()
    if mark not in (None, ours):
        raise _wrong_keys(
            "other_keys", "The keys at {path} are not those of this database.", settings
        )
    before = present_revision(owner)
    migrate(owner)
    remember_keys(owner, ours)
    return before, present_revision(owner)


def _wrong_keys(code: str, what: str, settings: Settings) -> Refused:
    return Refused(
        code,
        what,
        why="With other keys nobody stored could be recognised or read.",
        todo="Restore the key file from where it is kept safe, or correct PROACTIVE_KEYS_FILE.",
        path=str(settings.keys_path),
    )


def ensure_keys(settings: Settings) -> None:
    """Make a key file where there is none; `prepare` makes sure that none is missed."""
    path = settings.keys_path
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Keyring.generate().write(path)
        log.info("A new key file was made.", name=path.name)


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a child reads the same settings."""
    import json

    given = settings.model_dump(mode="json", exclude_none=True)
    own = {
        f"PROACTIVE_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
    }
    return {**os.environ, **own, "PYTHONUNBUFFERED": "1"}


@dataclass
class Children:
    """Child processes by name, started again when they die."""

    settings: Settings
    commands: Mapping[str, list[str]]
    logs: Path | None = None
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> "Children":
        for name in self.commands:
            self.start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.running.values():
            child.terminate()
        deadline = time.monotonic() + END_SECONDS
        for child in self.running.values():
            try:
                child.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def start(self, name: str) -> None:
        output = (self.logs / f"{name}.log").open("ab") if self.logs else None
        self.started[name] = time.monotonic()
        self.running[name] = subprocess.Popen(  # noqa: S603 - our own commands
            self.commands[name],
            env=environment(self.settings),
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        if output:
            output.close()

    def mend(self) -> None:
        """Start again what has died, not more often than once a second."""
        for name, child in list(self.running.items()):
            age = time.monotonic() - self.started[name]
            if child.poll() is not None and age > RESTART_SECONDS:
                log.warning(
                    "A process has ended and is started again.", name=name, code=child.returncode
                )
                self.start(name)


def die_with_parent() -> None:
    """Ask Linux to end this child when its parent is gone, however it went."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def commands(*, workers: int = 1, web: bool = True) -> dict[str, list[str]]:
    """Return the commands of the usual children."""
    proactive = [sys.executable, "-m", "proactive"]
    usual = {f"worker-{n}": [*proactive, "worker"] for n in range(1, workers + 1)}
    usual["scheduler"] = [*proactive, "scheduler"]
    if web:
        usual["web"] = [*proactive, "web"]
    return usual
