"""Runs the simulator by itself: python -m notifiers.simulator --port 8025."""

import argparse
import signal
import sys
import threading

from notifiers.simulator.gateway import ACCOUNT, TOKEN, Simulator
from notifiers.simulator.plans import Plans, Script


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m notifiers.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--account", default=ACCOUNT, help="the account id it accepts")
    parser.add_argument("--token", default=TOKEN, help="the auth token it accepts and signs with")
    parser.add_argument("--pace", type=float, default=0.5, help="seconds between call-backs")
    parser.add_argument("--hang", type=float, default=15.0, help="seconds a timeout lasts")
    parser.add_argument("--lag", type=float, default=0.0, help="seconds until a list shows it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="SCRIPT=SHARE",
        help=f"play a script by chance, e.g. 503=0.01; scripts: {', '.join(Script)}",
    )
    given = parser.parse_args()
    try:
        faults = {Script(name): float(share) for name, share in _pairs(given.fault)}
    except ValueError as error:
        parser.error(str(error))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Simulator(
        account=given.account,
        token=given.token,
        plans=Plans(faults=faults, seed=given.seed),
        port=given.port,
        pace=given.pace,
        hang=given.hang,
        visibility_lag=given.lag,
    ) as simulator:
        sys.stdout.write(f"SMS gateway simulator at {simulator.base_url}\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    pairs = [text.partition("=") for text in texts]
    return [(name, share) for name, _, share in pairs]


if __name__ == "__main__":
    sys.exit(main())
