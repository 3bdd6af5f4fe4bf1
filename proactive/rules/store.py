"""Trigger versions: the file as it was loaded, its state, who switched it on and from when."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from proactive.kernel.db import Access, metadata

trigger_version = Table(
    "trigger_version",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("trigger", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("yaml", Text, nullable=False),
    Column("examples", Text, nullable=False, server_default=""),
    Column("checksum", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("loaded_by", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
    Column("activated_by", Text),
    Column("activated_at", DateTime(timezone=True)),
    Column("live_from", Date),
    UniqueConstraint("trigger", "version"),
    CheckConstraint("state IN ('draft','live','retired')", name="state"),
    CheckConstraint("state = 'draft' OR activated_by <> ''", name="named_person"),
    Index(
        "uq_trigger_version_live", "trigger", unique=True, postgresql_where=text("state = 'live'")
    ),
    info={"access": Access.REFERENCE},
)
