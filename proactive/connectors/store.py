"""Tables of calls to offices' own systems, their answers, and the officers who gave them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
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

from proactive.kernel.db import Access, area_columns, metadata

# Written before it is sent; the id is the key by which the office takes it once. No content.
office_call = Table(
    "office_call",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("item_id", Uuid, ForeignKey("item.id"), nullable=False),
    Column("item_version", Integer, nullable=False),
    Column("office_id", Uuid, ForeignKey("office.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("about_id", Uuid, ForeignKey("office_call.id")),
    Column("round", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=""),
    Column("problem", Text, nullable=False, server_default=""),
    Column("planned_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("lease_token", Uuid),
    Column("lease_until", DateTime(timezone=True)),
    Column("hold_until", DateTime(timezone=True)),
    Column("look_at", DateTime(timezone=True)),
    Column("looks", Integer, nullable=False, server_default="0"),
    *area_columns(),
    UniqueConstraint("item_id", "kind", "round"),
    CheckConstraint("kind IN ('hand_in','ended')", name="kind"),
    CheckConstraint("(kind = 'ended') = (about_id IS NOT NULL)", name="about"),
    CheckConstraint(
        "state IN ('queued','sending','unknown','sent','answered','declined','dropped')",
        name="state",
    ),
    Index(
        "ix_office_call_open",
        "state",
        postgresql_where=text("state IN ('queued','sending','unknown','sent')"),
    ),
    info={
        "access": Access.OFFICE,
        # What the operator may count: no case, no place.
        "counted": (
            *("item_id", "office_id", "kind", "round"),
            *("state", "code", "problem", "planned_at"),
        ),
    },
)

# The same answer again, by whichever way, is one row and one effect.
office_answer = Table(
    "office_answer",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("office_id", Uuid, ForeignKey("office.id"), nullable=False),
    Column("answer_id", Text, nullable=False),
    Column("call_id", Uuid, ForeignKey("office_call.id"), nullable=False),
    Column("word", Text, nullable=False),
    Column("officer_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    *area_columns(),
    UniqueConstraint("office_id", "answer_id"),
    CheckConstraint("officer_id <> ''", name="named_person"),
    info={"access": Access.OFFICE},
)

# Who decides in an office's own system: `id` stands in histories where an account's would.
officer = Table(
    "officer",
    metadata,
    Column("id", Text, primary_key=True),
    Column("office_id", Uuid, ForeignKey("office.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    info={"access": Access.REFERENCE},
)

# An office's system that gave trouble in a row is left alone for a while.
office_line = Table(
    "office_line",
    metadata,
    Column("office_id", Uuid, ForeignKey("office.id"), primary_key=True),
    Column("troubles", Integer, nullable=False, server_default="0"),
    Column("until", DateTime(timezone=True)),
    info={"access": Access.MACHINE},
)
