"""One outcome per case and trigger version: what people judged, and why. No person in it."""

from sqlalchemy import Column, DateTime, Table, Text, UniqueConstraint, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from proactive.kernel.db import Access, metadata

outcome = Table(
    "outcome",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("case_id", Uuid, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("trigger_version_id", Uuid, nullable=False),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("measures", JSONB, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("judged_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("case_id", "trigger_version_id"),
    info={"access": Access.MACHINE},
)
