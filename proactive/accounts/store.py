"""Tables of accounts: who, which role where, devices, sessions, one-time links and slips."""

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
        "role NOT IN ('coordinator', 'town', 'county', 'generalist')"
        " OR (area_code <> '' AND area_level > 0)",
        name="area",
    ),
    CheckConstraint("role <> 'clerk' OR office_id IS NOT NULL", name="office"),
    info={"access": Access.ACCOUNT},
)

# A phone or computer that a person unlocks with a PIN. `ended_why` says why it opens nothing now.
device = Table(
    "device",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("pin_hash", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", Text, nullable=False, server_default=""),
    Column("ended_why", Text, nullable=False, server_default=""),
    CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name="ended"),
    CheckConstraint("ended_why IN ('','own','operator','wrong_pins')", name="why"),
    info={"access": Access.ACCOUNT},
)

web_session = Table(
    "web_session",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False, index=True),
    Column("grant_id", Uuid, ForeignKey("role_grant.id"), nullable=False),
    Column("csrf", Text, nullable=False),
    # Set where a device's PIN began it: with the device it ends.
    Column("device_id", Uuid, ForeignKey("device.id"), index=True),
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

# A printed slip with a code that is typed in once to register the first device.
activation_slip = Table(
    "activation_slip",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False, index=True),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    CheckConstraint("made_by <> ''", name="named_person"),
    info={"access": Access.ACCOUNT},
)
