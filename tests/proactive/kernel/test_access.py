"""Who may see and write what: read from the database's own catalogue, and tried."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from proactive.bootstrap import Platform
from proactive.kernel.access import ALL_ROLES, AREA_ROLES
from proactive.kernel.db import AREA_COLUMNS, Access, metadata
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.schema import load_tables

load_tables()
GUARDED = [t.name for t in metadata.sorted_tables if t.info["access"] in ("area", "office")]


def villager(area: str) -> Actor:
    return Actor(role=Role.COORDINATOR, id="c", areas=(area,), level=5)


def test_every_table_says_who_may_touch_it() -> None:
    for table in metadata.sorted_tables:
        access = Access(table.info["access"])
        if access in (Access.AREA, Access.OFFICE):
            assert set(AREA_COLUMNS) <= set(table.c.keys()), table.name


def test_every_table_about_persons_has_forced_row_security_for_every_area_role(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        forced = set(
            work.db.execute(
                text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            ).scalars()
        )
        policies = {
            (row.tablename, role)
            for row in work.db.execute(text("SELECT tablename, roles FROM pg_policies"))
            for role in row.roles
        }

    assert set(GUARDED) <= forced
    assert {(name, role) for name in GUARDED for role in AREA_ROLES} <= policies


def test_no_role_of_ours_may_go_round_the_policies_or_owns_anything(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        rows = work.db.execute(
            text(
                "SELECT rolname, rolsuper, rolbypassrls, (SELECT count(*) FROM pg_class WHERE"
                " relowner = r.oid) AS owned FROM pg_roles AS r WHERE rolname = ANY(:roles)"
            ),
            {"roles": list(ALL_ROLES)},
        ).all()

    assert len(rows) == len(ALL_ROLES)
    assert [row for row in rows if row.rolsuper or row.rolbypassrls or row.owned] == []


def test_a_case_is_seen_in_its_village_town_and_county_and_nowhere_else(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        case_id = _case(work)
    path = ("p1", "c1", "k1", "t1", "v1")
    for level, code in enumerate(path, start=1):
        mine = Actor(role=Role.COUNTY, id="x", areas=(code,), level=level)
        theirs = Actor(role=Role.COUNTY, id="x", areas=(code + "x",), level=level)
        with platform.work(mine) as work:
            assert _seen(work) == [case_id]
        with platform.work(theirs) as work:
            assert _seen(work) == []


@pytest.mark.parametrize("areas", [(), ("",), ("v2", "t1")])
def test_no_area_or_a_wrong_one_sees_nothing(
    platform: Platform, machine: Actor, areas: tuple[str, ...]
) -> None:
    with platform.work(machine) as work:
        _case(work)
    with platform.work(Actor(role=Role.COORDINATOR, id="c", areas=areas, level=5)) as work:
        assert _seen(work) == []


def test_another_villages_case_can_be_neither_changed_nor_moved_nor_made(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        _case(work)
    with platform.work(villager("v2")) as work:
        changed = work.db.execute(text("UPDATE \"case\" SET close_reason = 'x'"))
        assert changed.rowcount == 0
    with pytest.raises(DBAPIError, match="row-level security"), platform.work(villager("v1")) as w:
        w.db.execute(text("UPDATE \"case\" SET area_5 = 'v2'"))
    with pytest.raises(DBAPIError, match="row-level security"), platform.work(villager("v2")) as w:
        _case(w)


def test_policy_staff_visitors_and_operators_read_no_person(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        _case(work)
    for role in (Role.POLICY, Role.OPERATOR, Role.RECIPIENT):
        for table in ("subject", "identity", '"case"', "visit", "form_value"):
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                platform.work(Actor(role=role, id="x")) as work,
            ):
                work.db.execute(text(f"SELECT * FROM {table}"))


def test_nobody_but_the_worker_deletes_rows_about_persons(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        rows = work.db.execute(
            text(
                "SELECT grantee, table_name FROM information_schema.role_table_grants"
                " WHERE privilege_type = 'DELETE' AND grantee LIKE 'proactive_%'"
                " AND grantee <> 'proactive_worker' AND table_name = ANY(:guarded)"
            ),
            {"guarded": GUARDED},
        ).all()
    assert rows == []


def test_the_audit_is_written_by_all_and_changed_by_none(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(villager("v1")) as work:
        work.audit("try", "thing", 1)
    for actor in (villager("v1"), Actor(role=Role.OPERATOR, id="o"), machine):
        for statement in ("DELETE FROM audit", "UPDATE audit SET action = 'other'"):
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                platform.work(actor) as work,
            ):
                work.db.execute(text(statement))


def _case(work: Work) -> object:
    case_id = new_id()
    work.db.execute(
        text(
            'INSERT INTO "case" (id, ref, subject_key, kind, need, trigger, state, owner_post_id,'
            " next_step, due_on, raised_at, raised_by, area_1, area_2, area_3, area_4, area_5)"
            " VALUES (:id, :ref, 1, 'person', 'medical_cost_relief', 't', 'raised', :post, 'route',"
            " '2026-12-01', now(), 'x', 'p1', 'c1', 'k1', 't1', 'v1')"
        ),
        {"id": case_id, "ref": str(case_id)[:8], "post": new_id()},
    )
    return case_id


def _seen(work: Work) -> list[object]:
    return list(work.db.execute(text('SELECT id FROM "case"')).scalars())
