"""Trigger versions: the file as it was loaded, who proposed, approved and switched it on."""

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

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
    Column("note", Text, nullable=False, server_default=""),  # the proposer's words: what and why
    Column("proposed_by", Text),
    Column("proposed_at", DateTime(timezone=True)),
    Column("approved_by", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("assessment", Text, nullable=False, server_default=""),  # id of the impact assessment
    Column("returned_why", Text, nullable=False, server_default=""),  # sent back: what to mend
    Column("returned_by", Text),
    Column("returned_at", DateTime(timezone=True)),
    Column("figures", JSONB),  # of the dry run that was laid before the approver
    Column("areas", ARRAY(Text), nullable=False, server_default="{}"),  # of a pilot; else nothing
    Column("replaces", Integer),  # the version in use before; where a roll-back goes
    Column("retired_at", DateTime(timezone=True)),
    UniqueConstraint("trigger", "version"),
    CheckConstraint(
        "state IN ('draft','proposed','approved','pilot','live','retired')", name="state"
    ),
    CheckConstraint(
        "state IN ('draft','proposed')"
        " OR (coalesce(approved_by, '') <> '' AND figures IS NOT NULL)",
        name="approved",
    ),
    CheckConstraint(
        "state IN ('draft','proposed','approved') OR coalesce(activated_by, '') <> ''",
        name="named_person",
    ),
    CheckConstraint(
        "approved_by IS NULL OR (approved_by <> loaded_by AND approved_by <> proposed_by)",
        name="two_persons",
    ),
    CheckConstraint("(state = 'pilot') <= (areas <> '{}')", name="pilot_has_areas"),
    Index(
        "uq_trigger_version_live", "trigger", unique=True, postgresql_where=text("state = 'live'")
    ),
    Index(
        "uq_trigger_version_pilot", "trigger", unique=True, postgresql_where=text("state = 'pilot'")
    ),
    info={"access": Access.REFERENCE, "policy": True},
)

# A text that somebody is working on; it becomes a version when it is kept.
trigger_draft = Table(
    "trigger_draft",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("trigger", Text, nullable=False),
    Column("based_on", Integer),
    Column("yaml", Text, nullable=False),
    Column("examples", Text, nullable=False, server_default=""),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("begun_by", Text, nullable=False),
    Column("edited_by", Text, nullable=False),
    Column("edited_at", DateTime(timezone=True), nullable=False),
    Column("kept_as", Integer),
    Column("discarded_at", DateTime(timezone=True)),
    info={"access": Access.TUNING},
)
