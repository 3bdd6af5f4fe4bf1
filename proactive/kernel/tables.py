"""Tables every stage writes to: audit, the steps still to take, and the moved clock of a demo."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from proactive.kernel.db import Access, area_columns, metadata
from proactive.kernel.ids import new_id

STEPS_AT_ONCE = 5000

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("business_at", DateTime(timezone=True), nullable=False),
    Column("actor_role", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    *area_columns(),
    CheckConstraint("actor_id <> ''", name="actor"),
    Index("ix_audit_entity_entity_id", "entity", "entity_id"),
    info={"access": Access.MACHINE, "all": ("INSERT",), "append_only": True},
)

# The doorbell's memory: what must happen next. The queue only carries these ids and may be lost.
step = Table(
    "step",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_token", Uuid),
    Column("lease_until", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("error", Text),
    CheckConstraint("state IN ('pending','running','done','parked')", name="state"),
    Index(
        "uq_step_pending", "name", "key", unique=True, postgresql_where=text("state = 'pending'")
    ),
    Index("ix_step_open", "state", "due_at", postgresql_where=text("state <> 'done'")),
    info={"access": Access.MACHINE, "all": ("SELECT", "INSERT", "UPDATE")},
)

business_clock = Table(
    "business_clock",
    metadata,
    Column("id", Integer, primary_key=True, server_default="1"),
    Column("moved_by_seconds", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    info={"access": Access.MACHINE, "all": ("SELECT",)},
)


# Which keys this database was filled with: other keys would make every person a stranger.
installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, server_default="1"),
    Column("keys_mark", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    info={"access": Access.MACHINE},
)


def remember_steps(
    connection: Connection, wanted: Mapping[tuple[str, str], datetime]
) -> list[UUID]:
    """Write pending steps, (name, key) → due, and return their ids or those already waiting.

    A waiting row is touched, not skipped: its lock keeps the worker from taking it before the
    rows that this transaction adds for it are visible. One order for everybody, so that two
    transactions cannot wait for each other.
    """
    rows = [
        {"id": new_id(), "name": name, "key": key, "due_at": due}
        for (name, key), due in sorted(wanted.items())
    ]
    ids: list[UUID] = []
    for start in range(0, len(rows), STEPS_AT_ONCE):
        statement = insert(step).values(rows[start : start + STEPS_AT_ONCE])
        statement = statement.on_conflict_do_update(
            index_elements=["name", "key"],
            index_where=text("state = 'pending'"),
            set_={"due_at": func.least(step.c.due_at, statement.excluded.due_at)},
        )
        ids += connection.execute(statement.returning(step.c.id)).scalars()
    return ids


# Daily and repeated duties: one row per duty and slot, whoever comes first makes it.
chore = Table(
    "chore",
    metadata,
    Column("name", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("late", Boolean, nullable=False, server_default="false"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    info={"access": Access.MACHINE},
)

# Sign of life of the processes; silence here is what the doctor looks for.
heartbeat = Table(
    "heartbeat",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("pid", Integer, nullable=False),
    info={"access": Access.MACHINE},
)


def show_life(connection: Connection, name: str, pid: int) -> None:
    """Say that a process is there; database time."""
    statement = insert(heartbeat).values(name=name, pid=pid, seen_at=func.clock_timestamp())
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"pid": statement.excluded.pid, "seen_at": statement.excluded.seen_at},
        )
    )
