"""Tables of learning: outcomes, correction requests, sample rounds. No person is named in any."""

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
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from proactive.kernel.db import Access, area_columns, metadata

# One row per case and trigger version, from the raising on; people's judgement is filled in.
outcome = Table(
    "outcome",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("case_id", Uuid, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("trigger_version_id", Uuid, nullable=False),
    Column("result", Text, nullable=False, server_default="open"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("measures", JSONB, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("judged_at", DateTime(timezone=True)),
    Column("helped_at", DateTime(timezone=True)),  # the first item granted or delivered
    Column("margin", Numeric),  # the measure over the line in force; none where there is no line
    Column("klass", Text, nullable=False, server_default=""),  # whose line it was
    Column("unknowns", JSONB, nullable=False, server_default="[]"),
    Column("sample", Boolean, nullable=False, server_default="false"),  # drawn from under the line
    Column("area", Text, nullable=False, server_default=""),  # the innermost area that is known
    UniqueConstraint("case_id", "trigger_version_id"),
    CheckConstraint(
        "result IN ('open','confirmed','not_confirmed','declined')", name="known_result"
    ),
    CheckConstraint("(result = 'open') = (judged_at IS NULL)", name="judged_at"),
    Index("ix_outcome_trigger", "trigger", "trigger_version_id"),
    info={"access": Access.MACHINE},
)

# What an office is asked to look at in its own records, and what it answered. Whom it is about is
# sealed for that office's desk and forgotten with the answer.
correction_request = Table(
    "correction_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("trigger", Text, nullable=False),
    Column("feed", Text, nullable=False),
    Column("record_id", Text, nullable=False, server_default=""),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("event_on", Date),
    Column("place", Text, nullable=False, server_default=""),  # where the case lay then
    Column("reason", Text, nullable=False),
    Column("fault", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("who_cipher", LargeBinary),
    Column("office_id", Uuid, ForeignKey("office.id")),
    Column("state", Text, nullable=False, server_default="open"),
    Column("answer", Text, nullable=False, server_default=""),
    Column("answer_note", Text, nullable=False, server_default=""),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("answered_by", Text),
    Column("answered_at", DateTime(timezone=True)),
    Column("arrived_at", DateTime(timezone=True)),  # a later delivery has changed the record
    *area_columns(),
    CheckConstraint("asked_by <> ''", name="named_person"),
    CheckConstraint("state IN ('open','answered','withdrawn')", name="state"),
    CheckConstraint(
        "state <> 'answered' OR (coalesce(answered_by, '') <> ''"
        " AND answer IN ('corrected','stands','unclear'))",
        name="answered_by_a_person",
    ),
    CheckConstraint("state = 'open' OR who_cipher IS NULL", name="forgotten_with_the_answer"),
    Index("ix_correction_request_case_id", "case_id"),
    Index(
        "uq_correction_request_asked",
        "case_id",
        "feed",
        unique=True,
        postgresql_where=text("state <> 'withdrawn'"),
    ),
    Index("ix_correction_request_office", "office_id", "state", "due_on"),
    info={
        "access": Access.OFFICE,
        # What policy staff and the operator may count: no case, no record, no words.
        "counted": (
            "id",
            "ref",
            "trigger",
            "feed",
            "reason",
            "fault",
            "office_id",
            "state",
            "answer",
            "asked_at",
            "due_on",
            "answered_at",
            "arrived_at",
        ),
    },
)

# After each full scan of a rule with a sample: how many stand just under its line, who was drawn.
sample_round = Table(
    "sample_round",
    metadata,
    Column("run_id", Uuid, ForeignKey("scan_run.id"), primary_key=True),
    Column("trigger", Text, nullable=False),
    Column("trigger_version_id", Uuid, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("just_under", Integer, nullable=False),
    Column("bands", JSONB, nullable=False),
    Column("chosen", Integer, nullable=False),
    Column("raised", Integer, nullable=False),
    Column("kept_back", JSONB, nullable=False),
    Index("ix_sample_round_trigger", "trigger", "at"),
    info={"access": Access.MACHINE},
)

# Until when policy staff have read what visits said against a rule.
learning_read = Table(
    "learning_read",
    metadata,
    Column("trigger", Text, primary_key=True),
    Column("read_at", DateTime(timezone=True), nullable=False),
    Column("read_by", Text, nullable=False),
    CheckConstraint("read_by <> ''", name="named_person"),
    info={"access": Access.TUNING},
)
