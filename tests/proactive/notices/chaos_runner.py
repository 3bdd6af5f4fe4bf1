"""Runs senders that are killed -9 at random, then lets one finish; a process of its own.

Forks from one parent that has imported everything but opened nothing, as the real worker does.
Argument: a JSON object. Output: the number of kills.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import triggers
from proactive.bootstrap import build
from proactive.config import Settings
from proactive.kernel.clock import ManualClock
from proactive.kernel.work import Actor
from proactive.notices.desk import NoticeDesk
from proactive.notices.model import Patience
from proactive.notices.queries import count_states
from proactive.notices.sending import send_due
from proactive.notices.sweeping import sweep
from proactive.notices.templates import Voice, load_templates
from proactive.plugins.loader import load_notifiers

PATIENCE = Patience(
    lease=timedelta(seconds=5),
    first_look_after=timedelta(seconds=0.5),
    largest_looks=200,
    shortest_pause=timedelta(seconds=0.3),
    longest_pause=timedelta(seconds=1),
    largest_busies=1000,
    channel_pause=timedelta(seconds=0.5),
    longest_channel_pause=timedelta(seconds=1),
)
MACHINE = Actor.machine("chaos")
OPEN = {"queued", "sending", "unknown"}


def send_until_done(given: dict[str, Any]) -> None:
    """Send and sweep until nothing is left open or the time is over."""
    clock = ManualClock(datetime.fromisoformat(given["now"]))
    settings = Settings(var=Path(given["var"]), database_url=given["database_url"])
    platform = build(settings, clock=clock)
    desk = NoticeDesk(
        templates=load_templates(Path(triggers.__file__).parent / "notices"),
        voice=Voice({"zh": "云岭县便民服务中心"}, "12345"),
        notifiers=load_notifiers({given["channel"]: given["options"]}),
        channel=given["channel"],
        patience=PATIENCE,
    )
    while time.time() < given["until"]:
        send_due(lambda: platform.work(MACHINE), desk, seconds=2)
        sweep(lambda: platform.work(MACHINE), desk)
        with platform.work(MACHINE) as work:
            if not any(line.count for line in count_states(work.db) if line.state in OPEN):
                return
        time.sleep(0.05)


def fork_sender(given: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        try:
            send_until_done(given)
        finally:
            os._exit(0)
    return child


def main() -> None:
    given = json.loads(sys.argv[1])
    chance = random.Random(given["seed"])
    senders = {fork_sender(given) for _ in range(given["senders"])}
    kills, calm_at = 0, time.time() + given["storm"]
    while time.time() < calm_at:
        time.sleep(chance.uniform(0.05, 0.25))
        victim = chance.choice(sorted(senders))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        senders.remove(victim)
        senders.add(fork_sender(given))
        kills += 1
    for sender in senders:
        os.waitpid(sender, 0)
    print(kills)


if __name__ == "__main__":
    main()
