"""The command `proactive servers`: the embedded servers alone, for an init system to keep."""

import os
import signal
import socket
import threading

import click

from proactive.commands.frame import Frame, explained, pass_frame
from proactive.kernel.errors import Refused
from proactive.processes import prepare, servers_for


@click.command()
@pass_frame
@explained
def servers(frame: Frame) -> None:
    """Run the embedded database and queue until told to stop; web and workers find them.

    Refused where both servers are named in the settings: then there is nothing to run. Says to
    systemd when they answer (Type=notify), so that nothing begins before them.
    """
    settings = frame.settings()
    if settings.database_url and settings.redis_url:
        raise Refused(
            "own_servers",
            "The settings name a database and a queue of your own.",
            why="The embedded ones run only where these are not named.",
            todo="Leave this service off.",
        )
    over = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    with servers_for(settings, own=True) as found:
        prepare(found)
        tell_init("READY=1")
        click.echo("The servers answer.")
        over.wait()
        tell_init("STOPPING=1")


def tell_init(what: str) -> None:
    """Tell systemd, where it started us, how far we are (sd_notify(3)); else nothing."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
        door.sendto(what.encode(), address)
