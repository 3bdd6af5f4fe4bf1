"""Tables of visits: what coordinators recorded, and the versions of the forms they answered."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from proactive.kernel.db import Access, area_columns, metadata

finding_form = Table(
    "finding_form",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("need", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("yaml", Text, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("loaded_by", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("need", "version"),
    Index("uq_finding_form_live", "need", unique=True, postgresql_where=text("live")),
    info={"access": Access.REFERENCE},
)

# The id is made by the phone: the same visit arriving twice is one row. `taken` says whether it
# moved the case; one that came too late is kept with the reason.
visit = Table(
    "visit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("form_id", Uuid, ForeignKey("finding_form.id"), nullable=False),
    Column("base_version", Integer, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("findings", JSONB, nullable=False, server_default="{}"),
    Column("note_cipher", LargeBinary),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("taken", Boolean, nullable=False),
    Column("kept_why", Text, nullable=False, server_default=""),
    Column("case_version", Integer, nullable=False),
    Column("taken_back_at", DateTime(timezone=True)),
    *area_columns(),
    Index("ix_visit_case_id", "case_id", "received_at"),
    CheckConstraint("taken = (kept_why = '')", name="kept_has_a_reason"),
    CheckConstraint("account_id <> ''", name="named_person"),
    CheckConstraint(
        "outcome IN ('confirmed','no_need','unreachable','handed_over')", name="outcome"
    ),
    info={"access": Access.AREA},
)
