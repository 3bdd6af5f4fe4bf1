"""Running steps: claim one, keep its lease while it runs, record how it ended."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from proactive.bootstrap import Platform
from proactive.kernel.errors import CodedError
from proactive.kernel.logs import get_logger
from proactive.kernel.steps import (
    LEASE,
    Claim,
    claim_step,
    due_steps,
    finish_step,
    keep_lease,
    retry_step,
)
from proactive.kernel.work import Actor
from proactive.path import STEPS

WORKER = Actor.machine("worker")
DRAIN_SECONDS = 20.0
log = get_logger(__name__)


def take_step(platform: Platform, step_id: UUID) -> bool:
    """Run one step if it is ours to run; False when it is not there, not due or taken."""
    with platform.work(WORKER) as work:
        claim = claim_step(work.db, step_id, work.now)
    if claim is None:
        return False
    started = time.monotonic()
    try:
        with _kept(platform, claim):
            STEPS[claim.name].run(platform, claim.key)
    except Exception as error:
        _put_back(platform, claim, error)
    else:
        with platform.work(WORKER) as work:
            finish_step(work.db, claim)
        log.info("A step was taken.", step=claim.name, seconds=round(time.monotonic() - started, 3))
    return True


def run_due_steps(platform: Platform, *, seconds: float = float("inf")) -> int:
    """Run steps until none is due or the time is up; return how many were run."""
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with platform.work(WORKER) as work:
            waiting = due_steps(work.db, work.now, limit=50)
        taken = 0
        for step_id in waiting:
            taken += take_step(platform, step_id)
            if time.monotonic() >= end:
                break
        count += taken
        if not taken:
            break
    return count


def _put_back(platform: Platform, claim: Claim, error: Exception) -> None:
    code = error.code if isinstance(error, CodedError) else type(error).__name__
    log.warning(
        "A step did not succeed.",
        step=claim.name,
        attempt=claim.attempts,
        code=code,
        exc_info=error,
    )
    sentence = str(error) if isinstance(error, CodedError) else type(error).__name__
    with platform.work(WORKER) as work:
        retry_step(work.db, claim, now=work.now, error=sentence[:300])


@contextmanager
def _kept(platform: Platform, claim: Claim) -> Iterator[None]:
    """Prolong the lease while the block runs; a process killed here simply stops doing so."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(LEASE.total_seconds() / 3):
            try:
                with platform.work(WORKER) as work:
                    if not keep_lease(work.db, claim):
                        return
            except Exception as error:
                log.warning("A lease could not be kept.", step=claim.name, exc_info=error)

    thread = threading.Thread(target=beat, daemon=True, name=f"lease-{claim.name}")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)
