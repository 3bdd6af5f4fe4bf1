"""The embedded Valkey: a doorbell on a unix socket that remembers its rings across kill -9."""

import contextlib
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from proactive.embedded.folder import StateFolder
from proactive.embedded.processes import end_processes, living_in
from proactive.embedded.server import Steps
from proactive.kernel.errors import Failed


@dataclass(frozen=True, slots=True)
class Valkey:
    """Valkey without TCP, with an append-only file."""

    folder: StateFolder
    program_file: Path
    sockets: Path
    fast: bool = False
    name: str = "valkey"
    ending: Steps = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    @property
    def home(self) -> Path:
        return self.folder.valkey

    @property
    def log(self) -> Path:
        return self.folder.log / "valkey.log"

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def url(self) -> str:
        """Return the address for redis-py."""
        return f"unix://{quote(str(self.socket))}"

    def command(self) -> list[str]:
        return [str(self.program_file), str(self.folder.conf / "valkey.conf")]

    def end_orphans(self) -> None:
        """End processes that an earlier parent left behind in this folder."""
        if not end_processes(self._living, self._living, self.ending):
            raise Failed(
                "orphan_stays", "An earlier Valkey in {path} does not end.", path=self.home
            )

    def _living(self) -> list[int]:
        return living_in(self.home, self.program_file.name)

    def prepare(self) -> None:
        """End what still works in its folder and write its settings anew."""
        self.end_orphans()
        self.socket.unlink(missing_ok=True)
        self.folder.write(
            self.folder.conf / "valkey.conf",
            "port 0\n"
            f"unixsocket {_quoted(self.socket)}\n"
            "unixsocketperm 700\n"
            f"dir {_quoted(self.home)}\n"
            "daemonize no\n"
            "appendonly yes\n"
            f"appendfsync {'no' if self.fast else 'everysec'}\n"
            'save ""\n'
            "maxmemory-policy noeviction\n"
            "loglevel warning\n",
        )

    def is_ready(self) -> bool:
        """Say PING; while it still loads its file the answer is an error."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(str(self.socket))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False

    def first_steps(self) -> None:
        """Nothing: an empty Valkey is a good one."""


def _quoted(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
