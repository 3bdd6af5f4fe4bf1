"""Whose account the servers run under. PostgreSQL refuses to run as root, and rightly so."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from proactive.kernel.errors import Refused

TEST = "/usr/bin/test"


@dataclass(frozen=True, slots=True)
class Account:
    """An entry of the list of accounts; `dropped` when root gives up its rights to become it."""

    name: str
    uid: int
    gid: int
    dropped: bool = False


def account_of_caller() -> Account:
    """Return the account this process runs as.

    Raises:
        Refused: the uid has no entry (PostgreSQL cannot work without a name).
    """
    return _account(os.geteuid(), dropped=False)


def servers_account(owner_uid: int, wanted: str) -> Account:
    """Return the account for the servers: the caller's own, or what root drops to.

    Root runs the servers of a folder that belongs to somebody else as that person, so that the
    person can start them again later.
    """
    if os.geteuid() != 0:
        return account_of_caller()
    if owner_uid != 0:
        return _account(owner_uid, dropped=True)
    try:
        entry = pwd.getpwnam(wanted)
    except KeyError:
        raise Refused(
            "no_account",
            "There is no account “{name}” for the servers to run as.",
            why="PostgreSQL does not run as root.",
            todo="Create the account or name another one.",
            name=wanted,
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped=True)


def can_reach(path: Path, account: Account, right: str = "-x") -> bool:
    """Tell whether the account really gets to `path`, asking the system and not the mode bits."""
    if not account.dropped:
        return os.access(path, os.X_OK if right == "-x" else os.R_OK)
    answer = subprocess.run(  # noqa: S603 - fixed program, no shell
        [TEST, right, str(path)],
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        check=False,
        capture_output=True,
    )
    return answer.returncode == 0


def _account(uid: int, *, dropped: bool) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise Refused(
            "no_account",
            "The user id {uid} has no entry in the list of accounts.",
            why="PostgreSQL needs the name of the account it runs as.",
            todo="Run as a named account, or use your own servers through the two URL settings.",
            uid=uid,
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped=dropped)
