"""The first schema: every table of the path."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


# Policies name other tables, so they go before any table does.
DROP_POLICIES = """
DO $$ DECLARE p record; BEGIN
  FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename);
  END LOOP;
END $$"""


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("text_scale", sa.Integer(), server_default="100", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_account_language")),
        sa.CheckConstraint("login = lower(login) AND login <> ''", name=op.f("ck_account_login")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
    )
    op.create_table(
        "area",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("other_name", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("virtual", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("placeholder", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_on", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "code = (ARRAY[area_1, area_2, area_3, area_4, area_5])[level]",
            name=op.f("ck_area_own_path"),
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_area_level")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_area")),
    )
    op.create_index("ix_area_area_1", "area", ["area_1"], unique=False)
    op.create_index("ix_area_area_2", "area", ["area_2"], unique=False)
    op.create_index("ix_area_area_3", "area", ["area_3"], unique=False)
    op.create_index("ix_area_area_4", "area", ["area_4"], unique=False)
    op.create_index("ix_area_parent_name", "area", ["parent", "name"], unique=False)
    op.create_table(
        "area_successor",
        sa.Column("old_code", sa.Text(), nullable=False),
        sa.Column("new_code", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.CheckConstraint("old_code <> new_code", name=op.f("ck_area_successor_moves")),
        sa.PrimaryKeyConstraint("old_code", name=op.f("pk_area_successor")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("actor_id <> ''", name=op.f("ck_audit_actor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_entity_entity_id", "audit", ["entity", "entity_id"], unique=False)
    op.create_table(
        "bundle_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_by", sa.Text(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live_from", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state = 'draft' OR activated_by <> ''", name=op.f("ck_bundle_version_named_person")
        ),
        sa.CheckConstraint(
            "state IN ('draft','live','retired')", name=op.f("ck_bundle_version_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle_version")),
        sa.UniqueConstraint("bundle", "version", name=op.f("uq_bundle_version_bundle_version")),
    )
    op.create_index(
        "uq_bundle_version_live",
        "bundle_version",
        ["bundle"],
        unique=True,
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_table(
        "business_clock",
        sa.Column("id", sa.Integer(), server_default="1", nullable=False),
        sa.Column("moved_by_seconds", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_business_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_clock")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("provisional", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("calendar", "day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "callback_seen",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("raw_state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint(
            "channel", "provider_id", "raw_state", name=op.f("pk_callback_seen")
        ),
    )
    op.create_table(
        "case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_post_id", sa.Uuid(), nullable=True),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("latest_on", sa.Date(), nullable=True),
        sa.Column("order_value", sa.BigInteger(), nullable=True),
        sa.Column("route", sa.Text(), nullable=True),
        sa.Column("household_key", sa.BigInteger(), nullable=True),
        sa.Column("lead_feed", sa.Text(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("last_hit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signal_gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=True),
        sa.Column("tell_in_person", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_case_closed_at")
        ),
        sa.CheckConstraint(
            "state = 'closed' OR (owner_post_id IS NOT NULL AND due_on IS NOT NULL AND next_step IS NOT NULL)",
            name=op.f("ck_case_nothing_vanishes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("ref", name=op.f("uq_case_ref")),
    )
    op.create_index(
        "ix_case_area_1",
        "case",
        ["area_1", "state", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_case_area_2",
        "case",
        ["area_2", "state", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_case_area_3",
        "case",
        ["area_3", "state", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_case_area_4",
        "case",
        ["area_4", "state", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_case_area_5",
        "case",
        ["area_5", "state", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_case_household",
        "case",
        ["household_key"],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_case_owner",
        "case",
        ["owner_post_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "uq_case_open",
        "case",
        ["subject_key", "need"],
        unique=True,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "channel_pause",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("troubles", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_pause")),
    )
    op.create_table(
        "chore",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", "slot", name=op.f("pk_chore")),
    )
    op.create_table(
        "cool_down",
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "measures", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("trigger", "subject_key", name=op.f("pk_cool_down")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="received", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("history", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=True),
        sa.Column("rows_applied", sa.BigInteger(), nullable=True),
        sa.Column("event_from", sa.Date(), nullable=True),
        sa.Column("event_to", sa.Date(), nullable=True),
        sa.Column("lake_version", sa.BigInteger(), nullable=True),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("refusal", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("repeats", sa.Integer(), server_default="0", nullable=False),
        sa.Column("raw_file", sa.Text(), nullable=True),
        sa.Column("delete_after", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('received','applied','refused')", name=op.f("ck_delivery_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_delete_after", "delivery", ["delete_after"], unique=False)
    op.create_index(
        "ix_delivery_feed_received_at", "delivery", ["feed", "received_at"], unique=False
    )
    op.create_index(
        "uq_delivery_content",
        "delivery",
        ["feed", "sha256", "reading"],
        unique=True,
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_table(
        "episode",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.BigInteger(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episode")),
    )
    op.create_index(
        "uq_episode_open",
        "episode",
        ["trigger", "subject_key"],
        unique=True,
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_table(
        "feed_state",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("head_version", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_delivery_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_event_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_feed_state")),
    )
    op.create_table(
        "finding_form",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_form")),
        sa.UniqueConstraint("need", "version", name=op.f("uq_finding_form_need_version")),
    )
    op.create_index(
        "uq_finding_form_live",
        "finding_form",
        ["need"],
        unique=True,
        postgresql_where=sa.text("live"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "identity",
        sa.Column("subject_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("name_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("name_mark", sa.LargeBinary(), nullable=True),
        sa.Column("names_differ", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_blind", sa.LargeBinary(), nullable=True),
        sa.Column("address_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("extra_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("subject_key", "feed", name=op.f("pk_identity")),
    )
    op.create_index("ix_identity_phone_blind", "identity", ["phone_blind"], unique=False)
    op.create_table(
        "inbound",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("from_mark", sa.LargeBinary(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider_id", name=op.f("pk_inbound")),
    )
    op.create_index("ix_inbound_from_mark", "inbound", ["from_mark", "received_at"], unique=False)
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), server_default="1", nullable=False),
        sa.Column("keys_mark", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "message_budget",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_message_budget")),
    )
    op.create_table(
        "office",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("area_level", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("code", name=op.f("uq_office_code")),
    )
    op.create_index("ix_office_kind_area", "office", ["kind", "area_code"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_version_id", sa.Uuid(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("measures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint(
            "case_id", "trigger_version_id", name=op.f("uq_outcome_case_id_trigger_version_id")
        ),
    )
    op.create_table(
        "pending",
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.BigInteger(), nullable=False),
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("trigger", "subject_key", "episode", name=op.f("pk_pending")),
    )
    op.create_table(
        "step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending','running','done','parked')", name=op.f("ck_step_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
    )
    op.create_index(
        "ix_step_open",
        "step",
        ["state", "due_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_index(
        "uq_step_pending",
        "step",
        ["name", "key"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "subject",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("id_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("id_blind", sa.LargeBinary(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("household_key", sa.BigInteger(), nullable=True),
        sa.Column("guardian_key", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("registered_area", sa.Text(), server_default="", nullable=False),
        sa.Column("living_area", sa.Text(), server_default="", nullable=False),
        sa.Column("place_authority", sa.SmallInteger(), server_default="-1", nullable=False),
        sa.Column("place_on", sa.Date(), nullable=True),
        sa.Column("identity_doubtful", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('person','organisation')", name=op.f("ck_subject_kind")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_subject")),
        sa.UniqueConstraint("scheme", "id_blind", name=op.f("uq_subject_scheme_id_blind")),
    )
    op.create_index(
        "ix_subject_area",
        "subject",
        ["area_1", "area_2", "area_3", "area_4", "area_5"],
        unique=False,
    )
    op.create_index("ix_subject_guardian_key", "subject", ["guardian_key"], unique=False)
    op.create_index("ix_subject_household_key", "subject", ["household_key"], unique=False)
    op.create_table(
        "subject_alias",
        sa.Column("temporary_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("temporary_key", name=op.f("pk_subject_alias")),
    )
    op.create_index("ix_subject_alias_key", "subject_alias", ["key"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("to_mark", sa.LargeBinary(), nullable=True),
        sa.Column("subject_key", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "to_mark IS NOT NULL OR subject_key IS NOT NULL", name=op.f("ck_suppression_something")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_subject_key", "suppression", ["subject_key"], unique=False)
    op.create_index(
        "uq_suppression_standing",
        "suppression",
        ["to_mark", "subject_key", "reason"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "trigger_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("examples", sa.Text(), server_default="", nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_by", sa.Text(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live_from", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state = 'draft' OR activated_by <> ''", name=op.f("ck_trigger_version_named_person")
        ),
        sa.CheckConstraint(
            "state IN ('draft','live','retired')", name=op.f("ck_trigger_version_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trigger_version")),
        sa.UniqueConstraint("trigger", "version", name=op.f("uq_trigger_version_trigger_version")),
    )
    op.create_index(
        "uq_trigger_version_live",
        "trigger_version",
        ["trigger"],
        unique=True,
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_table(
        "bundle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("bundle_version_id", sa.Uuid(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.BigInteger(), nullable=False),
        sa.Column("lead_office_id", sa.Uuid(), nullable=False),
        sa.Column("lead_why", sa.Text(), nullable=False),
        sa.Column(
            "findings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("legal_on", sa.Date(), nullable=True),
        sa.Column("provisional", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("confirmed_by <> ''", name=op.f("ck_bundle_named_person")),
        sa.ForeignKeyConstraint(
            ["bundle_version_id"],
            ["bundle_version.id"],
            name=op.f("fk_bundle_bundle_version_id_bundle_version"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_bundle_case_id_case")),
        sa.ForeignKeyConstraint(
            ["lead_office_id"], ["office.id"], name=op.f("fk_bundle_lead_office_id_office")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle")),
        sa.UniqueConstraint("case_id", "bundle", name=op.f("uq_bundle_case_id_bundle")),
        sa.UniqueConstraint("ref", name=op.f("uq_bundle_ref")),
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_event_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_case_event_case_id_seq")),
    )
    op.create_table(
        "held_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("row_hash", sa.BigInteger(), nullable=False),
        sa.Column("record_group", sa.Text(), nullable=True),
        sa.Column("subject_key", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("twin", sa.Text(), nullable=True),
        sa.Column("row", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="held", nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('reverse_without_forward','possible_duplicate')",
            name=op.f("ck_held_row_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('held','released','rejected')", name=op.f("ck_held_row_state")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_held_row_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_row")),
    )
    op.create_index(
        "ix_held_row_open",
        "held_row",
        ["feed", "record_group"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "uq_held_row_content", "held_row", ["feed", "record_id", "base", "row_hash"], unique=True
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("subject_key", sa.BigInteger(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), server_default="", nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("after_close", sa.Boolean(), nullable=False),
        sa.Column("params_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(subject_key IS NULL) <> (post_id IS NULL)", name=op.f("ck_notice_one_recipient")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_notice_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notice_dedupe_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_notice_ref")),
    )
    op.create_index("ix_notice_case_id", "notice", ["case_id", "created_at"], unique=False)
    op.create_index("ix_notice_post_id", "notice", ["post_id", "created_at"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("area_level", sa.Integer(), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=True),
        sa.Column("holder_subject_key", sa.BigInteger(), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("public_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("capacity_per_week", sa.Integer(), nullable=True),
        sa.Column("absent_from", sa.Date(), nullable=True),
        sa.Column("absent_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint(
            "kind IN ('coordinator', 'town_desk', 'county_desk', 'enterprise_desk')",
            name=op.f("ck_post_kind"),
        ),
        sa.CheckConstraint(
            "capacity_per_week IS NULL OR capacity_per_week > 0", name=op.f("ck_post_capacity")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["account.id"], name=op.f("fk_post_holder_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("code", name=op.f("uq_post_code")),
    )
    op.create_index("ix_post_area_code", "post", ["area_code"], unique=False)
    op.create_index("ix_post_holder_id", "post", ["holder_id"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("delete_after", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_quarantine_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "row_no", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_delete_after", "quarantine", ["delete_after"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), server_default="", nullable=False),
        sa.Column("area_level", sa.Integer(), server_default="0", nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), server_default="manual", nullable=False),
        sa.CheckConstraint(
            "role <> 'clerk' OR office_id IS NOT NULL", name=op.f("ck_role_grant_office")
        ),
        sa.CheckConstraint(
            "role NOT IN ('coordinator', 'town', 'county') OR (area_code <> '' AND area_level > 0)",
            name=op.f("ck_role_grant_area"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(op.f("ix_role_grant_account_id"), "role_grant", ["account_id"], unique=False)
    op.create_table(
        "scan_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_version_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column(
            "counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column(
            "stale", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column(
            "heads", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("subjects", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.CheckConstraint("kind IN ('full','arrival')", name=op.f("ck_scan_run_kind")),
        sa.CheckConstraint("state IN ('waiting','done','stopped')", name=op.f("ck_scan_run_state")),
        sa.ForeignKeyConstraint(
            ["trigger_version_id"],
            ["trigger_version.id"],
            name=op.f("fk_scan_run_trigger_version_id_trigger_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_run")),
        sa.UniqueConstraint(
            "trigger_version_id", "slot", name=op.f("uq_scan_run_trigger_version_id_slot")
        ),
    )
    op.create_table(
        "sign_in_link",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("uses_left >= 0", name=op.f("ck_sign_in_link_uses_left")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_link_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sign_in_link")),
    )
    op.create_table(
        "superseded",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("by_version", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since_recorded", sa.Date(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_superseded_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint(
            "feed", "record_id", "version", "by_version", name=op.f("pk_superseded")
        ),
    )
    op.create_index("ix_superseded_delivery_id", "superseded", ["delivery_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "findings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("note_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("kept_why", sa.Text(), server_default="", nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("account_id <> ''", name=op.f("ck_visit_named_person")),
        sa.CheckConstraint(
            "outcome IN ('confirmed','no_need','unreachable','handed_over')",
            name=op.f("ck_visit_outcome"),
        ),
        sa.CheckConstraint("taken = (kept_why = '')", name=op.f("ck_visit_kept_has_a_reason")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_visit_case_id_case")),
        sa.ForeignKeyConstraint(
            ["form_id"], ["finding_form.id"], name=op.f("fk_visit_form_id_finding_form")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index("ix_visit_case_id", "visit", ["case_id", "received_at"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("forced", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("extract(isodow FROM week) = 1", name=op.f("ck_assignment_monday")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_assignment_case_id_case")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_assignment_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_case_id"), "assignment", ["case_id"], unique=False)
    op.create_index("ix_assignment_post_id_week", "assignment", ["post_id", "week"], unique=False)
    op.create_table(
        "escalation",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_escalation_case_id_case")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_escalation_post_id_post")),
        sa.PrimaryKeyConstraint("case_id", "step", "due_on", name=op.f("pk_escalation")),
    )
    op.create_table(
        "form_value",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_on", sa.Date(), nullable=True),
        sa.Column("given_by", sa.Text(), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["bundle.id"], name=op.f("fk_form_value_bundle_id_bundle")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_form_value_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_value")),
        sa.UniqueConstraint("bundle_id", "code", name=op.f("uq_form_value_bundle_id_code")),
    )
    op.create_table(
        "hit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("seen_run_id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_version_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.BigInteger(), nullable=False),
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("measures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unknowns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("order_value", sa.BigInteger(), nullable=True),
        sa.Column("grown", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("fate", sa.Text(), server_default="waiting", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "fate IN ('waiting','raised','joined','cool_down','snoozed')", name=op.f("ck_hit_fate")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["scan_run.id"], name=op.f("fk_hit_run_id_scan_run")),
        sa.ForeignKeyConstraint(
            ["trigger_version_id"],
            ["trigger_version.id"],
            name=op.f("fk_hit_trigger_version_id_trigger_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hit")),
        sa.UniqueConstraint(
            "trigger", "subject_key", "episode", name=op.f("uq_hit_trigger_subject_key_episode")
        ),
    )
    op.create_index("ix_hit_run_id", "hit", ["run_id"], unique=False)
    op.create_index("ix_hit_subject_key", "hit", ["subject_key"], unique=False)
    op.create_index(
        "ix_hit_waiting",
        "hit",
        ["trigger"],
        unique=False,
        postgresql_where=sa.text("fate = 'waiting'"),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("satisfied_by", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("legal_due_on", sa.Date(), nullable=True),
        sa.Column("promised_due_on", sa.Date(), nullable=True),
        sa.Column("promised_from", sa.Date(), nullable=True),
        sa.Column("promised_used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("legal_from", sa.Date(), nullable=True),
        sa.Column("legal_used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("legal_basis", sa.Text(), server_default="", nullable=False),
        sa.Column("receipt_no", sa.Text(), server_default="", nullable=False),
        sa.Column("delivery_mode", sa.Text(), server_default="", nullable=False),
        sa.Column("pickup_code", sa.Text(), server_default="", nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("reminded", sa.Text(), server_default="", nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state <> 'delivered' OR delivery_mode <> ''", name=op.f("ck_item_delivered_somehow")
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR (decided_by <> '' AND reason <> '' AND legal_basis <> '')",
            name=op.f("ck_item_refusal_is_a_persons"),
        ),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["bundle.id"], name=op.f("fk_item_bundle_id_bundle")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_item_case_id_case")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["office.id"], name=op.f("fk_item_office_id_office")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("bundle_id", "code", name=op.f("uq_item_bundle_id_code")),
    )
    op.create_index("ix_item_case_id", "item", ["case_id"], unique=False)
    op.create_index("ix_item_desk", "item", ["office_id", "state", "due_on"], unique=False)
    op.create_index(
        "ix_item_due",
        "item",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("due_on IS NOT NULL"),
    )
    op.create_index(
        "uq_item_receipt",
        "item",
        ["office_id", "receipt_no"],
        unique=True,
        postgresql_where=sa.text("receipt_no <> ''"),
    )
    op.create_table(
        "material",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Text(), server_default="", nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("lenient_due_on", sa.Date(), nullable=True),
        sa.Column("lenient_provisional", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("received_by", sa.Text(), nullable=True),
        sa.Column("reminded", sa.Text(), server_default="", nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state <> 'lenient' OR lenient_due_on IS NOT NULL",
            name=op.f("ck_material_promise_has_a_day"),
        ),
        sa.CheckConstraint(
            "state IN ('held','given','lenient','missing')", name=op.f("ck_material_state")
        ),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["bundle.id"], name=op.f("fk_material_bundle_id_bundle")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_material_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint("bundle_id", "code", name=op.f("uq_material_bundle_id_code")),
    )
    op.create_index(
        "ix_material_lenient",
        "material",
        ["lenient_due_on"],
        unique=False,
        postgresql_where=sa.text("state = 'lenient'"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unknown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("busies", sa.Integer(), server_default="0", nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("parts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("to_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("to_mark", sa.LargeBinary(), nullable=True),
        sa.Column("to_masked", sa.Text(), server_default="", nullable=False),
        sa.Column("text_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("text_mark", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("called_business", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_business", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state <> 'sending' OR (lease_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_message_lease"),
        ),
        sa.CheckConstraint(
            "state <> 'unknown' OR look_at IS NOT NULL",
            name=op.f("ck_message_unknown_is_looked_up"),
        ),
        sa.CheckConstraint(
            "state IN ('queued','sending','unknown','parked','sent','delivered','failed','cancelled')",
            name=op.f("ck_message_state"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_message_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("notice_id", "attempt", name=op.f("uq_message_notice_id_attempt")),
    )
    op.create_index(
        "ix_message_lease",
        "message",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "ix_message_look",
        "message",
        ["look_at"],
        unique=False,
        postgresql_where=sa.text("state = 'unknown'"),
    )
    op.create_index("ix_message_number", "message", ["to_mark", "called_business"], unique=False)
    op.create_index("ix_message_provider", "message", ["channel", "provider_id"], unique=False)
    op.create_index(
        "ix_message_queue",
        "message",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_message_state", "message", ["state", "id"], unique=False)
    op.create_index(
        "ix_message_texts",
        "message",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("text_cipher IS NOT NULL"),
    )
    op.create_table(
        "needs_telling",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("subject_key", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_by", sa.Text(), server_default="", nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_needs_telling_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs_telling")),
        sa.UniqueConstraint("notice_id", "reason", name=op.f("uq_needs_telling_notice_id_reason")),
    )
    op.create_index("ix_needs_telling_case_id", "needs_telling", ["case_id"], unique=False)
    op.create_index(
        "ix_needs_telling_open",
        "needs_telling",
        ["since"],
        unique=False,
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_table(
        "post_relative",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.BigInteger(), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_post_relative_post_id_post")
        ),
        sa.PrimaryKeyConstraint("post_id", "subject_key", name=op.f("pk_post_relative")),
    )
    op.create_table(
        "post_stand_in",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_post_stand_in_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_post_stand_in_post_id_post")
        ),
        sa.UniqueConstraint(
            "post_id",
            "account_id",
            "from_day",
            "to_day",
            name=op.f("uq_post_stand_in_post_id_account_id_from_day_to_day"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_post_stand_in_account_id"), "post_stand_in", ["account_id"], unique=False
    )
    op.create_table(
        "request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("tell_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('gathering','told','answered')", name=op.f("ck_request_state")
        ),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["bundle.id"], name=op.f("fk_request_bundle_id_bundle")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_request_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    op.create_index(
        "uq_request_open",
        "request",
        ["bundle_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'answered'"),
    )
    op.create_table(
        "web_session",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_web_session_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["role_grant.id"], name=op.f("fk_web_session_grant_id_role_grant")
        ),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_account_id"), "web_session", ["account_id"], unique=False)
    op.create_index("ix_web_session_expires_at", "web_session", ["expires_at"], unique=False)
    op.create_table(
        "case_evidence",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_on", sa.Date(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=True),
        sa.Column(
            "facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_case_evidence_case_id_case")
        ),
        sa.ForeignKeyConstraint(["hit_id"], ["hit.id"], name=op.f("fk_case_evidence_hit_id_hit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_evidence")),
        sa.UniqueConstraint(
            "case_id",
            "source",
            "record_id",
            "version",
            name=op.f("uq_case_evidence_case_id_source_record_id_version"),
        ),
    )
    op.create_table(
        "case_hit",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_version_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("measures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unknowns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_hit_case_id_case")),
        sa.ForeignKeyConstraint(["hit_id"], ["hit.id"], name=op.f("fk_case_hit_hit_id_hit")),
        sa.PrimaryKeyConstraint("case_id", "hit_id", name=op.f("pk_case_hit")),
    )
    op.create_table(
        "item_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["bundle.id"], name=op.f("fk_item_event_bundle_id_bundle")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_item_event_case_id_case")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_event_item_id_item")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["office.id"], name=op.f("fk_item_event_office_id_office")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_event")),
        sa.UniqueConstraint("item_id", "seq", name=op.f("uq_item_event_item_id_seq")),
    )
    op.create_index("ix_item_event_bundle_id", "item_event", ["bundle_id"], unique=False)
    op.create_table(
        "request_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("note_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('material','field')", name=op.f("ck_request_line_kind")),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["bundle.id"], name=op.f("fk_request_line_bundle_id_bundle")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_request_line_case_id_case")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_request_line_item_id_item")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_line_request_id_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_line")),
        sa.UniqueConstraint(
            "request_id",
            "item_id",
            "kind",
            "code",
            name=op.f("uq_request_line_request_id_item_id_kind_code"),
        ),
    )
    op.create_index(
        "ix_request_line_item",
        "request_line",
        ["item_id"],
        unique=False,
        postgresql_where=sa.text("NOT answered"),
    )


def downgrade() -> None:
    op.execute(DROP_POLICIES)
    op.drop_index(
        "ix_request_line_item", table_name="request_line", postgresql_where=sa.text("NOT answered")
    )
    op.drop_table("request_line")
    op.drop_index("ix_item_event_bundle_id", table_name="item_event")
    op.drop_table("item_event")
    op.drop_table("case_hit")
    op.drop_table("case_evidence")
    op.drop_index("ix_web_session_expires_at", table_name="web_session")
    op.drop_index(op.f("ix_web_session_account_id"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_index(
        "uq_request_open", table_name="request", postgresql_where=sa.text("state <> 'answered'")
    )
    op.drop_table("request")
    op.drop_index(op.f("ix_post_stand_in_account_id"), table_name="post_stand_in")
    op.drop_table("post_stand_in")
    op.drop_table("post_relative")
    op.drop_index(
        "ix_needs_telling_open",
        table_name="needs_telling",
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.drop_index("ix_needs_telling_case_id", table_name="needs_telling")
    op.drop_table("needs_telling")
    op.drop_index(
        "ix_message_texts",
        table_name="message",
        postgresql_where=sa.text("text_cipher IS NOT NULL"),
    )
    op.drop_index("ix_message_state", table_name="message")
    op.drop_index(
        "ix_message_queue", table_name="message", postgresql_where=sa.text("state = 'queued'")
    )
    op.drop_index("ix_message_provider", table_name="message")
    op.drop_index("ix_message_number", table_name="message")
    op.drop_index(
        "ix_message_look", table_name="message", postgresql_where=sa.text("state = 'unknown'")
    )
    op.drop_index(
        "ix_message_lease", table_name="message", postgresql_where=sa.text("state = 'sending'")
    )
    op.drop_table("message")
    op.drop_index(
        "ix_material_lenient", table_name="material", postgresql_where=sa.text("state = 'lenient'")
    )
    op.drop_table("material")
    op.drop_index(
        "uq_item_receipt", table_name="item", postgresql_where=sa.text("receipt_no <> ''")
    )
    op.drop_index("ix_item_due", table_name="item", postgresql_where=sa.text("due_on IS NOT NULL"))
    op.drop_index("ix_item_desk", table_name="item")
    op.drop_index("ix_item_case_id", table_name="item")
    op.drop_table("item")
    op.drop_index("ix_hit_waiting", table_name="hit", postgresql_where=sa.text("fate = 'waiting'"))
    op.drop_index("ix_hit_subject_key", table_name="hit")
    op.drop_index("ix_hit_run_id", table_name="hit")
    op.drop_table("hit")
    op.drop_table("form_value")
    op.drop_table("escalation")
    op.drop_index("ix_assignment_post_id_week", table_name="assignment")
    op.drop_index(op.f("ix_assignment_case_id"), table_name="assignment")
    op.drop_table("assignment")
    op.drop_index("ix_visit_case_id", table_name="visit")
    op.drop_table("visit")
    op.drop_index("ix_superseded_delivery_id", table_name="superseded")
    op.drop_table("superseded")
    op.drop_table("sign_in_link")
    op.drop_table("scan_run")
    op.drop_index(op.f("ix_role_grant_account_id"), table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_index("ix_quarantine_delete_after", table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_index("ix_post_holder_id", table_name="post")
    op.drop_index("ix_post_area_code", table_name="post")
    op.drop_table("post")
    op.drop_index("ix_notice_post_id", table_name="notice")
    op.drop_index("ix_notice_case_id", table_name="notice")
    op.drop_table("notice")
    op.drop_index("uq_held_row_content", table_name="held_row")
    op.drop_index(
        "ix_held_row_open", table_name="held_row", postgresql_where=sa.text("state = 'held'")
    )
    op.drop_table("held_row")
    op.drop_table("case_event")
    op.drop_table("bundle")
    op.drop_index(
        "uq_trigger_version_live",
        table_name="trigger_version",
        postgresql_where=sa.text("state = 'live'"),
    )
    op.drop_table("trigger_version")
    op.drop_index(
        "uq_suppression_standing",
        table_name="suppression",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.drop_index("ix_suppression_subject_key", table_name="suppression")
    op.drop_table("suppression")
    op.drop_index("ix_subject_alias_key", table_name="subject_alias")
    op.drop_table("subject_alias")
    op.drop_index("ix_subject_household_key", table_name="subject")
    op.drop_index("ix_subject_guardian_key", table_name="subject")
    op.drop_index("ix_subject_area", table_name="subject")
    op.drop_table("subject")
    op.drop_index(
        "uq_step_pending", table_name="step", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_index("ix_step_open", table_name="step", postgresql_where=sa.text("state <> 'done'"))
    op.drop_table("step")
    op.drop_table("pending")
    op.drop_table("outcome")
    op.drop_index("ix_office_kind_area", table_name="office")
    op.drop_table("office")
    op.drop_table("message_budget")
    op.drop_table("installation")
    op.drop_index("ix_inbound_from_mark", table_name="inbound")
    op.drop_table("inbound")
    op.drop_index("ix_identity_phone_blind", table_name="identity")
    op.drop_table("identity")
    op.drop_table("heartbeat")
    op.drop_index(
        "uq_finding_form_live", table_name="finding_form", postgresql_where=sa.text("live")
    )
    op.drop_table("finding_form")
    op.drop_table("feed_state")
    op.drop_index(
        "uq_episode_open", table_name="episode", postgresql_where=sa.text("closed_on IS NULL")
    )
    op.drop_table("episode")
    op.drop_index(
        "uq_delivery_content", table_name="delivery", postgresql_where=sa.text("state <> 'refused'")
    )
    op.drop_index("ix_delivery_feed_received_at", table_name="delivery")
    op.drop_index("ix_delivery_delete_after", table_name="delivery")
    op.drop_table("delivery")
    op.drop_table("cool_down")
    op.drop_table("chore")
    op.drop_table("channel_pause")
    op.drop_index("uq_case_open", table_name="case", postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index("ix_case_owner", table_name="case", postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index(
        "ix_case_household", table_name="case", postgresql_where=sa.text("state <> 'closed'")
    )
    op.drop_index(
        "ix_case_area_5", table_name="case", postgresql_where=sa.text("state <> 'closed'")
    )
    op.drop_index(
        "ix_case_area_4", table_name="case", postgresql_where=sa.text("state <> 'closed'")
    )
    op.drop_index(
        "ix_case_area_3", table_name="case", postgresql_where=sa.text("state <> 'closed'")
    )
    op.drop_index(
        "ix_case_area_2", table_name="case", postgresql_where=sa.text("state <> 'closed'")
    )
    op.drop_index(
        "ix_case_area_1", table_name="case", postgresql_where=sa.text("state <> 'closed'")
    )
    op.drop_table("case")
    op.drop_table("callback_seen")
    op.drop_table("calendar_day")
    op.drop_table("business_clock")
    op.drop_index(
        "uq_bundle_version_live",
        table_name="bundle_version",
        postgresql_where=sa.text("state = 'live'"),
    )
    op.drop_table("bundle_version")
    op.drop_index("ix_audit_entity_entity_id", table_name="audit")
    op.drop_table("audit")
    op.drop_table("area_successor")
    op.drop_index("ix_area_parent_name", table_name="area")
    op.drop_index("ix_area_area_4", table_name="area")
    op.drop_index("ix_area_area_3", table_name="area")
    op.drop_index("ix_area_area_2", table_name="area")
    op.drop_index("ix_area_area_1", table_name="area")
    op.drop_table("area")
    op.drop_table("account")
