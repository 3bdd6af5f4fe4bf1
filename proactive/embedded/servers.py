"""Starting and ending both servers in one folder; the package's door."""

import atexit
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from proactive.embedded.binaries import find_programs
from proactive.embedded.folder import (
    LOCK,
    MARKER,
    RUNNING,
    USERS,
    StateFolder,
    check_is_ours,
    make_own,
    prepare_folder,
    read_marker,
    remove_short_sockets,
    socket_folder,
)
from proactive.embedded.keeper import Keeper
from proactive.embedded.lock import FolderLock, Users, is_held
from proactive.embedded.postgresql import ADMIN, PostgreSQL
from proactive.embedded.valkey import Valkey
from proactive.kernel.errors import Failed, Refused
from proactive.kernel.logs import get_logger

ACCOUNT = "nobody"  # whom the servers run as when root starts them
TEMPORARY = "proactive-servers-"
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private folder in it
MEMORY_WANTED = 2 * 1024**3  # bytes free
log = get_logger(__name__)


class Servers:
    """Two running servers and where they answer. A context manager; `stop()` ends both.

    database_url: the database `proactive` as its owner, who is no superuser: row policies hold.
    admin_url: the same database as superuser, for tests and repairs that look behind policies.
    redis_url: Valkey.
    programs: folder with psql, pg_dump and pg_restore of the same version.
    """

    def __init__(
        self, folder: StateFolder, postgresql: PostgreSQL, valkey: Valkey, lock: FolderLock
    ) -> None:
        self.folder = folder
        self.database_url = postgresql.url()
        self.admin_url = postgresql.url(user=ADMIN)
        self.redis_url = valkey.url()
        self.programs = postgresql.programs
        self.sockets = postgresql.sockets
        self._lock = lock
        self._users = Users(folder.path / USERS, anew=True)
        self._pid = os.getpid()
        self._keeper = Keeper((postgresql, valkey), folder.account)

    def pids(self) -> dict[str, int]:
        """Return the process of each server: {"postgresql": …, "valkey": …}."""
        return self._keeper.pids()

    def wait_until_unused(self) -> None:
        """Wait for the other commands that use these servers."""
        if not self._users.is_last(wait=False):
            log.info("Other commands use the database that this one started; it ends after them.")
            self._users.is_last(wait=True)

    def stop(self) -> None:
        """End both servers, waiting until they are gone. Harmless twice and in a forked child."""
        if os.getpid() != self._pid:
            return
        atexit.unregister(self.stop)
        self._keeper.end()
        (self.folder.path / RUNNING).unlink(missing_ok=True)
        remove_short_sockets(self.folder, self.sockets)
        self._lock.release()
        self._users.leave()
        self._pid = -1

    def __enter__(self) -> "Servers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def begin(self) -> None:
        """Start both; called once, by the function that made this."""
        self._note(ready=False)
        atexit.register(self.stop)
        try:
            self._keeper.begin()
            self._note(ready=True)
        except BaseException:
            self.stop()
            raise

    def _note(self, *, ready: bool) -> None:
        """Write down where the servers answer, for other processes and for the next start."""
        note = {
            "pid": os.getpid(),
            "ready": ready,
            "database_url": self.database_url,
            "redis_url": self.redis_url,
            "sockets": str(self.sockets),
        }
        self.folder.write(self.folder.path / RUNNING, json.dumps(note) + "\n")


def start_servers(folder: Path, *, version: int = 18, fast: bool = False) -> Servers:
    """Start PostgreSQL and Valkey with their state in `folder`, which is made if need be.

    They run until `stop()`, the end of the `with` block, or the end of this process by whatever
    cause. A server that dies is started again. `fast` gives up safety against power cuts. As
    root, the servers run as nobody.

    Raises:
        Refused: the folder is not ours, is in use, or cannot be used by the servers' account.
        Failed: a server does not start; its log says why.
    """
    path = folder.absolute().resolve()
    return _start(path, version=version, fast=fast, temporary=False)


def running_servers(folder: Path) -> tuple[str, str] | None:
    """Return (database_url, redis_url) when a living process keeps servers in `folder`."""
    path = folder.absolute().resolve()
    if not is_held(path / LOCK):
        return None
    running = _running(path)
    if not running.get("ready"):
        return None
    return str(running["database_url"]), str(running["redis_url"])


def share_servers(folder: Path) -> tuple[tuple[str, str], Users] | None:
    """Return what `running_servers` does, and our place among their users until it is left."""
    if running_servers(folder) is None:
        return None
    users = Users(folder.absolute().resolve() / USERS)
    if users.join() and (running := running_servers(folder)) is not None:
        return running, users
    users.leave()
    return None


@contextlib.contextmanager
def temporary_servers(*, version: int = 18) -> Iterator[Servers]:
    """Start servers whose data vanish at the end; also removes what killed runs left behind."""
    places_left = (Path(tempfile.gettempdir()).resolve(), MEMORY)
    for left in (found for place in places_left for found in place.glob(f"{TEMPORARY}*")):
        with contextlib.suppress(OSError, Refused, Failed):
            _remove_left(left)
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=temporary_place()))
    places = {folder}
    try:
        with _start(folder, version=version, fast=True, temporary=True) as servers:
            places.add(servers.folder.data)
            yield servers
    finally:
        for place in places:
            shutil.rmtree(place, ignore_errors=True)


def temporary_place() -> Path:
    """Return where temporary servers keep their data: in memory where there is room for them.

    A database is 850 small files; making them takes 20 ms in memory and half a second on a disk.
    """
    with contextlib.suppress(OSError):
        roomy = shutil.disk_usage(MEMORY).free >= MEMORY_WANTED
        if roomy and os.access(MEMORY, os.W_OK | os.X_OK):
            return MEMORY
    return Path(tempfile.gettempdir()).resolve()


def _start(path: Path, *, version: int, fast: bool, temporary: bool) -> Servers:
    check_is_ours(path)
    make_own(path)
    lock = FolderLock(path / LOCK)
    if not lock.take():
        raise Refused(
            "already_running",
            "The embedded servers in {path} are already running.",
            why="Process {pid} started them.",
            todo="Use those, end that process first, or choose another folder.",
            path=path,
            pid=_running(path).get("pid", "?"),
        )
    try:
        state = prepare_folder(path, version, ACCOUNT, temporary=temporary)
        servers = _servers(state, lock, fast=fast)
    except BaseException:
        lock.release()
        raise
    servers.begin()
    return servers


def _remove_left(path: Path) -> None:
    """Remove temporary state whose process is gone."""
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        return
    marker = read_marker(path) if (path / MARKER).exists() else {}
    lock = FolderLock(path / LOCK)
    if not marker.get("temporary") or not lock.take():
        return
    try:
        state = prepare_folder(path, int(str(marker["postgresql"])), "nobody", temporary=True)
        remove_short_sockets(state, Path(str(_running(path).get("sockets", path))))
        for server in (PostgreSQL(state, path, path), Valkey(state, Path("valkey-server"), path)):
            server.end_orphans()
        for place in {state.data, path}:
            shutil.rmtree(place, ignore_errors=True)
    finally:
        lock.release()


def _servers(state: StateFolder, lock: FolderLock, *, fast: bool) -> Servers:
    programs = find_programs(state.version, state.account)
    left = _running(state.path).get("sockets")
    if left:
        remove_short_sockets(state, Path(str(left)))
    sockets = socket_folder(state)
    postgresql = PostgreSQL(state, programs.postgresql, sockets, fast)
    return Servers(state, postgresql, Valkey(state, programs.valkey, sockets, fast), lock)


def _running(path: Path) -> dict[str, object]:
    try:
        return dict(json.loads((path / RUNNING).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
