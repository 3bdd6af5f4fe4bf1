"""The policy desk: drafts, two persons, pilots, trials and shadows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


CHECKS = {
    "state": "state IN ('draft','proposed','approved','pilot','live','retired')",
    "approved": "state IN ('draft','proposed') OR (approved_by <> '' AND figures IS NOT NULL)",
    "named_person": "state IN ('draft','proposed','approved') OR activated_by <> ''",
    "two_persons": "approved_by IS NULL"
    " OR (approved_by <> loaded_by AND approved_by <> proposed_by)",
    "pilot_has_areas": "(state = 'pilot') <= (areas <> '{}')",
}
DROP_POLICIES = """
DO $$ DECLARE row record; BEGIN
  FOR row IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP POLICY %I ON %I', row.policyname, row.tablename);
  END LOOP;
END $$"""


def upgrade() -> None:
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
        "shadow_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
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
        sa.UniqueConstraint("shadow_id", "run_id", name=op.f("uq_shadow_run_shadow_id_run_id")),
    )
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


def downgrade() -> None:
    op.execute(DROP_POLICIES)
    op.execute("SELECT set_config('app.actor', 'machine:migrate', true)")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_trigger_version_{name}"), "trigger_version")
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
    op.drop_index(
        "uq_trigger_version_pilot",
        table_name="trigger_version",
        postgresql_where=sa.text("state = 'pilot'"),
    )
    op.drop_column("trigger_version", "retired_at")
    op.drop_column("trigger_version", "replaces")
    op.drop_column("trigger_version", "areas")
    op.drop_column("trigger_version", "figures")
    op.drop_column("trigger_version", "assessment")
    op.drop_column("trigger_version", "approved_at")
    op.drop_column("trigger_version", "approved_by")
    op.drop_column("trigger_version", "proposed_at")
    op.drop_column("trigger_version", "proposed_by")
    op.drop_column("trigger_version", "note")
    op.drop_table("shadow_run")
    op.drop_index("ix_trial_version_id_asked_at", table_name="trial")
    op.drop_table("trial")
    op.drop_index(
        "uq_shadow_running", table_name="shadow", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("shadow")
    op.drop_table("trigger_draft")
