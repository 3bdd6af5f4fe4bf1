"""Tables of counts made from outcomes: fairness by group, take-up by place. No person in them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY

from proactive.kernel.db import Access, area_columns, metadata

# How many people of a group a trigger version found in a month, and what became of them.
# `days_to_help` holds one number per helped person, smallest first, so that months can be joined.
fairness_count = Table(
    "fairness_count",
    metadata,
    Column("trigger", Text, nullable=False),
    Column("trigger_version_id", Uuid, nullable=False),
    Column("month", Date, nullable=False),
    Column("attribute", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("population", Integer, nullable=False),
    Column("found", Integer, nullable=False),
    Column("visited", Integer, nullable=False),
    Column("confirmed", Integer, nullable=False),
    Column("granted", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("declined", Integer, nullable=False),
    Column("not_reached", Integer, nullable=False),
    Column("sampled", Integer, nullable=False),
    Column("sample_confirmed", Integer, nullable=False),
    Column("days_to_help", ARRAY(Integer), nullable=False),
    Column("counted_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("trigger", "trigger_version_id", "month", "attribute", "part"),
    CheckConstraint("attribute IN ('sex','age','disability','area')", name="attribute"),
    CheckConstraint("EXTRACT(day FROM month) = 1", name="month"),
    info={"access": Access.FAIRNESS, "key": ("trigger", "trigger_version_id", "month")},
)

# One number per month, programme, item ('' = the bundle as a whole), place and counter: whatever
# is added up over places or months is the whole. `counter` is one of takeup_model.Counter.
takeup_count = Table(
    "takeup_count",
    metadata,
    Column("month", Date, nullable=False),
    Column("bundle", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("counter", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("counted_at", DateTime(timezone=True), nullable=False),
    *area_columns(),
    PrimaryKeyConstraint(
        "month",
        "bundle",
        "item",
        "counter",
        *(f"area_{level}" for level in range(1, 6)),
    ),
    CheckConstraint("EXTRACT(day FROM month) = 1", name="month"),
    info={"access": Access.FIGURES},
)

# What an office counted itself: how often an item was done in all, inside a bundle or not.
single_item_count = Table(
    "single_item_count",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("month", Date, nullable=False),
    Column("item", Text, nullable=False),
    Column("area_code", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False),
    *area_columns(),
    UniqueConstraint("month", "item", "area_code"),
    CheckConstraint("count >= 0", name="count"),
    CheckConstraint("source <> ''", name="source"),
    info={"access": Access.FIGURES},
)
