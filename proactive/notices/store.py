"""Tables of notices: what is to be told, each attempt to tell it, and what stands in the way."""

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
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)

from proactive.kernel.db import Access, area_columns, metadata

# One thing to tell one recipient, once. Params are encrypted: they name people and places.
notice = Table(
    "notice",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("dedupe_key", Text, nullable=False, unique=True),
    Column("case_id", Uuid, ForeignKey("case.id")),
    Column("subject_key", BigInteger),
    Column("post_id", Uuid),
    Column("event_id", Text, nullable=False),
    Column("matter", Text, nullable=False, server_default=""),
    Column("template", Text, nullable=False),
    Column("after_close", Boolean, nullable=False),
    Column("params_cipher", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    *area_columns(),
    CheckConstraint("(subject_key IS NULL) <> (post_id IS NULL)", name="one_recipient"),
    Index("ix_notice_case_id", "case_id", "created_at"),
    Index("ix_notice_post_id", "post_id", "created_at"),
    info={"access": Access.AREA, "operator": True},
)

# One attempt over one way out. Leases, pauses and look-ups run on the database clock; only
# `not_before` and the `*_business` columns are business time.
message = Table(
    "message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notice_id", Uuid, ForeignKey("notice.id"), nullable=False),
    Column("case_id", Uuid),
    Column("attempt", Integer, nullable=False, server_default="1"),
    Column("channel", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("code", Text, nullable=False, server_default=""),
    Column("not_before", DateTime(timezone=True), nullable=False),
    Column("hold_until", DateTime(timezone=True)),
    Column("lease_token", Uuid),
    Column("lease_until", DateTime(timezone=True)),
    Column("first_called_at", DateTime(timezone=True)),
    Column("unknown_at", DateTime(timezone=True)),
    Column("look_at", DateTime(timezone=True)),
    Column("looks", Integer, nullable=False, server_default="0"),
    Column("resends", Integer, nullable=False, server_default="0"),
    Column("busies", Integer, nullable=False, server_default="0"),
    Column("provider_id", Text),
    Column("language", Text, nullable=False, server_default=""),
    Column("parts", Integer, nullable=False, server_default="0"),
    Column("to_cipher", LargeBinary),
    Column("to_mark", LargeBinary),
    Column("to_masked", Text, nullable=False, server_default=""),
    Column("text_cipher", LargeBinary),
    Column("text_mark", LargeBinary),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("called_business", DateTime(timezone=True)),
    Column("sent_business", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    *area_columns(),
    UniqueConstraint("notice_id", "attempt"),
    CheckConstraint(
        "state IN ('queued','sending','unknown','parked','sent','delivered','failed','cancelled')",
        name="state",
    ),
    CheckConstraint(
        "state <> 'sending' OR (lease_token IS NOT NULL AND lease_until IS NOT NULL)", name="lease"
    ),
    CheckConstraint("state <> 'unknown' OR look_at IS NOT NULL", name="unknown_is_looked_up"),
    Index("ix_message_queue", "not_before", "id", postgresql_where=text("state = 'queued'")),
    Index("ix_message_lease", "lease_until", postgresql_where=text("state = 'sending'")),
    Index("ix_message_look", "look_at", postgresql_where=text("state = 'unknown'")),
    Index(
        "ix_message_sent",
        "channel",
        "first_called_at",
        postgresql_where=text("state = 'sent'"),
    ),
    Index("ix_message_number", "to_mark", "called_business"),
    Index("ix_message_provider", "channel", "provider_id"),
    Index("ix_message_texts", "ended_at", postgresql_where=text("text_cipher IS NOT NULL")),
    Index("ix_message_state", "state", "id"),
    info={"access": Access.AREA, "operator": True},
)

# Who must be told in another way, by which day, and whether that was done. `how` moves on: call,
# in_person, letter. One matter is open once per notice; somebody may ask to be called again.
needs_telling = Table(
    "needs_telling",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notice_id", Uuid, ForeignKey("notice.id"), nullable=False),
    Column("case_id", Uuid),
    Column("subject_key", BigInteger),
    Column("reason", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("due_on", Date),
    Column("told_at", DateTime(timezone=True)),
    Column("told_by", Text, nullable=False, server_default=""),
    *area_columns(),
    Index(
        "uq_needs_telling_open",
        "notice_id",
        "reason",
        unique=True,
        postgresql_where=text("told_at IS NULL"),
    ),
    Index("ix_needs_telling_open", "since", postgresql_where=text("told_at IS NULL")),
    Index("ix_needs_telling_case_id", "case_id"),
    info={"access": Access.AREA, "operator": True},
)

# A number, a person, or the link between both that gets no SMS.
suppression = Table(
    "suppression",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("to_mark", LargeBinary),
    Column("subject_key", BigInteger),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("lifted_at", DateTime(timezone=True)),
    *area_columns(),
    CheckConstraint("to_mark IS NOT NULL OR subject_key IS NOT NULL", name="something"),
    Index(
        "uq_suppression_standing",
        "to_mark",
        "subject_key",
        "reason",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text("lifted_at IS NULL"),
    ),
    Index("ix_suppression_subject_key", "subject_key"),
    info={"access": Access.AREA},
)

# What people sent to us: the meaning only, never the words; `notice_id` is what it answers.
inbound = Table(
    "inbound",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("provider_id", Text, primary_key=True),
    Column("from_mark", LargeBinary, nullable=False),
    Column("meaning", Text, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("people", Integer, nullable=False),
    Column("notice_id", Uuid),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Index("ix_inbound_notice_id", "notice_id"),
    Index("ix_inbound_from_mark", "from_mark", "received_at"),
    info={"access": Access.MACHINE},
)

# A call-back is believed once per message and state; a replay is a no-op.
callback_seen = Table(
    "callback_seen",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("provider_id", Text, primary_key=True),
    Column("raw_state", Text, primary_key=True),
    Column("message_id", Uuid),
    Column("moved", Boolean, nullable=False),
    Column("code", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info={"access": Access.MACHINE},
)

# How many calls were made on a business day, where a daily budget is set.
message_budget = Table(
    "message_budget",
    metadata,
    Column("day", Date, primary_key=True),
    Column("used", Integer, nullable=False),
    info={"access": Access.MACHINE},
)

# A way out that gave no clear answer several times in a row is left alone until this time.
channel_pause = Table(
    "channel_pause",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("troubles", Integer, nullable=False),
    Column("until", DateTime(timezone=True)),
    info={"access": Access.MACHINE},
)

# A county on trial (`live` false): messages reach its guests only. A county without a row is live.
notice_county = Table(
    "notice_county",
    metadata,
    Column("county", Text, primary_key=True),
    Column("live", Boolean, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by", Text, nullable=False),
    info={"access": Access.MACHINE},
)

# The numbers that get messages while their county is on trial: blind index and last digits only.
notice_guest = Table(
    "notice_guest",
    metadata,
    Column("county", Text, primary_key=True),
    Column("to_mark", LargeBinary, primary_key=True),
    Column("masked", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("added_by", Text, nullable=False),
    Column("removed_at", DateTime(timezone=True)),
    info={"access": Access.MACHINE},
)
