"""Taking steps: claim one with a lease, run it, record it; give it back when its taker died.

Leases use the database clock; whether a step is due is business time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, select, text, update

from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.tables import step
from proactive.kernel.work import Work

LEASE = timedelta(seconds=45)
LARGEST_ATTEMPTS = 5
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Claim:
    """A step in the hands of one worker; `token` proves it, `attempts` counts this one too."""

    id: UUID
    name: str
    key: str
    token: UUID
    attempts: int


def claim_step(connection: Connection, step_id: UUID, now: datetime) -> Claim | None:
    """Take one pending, due step; None when somebody else has it or it is done or not yet due."""
    wanted = (
        select(step.c.id)
        .where(step.c.id == step_id, step.c.state == "pending", step.c.due_at <= now)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    token = new_id()
    row = connection.execute(
        update(step)
        .where(step.c.id == wanted)
        .values(
            state="running",
            attempts=step.c.attempts + 1,
            lease_token=token,
            lease_until=func.clock_timestamp() + LEASE,
        )
        .returning(step.c.name, step.c.key, step.c.attempts)
    ).one_or_none()
    return Claim(step_id, row.name, row.key, token, row.attempts) if row else None


def keep_lease(connection: Connection, claim: Claim) -> bool:
    """Prolong the lease; False when it was lost."""
    return _write(connection, claim, lease_until=func.clock_timestamp() + LEASE)


def finish_step(connection: Connection, claim: Claim) -> bool:
    """Mark the step done; False when the lease was lost and somebody else runs it now."""
    return _write(connection, claim, state="done", finished_at=func.now(), error=None)


def retry_step(connection: Connection, claim: Claim, *, now: datetime, error: str) -> bool:
    """Put a failed step back for later, or park it for a person after too many attempts."""
    if claim.attempts >= LARGEST_ATTEMPTS:
        return _write(connection, claim, state="parked", error=error, finished_at=func.now())
    wait = timedelta(seconds=5 * 4 ** (claim.attempts - 1))
    return _give_back(connection, claim.id, token=claim.token, due_at=now + wait, error=error)


def give_back_expired(connection: Connection) -> int:
    """Put back the steps whose taker has died; return how many."""
    expired = connection.execute(
        select(step.c.id, step.c.lease_token, step.c.attempts)
        .where(step.c.state == "running", step.c.lease_until < func.clock_timestamp())
        .with_for_update(skip_locked=True)
    ).all()
    for row in expired:
        if row.attempts >= LARGEST_ATTEMPTS:
            _park(connection, row.id, "its process died every time")
        else:
            _give_back(connection, row.id, token=row.lease_token)
    return len(expired)


def _park(connection: Connection, step_id: UUID, error: str) -> None:
    """Leave a step that kills its process to a person."""
    connection.execute(
        update(step)
        .where(step.c.id == step_id)
        .values(state="parked", error=error, finished_at=func.now())
    )


def due_steps(connection: Connection, now: datetime, limit: int = 500) -> list[UUID]:
    """Return the ids of pending steps that are due, oldest first."""
    query = (
        select(step.c.id)
        .where(step.c.state == "pending", step.c.due_at <= now)
        .order_by(step.c.due_at, step.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def step_counts(connection: Connection) -> dict[str, int]:
    """Return how many steps are in each open state."""
    open_ones = select(step.c.state, func.count().label("n")).where(step.c.state != "done")
    rows = connection.execute(open_ones.group_by(step.c.state))
    return {row.state: row.n for row in rows}


def parked_steps(connection: Connection, limit: int) -> list[Row[Any]]:
    """Return the steps that wait for a person, the oldest first."""
    query = select(step).where(step.c.state == "parked").order_by(step.c.due_at).limit(limit)
    return list(connection.execute(query))


def overdue_steps(connection: Connection, since: datetime) -> int:
    """Return how many steps were due before `since` and have not been taken."""
    late = (step.c.state == "pending") & (step.c.due_at < since)
    return int(connection.execute(select(func.count()).where(late)).scalar_one())


def last_taken(connection: Connection) -> dict[str, datetime]:
    """Return when each step was last done, by name; steps done long ago are forgotten."""
    done = select(step.c.name, func.max(step.c.finished_at).label("at")).where(
        step.c.state == "done"
    )
    return {row.name: row.at for row in connection.execute(done.group_by(step.c.name))}


def run_again(work: Work, step_id: UUID | None = None) -> int:
    """Put a parked step, or without an id all of them, back to work; return how many.

    Refused `not_found` where the named one is not parked any more.
    """
    parked = update(step).where(step.c.state == "parked")
    if step_id is not None:
        parked = parked.where(step.c.id == step_id)
    ended = parked.values(state="done", finished_at=func.now())
    rows = work.db.execute(ended.returning(step.c.name, step.c.key)).all()
    if step_id is not None and not rows:
        raise Refused("not_found", "There is no such step.", todo="Go back to the list.")
    for row in rows:
        work.step(row.name, row.key)
    work.audit("run_steps_again", "step", step_id or "parked", count=len(rows))
    return len(rows)


def forget_steps(connection: Connection) -> int:
    """Remove steps that were done a while ago; return how many."""
    done = delete(step).where(
        step.c.state == "done", step.c.finished_at < func.clock_timestamp() - KEPT
    )
    return connection.execute(done).rowcount


def _give_back(
    connection: Connection, step_id: UUID, *, token: UUID | None, **values: object
) -> bool:
    """Make a running step pending again, or done when a newer one already waits in its place."""
    twin = step.alias("twin")
    waits = select(text("1")).where(
        twin.c.name == step.c.name, twin.c.key == step.c.key, twin.c.state == "pending"
    )
    ours = update(step).where(step.c.id == step_id, step.c.lease_token == token)
    merged = connection.execute(
        ours.where(step.c.state == "running", waits.exists()).values(
            state="done", finished_at=func.now()
        )
    )
    if merged.rowcount:
        return True
    done = connection.execute(
        ours.where(step.c.state == "running").values(
            state="pending", lease_token=None, lease_until=None, **values
        )
    )
    return done.rowcount == 1


def _write(connection: Connection, claim: Claim, **values: object) -> bool:
    result = connection.execute(
        update(step)
        .where(step.c.id == claim.id, step.c.lease_token == claim.token, step.c.state == "running")
        .values(**values)
    )
    return result.rowcount == 1
