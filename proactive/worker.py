"""The worker process: RQ brings step ids, the database says what they are.

Imports are loaded before forking and nothing is opened there: deltalake and SQLAlchemy pools do
not survive a fork (measured). Each child makes its own Platform, runs its step and then what else
is due for a few seconds, so that a burst does not cost a fork for every step.
"""

import os
import sys
from uuid import UUID

from rq import Worker

from proactive.bootstrap import build
from proactive.config import Settings, read_settings
from proactive.kernel.logs import configure
from proactive.kernel.queue import connect, open_queue
from proactive.stepping import DRAIN_SECONDS, run_due_steps, take_step


def run_step(step_id: str) -> None:
    """Run one step by its id in this process; what RQ calls."""
    settings = read_settings()
    configure(settings.log_level)
    platform = build(settings)
    try:
        if take_step(platform, UUID(step_id)):
            run_due_steps(platform, seconds=DRAIN_SECONDS)
    finally:
        platform.close()


def work_forever(settings: Settings, *, name: str) -> None:
    """Serve the queue until told to stop.

    Short leases (`worker_ttl`, `maintenance_interval`) so that a killed worker's job is seen
    again within a minute; the sweeper would ring again in any case.
    """
    configure(settings.log_level)
    connection = connect(settings.redis_url)
    worker = Worker(
        [open_queue(connection)],
        connection=connection,
        name=f"{name}-{os.getpid()}",
        serializer="json",
        worker_ttl=30,
        maintenance_interval=10,
        job_monitoring_interval=5,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING", with_scheduler=False)


if __name__ == "__main__":
    work_forever(read_settings(), name=sys.argv[1] if len(sys.argv) > 1 else "worker")
