"""Tables of accounts: who, which role where, sessions and one-time links."""

from sqlalchemy import (
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
    Uuid,
    func,
)

from proactive.kernel.db import Access, metadata

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("login", Text, nullable=False, unique=True),
    # Empty: nobody can sign in with a password; an operator sets one or sends a link.
    Column("password_hash", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default="zh"),
    Column("text_scale", Integer, nullable=False, server_default="100"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("login = lower(login) AND login <> ''", name="login"),
    CheckConstraint("language IN ('zh', 'en')", name="language"),
    info={"access": Access.ACCOUNT, "columns": ("id", "name", "active")},
)

role_grant = Table(
    "role_grant",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("area_code", Text, nullable=False, server_default=""),
    Column("area_level", Integer, nullable=False, server_default="0"),
    Column("office_id", Uuid),
    Column("from_day", Date),
    Column("to_day", Date),
    # Which post file or person stands behind it: 'post:<code>' is kept right by loading posts.
    Column("source", Text, nullable=False, server_default="manual"),
    CheckConstraint(
        "role NOT IN ('coordinator', 'town', 'county') OR (area_code <> '' AND area_level > 0)",
        name="area",
    ),
    CheckConstraint("role <> 'clerk' OR office_id IS NOT NULL", name="office"),
    info={"access": Access.ACCOUNT},
)

web_session = Table(
    "web_session",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False, index=True),
    Column("grant_id", Uuid, ForeignKey("role_grant.id"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_web_session_expires_at", "expires_at"),
    info={"access": Access.ACCOUNT},
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("uses_left >= 0", name="uses_left"),
    info={"access": Access.ACCOUNT},
)
