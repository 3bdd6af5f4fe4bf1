"""Tables of the person's voice: codes, sessions, tries at the door, objections, ratings."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from proactive.kernel.db import Access, area_columns, metadata

# One code for one case, kept under a key that is not in the database.
access_code = Table(
    "access_code",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("code_mark", LargeBinary, nullable=False),
    Column("how", Text, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    *area_columns(),
    CheckConstraint("how IN ('letter','told','sms')", name="how"),
    Index("ix_access_code_case_id", "case_id", "issued_at"),
    info={"access": Access.AREA},
)

# A browser that gave number and code a short while ago.
own_session = Table(
    "own_session",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    *area_columns(),
    Index("ix_own_session_case_id", "case_id"),
    info={"access": Access.AREA},
)

# Tries at the door by number and by address, both only as marks.
door_try = Table(
    "door_try",
    metadata,
    Column("mark", LargeBinary, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("tries", Integer, nullable=False),
    info={"access": Access.MACHINE},
)

# What a person brings before somebody else than who decided, with a clock of its own.
objection = Table(
    "objection",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("words_cipher", LargeBinary, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("post_id", Uuid, nullable=False),
    Column("answer", Text, nullable=False, server_default=""),
    Column("answer_cipher", LargeBinary),
    Column("answered_at", DateTime(timezone=True)),
    Column("answered_by", Text, nullable=False, server_default=""),
    *area_columns(),
    CheckConstraint("kind IN ('objection','not_done')", name="kind"),
    CheckConstraint("state IN ('open','answered')", name="state"),
    CheckConstraint(
        "(state = 'answered') = (answered_by <> '' AND answered_at IS NOT NULL"
        " AND answer IN ('changed','stands'))",
        name="answered_by_a_person",
    ),
    Index(
        "uq_objection_open", "case_id", "kind", unique=True, postgresql_where=text("state = 'open'")
    ),
    Index("ix_objection_post", "post_id", "due_on", postgresql_where=text("state = 'open'")),
    info={"access": Access.AREA},
)

# How a person found it, once a case: 5 is best. No words, no name.
rating = Table(
    "rating",
    metadata,
    Column("case_id", Uuid, ForeignKey("case.id"), primary_key=True),
    Column("rate", SmallInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    *area_columns(),
    CheckConstraint("rate BETWEEN 1 AND 5", name="rate"),
    info={"access": Access.AREA},
)
