"""The people's desks: what coordinators, offices and persons add to a case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _code_ways("letter", "told", "sms")
    _planned_stand_ins()
    op.add_column(
        "case", sa.Column("reported", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("visit", sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cool_down", sa.Column("seen_on", sa.Date(), nullable=True))
    _asked_once()
    op.create_index("ix_identity_name_mark", "identity", ["name_mark"])
    _reports()
    _attachments()
    _office_lines()
    _area_roles("'coordinator', 'town', 'county', 'generalist'")
    op.add_column("trial", sa.Column("first_answer", postgresql.JSONB(), nullable=True))
    op.add_column(
        "trigger_draft", sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    _area_roles("'coordinator', 'town', 'county'")
    op.execute(
        "SELECT set_config('app.actor', 'machine:migrate', true)"
    )  # writes must name somebody
    op.execute("ALTER TABLE access_code NO FORCE ROW LEVEL SECURITY")  # the owner's own tidying
    op.execute("DELETE FROM access_code WHERE how = 'sms'")
    op.execute("ALTER TABLE access_code FORCE ROW LEVEL SECURITY")
    _code_ways("letter", "told")
    op.execute("ALTER TABLE post_stand_in DISABLE ROW LEVEL SECURITY")
    op.execute("DELETE FROM post_stand_in WHERE planned_by <> ''")
    op.drop_constraint(op.f("ck_post_stand_in_planned_days"), "post_stand_in", type_="check")
    op.drop_column("post_stand_in", "why")
    op.execute("ALTER TABLE post_stand_in DROP COLUMN planned_by CASCADE")  # and its policies
    op.drop_column("trigger_draft", "discarded_at")
    op.drop_column("trial", "first_answer")
    op.drop_table("case_report")
    op.drop_index("ix_identity_name_mark", table_name="identity")
    op.drop_column("visit", "taken_back_at")
    op.drop_column("cool_down", "seen_on")
    _asked_ever_once()
    op.drop_column("case", "reported")
    for table in ("office_line", "officer", "office_answer", "office_call", "attachment"):
        op.drop_table(table)


def _asked_once() -> None:
    """An office is asked once about a case's record; what was withdrawn may be asked anew."""
    op.drop_constraint(
        op.f("uq_correction_request_case_id_feed"), "correction_request", type_="unique"
    )
    op.create_index("ix_correction_request_case_id", "correction_request", ["case_id"])
    op.create_index(
        "uq_correction_request_asked",
        "correction_request",
        ["case_id", "feed"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )


def _asked_ever_once() -> None:
    """Old code knows one request a record: of several the one that is not withdrawn stays."""
    op.execute("ALTER TABLE correction_request NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "DELETE FROM correction_request AS r WHERE state = 'withdrawn' AND EXISTS (SELECT"
        " FROM correction_request AS o WHERE o.case_id = r.case_id AND o.feed = r.feed"
        " AND (o.state <> 'withdrawn' OR o.id > r.id))"
    )
    op.execute("ALTER TABLE correction_request FORCE ROW LEVEL SECURITY")
    op.drop_index("uq_correction_request_asked", table_name="correction_request")
    op.drop_index("ix_correction_request_case_id", table_name="correction_request")
    op.create_unique_constraint(
        op.f("uq_correction_request_case_id_feed"), "correction_request", ["case_id", "feed"]
    )


def _planned_stand_ins() -> None:
    """Stand-ins that a desk planned, beside those of the list of posts."""
    for name in ("planned_by", "why"):
        column = sa.Column(name, sa.Text(), server_default="", nullable=False)
        op.add_column("post_stand_in", column)
    op.create_check_constraint(
        op.f("ck_post_stand_in_planned_days"),
        "post_stand_in",
        "planned_by = '' OR (from_day IS NOT NULL AND to_day >= from_day)",
    )


def _code_ways(*ways: str) -> None:
    """How a code may come to its person."""
    op.drop_constraint(op.f("ck_access_code_how"), "access_code", type_="check")
    listed = ",".join(f"'{way}'" for way in ways)
    op.create_check_constraint(op.f("ck_access_code_how"), "access_code", f"how IN ({listed})")


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


def _office_lines() -> None:
    """Calls to offices' own systems, their answers, and who gave them."""
    times = ("sent_at", "lease_until", "hold_until", "look_at")
    op.create_table(
        "office_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in times),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        *_places(),
        sa.CheckConstraint("kind IN ('hand_in','ended')", name=op.f("ck_office_call_kind")),
        sa.CheckConstraint(
            "(kind = 'ended') = (about_id IS NOT NULL)", name=op.f("ck_office_call_about")
        ),
        sa.CheckConstraint(
            "state IN ('queued','sending','unknown','sent','answered','declined','dropped')",
            name=op.f("ck_office_call_state"),
        ),
        *_to("office_call", case_id="case", item_id="item", office_id="office"),
        *_to("office_call", about_id="office_call"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_call")),
        sa.UniqueConstraint(
            "item_id", "kind", "round", name=op.f("uq_office_call_item_id_kind_round")
        ),
    )
    op.create_index(
        "ix_office_call_open",
        "office_call",
        ["state"],
        postgresql_where=sa.text("state IN ('queued','sending','unknown','sent')"),
    )
    op.create_table(
        "office_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_places(),
        sa.CheckConstraint("officer_id <> ''", name=op.f("ck_office_answer_named_person")),
        *_to("office_answer", case_id="case", office_id="office", call_id="office_call"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_answer")),
        sa.UniqueConstraint(
            "office_id", "answer_id", name=op.f("uq_office_answer_office_id_answer_id")
        ),
    )
    op.create_table(
        "officer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        *_to("officer", office_id="office"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
    )
    op.create_table(
        "office_line",
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("troubles", sa.Integer(), server_default="0", nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        *_to("office_line", office_id="office"),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_office_line")),
    )


def _places() -> "list[sa.Column[str]]":
    return [
        sa.Column(f"area_{level}", sa.Text(), server_default="", nullable=False)
        for level in range(1, 6)
    ]


def _to(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other in columns.items()
    ]


def _area_roles(roles: str) -> None:
    """Which roles are granted for an area."""
    name = op.f("ck_role_grant_area")
    op.drop_constraint(name, "role_grant", type_="check")
    op.create_check_constraint(
        name, "role_grant", f"role NOT IN ({roles}) OR (area_code <> '' AND area_level > 0)"
    )
