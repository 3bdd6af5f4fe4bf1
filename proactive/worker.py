"""The worker process: RQ brings step ids, the database says what they are.

Steps run in this process, not in a fork for each: a fork would read every definition anew, and
its isolation is not needed, because a step is claimed with a lease in the database. Killed at any
time, the process is started again and the step is given back (docs/decisions/0007).
"""

import os
from functools import partial
from uuid import UUID

from rq import SimpleWorker

from proactive.bootstrap import Platform, build
from proactive.config import Settings, read_settings
from proactive.kernel.logs import configure
from proactive.kernel.queue import connect, open_queue
from proactive.stepping import DRAIN_SECONDS, run_due_steps, take_step

# After so many jobs the process ends and its keeper starts a fresh one: memory stays small.
JOBS_OF_A_LIFE = 20_000
_here: list[Platform] = []


def run_step(step_id: str) -> None:
    """Run one step by its id, then what else is due for a few seconds; what RQ calls."""
    platform = _platform()
    if take_step(platform, UUID(step_id)):
        run_due_steps(platform, seconds=DRAIN_SECONDS)


def _platform() -> Platform:
    """Return this process's one Platform, made at its first step."""
    if not _here:
        settings = read_settings()
        configure(settings.log_level)
        _here.append(build(settings))
    return _here[0]


def work_forever(settings: Settings, *, name: str) -> None:
    """Serve the queue until told to stop."""
    configure(settings.log_level)
    connection = connect(settings.redis_url)
    worker = SimpleWorker(
        [open_queue(connection)],
        connection=connection,
        name=f"{name}-{os.getpid()}",
        serializer="json",
        worker_ttl=30,
        maintenance_interval=10,
        job_monitoring_interval=5,
        log_job_description=False,
    )
    _here[:] = [build(settings)]
    serve = partial(worker.work, logging_level="WARNING", with_scheduler=False)
    serve(max_jobs=JOBS_OF_A_LIFE)
