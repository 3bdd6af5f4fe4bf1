"""Where the story plays: its own folder, servers, gateway simulator, processes and clock."""

import json
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from proactive.bootstrap import Platform, build
from proactive.config import Settings, read_settings
from proactive.embedded import Servers, running_servers, start_servers
from proactive.kernel.errors import Refused
from proactive.kernel.movable import move_clock
from proactive.kernel.work import Actor
from proactive.processes import Children, commands, die_with_parent, prepare
from proactive.scheduler import tick

MARKER = ".proactive-demo"
ACCOUNT, TOKEN, SENDER = "AC" + "5" * 32, "demo-token-demo-token-demo-token", "+15005550006"
CLOCK = Actor.machine("clock")
STORY_DAY = date(2026, 11, 16)


@dataclass
class Stage:
    """The running demo: platform in this process, the others as children."""

    platform: Platform
    children: Children
    gateway_url: str
    servers: Servers

    def move_to(self, moment: datetime) -> None:
        """Let business time be `moment` for every process, and what came due begin at once."""
        with self.platform.work(CLOCK) as work:
            move_clock(work.db, moment)
            work.audit("move_clock", "clock", "business")
        tick(self.platform)

    def gateway_messages(self) -> list[dict[str, Any]]:
        """Return what the gateway simulator has taken, as its own API shows it."""
        with urllib.request.urlopen(f"{self.gateway_url}/simulator/messages", timeout=5) as reply:  # noqa: S310 - our own address
            found: list[dict[str, Any]] = json.load(reply)["messages"]
        return found


@contextmanager
def set_stage(folder: Path, *, port: int, pages: bool, language: str) -> Iterator[Stage]:
    """Yield a fresh stage in `folder`; what an earlier story left there is removed first."""
    _check_port(port)
    _clear(folder)
    gateway_port = _free_port()
    with start_servers(folder / "servers", fast=True) as servers:
        settings = _settings(folder, servers, port or _free_port(), gateway_port, language)
        prepare(settings)
        platform = build(settings)
        gateway = _start_gateway(gateway_port)
        try:
            children = commands(workers=2)
            if not pages:
                children["web"].append("--hooks-only")
            logs = folder / "logs"
            logs.mkdir()
            with Children(settings, children, logs=logs) as running:
                url = f"http://127.0.0.1:{gateway_port}"
                yield Stage(platform, running, url, servers)
        finally:
            gateway.terminate()
            gateway.wait(timeout=10)
            platform.close()


def _settings(
    folder: Path, servers: Servers, port: int, gateway_port: int, language: str
) -> Settings:
    public_url = f"http://127.0.0.1:{port}"
    return read_settings(
        var=folder,
        database_url=servers.database_url,
        redis_url=servers.redis_url,
        movable_clock=True,
        public_url=public_url,
        port=port,
        language=language,
        channel="twilio_sms",
        channels={
            "twilio_sms": {
                "account_sid": ACCOUNT,
                "auth_token": TOKEN,
                "from_number": SENDER,
                "base_url": f"http://127.0.0.1:{gateway_port}",
                "callback_url": f"{public_url}/hooks/twilio_sms/status",
                "settle_seconds": "3",
                "two_way": "true",
            }
        },
    )


def _start_gateway(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "notifiers.simulator", "--port", str(port)]
    command += ["--account", ACCOUNT, "--token", TOKEN, "--pace", "0.1"]
    return subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent
    )


def _clear(folder: Path) -> None:
    """Remove an earlier story; one that is still being told, or is none, is left alone."""
    if running_servers(folder / "servers"):
        raise Refused(
            "demo_is_running",
            "A demo is running in {folder}.",
            todo="End it with Ctrl-C first, or choose another folder with --folder.",
            folder=str(folder),
        )
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise Refused(
            "not_a_demo",
            "The folder {folder} holds something that is no demo.",
            why="The demo begins by removing what an earlier one left.",
            todo="Choose another folder with --folder.",
            folder=str(folder),
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    (folder / MARKER).touch()


def _check_port(port: int) -> None:
    """Refuse a port that something else listens on; 0 means that any will do."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Refused(
                "port_taken",
                "Something else listens on port {port}.",
                todo="End it, or choose another with --port.",
                port=port,
            ) from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
