"""Trials of trigger versions and shadow runs: figures and places, never a person."""

from sqlalchemy import (
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from proactive.kernel.db import Access, metadata

trial = Table(
    "trial",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("version_id", Uuid, ForeignKey("trigger_version.id"), nullable=False),
    Column("settings", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("cancel_asked", Boolean, nullable=False, server_default="false"),
    Column("first_answer", JSONB),  # an estimate from a lot of the people, or the whole count
    Column("result", JSONB),
    Column("why", JSONB),  # why it failed or was refused: code and values
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    CheckConstraint("kind IN ('dry_run','sweep','backtest','replay')", name="kind"),
    CheckConstraint(
        "state IN ('waiting','running','done','cancelled','refused','failed')", name="state"
    ),
    CheckConstraint("state <> 'done' OR result IS NOT NULL", name="has_result"),
    Index("ix_trial_version_id_asked_at", "version_id", "asked_at"),
    info={"access": Access.TUNING},
)

# A candidate version that runs beside the live one until a day; it never raises anything.
shadow = Table(
    "shadow",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("trigger", Text, nullable=False),
    Column("version_id", Uuid, ForeignKey("trigger_version.id"), nullable=False),
    Column("started_by", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("until", Date, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Index(
        "uq_shadow_running",
        "trigger",
        "version_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    info={"access": Access.TUNING},
)

shadow_run = Table(
    "shadow_run",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("shadow_id", Uuid, ForeignKey("shadow.id"), nullable=False),
    # The run it stands beside; none where no version of the trigger is in use.
    Column("run_id", Uuid, ForeignKey("scan_run.id")),
    Column("slot", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("known_at", DateTime(timezone=True), nullable=False),
    Column("only_live", Integer),
    Column("only_candidate", Integer),
    Column("both", Integer),
    Column("by_area", JSONB, nullable=False, server_default="{}"),
    Column("why", JSONB),
    Column("finished_at", DateTime(timezone=True)),
    UniqueConstraint("shadow_id", "slot"),
    info={"access": Access.TUNING},
)
