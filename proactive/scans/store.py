"""Runs, hits, episodes and what is remembered between runs."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from proactive.kernel.db import Access, metadata

scan_run = Table(
    "scan_run",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("trigger", Text, nullable=False),
    Column("trigger_version_id", Uuid, ForeignKey("trigger_version.id"), nullable=False),
    Column("slot", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("known_at", DateTime(timezone=True), nullable=False),
    Column("late", Boolean, nullable=False, server_default="false"),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("finished_at", DateTime(timezone=True)),
    Column("seconds", Integer),
    Column("counts", JSONB, nullable=False, server_default="{}"),
    Column("stale", JSONB, nullable=False, server_default="[]"),
    Column("heads", JSONB, nullable=False, server_default="{}"),
    # Where a pilot runs, only its version records; the live one everywhere else.
    Column("inside", ARRAY(Text), nullable=False, server_default="{}"),
    Column("outside", ARRAY(Text), nullable=False, server_default="{}"),
    # Somebody vouches that the number of a run that stopped itself is right.
    Column("accepted_by", Text),
    Column("accepted_why", Text, nullable=False, server_default=""),
    Column("accepted_most", Integer),
    Column("subjects", ARRAY(BigInteger)),  # on arrival: whom the delivery touched; else everybody
    UniqueConstraint("trigger_version_id", "slot"),
    CheckConstraint("kind IN ('full','arrival')", name="kind"),
    CheckConstraint("state IN ('waiting','done','stopped')", name="state"),
    CheckConstraint(
        "accepted_by IS NULL OR (accepted_by <> '' AND accepted_why <> '')"
        " AND accepted_most IS NOT NULL",
        name="accepted",
    ),
    info={"access": Access.MACHINE, "policy": True},
)

hit = Table(
    "hit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("run_id", Uuid, ForeignKey("scan_run.id"), nullable=False),
    Column("seen_run_id", Uuid, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("trigger_version_id", Uuid, ForeignKey("trigger_version.id"), nullable=False),
    Column("subject_key", BigInteger, nullable=False),
    Column("episode", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("measures", JSONB, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("unknowns", JSONB, nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("order_value", BigInteger),
    Column("grown", Boolean, nullable=False, server_default="false"),
    Column("fate", Text, nullable=False, server_default="waiting"),
    Column("sample", Boolean, nullable=False, server_default="false"),  # drawn from under the line
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("trigger", "subject_key", "episode"),
    CheckConstraint("fate IN ('waiting','raised','joined','cool_down','snoozed')", name="fate"),
    Index("ix_hit_run_id", "run_id"),
    Index("ix_hit_waiting", "trigger", postgresql_where=text("fate = 'waiting'")),
    Index("ix_hit_subject_key", "subject_key"),
    info={"access": Access.MACHINE},
)

# The stretch of time over which a condition stays true for a subject: one hit each.
episode = Table(
    "episode",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("trigger", Text, nullable=False),
    Column("subject_key", BigInteger, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    Index(
        "uq_episode_open",
        "trigger",
        "subject_key",
        unique=True,
        postgresql_where=text("closed_on IS NULL"),
    ),
    info={"access": Access.MACHINE},
)

# First sight of a condition with a pending period; it becomes a hit when still true after it.
pending = Table(
    "pending",
    metadata,
    Column("trigger", Text, primary_key=True),
    Column("subject_key", BigInteger, primary_key=True),
    Column("episode", Text, primary_key=True),
    Column("first_seen", Date, nullable=False),
    info={"access": Access.MACHINE},
)
