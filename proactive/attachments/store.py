"""Table of files attached to cases; the content is sealed, and goes when its day has come."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from proactive.kernel.db import Access, area_columns, metadata

# `owner_id` is the visit or the item it came with. What has gone leaves its row, not its content.
attachment = Table(
    "attachment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("office_id", Uuid, ForeignKey("office.id")),
    Column("kind", Text, nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content_cipher", LargeBinary),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    Column("kept_by", Text, nullable=False),
    Column("keep_until", Date),
    Column("gone_at", DateTime(timezone=True)),
    Column("gone_why", Text, nullable=False, server_default=""),
    *area_columns(),
    CheckConstraint("kind IN ('photo','certificate')", name="kind"),
    CheckConstraint(
        "(gone_at IS NULL) = (content_cipher IS NOT NULL) AND (gone_at IS NULL) = (gone_why = '')",
        name="gone",
    ),
    Index("ix_attachment_owner_id", "owner_id"),
    Index("ix_attachment_case_id", "case_id", postgresql_where=text("gone_at IS NULL")),
    # An office reads what it attached itself; the person only what was given out to the person.
    info={"access": Access.OFFICE, "person": "kind = 'certificate'"},
)
