"""The policy desk: drafts, two persons, pilots, trials and shadows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


CHECKS = {
    "state": "state IN ('draft','proposed','approved','pilot','live','retired')",
    "approved": "state IN ('draft','proposed')"
    " OR (coalesce(approved_by, '') <> '' AND figures IS NOT NULL)",
    "named_person": "state IN ('draft','proposed','approved') OR coalesce(activated_by, '') <> ''",
    "two_persons": "approved_by IS NULL"
    " OR (approved_by <> loaded_by AND approved_by <> proposed_by)",
    "pilot_has_areas": "(state = 'pilot') <= (areas <> '{}')",
}
ACCEPTED = (
    "accepted_by IS NULL OR (accepted_by <> '' AND accepted_why <> '')"
    " AND accepted_most IS NOT NULL"
)
OUTCOME_CHECKS = {
    "known_result": "result IN ('open','confirmed','not_confirmed','declined')",
    "judged_at": "(result = 'open') = (judged_at IS NULL)",
}
DROP_POLICIES = """
DO $$ DECLARE row record; BEGIN
  FOR row IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP POLICY %I ON %I', row.policyname, row.tablename);
  END LOOP;
END $$"""


def upgrade() -> None:
    op.create_table(
        "door_try",
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_door_try")),
    )
    op.create_table(
        "fairness_count",
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_version_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("visited", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("declined", sa.Integer(), nullable=False),
        sa.Column("not_reached", sa.Integer(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("sample_confirmed", sa.Integer(), nullable=False),
        sa.Column("days_to_help", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "attribute IN ('sex','age','disability','area')",
            name=op.f("ck_fairness_count_attribute"),
        ),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name=op.f("ck_fairness_count_month")),
        sa.PrimaryKeyConstraint(
            "trigger",
            "trigger_version_id",
            "month",
            "attribute",
            "part",
            name=op.f("pk_fairness_count"),
        ),
    )
    op.create_table(
        "feed_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("feeds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_token")),
    )
    op.create_table(
        "identity_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("wrong_feed", sa.Text(), nullable=True),
        sa.Column("marks", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("differing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(verdict = 'not_same') = (wrong_feed IS NOT NULL)",
            name=op.f("ck_identity_decision_set_right_by"),
        ),
        sa.CheckConstraint(
            "verdict IN ('same','not_same')", name=op.f("ck_identity_decision_verdict")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_decision")),
    )
    op.create_index(
        "uq_identity_decision_present",
        "identity_decision",
        ["subject_key"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "learning_read",
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by", sa.Text(), nullable=False),
        sa.CheckConstraint("read_by <> ''", name=op.f("ck_learning_read_named_person")),
        sa.PrimaryKeyConstraint("trigger", name=op.f("pk_learning_read")),
    )
    op.create_table(
        "notice_county",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("county", name=op.f("pk_notice_county")),
    )
    op.create_table(
        "notice_guest",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("to_mark", sa.LargeBinary(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("county", "to_mark", name=op.f("pk_notice_guest")),
    )
    op.create_table(
        "parcel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "how", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "marked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("refusal", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("put_away", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delete_after", sa.Date(), nullable=True),
        sa.CheckConstraint("door IN ('folder','page')", name=op.f("ck_parcel_door")),
        sa.CheckConstraint(
            "state IN ('seen','waiting','checked','ordered','taken','refused','gone')",
            name=op.f("ck_parcel_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
    )
    op.create_index("ix_parcel_delete_after", "parcel", ["delete_after"], unique=False)
    op.create_index(
        "uq_parcel_open",
        "parcel",
        ["feed", "name"],
        unique=True,
        postgresql_where=sa.text("door = 'folder' AND done_at IS NULL"),
    )
    op.create_table(
        "single_item_count",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("source <> ''", name=op.f("ck_single_item_count_source")),
        sa.CheckConstraint("count >= 0", name=op.f("ck_single_item_count_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_single_item_count")),
        sa.UniqueConstraint(
            "month", "item", "area_code", name=op.f("uq_single_item_count_month_item_area_code")
        ),
    )
    op.create_table(
        "takeup_count",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name=op.f("ck_takeup_count_month")),
        sa.PrimaryKeyConstraint(
            "month",
            "bundle",
            "item",
            "counter",
            "area_1",
            "area_2",
            "area_3",
            "area_4",
            "area_5",
            name=op.f("pk_takeup_count"),
        ),
    )
    op.create_table(
        "trigger_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("examples", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_as", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trigger_draft")),
    )
    op.create_table(
        "access_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code_mark", sa.LargeBinary(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("how IN ('letter','told')", name=op.f("ck_access_code_how")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_access_code_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_code")),
    )
    op.create_index("ix_access_code_case_id", "access_code", ["case_id", "issued_at"], unique=False)
    op.create_table(
        "activation_slip",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("made_by <> ''", name=op.f("ck_activation_slip_named_person")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_activation_slip_account_id_account")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_activation_slip")),
    )
    op.create_index(
        op.f("ix_activation_slip_account_id"), "activation_slip", ["account_id"], unique=False
    )
    op.create_table(
        "correction_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("event_on", sa.Date(), nullable=True),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("who_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answer_note", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("asked_by <> ''", name=op.f("ck_correction_request_named_person")),
        sa.CheckConstraint(
            "state <> 'answered' OR (coalesce(answered_by, '') <> '' AND answer IN ('corrected','stands','unclear'))",
            name=op.f("ck_correction_request_answered_by_a_person"),
        ),
        sa.CheckConstraint(
            "state = 'open' OR who_cipher IS NULL",
            name=op.f("ck_correction_request_forgotten_with_the_answer"),
        ),
        sa.CheckConstraint(
            "state IN ('open','answered','withdrawn')", name=op.f("ck_correction_request_state")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_correction_request_case_id_case")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["office.id"], name=op.f("fk_correction_request_office_id_office")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
        sa.UniqueConstraint("case_id", "feed", name=op.f("uq_correction_request_case_id_feed")),
        sa.UniqueConstraint("ref", name=op.f("uq_correction_request_ref")),
    )
    op.create_index(
        "ix_correction_request_office",
        "correction_request",
        ["office_id", "state", "due_on"],
        unique=False,
    )
    op.create_table(
        "desk_filter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_desk_filter_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_filter")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_desk_filter_account_id_name")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_why", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name=op.f("ck_device_ended")),
        sa.CheckConstraint(
            "ended_why IN ('','own','operator','wrong_pins')", name=op.f("ck_device_why")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_device_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_device_token_hash")),
    )
    op.create_index(op.f("ix_device_account_id"), "device", ["account_id"], unique=False)
    op.create_table(
        "feed_alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column(
            "facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('volume','silence','folder')", name=op.f("ck_feed_alarm_kind")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_feed_alarm_closed")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_feed_alarm_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_alarm")),
    )
    op.create_index(
        "uq_feed_alarm_open",
        "feed_alarm",
        ["feed", "kind"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("words_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answer_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), server_default="", nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'answered') = (answered_by <> '' AND answered_at IS NOT NULL AND answer IN ('changed','stands'))",
            name=op.f("ck_objection_answered_by_a_person"),
        ),
        sa.CheckConstraint("kind IN ('objection','not_done')", name=op.f("ck_objection_kind")),
        sa.CheckConstraint("state IN ('open','answered')", name=op.f("ck_objection_state")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_objection_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    op.create_index(
        "ix_objection_post",
        "objection",
        ["post_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_objection_open",
        "objection",
        ["case_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "own_session",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_own_session_case_id_case")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_own_session")),
    )
    op.create_index("ix_own_session_case_id", "own_session", ["case_id"], unique=False)
    op.create_table(
        "rating",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("rate", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("area_1", sa.Text(), server_default="", nullable=False),
        sa.Column("area_2", sa.Text(), server_default="", nullable=False),
        sa.Column("area_3", sa.Text(), server_default="", nullable=False),
        sa.Column("area_4", sa.Text(), server_default="", nullable=False),
        sa.Column("area_5", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("rate BETWEEN 1 AND 5", name=op.f("ck_rating_rate")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_rating_case_id_case")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_rating")),
    )
    op.create_table(
        "shadow",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["trigger_version.id"],
            name=op.f("fk_shadow_version_id_trigger_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow")),
    )
    op.create_index(
        "uq_shadow_running",
        "shadow",
        ["trigger", "version_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "trial",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('dry_run','sweep','backtest','replay')", name=op.f("ck_trial_kind")
        ),
        sa.CheckConstraint(
            "state <> 'done' OR result IS NOT NULL", name=op.f("ck_trial_has_result")
        ),
        sa.CheckConstraint(
            "state IN ('waiting','running','done','cancelled','refused','failed')",
            name=op.f("ck_trial_state"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["trigger_version.id"], name=op.f("fk_trial_version_id_trigger_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
    )
    op.create_index(
        "ix_trial_version_id_asked_at", "trial", ["version_id", "asked_at"], unique=False
    )
    op.create_table(
        "sample_round",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_version_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("just_under", sa.Integer(), nullable=False),
        sa.Column("bands", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("raised", sa.Integer(), nullable=False),
        sa.Column("kept_back", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["scan_run.id"], name=op.f("fk_sample_round_run_id_scan_run")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_sample_round")),
    )
    op.create_index("ix_sample_round_trigger", "sample_round", ["trigger", "at"], unique=False)
    op.create_table(
        "shadow_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("only_live", sa.Integer(), nullable=True),
        sa.Column("only_candidate", sa.Integer(), nullable=True),
        sa.Column("both", sa.Integer(), nullable=True),
        sa.Column(
            "by_area", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["scan_run.id"], name=op.f("fk_shadow_run_run_id_scan_run")
        ),
        sa.ForeignKeyConstraint(
            ["shadow_id"], ["shadow.id"], name=op.f("fk_shadow_run_shadow_id_shadow")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_run")),
        sa.UniqueConstraint("shadow_id", "slot", name=op.f("uq_shadow_run_shadow_id_slot")),
    )
    op.add_column("case", sa.Column("sample", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("hit", sa.Column("sample", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("inbound", sa.Column("notice_id", sa.Uuid(), nullable=True))
    op.create_index("ix_inbound_notice_id", "inbound", ["notice_id"], unique=False)
    op.add_column("item", sa.Column("accepted_on", sa.Date(), nullable=True))
    op.add_column("item", sa.Column("acceptance_no", sa.Text(), server_default="", nullable=False))
    op.add_column("item", sa.Column("tracking_no", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "uq_item_acceptance",
        "item",
        ["acceptance_no"],
        unique=True,
        postgresql_where=sa.text("acceptance_no <> ''"),
    )
    op.create_index(
        "ix_message_sent",
        "message",
        ["channel", "first_called_at"],
        unique=False,
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.add_column("needs_telling", sa.Column("due_on", sa.Date(), nullable=True))
    op.drop_constraint(op.f("uq_needs_telling_notice_id_reason"), "needs_telling", type_="unique")
    op.create_index(
        "uq_needs_telling_open",
        "needs_telling",
        ["notice_id", "reason"],
        unique=True,
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.add_column("outcome", sa.Column("helped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outcome", sa.Column("margin", sa.Numeric(), nullable=True))
    op.add_column("outcome", sa.Column("klass", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "outcome",
        sa.Column(
            "unknowns", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
    )
    op.add_column(
        "outcome", sa.Column("sample", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("outcome", sa.Column("area", sa.Text(), server_default="", nullable=False))
    op.alter_column(
        "outcome", "judged_at", existing_type=postgresql.TIMESTAMP(timezone=True), nullable=True
    )
    op.create_index(
        "ix_outcome_trigger", "outcome", ["trigger", "trigger_version_id"], unique=False
    )
    op.add_column(
        "scan_run",
        sa.Column("inside", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column(
        "scan_run",
        sa.Column("outside", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column("scan_run", sa.Column("accepted_by", sa.Text(), nullable=True))
    op.add_column(
        "scan_run", sa.Column("accepted_why", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("scan_run", sa.Column("accepted_most", sa.Integer(), nullable=True))
    op.add_column(
        "trigger_version", sa.Column("note", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("trigger_version", sa.Column("proposed_by", sa.Text(), nullable=True))
    op.add_column(
        "trigger_version", sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("trigger_version", sa.Column("approved_by", sa.Text(), nullable=True))
    op.add_column(
        "trigger_version", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "trigger_version", sa.Column("assessment", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "trigger_version", sa.Column("returned_why", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("trigger_version", sa.Column("returned_by", sa.Text(), nullable=True))
    op.add_column(
        "trigger_version", sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "trigger_version",
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.add_column(
        "trigger_version",
        sa.Column("areas", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column("trigger_version", sa.Column("replaces", sa.Integer(), nullable=True))
    op.add_column(
        "trigger_version", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "uq_trigger_version_pilot",
        "trigger_version",
        ["trigger"],
        unique=True,
        postgresql_where=sa.text("state = 'pilot'"),
    )
    op.add_column("web_session", sa.Column("device_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_web_session_device_id"), "web_session", ["device_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_web_session_device_id_device"), "web_session", "device", ["device_id"], ["id"]
    )

    # Versions switched on before two persons were asked for keep their state, and say so.
    op.execute("SELECT set_config('app.actor', 'machine:migrate', true)")
    op.execute(
        "UPDATE trigger_version SET approved_by = 'before two persons were asked for', "
        "approved_at = activated_at, figures = '{}' WHERE state <> 'draft'"
    )
    for name in ("state", "named_person"):
        op.drop_constraint(op.f(f"ck_trigger_version_{name}"), "trigger_version")
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_trigger_version_{name}"), "trigger_version", condition)
    op.create_check_constraint(op.f("ck_scan_run_accepted"), "scan_run", ACCEPTED)
    # Outcomes are there from the raising on; a refusal is not held against the rule.
    op.execute(
        "UPDATE outcome SET result = 'declined' WHERE result = 'not_confirmed' AND reason = 'refused'"
    )
    op.execute("UPDATE needs_telling SET due_on = since::date + 7 WHERE told_at IS NULL")
    op.alter_column("outcome", "result", server_default="open")
    for name, condition in OUTCOME_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_outcome_{name}"), "outcome", condition)


def downgrade() -> None:
    op.execute(DROP_POLICIES)
    op.execute("SELECT set_config('app.actor', 'machine:migrate', true)")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_trigger_version_{name}"), "trigger_version")
    for name in OUTCOME_CHECKS:
        op.drop_constraint(op.f(f"ck_outcome_{name}"), "outcome")
    op.alter_column("outcome", "result", server_default=None)
    op.execute("DELETE FROM outcome WHERE judged_at IS NULL")
    # One line per notice and reason again: of those told more than once the last stays.
    op.execute(
        "DELETE FROM needs_telling AS old USING needs_telling AS new"
        " WHERE new.notice_id = old.notice_id AND new.reason = old.reason"
        " AND (new.told_at IS NULL, new.since, new.id) > (old.told_at IS NULL, old.since, old.id)"
    )
    op.execute("UPDATE trigger_version SET state = 'draft' WHERE state IN ('proposed', 'approved')")
    op.execute("UPDATE trigger_version SET state = 'retired' WHERE state = 'pilot'")
    op.create_check_constraint(
        op.f("ck_trigger_version_state"), "trigger_version", "state IN ('draft','live','retired')"
    )
    op.create_check_constraint(
        op.f("ck_trigger_version_named_person"),
        "trigger_version",
        "state = 'draft' OR activated_by <> ''",
    )
    op.drop_constraint(op.f("fk_web_session_device_id_device"), "web_session", type_="foreignkey")
    op.drop_index(op.f("ix_web_session_device_id"), table_name="web_session")
    op.drop_column("web_session", "device_id")
    op.drop_index(
        "uq_trigger_version_pilot",
        table_name="trigger_version",
        postgresql_where=sa.text("state = 'pilot'"),
    )
    op.drop_column("trigger_version", "retired_at")
    op.drop_column("trigger_version", "replaces")
    op.drop_column("trigger_version", "areas")
    op.drop_column("trigger_version", "figures")
    op.drop_column("trigger_version", "returned_at")
    op.drop_column("trigger_version", "returned_by")
    op.drop_column("trigger_version", "returned_why")
    op.drop_column("trigger_version", "assessment")
    op.drop_column("trigger_version", "approved_at")
    op.drop_column("trigger_version", "approved_by")
    op.drop_column("trigger_version", "proposed_at")
    op.drop_column("trigger_version", "proposed_by")
    op.drop_column("trigger_version", "note")
    op.drop_column("scan_run", "accepted_most")
    op.drop_column("scan_run", "accepted_why")
    op.drop_column("scan_run", "accepted_by")
    op.drop_column("scan_run", "outside")
    op.drop_column("scan_run", "inside")
    op.drop_index("ix_outcome_trigger", table_name="outcome")
    op.alter_column(
        "outcome", "judged_at", existing_type=postgresql.TIMESTAMP(timezone=True), nullable=False
    )
    op.drop_column("outcome", "area")
    op.drop_column("outcome", "sample")
    op.drop_column("outcome", "unknowns")
    op.drop_column("outcome", "klass")
    op.drop_column("outcome", "margin")
    op.drop_column("outcome", "helped_at")
    op.drop_index(
        "uq_needs_telling_open",
        table_name="needs_telling",
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_unique_constraint(
        op.f("uq_needs_telling_notice_id_reason"),
        "needs_telling",
        ["notice_id", "reason"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("needs_telling", "due_on")
    op.drop_index(
        "ix_message_sent", table_name="message", postgresql_where=sa.text("state = 'sent'")
    )
    op.drop_index(
        "uq_item_acceptance", table_name="item", postgresql_where=sa.text("acceptance_no <> ''")
    )
    op.drop_column("item", "tracking_no")
    op.drop_column("item", "acceptance_no")
    op.drop_column("item", "accepted_on")
    op.drop_index("ix_inbound_notice_id", table_name="inbound")
    op.drop_column("inbound", "notice_id")
    op.drop_column("hit", "sample")
    op.drop_column("case", "sample")
    op.drop_table("shadow_run")
    op.drop_index("ix_sample_round_trigger", table_name="sample_round")
    op.drop_table("sample_round")
    op.drop_index("ix_trial_version_id_asked_at", table_name="trial")
    op.drop_table("trial")
    op.drop_index(
        "uq_shadow_running", table_name="shadow", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("shadow")
    op.drop_table("rating")
    op.drop_index("ix_own_session_case_id", table_name="own_session")
    op.drop_table("own_session")
    op.drop_index(
        "uq_objection_open", table_name="objection", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index(
        "ix_objection_post", table_name="objection", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_table("objection")
    op.drop_index(
        "uq_feed_alarm_open", table_name="feed_alarm", postgresql_where=sa.text("closed_at IS NULL")
    )
    op.drop_table("feed_alarm")
    op.drop_index(op.f("ix_device_account_id"), table_name="device")
    op.drop_table("device")
    op.drop_table("desk_filter")
    op.drop_index("ix_correction_request_office", table_name="correction_request")
    op.drop_table("correction_request")
    op.drop_index(op.f("ix_activation_slip_account_id"), table_name="activation_slip")
    op.drop_table("activation_slip")
    op.drop_index("ix_access_code_case_id", table_name="access_code")
    op.drop_table("access_code")
    op.drop_table("trigger_draft")
    op.drop_table("takeup_count")
    op.drop_table("single_item_count")
    op.drop_index(
        "uq_parcel_open",
        table_name="parcel",
        postgresql_where=sa.text("door = 'folder' AND done_at IS NULL"),
    )
    op.drop_index("ix_parcel_delete_after", table_name="parcel")
    op.drop_table("parcel")
    op.drop_table("notice_guest")
    op.drop_table("notice_county")
    op.drop_table("learning_read")
    op.drop_index(
        "uq_identity_decision_present",
        table_name="identity_decision",
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.drop_table("identity_decision")
    op.drop_table("feed_token")
    op.drop_table("fairness_count")
    op.drop_table("door_try")
