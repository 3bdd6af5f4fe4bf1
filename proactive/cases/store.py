"""Tables of cases: the case, its evidence, its events, and what keeps it from being raised."""

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
from sqlalchemy.dialects.postgresql import JSONB

from proactive.kernel.db import Access, area_columns, metadata

IS_OPEN = text("state <> 'closed'")

case = Table(
    "case",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("need", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("owner_post_id", Uuid),
    Column("next_step", Text),
    Column("due_on", Date),
    Column("due_provisional", Boolean, nullable=False, server_default="false"),
    Column("latest_on", Date),
    Column("order_value", BigInteger),
    Column("route", Text),
    Column("household_key", BigInteger),
    Column("lead_feed", Text),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("raised_by", Text, nullable=False),
    Column("last_hit_at", DateTime(timezone=True)),
    Column("signal_gone_at", DateTime(timezone=True)),
    Column("consent", Boolean),
    Column("sample", Boolean, nullable=False, server_default="false"),  # drawn from under the line
    Column("reported", Boolean, nullable=False, server_default="false"),  # a person raised it
    Column("tell_in_person", Boolean, nullable=False, server_default="false"),
    Column("snoozed_until", Date),
    Column("closed_at", DateTime(timezone=True)),
    Column("close_reason", Text),
    *area_columns(),
    # An open case has an owner, a due date and a next step from its first instant (lesson C25).
    CheckConstraint(
        "state = 'closed' OR (owner_post_id IS NOT NULL AND due_on IS NOT NULL"
        " AND next_step IS NOT NULL)",
        name="nothing_vanishes",
    ),
    CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name="closed_at"),
    Index("uq_case_open", "subject_key", "need", unique=True, postgresql_where=IS_OPEN),
    Index("ix_case_owner", "owner_post_id", "due_on", postgresql_where=IS_OPEN),
    Index("ix_case_household", "household_key", postgresql_where=IS_OPEN),
    *(
        Index(
            f"ix_case_area_{level}",
            f"area_{level}",
            "state",
            text("raised_at DESC"),
            text("id DESC"),
            postgresql_where=IS_OPEN,
        )
        for level in range(1, 6)
    ),
    info={"access": Access.AREA},
)

case_evidence = Table(
    "case_evidence",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("hit_id", Uuid, ForeignKey("hit.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("event_on", Date),
    Column("recorded_on", Date),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("gone_at", DateTime(timezone=True)),
    *area_columns(),
    UniqueConstraint("case_id", "source", "record_id", "version"),
    info={"access": Access.AREA},
)

# Which hits a case stands on, with the figures and parameter values shown to people.
case_hit = Table(
    "case_hit",
    metadata,
    Column("case_id", Uuid, ForeignKey("case.id"), primary_key=True),
    Column("hit_id", Uuid, ForeignKey("hit.id"), primary_key=True),
    Column("trigger", Text, nullable=False),
    Column("trigger_version_id", Uuid, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("measures", JSONB, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("unknowns", JSONB, nullable=False),
    Column("gone_at", DateTime(timezone=True)),
    *area_columns(),
    info={"access": Access.AREA},
)

case_event = Table(
    "case_event",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor_role", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    *area_columns(),
    UniqueConstraint("case_id", "seq"),
    info={"access": Access.AREA},
)

# A need that a coordinator or a desk met. `id` is made by the page: tapped twice is one.
# `by_rule` says that the trigger had found the case itself; without it the rule missed the need.
case_report = Table(
    "case_report",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case.id")),
    Column("subject_key", BigInteger, nullable=False),
    Column("need", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("trigger_version_id", Uuid, nullable=False),
    Column("joined", Boolean, nullable=False, server_default="false"),
    Column("typed", Boolean, nullable=False, server_default="false"),  # was in no register
    Column("seen_cipher", LargeBinary, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Column("result", Text, nullable=False, server_default="open"),
    Column("by_rule", Boolean, nullable=False, server_default="false"),
    *area_columns(),
    CheckConstraint("account_id <> ''", name="named_person"),
    Index("ix_case_report_case_id", "case_id"),
    Index("ix_case_report_subject_key", "subject_key"),
    info={
        "access": Access.AREA,
        "counted": ("trigger", "trigger_version_id", "need", "joined", "result", "by_rule"),
    },
)

# After an outcome a trigger stays quiet about a subject for a while (rules: cool-down).
cool_down = Table(
    "cool_down",
    metadata,
    Column("trigger", Text, primary_key=True),
    Column("subject_key", BigInteger, primary_key=True),
    Column("until", Date),  # no date: never again
    Column("outcome", Text, nullable=False),
    Column("measures", JSONB, nullable=False, server_default="{}"),
    # Of a reported need the day of the answer: who comes with a record of a later day is let by.
    Column("seen_on", Date),
    Column("case_id", Uuid, nullable=False),
    info={"access": Access.MACHINE},
)
