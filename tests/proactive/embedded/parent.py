"""A parent process of its own: starts the servers, says so, and waits to be killed."""

import sys
import time
from pathlib import Path

from proactive.embedded import start_servers, temporary_servers

if sys.argv[1] == "temporary":
    with temporary_servers() as servers:
        print(*servers.pids().values(), servers.folder.path, flush=True)
        time.sleep(60)
else:
    started = start_servers(Path(sys.argv[1]), fast=True)
    print(*started.pids().values(), flush=True)
    time.sleep(60)
