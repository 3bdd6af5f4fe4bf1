"""Tables of bundles: offices, definition versions, items and everything that belongs to them."""

from typing import Any

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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from proactive.kernel.db import Access, area_columns, metadata

office = Table(
    "office",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("area_code", Text, nullable=False),
    Column("area_level", Integer, nullable=False),
    Column("phone", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False, server_default="true"),
    Index("ix_office_kind_area", "kind", "area_code"),
    info={"access": Access.REFERENCE},
)

bundle_version = Table(
    "bundle_version",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bundle", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("yaml", Text, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("loaded_by", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
    Column("activated_by", Text),
    Column("activated_at", DateTime(timezone=True)),
    Column("live_from", Date),
    UniqueConstraint("bundle", "version"),
    CheckConstraint("state IN ('draft','live','retired')", name="state"),
    CheckConstraint("state = 'draft' OR activated_by <> ''", name="named_person"),
    Index("uq_bundle_version_live", "bundle", unique=True, postgresql_where=text("state = 'live'")),
    info={"access": Access.REFERENCE},
)

bundle = Table(
    "bundle",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    Column("bundle_version_id", Uuid, ForeignKey("bundle_version.id"), nullable=False),
    Column("bundle", Text, nullable=False),
    Column("subject_key", BigInteger, nullable=False),
    Column("lead_office_id", Uuid, ForeignKey("office.id"), nullable=False),
    Column("lead_why", Text, nullable=False),
    Column("findings", JSONB, nullable=False, server_default="{}"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_by", Text, nullable=False),
    Column("promised_on", Date, nullable=False),
    Column("legal_on", Date),
    Column("provisional", Boolean, nullable=False, server_default="false"),
    Column("settled_at", DateTime(timezone=True)),
    *area_columns(),
    UniqueConstraint("case_id", "bundle"),
    CheckConstraint("confirmed_by <> ''", name="named_person"),
    info={"access": Access.AREA, "hands_in": "place"},
)


def _belongs() -> list[Column[Any]]:
    """Return the columns that tie a row to its bundle and, for the offices' policy, its case."""
    return [
        Column("bundle_id", Uuid, ForeignKey("bundle.id"), nullable=False),
        Column("case_id", Uuid, ForeignKey("case.id"), nullable=False),
    ]


# Used-up days and `clock_from` carry both clocks over any number of stops; see `clocks`.
item = Table(
    "item",
    metadata,
    Column("id", Uuid, primary_key=True),
    *_belongs(),
    Column("code", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("office_id", Uuid, ForeignKey("office.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("satisfied_by", Text, nullable=False, server_default=""),
    Column("due_on", Date),
    Column("due_provisional", Boolean, nullable=False, server_default="false"),
    Column("legal_due_on", Date),
    Column("promised_due_on", Date),
    Column("promised_from", Date),
    Column("promised_used", Integer, nullable=False, server_default="0"),
    Column("legal_from", Date),
    Column("legal_used", Integer, nullable=False, server_default="0"),
    Column("accepted_by", Text),
    Column("accepted_on", Date),
    Column("decided_by", Text),
    Column("decided_on", Date),
    Column("legal_basis", Text, nullable=False, server_default=""),
    Column("receipt_no", Text, nullable=False, server_default=""),
    # Number of the printed receipt of the acceptance; given once, kept for good.
    Column("acceptance_no", Text, nullable=False, server_default=""),
    Column("tracking_no", Text, nullable=False, server_default=""),
    Column("delivery_mode", Text, nullable=False, server_default=""),
    Column("pickup_code", Text, nullable=False, server_default=""),
    Column("delivered_on", Date),
    Column("reminded", Text, nullable=False, server_default=""),
    *area_columns(),
    UniqueConstraint("bundle_id", "code"),
    Index("ix_item_desk", "office_id", "state", "due_on"),
    Index("ix_item_case_id", "case_id"),
    Index("ix_item_due", "due_on", postgresql_where=text("due_on IS NOT NULL")),
    Index(
        "uq_item_receipt",
        "office_id",
        "receipt_no",
        unique=True,
        postgresql_where=text("receipt_no <> ''"),
    ),
    Index(
        "uq_item_acceptance",
        "acceptance_no",
        unique=True,
        postgresql_where=text("acceptance_no <> ''"),
    ),
    CheckConstraint(
        "state <> 'refused' OR (decided_by <> '' AND reason <> '' AND legal_basis <> '')",
        name="refusal_is_a_persons",
    ),
    CheckConstraint("state <> 'delivered' OR delivery_mode <> ''", name="delivered_somehow"),
    info={
        "access": Access.OFFICE,
        "hands_in": "place",
        "handed_in": "state = 'submitted'",
        "counted": ("id", "state"),
    },
)

item_event = Table(
    "item_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("item_id", Uuid, ForeignKey("item.id"), nullable=False),
    *_belongs(),
    Column("office_id", Uuid, ForeignKey("office.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor_role", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    *area_columns(),
    UniqueConstraint("item_id", "seq"),
    Index("ix_item_event_bundle_id", "bundle_id"),
    info={"access": Access.OFFICE, "hands_in": "place", "handed_in": "action = 'submit'"},
)

# Each paper at most once per bundle, whichever items want it.
material = Table(
    "material",
    metadata,
    Column("id", Uuid, primary_key=True),
    *_belongs(),
    Column("code", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("held_by", Text, nullable=False, server_default=""),
    Column("held_on", Date),
    Column("lenient_due_on", Date),
    Column("lenient_provisional", Boolean, nullable=False, server_default="false"),
    Column("received_by", Text),
    Column("reminded", Text, nullable=False, server_default=""),
    *area_columns(),
    UniqueConstraint("bundle_id", "code"),
    CheckConstraint("state IN ('held','given','lenient','missing')", name="state"),
    CheckConstraint("state <> 'lenient' OR lenient_due_on IS NOT NULL", name="promise_has_a_day"),
    Index("ix_material_lenient", "lenient_due_on", postgresql_where=text("state = 'lenient'")),
    info={"access": Access.AREA, "hands_in": "place", "handed_in": "true"},
)

form_value = Table(
    "form_value",
    metadata,
    Column("id", Uuid, primary_key=True),
    *_belongs(),
    Column("code", Text, nullable=False),
    Column("value_cipher", LargeBinary, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_on", Date),
    Column("given_by", Text),
    *area_columns(),
    UniqueConstraint("bundle_id", "code"),
    info={"access": Access.AREA, "hands_in": "place", "handed_in": "true"},
)

# How somebody at a desk looks at its items, under a name of their own.
desk_filter = Table(
    "desk_filter",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("shows", JSONB, nullable=False),
    UniqueConstraint("account_id", "name"),
    info={"access": Access.ACCOUNT, "all": ("SELECT", "INSERT", "UPDATE", "DELETE")},
)

# What all offices together ask of the person: one open request per bundle, told once per round.
request = Table(
    "request",
    metadata,
    Column("id", Uuid, primary_key=True),
    *_belongs(),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("tell_at", DateTime(timezone=True), nullable=False),
    Column("told_at", DateTime(timezone=True)),
    Column("answered_at", DateTime(timezone=True)),
    *area_columns(),
    CheckConstraint("state IN ('gathering','told','answered')", name="state"),
    Index(
        "uq_request_open", "bundle_id", unique=True, postgresql_where=text("state <> 'answered'")
    ),
    info={"access": Access.AREA, "hands_in": "place"},
)

# One line per thing asked for and item that asks: the person sees each thing once.
request_line = Table(
    "request_line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("request.id"), nullable=False),
    *_belongs(),
    Column("item_id", Uuid, ForeignKey("item.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("note_cipher", LargeBinary),
    Column("round", Integer, nullable=False),
    Column("answered", Boolean, nullable=False, server_default="false"),
    *area_columns(),
    UniqueConstraint("request_id", "item_id", "kind", "code"),
    CheckConstraint("kind IN ('material','field')", name="kind"),
    Index("ix_request_line_item", "item_id", postgresql_where=text("NOT answered")),
    info={"access": Access.AREA, "hands_in": "place", "handed_in": "true"},
)
