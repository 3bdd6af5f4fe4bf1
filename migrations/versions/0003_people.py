"""The people's desks: what coordinators, offices and persons add to a case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "case", sa.Column("reported", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("visit", sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_identity_name_mark", "identity", ["name_mark"])
    _reports()
    _attachments()
    op.add_column("trial", sa.Column("first_answer", postgresql.JSONB(), nullable=True))
    op.add_column(
        "trigger_draft", sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("trigger_draft", "discarded_at")
    op.drop_column("trial", "first_answer")
    op.drop_table("case_report")
    op.drop_index("ix_identity_name_mark", table_name="identity")
    op.drop_column("visit", "taken_back_at")
    op.drop_column("case", "reported")
    op.drop_table("attachment")


def _attachments() -> None:
    """Files that belong to a case."""
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_why", sa.Text(), server_default="", nullable=False),
        *(
            sa.Column(f"area_{level}", sa.Text(), server_default="", nullable=False)
            for level in range(1, 6)
        ),
        sa.CheckConstraint("kind IN ('photo','certificate')", name=op.f("ck_attachment_kind")),
        sa.CheckConstraint(
            "(gone_at IS NULL) = (content_cipher IS NOT NULL)"
            " AND (gone_at IS NULL) = (gone_why = '')",
            name=op.f("ck_attachment_gone"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_attachment_case_id_case")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["office.id"], name=op.f("fk_attachment_office_id_office")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_owner_id", "attachment", ["owner_id"])
    op.create_index(
        "ix_attachment_case_id",
        "attachment",
        ["case_id"],
        postgresql_where=sa.text("gone_at IS NULL"),
    )


def _reports() -> None:
    """Needs that a coordinator or a desk met, and no trigger found."""
    op.create_table(
        "case_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("subject_key", sa.BigInteger(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_version_id", sa.Uuid(), nullable=False),
        sa.Column("joined", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("typed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("seen_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.Text(), server_default="open", nullable=False),
        sa.Column("by_rule", sa.Boolean(), server_default="false", nullable=False),
        *(
            sa.Column(f"area_{level}", sa.Text(), server_default="", nullable=False)
            for level in range(1, 6)
        ),
        sa.CheckConstraint("account_id <> ''", name=op.f("ck_case_report_named_person")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_report_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_report")),
    )
    op.create_index("ix_case_report_case_id", "case_report", ["case_id"])
    op.create_index("ix_case_report_subject_key", "case_report", ["subject_key"])
