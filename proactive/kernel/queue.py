"""The only door to RQ. A job carries one step id; losing every job loses nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from proactive.kernel.logs import get_logger

QUEUE = "steps"
# A ring nobody heard is forgotten: the sweeper rings again, and the queue cannot fill up.
RING_SECONDS = 60
RUN_STEP = "proactive.worker.run_step"
log = get_logger(__name__)


def connect(url: str, *, patience: float | None = None) -> Redis:
    """Return a client; with `patience` (seconds) it gives up: the sweeper rings again."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=patience)


def open_queue(connection: Any) -> Queue:
    return Queue(QUEUE, connection=connection, serializer="json", default_timeout=3600)


class RedisDoorbell:
    """Rings by enqueuing step ids; a silent queue is logged and swept later."""

    def __init__(self, connection: Any) -> None:
        self._queue = open_queue(connection)

    def __call__(self, step_ids: Sequence[UUID]) -> None:
        try:
            self._queue.enqueue_many([_ring_for(step_id) for step_id in step_ids])
        except (RedisError, OSError) as error:
            log.warning(
                "The queue did not answer; the sweeper will ring again.",
                error_type=type(error).__name__,
            )


def silent(_step_ids: Sequence[UUID]) -> None:
    """Ring nobody: steps wait in the table until they are swept or run directly."""


def _ring_for(step_id: UUID) -> Any:
    return Queue.prepare_data(
        RUN_STEP, (str(step_id),), ttl=RING_SECONDS, result_ttl=0, failure_ttl=3600
    )
