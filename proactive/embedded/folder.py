"""The servers' own folder: claimed by a marker, closed to others, never mixed with foreign files.

servers.json   the marker: format, PostgreSQL version, where the data lie
servers.lock   one parent at a time        servers.users  who uses servers of another command
running.json   addresses, while servers run
conf/ log/     written by us        postgresql-18/ valkey/ run/     written by the servers
"""

import contextlib
import json
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from proactive.embedded.account import Account, can_reach, servers_account
from proactive.kernel.errors import Refused

MARKER, LOCK, RUNNING = "servers.json", "servers.lock", "running.json"
USERS = "servers.users"
BELONGS_TO = "belongs-to"  # beside data that lie elsewhere: the folder whose data they are
FORMAT = 1
OWN_BEFORE_MARKER = {LOCK, USERS, f"{MARKER}.new"}
ELSEWHERE = Path("/var/lib/proactive")
SOCKET_LIMIT = 107  # bytes of a unix socket's path, everywhere on Linux
POSTGRESQL_SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class StateFolder:
    """A folder that is ours: `path` holds marker and lock, `data` the rest (mostly the same)."""

    path: Path
    data: Path
    account: Account
    version: int

    @property
    def conf(self) -> Path:
        return self.data / "conf"

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def cluster(self) -> Path:
        return self.data / f"postgresql-{self.version}"

    @property
    def workshop(self) -> Path:
        """Where a cluster is made before it moves to its place."""
        return self.data / "new"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    def write(self, file: Path, text: str) -> None:
        """Write a file that the servers' account can read and only we can change."""
        new = file.with_name(f"{file.name}.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        own(new, self.account)
        new.replace(file)


def check_is_ours(path: Path) -> None:
    """Refuse a folder that holds anything but our own state. Writes nothing.

    Raises:
        Refused: `not_our_folder`, `other_owner`, `unknown_marker`.
    """
    if not path.exists():
        return
    if not path.is_dir():
        raise _foreign(path, "It is not a folder.")
    owner = path.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise Refused(
            "other_owner",
            "The folder {path} belongs to another account.",
            why="The servers were first started there by user id {owner}.",
            todo="Start them as that account, or choose another folder.",
            path=path,
            owner=owner,
        )
    names = {entry.name for entry in path.iterdir()}
    if names - OWN_BEFORE_MARKER and MARKER not in names:
        raise _foreign(path, "It holds other files, and “{marker}” is not among them.")
    if MARKER in names:
        read_marker(path)


def read_marker(path: Path) -> dict[str, object]:
    """Return what the marker says, refusing one that this program does not understand."""
    try:
        marker = dict(json.loads((path / MARKER).read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        marker = {}
    if marker.get("format") != FORMAT or not {"postgresql", "data"} <= marker.keys():
        raise Refused(
            "unknown_marker",
            "The file {file} is not one that this version can read.",
            why="The folder was made by another version or another program.",
            todo="Use the version that made it, or choose another folder.",
            file=path / MARKER,
        )
    return marker


def prepare_folder(path: Path, version: int, account_name: str, *, temporary: bool) -> StateFolder:
    """Make or open the state in a folder that `check_is_ours` has passed and that is locked."""
    account = servers_account(path.stat().st_uid, account_name)
    if (path / MARKER).exists():
        marker = read_marker(path)
        if marker["postgresql"] != version:
            raise Refused(
                "other_version",
                "The folder {path} holds data of PostgreSQL {there}, not {wanted}.",
                todo="Start it with version {there}, or choose another folder.",
                path=path,
                there=marker["postgresql"],
                wanted=version,
            )
        folder = StateFolder(path, Path(str(marker["data"] or path)), account, version)
        _check_data_are_there(folder)
    else:
        folder = StateFolder(path, _place_for_data(path, account), account, version)
        marker = {
            "what": "state of the embedded PostgreSQL and Valkey; see proactive/embedded",
            "format": FORMAT,
            "postgresql": version,
            "data": "" if folder.data == path else str(folder.data),
            "temporary": temporary,
        }
        if folder.data != path:
            folder.write(folder.data / BELONGS_TO, f"{path}\n")
        folder.write(path / MARKER, json.dumps(marker, indent=1) + "\n")
    _make_parts(folder)
    return folder


def _check_data_are_there(folder: StateFolder) -> None:
    if not folder.data.is_dir():
        raise Refused(
            "data_gone",
            "The data of the servers in {path} lay in {data}, which is gone.",
            why="The servers' account cannot reach the folder itself, so they were put there.",
            todo="Bring them back from a backup, or remove {path} to begin anew.",
            path=folder.path,
            data=folder.data,
        )


def make_own(path: Path) -> None:
    """Make the folder if need be, closed; parent folders keep the rights they have."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            "no_folder",
            "The folder {path} cannot be made: {reason}.",
            todo="Choose a folder that this account can write to.",
            path=path,
            reason=error.strerror,
        ) from None


def own(path: Path, account: Account) -> None:
    """Give a new file to the owner of its folder, readable for the account of the servers."""
    if account.dropped:
        owner = path.parent.stat().st_uid
        os.chown(path, owner, account.gid, follow_symlinks=False)


def socket_folder(folder: StateFolder) -> Path:
    """Return a private folder whose path is short enough for a socket."""
    usual = folder.data / "run"
    if len(os.fsencode(usual / POSTGRESQL_SOCKET)) <= SOCKET_LIMIT:
        _make_private(usual, folder.account)
        return usual
    for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes a private one
        short = Path(tempfile.mkdtemp(prefix="proactive-", dir=parent))
        if len(os.fsencode(short / POSTGRESQL_SOCKET)) <= SOCKET_LIMIT:
            _make_private(short, folder.account)
            return short
        short.rmdir()
    raise Refused("no_socket_folder", "No folder with a path short enough for a socket was found.")


def remove_short_sockets(folder: StateFolder, sockets: Path) -> None:
    """Remove a socket folder outside the state; one inside it stays."""
    if sockets.parent == folder.data or not sockets.name.startswith("proactive-"):
        return
    with contextlib.suppress(OSError):
        if sockets.lstat().st_uid in (os.geteuid(), folder.account.uid):
            shutil.rmtree(sockets)


def _place_for_data(path: Path, account: Account) -> Path:
    """Return `path`, or a place outside where the account of the servers may go."""
    if not account.dropped or account.uid == path.stat().st_uid:
        return path
    if can_reach(path.parent, account):
        return path
    place = ELSEWHERE / f"servers-{secrets.token_hex(4)}"
    make_parent = not ELSEWHERE.exists()
    try:
        ELSEWHERE.mkdir(parents=True, exist_ok=True)
        if make_parent:
            ELSEWHERE.chmod(0o755)
        place.mkdir(mode=0o700)
    except OSError:
        place = path
    if place == path or not can_reach(ELSEWHERE, account):
        raise Refused(
            "folder_out_of_reach",
            "The account “{name}”, which runs the servers for root, cannot reach {path}.",
            why="A folder above it is closed, and its rights are not ours to change.",
            todo="Choose a folder that this account can reach.",
            name=account.name,
            path=path,
        )
    return place


def _make_parts(folder: StateFolder) -> None:
    """Ours: readable for the servers. Theirs: closed to everybody else."""
    account = folder.account
    for place in {folder.path, folder.data}:
        if account.dropped and place.stat().st_uid != account.uid:
            os.chown(place, -1, account.gid)
            place.chmod(0o710)
        elif place.stat().st_uid == os.geteuid():
            place.chmod(0o700)
    for part in (folder.conf, folder.log):
        part.mkdir(mode=0o700, exist_ok=True)
        own(part, account)
        part.chmod(0o750 if account.dropped else 0o700)
    for part in (folder.workshop, folder.valkey):
        _make_private(part, account)


def _make_private(part: Path, account: Account) -> None:
    part.mkdir(mode=0o700, exist_ok=True)
    if account.dropped:
        os.chown(part, account.uid, account.gid, follow_symlinks=False)
    part.chmod(0o700)


def _foreign(path: Path, why: str) -> Refused:
    return Refused(
        "not_our_folder",
        "The folder {path} is not one of the embedded servers'.",
        why=why,
        todo="Choose an empty folder or one that does not exist yet.",
        path=path,
        marker=MARKER,
    )
