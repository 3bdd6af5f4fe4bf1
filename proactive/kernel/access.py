"""Database roles, grants and row policies, made from what each table says of itself.

Applied after every migration, whole and idempotent: what stands here is what holds. One role per
area level with an equality policy on its own column (measured: 0.2-0.6 ms against 190 ms for a
prefix). No areas set means no rows. Writes without a named actor are refused by a trigger.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, MetaData, Table, text

from proactive.kernel.db import APP, AREA_COLUMNS, Access

WORKER, OPERATOR = "proactive_worker", "proactive_operator"
OFFICE, POLICY, VISITOR = "proactive_office", "proactive_policy", "proactive_visitor"
FAIRNESS = "proactive_fairness"
GENERALIST = "proactive_generalist"
PERSON = "proactive_person"
FIRMS = "proactive_firms"
AREA_ROLES = tuple(f"proactive_{column}" for column in AREA_COLUMNS)
PEOPLE = (*AREA_ROLES, OFFICE, FIRMS)
ALL_ROLES = (WORKER, OPERATOR, POLICY, FAIRNESS, GENERALIST, VISITOR, PERSON, *PEOPLE)

_SETTING = "(SELECT string_to_array(NULLIF(current_setting('{name}', true), ''), ','))"
AREAS = _SETTING.format(name="app.areas") + "::text[]"
OFFICES = _SETTING.format(name="app.office") + "::uuid[]"
OWN_CASE = "(SELECT NULLIF(current_setting('app.case', true), '')::uuid)"

# What a person at the own page may do, and only with rows of the own case. No identity is in it.
PERSON_MAY = {
    "case": "SELECT, UPDATE",
    "case_event": "SELECT, INSERT",
    "case_evidence": "SELECT",
    "case_hit": "SELECT",
    "attachment": "SELECT",
    "bundle": "SELECT, UPDATE",
    "item": "SELECT, UPDATE",
    "item_event": "SELECT, INSERT",
    "material": "SELECT, INSERT, UPDATE",
    "form_value": "SELECT",
    "request": "SELECT",
    "request_line": "SELECT, UPDATE",
    "notice": "SELECT",
    "message": "SELECT",
    "objection": "SELECT",
    "rating": "SELECT, INSERT",
}

# The matters of organisations that lie with the posts of who asks, or once did. It runs as its
# owner, who sees all: asked by a policy, other policies would ask each other in a circle, and read
# every case of the area for each question (measured with 500,000 cases, 1,000 of them the desk's:
# 190 ms for each question against 7).
GIVEN = (
    """CREATE OR REPLACE FUNCTION given() RETURNS TABLE (case_id uuid, subject_key bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE posts uuid[] := string_to_array(nullif(current_setting('app.posts', true), ''), ',');
BEGIN
  RETURN QUERY SELECT c.id, c.subject_key FROM "case" AS c
    WHERE (c.kind = 'organisation' OR c.route = 'enterprise_service') AND c.id IN (
      SELECT o.id FROM "case" AS o WHERE o.owner_post_id = ANY (posts) AND o.state <> 'closed'
      UNION SELECT a.case_id FROM assignment AS a WHERE a.post_id = ANY (posts));
END $$""",
    "REVOKE ALL ON FUNCTION given() FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION given() TO {FIRMS}",
)

REQUIRE_ACTOR = """
CREATE OR REPLACE FUNCTION require_actor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('app.actor', true), '') = '' THEN
    RAISE EXCEPTION 'no actor is set for a write to %', TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$"""


def apply_access(connection: Connection, metadata: MetaData) -> None:
    """Create missing roles and bring every table's grants and policies to what its info says.

    Two of these at once wait for each other: roles belong to the whole server.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(7203001)"))
    for statement in (*_roles(), REQUIRE_ACTOR, *GIVEN, *_drop_policies(connection)):
        connection.execute(text(statement.replace(":", "\\:")))
    for table in metadata.sorted_tables:
        for statement in _table_statements(table):
            connection.execute(text(statement.replace(":", "\\:")))


def make_roles(connection: Connection) -> None:
    """Create missing roles, before a dump that speaks of them is restored."""
    for statement in _roles():
        connection.execute(text(statement.replace(":", "\\:")))


def _roles() -> Iterator[str]:
    for role in (APP, *ALL_ROLES):
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
            f"CREATE ROLE {role} NOLOGIN NOINHERIT; END IF; END $$"
        )
        # The owner sees all rows as the worker does, and by no other role's rules: together those
        # would ask each other in a circle, and there would be no backup.
        yield f"GRANT {role} TO CURRENT_USER WITH INHERIT {role == WORKER}, SET TRUE"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
    for role in ALL_ROLES:
        yield f"GRANT {role} TO {APP}"


def _drop_policies(connection: Connection) -> list[str]:
    rows = connection.execute(
        text("SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'")
    )
    return [f'DROP POLICY "{name}" ON "{table}"' for name, table in rows]


def _table_statements(table: Table) -> Iterator[str]:
    name = f'"{table.name}"'
    access = Access(table.info["access"])
    for role in ALL_ROLES:
        yield f"REVOKE ALL ON {name} FROM {role}"
    appended = table.info.get("append_only", False)
    if access is Access.FAIRNESS:
        yield from _fairness_grants(table)
    else:
        yield f"GRANT SELECT, INSERT{'' if appended else ', UPDATE, DELETE'} ON {name} TO {WORKER}"
    yield f"DROP TRIGGER IF EXISTS require_actor ON {name}"
    yield (
        f"CREATE TRIGGER require_actor AFTER INSERT OR UPDATE OR DELETE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION require_actor()"
    )
    if access in (Access.AREA, Access.OFFICE):
        yield from _row_security(table, access)
    if access is Access.FIGURES:
        yield from _figures_rules(name)
    if access is Access.REFERENCE:
        for role in ALL_ROLES:
            yield f"GRANT SELECT ON {name} TO {role}"
        yield f"GRANT INSERT, UPDATE, DELETE ON {name} TO {OPERATOR}"
    if table.info.get("desks_plan"):
        yield from _desks_plan(name)
    if access is Access.TUNING:
        yield f"GRANT SELECT, INSERT, UPDATE ON {name} TO {POLICY}, {OPERATOR}"
    if access is Access.MACHINE:
        yield f"GRANT SELECT, INSERT{'' if appended else ', UPDATE'} ON {name} TO {OPERATOR}"
        yield f"GRANT SELECT ON {name} TO {POLICY}"
    if access is Access.ACCOUNT:
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {VISITOR}, {OPERATOR}"
    yield from _exceptions(table)


def _exceptions(table: Table) -> Iterator[str]:
    """Grants that a table names itself: `all` to every role, `columns` readable by every role.

    `policy` lets the policy desk write a table that others only read; `counted` columns of a table
    with row policies are readable, of every row, by policy staff and the operator.
    """
    if table.info.get("policy"):
        yield f'GRANT SELECT, INSERT, UPDATE ON "{table.name}" TO {POLICY}'
    for verb in table.info.get("all", ()):
        yield f'GRANT {verb} ON "{table.name}" TO {", ".join(ALL_ROLES)}'
    columns = ", ".join(table.info.get("columns", ()))
    if columns:
        yield f'GRANT SELECT ({columns}) ON "{table.name}" TO {", ".join(ALL_ROLES)}'


def _fairness_grants(table: Table) -> Iterator[str]:
    """Read by the fairness role alone: the machine writes figures that it cannot read back.

    To write a month anew it must find its rows, so it may read what they are counted by.
    """
    key = ", ".join(table.info["key"])
    yield f'GRANT SELECT ON "{table.name}" TO {FAIRNESS}'
    yield f'GRANT INSERT, DELETE ON "{table.name}" TO {WORKER}'
    yield f'GRANT SELECT ({key}) ON "{table.name}" TO {WORKER}'


def _figures_rules(name: str) -> Iterator[str]:
    """Let area roles read the figures of their places; policy staff and operator read all."""
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY worker ON {name} TO {WORKER} USING (true) WITH CHECK (true)"
    for role in (POLICY, OPERATOR):
        yield f"CREATE POLICY {role} ON {name} FOR SELECT TO {role} USING (true)"
        yield f"GRANT SELECT ON {name} TO {role}"
    for column, role in zip(AREA_COLUMNS, AREA_ROLES, strict=True):
        rule = f"{column} = ANY ({AREAS})"
        yield f"CREATE POLICY {column} ON {name} FOR SELECT TO {role} USING ({rule})"
        yield f"GRANT SELECT ON {name} TO {role}"


def _row_security(table: Table, access: Access) -> Iterator[str]:
    name = f'"{table.name}"'
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY worker ON {name} TO {WORKER} USING (true) WITH CHECK (true)"
    for column, role in zip(AREA_COLUMNS, AREA_ROLES, strict=True):
        rule = f"{column} = ANY ({AREAS})"
        yield f"CREATE POLICY {column} ON {name} TO {role} USING ({rule}) WITH CHECK ({rule})"
        yield f"GRANT SELECT, INSERT, UPDATE ON {name} TO {role}"
    rule = f"({_in_areas()}) AND ({_firms_rule(table)})"
    yield f"CREATE POLICY firms ON {name} TO {FIRMS} USING ({rule}) WITH CHECK ({rule})"
    yield f"GRANT SELECT, INSERT, UPDATE ON {name} TO {FIRMS}"
    rule = _office_rule(table, access)
    if rule and "item" in table.metadata.tables:
        yield f"CREATE POLICY office ON {name} TO {OFFICE} USING ({rule}) WITH CHECK ({rule})"
        yield f"GRANT SELECT, INSERT, UPDATE ON {name} TO {OFFICE}"
    if table.name in PERSON_MAY:
        rule = f"{'id' if table.name == 'case' else 'case_id'} = {OWN_CASE}"
        rule = " AND ".join((rule, *filter(None, [table.info.get("person")])))
        yield f"CREATE POLICY person ON {name} TO {PERSON} USING ({rule}) WITH CHECK ({rule})"
        yield f"GRANT {PERSON_MAY[table.name]} ON {name} TO {PERSON}"
    if table.info.get("hands_in"):
        yield from _generalist_rules(table)
    if table.info.get("operator"):
        yield f"CREATE POLICY operator ON {name} TO {OPERATOR} USING (true) WITH CHECK (true)"
        yield f"GRANT SELECT, UPDATE ON {name} TO {OPERATOR}"
    counted = ", ".join(table.info.get("counted", ()))
    if counted:
        yield f"CREATE POLICY counted ON {name} FOR SELECT TO {POLICY}, {OPERATOR} USING (true)"
        yield f"GRANT SELECT ({counted}) ON {name} TO {POLICY}, {OPERATOR}"


def _desks_plan(name: str) -> Iterator[str]:
    """Let town and county desks write what they plan for posts of their area; all may read it."""
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY everybody ON {name} FOR SELECT USING (true)"
    for role in (WORKER, OPERATOR):
        yield f"CREATE POLICY {role} ON {name} TO {role} USING (true) WITH CHECK (true)"
    desk = "(SELECT split_part(current_setting('app.actor', true), ':', 1)) IN ('town', 'county')"
    for column, role in zip(AREA_COLUMNS, AREA_ROLES, strict=True):
        beneath = f"post_id IN (SELECT id FROM post WHERE {column} = ANY ({AREAS}))"
        rule = f"{desk} AND planned_by <> '' AND {beneath}"
        yield f"CREATE POLICY {column} ON {name} TO {role} USING ({rule}) WITH CHECK ({rule})"
        yield f"GRANT INSERT, UPDATE, DELETE ON {name} TO {role}"


def _in_areas() -> str:
    """An area's code names one level, so one list of codes fits whichever level they are of."""
    return " OR ".join(f"{column} = ANY ({AREAS})" for column in AREA_COLUMNS)


def _firms_rule(table: Table) -> str:
    """A desk for organisations sees what it deals with in its area, and nobody's illness.

    These are the cases of organisations, and those that a trigger sent to such desks, that lie with
    the own posts or once did: who handed one over still reads what became of it.
    """
    column = {"case": "id", "subject": "key"}.get(table.name, "case_id")
    if column in table.c:
        own = "subject_key" if table.name == "subject" else "case_id"
        return f"{column} IN (SELECT {own} FROM given())"
    return (
        "subject_key IN (SELECT subject_key FROM given())" if "subject_key" in table.c else "false"
    )


def _generalist_rules(table: Table) -> Iterator[str]:
    """Let who hands in for all offices of a place reach what a hand-in needs; decisions never.

    A table's `hands_in` says which rows: 'place', of a place; 'bundle', of a person with a bundle
    there. `handed_in` is what a row must be after a write; without it nothing is written over.
    """
    name, info = f'"{table.name}"', table.info
    if info["hands_in"] == "place":
        rule = " OR ".join(f"{column} = ANY ({AREAS})" for column in AREA_COLUMNS)
    else:
        column = "key" if table.name == "subject" else "subject_key"
        rule = f"{column} IN (SELECT subject_key FROM bundle)"
    yield f"CREATE POLICY generalist ON {name} FOR SELECT TO {GENERALIST} USING ({rule})"
    yield f"GRANT SELECT ON {name} TO {GENERALIST}"
    if "handed_in" in info:
        check = f"({rule}) AND {info['handed_in']}"
        for verb, clause in (("INSERT", ""), ("UPDATE", f"USING ({rule}) ")):
            yield (
                f"CREATE POLICY generalist_{verb.lower()} ON {name} FOR {verb} TO {GENERALIST} "
                f"{clause}WITH CHECK ({check})"
            )
        yield f"GRANT INSERT, UPDATE ON {name} TO {GENERALIST}"


def _office_rule(table: Table, access: Access) -> str:
    """An office sees its items, and of persons only those whose case has such an item."""
    if access is Access.OFFICE and "office_id" in table.c:
        return f"office_id = ANY ({OFFICES})"
    mine = f"SELECT case_id FROM item WHERE office_id = ANY ({OFFICES})"
    if table.name == "case":
        return f"id IN ({mine})"
    if "case_id" in table.c:
        return f"case_id IN ({mine})"
    if "subject_key" in table.c or table.name == "subject":
        column = "key" if table.name == "subject" else "subject_key"
        return f'{column} IN (SELECT subject_key FROM "case" WHERE id IN ({mine}))'
    if "bundle_id" in table.c:
        return f"bundle_id IN (SELECT bundle_id FROM item WHERE office_id = ANY ({OFFICES}))"
    if "item_id" in table.c:
        return f"item_id IN (SELECT id FROM item WHERE office_id = ANY ({OFFICES}))"
    return ""
