"""The thread that starts the servers, starts them again when one dies, and ends them."""

import subprocess
import threading
import time
from collections.abc import Sequence

from proactive.embedded.account import Account
from proactive.embedded.processes import end_child, spawn
from proactive.embedded.server import Server
from proactive.kernel.errors import Failed
from proactive.kernel.logs import get_logger

START_SECONDS = 120.0
LOOK_SECONDS = 0.1
PAUSE_SECONDS = 5.0


class Keeper(threading.Thread):
    """Owns the server processes.

    A thread of its own, because the kernel ends a child when the *thread* that started it ends:
    the caller's may be short-lived, this one lives as long as the process.
    """

    def __init__(self, servers: Sequence[Server], account: Account) -> None:
        super().__init__(name="embedded-servers", daemon=True)
        self._servers = tuple(servers)
        self._account = account
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._tried: dict[str, float] = {}
        self._ready = threading.Event()
        self._enough = threading.Event()
        self._error: BaseException | None = None

    def begin(self) -> None:
        """Start the servers and wait until they answer; raises what went wrong."""
        self.start()
        self._ready.wait()
        if self._error is not None:
            self.join()
            raise self._error

    def end(self) -> None:
        """End the servers and wait until they are gone."""
        self._enough.set()
        if self.is_alive():
            self.join()

    def pids(self) -> dict[str, int]:
        """Return the process of each server, by its name."""
        return {name: child.pid for name, child in dict(self._children).items()}

    def run(self) -> None:
        try:
            for server in self._servers:
                self._start(server)
            self._ready.set()
            while not self._enough.wait(LOOK_SECONDS):
                for server in self._servers:
                    if self._children[server.name].poll() is not None:
                        self._start_again(server)
        except BaseException as error:
            self._error = error
        finally:
            for server in reversed(self._servers):
                if server.name in self._children:
                    end_child(self._children[server.name], server.ending)
            self._ready.set()

    def _start(self, server: Server) -> None:
        server.prepare()
        child = spawn(server.command(), account=self._account, cwd=server.home, log=server.log)
        self._children[server.name] = child
        deadline = time.monotonic() + START_SECONDS
        while not server.is_ready():
            if self._enough.is_set():
                return
            if child.poll() is not None or time.monotonic() > deadline:
                raise Failed(
                    "server_not_started",
                    "{name} did not start; what it says is in {log}.",
                    name=server.name,
                    log=server.log,
                )
            time.sleep(0.01)
        server.first_steps()

    def _start_again(self, server: Server) -> None:
        """Start a server that ended by itself or was killed; a hopeless one every few seconds."""
        if time.monotonic() - self._tried.get(server.name, -PAUSE_SECONDS) < PAUSE_SECONDS:
            return
        log = get_logger(__name__)
        log.warning("an embedded server had ended and is started again", name=server.name)
        try:
            self._start(server)
            self._tried.pop(server.name, None)
        except Exception as error:  # the other server must stay up, and this one be tried again
            self._tried[server.name] = time.monotonic()
            log.exception("an embedded server does not start", name=server.name, exc_info=error)
