"""Tables of posts: who covers an area, stand-ins, relatives, assignments, escalations."""

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
)

from proactive.kernel.db import Access, area_columns, metadata

post = Table(
    "post",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("area_code", Text, nullable=False),
    Column("area_level", Integer, nullable=False),
    *area_columns(),
    Column("holder_id", Text, ForeignKey("account.id")),
    # The holder as a person of the register: his household is not his to visit.
    Column("holder_subject_key", BigInteger),
    Column("phone_cipher", LargeBinary),
    Column("public_phone", Text, nullable=False, server_default=""),
    Column("capacity_per_week", Integer),
    Column("absent_from", Date),
    Column("absent_to", Date),
    Column("active", Boolean, nullable=False, server_default="true"),
    CheckConstraint(
        "kind IN ('coordinator', 'town_desk', 'county_desk', 'enterprise_desk')", name="kind"
    ),
    CheckConstraint("capacity_per_week IS NULL OR capacity_per_week > 0", name="capacity"),
    Index("ix_post_area_code", "area_code"),
    Index("ix_post_holder_id", "holder_id"),
    info={"access": Access.REFERENCE},
)

post_stand_in = Table(
    "post_stand_in",
    metadata,
    Column("post_id", Uuid, ForeignKey("post.id"), nullable=False),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False, index=True),
    Column("from_day", Date),  # no days: a standing deputy
    Column("to_day", Date),
    # Which desk planned it and why; '' is the list of posts, which keeps its own rows only.
    Column("planned_by", Text, nullable=False, server_default=""),
    Column("why", Text, nullable=False, server_default=""),
    CheckConstraint(
        "planned_by = '' OR (from_day IS NOT NULL AND to_day >= from_day)", name="planned_days"
    ),
    UniqueConstraint(
        "post_id", "account_id", "from_day", "to_day", postgresql_nulls_not_distinct=True
    ),
    info={"access": Access.REFERENCE, "desks_plan": True},
)

# Whom the people at a post must not visit: their own relatives.
post_relative = Table(
    "post_relative",
    metadata,
    Column("post_id", Uuid, ForeignKey("post.id"), primary_key=True),
    Column("subject_key", BigInteger, primary_key=True),
    *area_columns(),
    info={"access": Access.AREA},
)

# Which post was given which case when; a week's rows are what counts against its capacity.
assignment = Table(
    "assignment",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False, index=True),
    Column("post_id", Uuid, ForeignKey("post.id"), nullable=False),
    Column("week", Date, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("why", Text, nullable=False),
    Column("forced", Boolean, nullable=False, server_default="false"),
    *area_columns(),
    CheckConstraint("extract(isodow FROM week) = 1", name="monday"),
    Index("ix_assignment_post_id_week", "post_id", "week"),
    info={"access": Access.AREA},
)

escalation = Table(
    "escalation",
    metadata,
    Column("case_id", Uuid, ForeignKey("case.id"), primary_key=True),
    Column("step", Text, primary_key=True),
    Column("due_on", Date, primary_key=True),  # a new due date begins the steps anew
    Column("at", DateTime(timezone=True), nullable=False),
    Column("post_id", Uuid, ForeignKey("post.id"), nullable=False),
    *area_columns(),
    info={"access": Access.AREA},
)
