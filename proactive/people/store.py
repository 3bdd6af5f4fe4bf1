"""Tables of the vault: subjects, what each feed says of them, decisions about doubts, aliases."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from proactive.kernel.db import Access, area_columns, metadata

subject = Table(
    "subject",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("id_cipher", LargeBinary, nullable=False),
    Column("id_blind", LargeBinary, nullable=False),
    Column("born_on", Date),
    Column("died_on", Date),
    Column("household_key", BigInteger),
    Column("guardian_key", BigInteger),
    Column("language", Text, nullable=False, server_default=""),
    Column("registered_area", Text, nullable=False, server_default=""),
    Column("living_area", Text, nullable=False, server_default=""),
    Column("place_authority", SmallInteger, nullable=False, server_default="-1"),
    Column("place_on", Date),
    Column("identity_doubtful", Boolean, nullable=False, server_default="false"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    *area_columns(),
    UniqueConstraint("scheme", "id_blind"),
    CheckConstraint("kind IN ('person','organisation')", name="kind"),
    Index("ix_subject_household_key", "household_key"),
    Index("ix_subject_guardian_key", "guardian_key"),
    Index("ix_subject_area", "area_1", "area_2", "area_3", "area_4", "area_5"),
    info={"access": Access.AREA, "hands_in": "bundle"},
)

identity = Table(
    "identity",
    metadata,
    Column("subject_key", BigInteger, primary_key=True, autoincrement=False),
    Column("feed", Text, primary_key=True),
    Column("name_cipher", LargeBinary),
    Column("name_mark", LargeBinary),
    Column("names_differ", Boolean, nullable=False, server_default="false"),
    Column("phone_cipher", LargeBinary),
    Column("phone_blind", LargeBinary),
    Column("address_cipher", LargeBinary),
    Column("extra_cipher", LargeBinary),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("seen_on", Date, nullable=False),
    Column("delivery_id", Uuid, nullable=False),
    *area_columns(),
    Index("ix_identity_phone_blind", "phone_blind"),
    Index("ix_identity_name_mark", "name_mark"),
    info={"access": Access.AREA, "hands_in": "bundle"},
)

# What a person decided about differing names. `marks` and `differing` are what was seen then: the
# same readings delivered again change nothing, another name opens the question anew.
identity_decision = Table(
    "identity_decision",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("wrong_feed", Text),
    Column("marks", ARRAY(LargeBinary), nullable=False),
    Column("differing", ARRAY(Text), nullable=False),
    Column("reason_cipher", LargeBinary, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("replaced_at", DateTime(timezone=True)),
    *area_columns(),
    CheckConstraint("verdict IN ('same','not_same')", name="verdict"),
    CheckConstraint("(verdict = 'not_same') = (wrong_feed IS NOT NULL)", name="set_right_by"),
    Index(
        "uq_identity_decision_present",
        "subject_key",
        unique=True,
        postgresql_where=text("replaced_at IS NULL"),
    ),
    info={"access": Access.AREA},
)

subject_alias = Table(
    "subject_alias",
    metadata,
    Column("temporary_key", BigInteger, primary_key=True, autoincrement=False),
    Column("key", BigInteger, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("source", Text, nullable=False),
    Index("ix_subject_alias_key", "key"),
    info={"access": Access.MACHINE, "all": ("SELECT",)},
)
