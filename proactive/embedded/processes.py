"""Starting a server so that it cannot outlive us, and ending what an earlier parent left."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

from proactive.embedded.account import Account
from proactive.embedded.server import Steps

PROC = Path("/proc")
LOG_LIMIT = 10_000_000


def spawn(
    command: Sequence[str], *, account: Account, cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start a server in its own session, writing to `log`.

    Its own session keeps Ctrl-C for us: we stop the servers when our own work is done. Where
    `setpriv` exists (every Debian), the kernel tells the server to stop when the calling thread
    ends, so not even kill -9 of the parent leaves it behind.
    """
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 - fixed programs, no shell
            [*_ends_with_parent(), *command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            **as_account(account),
        )


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess` that make a child give up the rights of root."""

    user: int
    group: int
    extra_groups: list[int]


def as_account(account: Account) -> RunAs:
    """Return what makes a child run as `account`; nothing when it is the caller's own."""
    if not account.dropped:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _ends_with_parent() -> list[str]:
    program = shutil.which("setpriv", path=f"{os.defpath}:/usr/sbin:/sbin")
    if program is None:
        return []
    usage = subprocess.run(  # noqa: S603 - found on the system's own path
        [program, "--help"], capture_output=True, text=True, check=False
    )
    return [program, "--pdeathsig", "INT", "--"] if "--pdeathsig" in usage.stdout else []


def living_in(folder: Path, program: str) -> list[int]:
    """Return the processes of `program` that work in `folder`; both servers move into their data.

    Empty where there is no /proc: then PostgreSQL's own checks must do.
    """
    if not folder.is_dir() or not PROC.is_dir():
        return []
    return [
        int(entry.name)
        for entry in PROC.iterdir()
        if entry.name.isdigit() and _works_in(entry, folder, program)
    ]


def _works_in(process: Path, folder: Path, program: str) -> bool:
    try:
        exe = (process / "exe").readlink().name.removesuffix(" (deleted)")
        return exe == program and (process / "cwd").samefile(folder)
    except OSError:  # ended meanwhile, or not ours to look at
        return False


def end_processes(
    find: Callable[[], list[int]], chief: Callable[[], list[int]], steps: Steps
) -> bool:
    """End what `find` returns, politely first; True when nothing is left.

    All but the last signal go to the chief, which winds up its own children. Children without a
    chief end by themselves; told so, they might still write.
    """
    for number, seconds in steps:
        for pid in find() if number is signal.SIGKILL else chief():
            _signal(pid, number)
        if _wait_until(lambda: not find(), seconds):
            return True
    return False


def end_child(child: subprocess.Popen[bytes], steps: Steps) -> None:
    """End a server that we started ourselves."""
    for number, seconds in steps:
        if child.poll() is None:
            child.send_signal(number)
        if _wait_until(lambda: child.poll() is not None, seconds):
            return


def _wait_until(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
