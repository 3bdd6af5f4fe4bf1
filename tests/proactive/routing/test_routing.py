"""Routing in the database: to posts, above, waiting, placing; twice is as good as once."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.work import Actor
from proactive.routing.places import placed_tables
from proactive.routing.queries import (
    county_desks,
    list_posts,
    my_cases,
    on_duty,
    overdue_condition,
    posts_for,
    posts_of,
)
from proactive.routing.service import Routed, route_raised
from proactive.schema import load_tables
from tests.proactive.routing.conftest import EAST, EMPTY, NORTH, POSTS, TODAY, WEST, County

ROUTE = Actor.machine("routing")


def route(platform: Platform) -> Routed:
    with platform.work(ROUTE) as work:
        return route_raised(work)


def rows(platform: Platform, query: str) -> list[tuple[object, ...]]:
    with platform.work(ROUTE) as work:
        return [tuple(row) for row in work.db.execute(text(query))]


def test_a_case_goes_to_the_coordinator_of_its_village_with_event_audit_and_step(
    county: County, platform: Platform
) -> None:
    (case_id,) = county.raise_cases(at=EAST)

    assert route(platform) == Routed(assigned=1)

    moved = county.case(case_id)
    assert county.owner(case_id) == "v1"
    assert (moved.state, moved.next_step, moved.version) == ("assigned", "visit", 2)
    assert moved.due_on == TODAY + timedelta(days=12)
    assert rows(platform, "SELECT seq, action, state, actor_role FROM case_event") == [
        (1, "route", "assigned", "machine")
    ]
    assert rows(platform, "SELECT entity_id FROM audit WHERE action = 'route'") == [(str(case_id),)]
    assert rows(platform, "SELECT count(*) FROM step WHERE name = 'case_moved'") == [(1,)]


def test_routing_twice_changes_nothing(county: County, platform: Platform) -> None:
    county.raise_cases(4, at=WEST)
    county.raise_cases(2, at="")
    county.raise_cases(1, at=EMPTY)
    first = route(platform)
    before = rows(platform, 'SELECT * FROM "case" ORDER BY id')
    events = rows(platform, "SELECT count(*) FROM case_event")

    again = route(platform)

    assert (first.assigned, first.waiting, first.to_place) == (3, 2, 2)
    assert (again.assigned, again.waiting, again.to_place) == (0, 2, 0)
    assert rows(platform, 'SELECT * FROM "case" ORDER BY id') == before
    assert rows(platform, "SELECT count(*) FROM case_event") == events


def test_a_village_without_a_post_goes_to_its_town_and_an_organisation_to_its_desk(
    county: County, platform: Platform
) -> None:
    (nobody,) = county.raise_cases(at=EMPTY)
    (firm,) = county.raise_cases(at=EAST, kind="organisation", need="credit_repair")
    (debt,) = county.raise_cases(at=EAST, route="enterprise_service", need="credit_repair")
    (town,) = county.raise_cases(at=EAST, route="town")

    route(platform)

    assert [county.owner(each) for each in (nobody, firm, debt, town)] == ["t2", "e1", "e1", "t1"]
    assert county.case(firm).next_step == "desk"
    assert county.case(nobody).state == "assigned"


def test_an_absent_holder_is_passed_over_unless_somebody_stands_in(
    county: County, platform: Platform
) -> None:
    away = replace(POSTS[4], absent_from="2026-11-20", absent_to="2026-11-22")
    county.load([away])
    (above,) = county.raise_cases(at=EAST)
    route(platform)
    county.load([replace(away, stand_in_login="deputy", stand_in_name="冯替")])
    (covered,) = county.raise_cases(at=EAST)
    route(platform)

    assert county.owner(above) == "t1"
    assert county.owner(covered) == "v1"
    with platform.work(ROUTE) as work:
        (deputy,) = on_duty(work.db, county.posts["v1"], TODAY)
        assert posts_of(work.db, deputy, TODAY) == (str(county.posts["v1"]),)
        assert on_duty(work.db, county.posts["v1"], TODAY + timedelta(days=2)) == (
            county.holders["v1"],
            deputy,
        )


def test_relatives_and_the_holders_own_household_go_to_somebody_else(
    county: County, platform: Platform
) -> None:
    holder_key = 555
    with platform.work(ROUTE) as work:
        work.db.execute(
            text("UPDATE post SET holder_subject_key = :key WHERE code = 'v1'"), {"key": holder_key}
        )
        work.db.execute(
            text("INSERT INTO post_relative (post_id, subject_key) VALUES (:post, 900)"),
            {"post": county.posts["v1"]},
        )
    county.raise_cases(at=EAST, subject_key=holder_key, household_key=70)
    (home,) = county.raise_cases(at=EAST, household_key=70)
    (kin,) = county.raise_cases(at=EAST, subject_key=900)
    (stranger,) = county.raise_cases(at=EAST, household_key=71)

    route(platform)

    assert [county.owner(each) for each in (home, kin, stranger)] == ["t1", "t1", "v1"]


def test_capacity_lets_the_rest_wait_with_the_town_until_there_is_room(
    county: County, platform: Platform, clock: ManualClock
) -> None:
    cases = county.raise_cases(5, at=WEST)

    assert route(platform) == Routed(assigned=2, waiting=3)
    assert sorted(county.owner(each) for each in cases) == ["t1", "t1", "t1", "v2", "v2"]
    assert rows(
        platform, "SELECT due_at FROM step WHERE name = 'route_raised' AND key = 'next_week'"
    ) == [(datetime(2026, 11, 22, 16, tzinfo=UTC),)]
    clock.advance(timedelta(days=2))
    assert route(platform) == Routed(assigned=2, waiting=1)
    clock.advance(timedelta(days=7))
    assert route(platform) == Routed(assigned=1)


def test_a_latest_date_in_this_week_is_not_pushed_by_capacity(
    county: County, platform: Platform
) -> None:
    county.raise_cases(3, at=WEST, due_on=TODAY + timedelta(days=1))
    (later,) = county.raise_cases(at=WEST, latest_on=TODAY + timedelta(days=30))

    assert route(platform) == Routed(assigned=3, forced=1, waiting=1)
    assert county.owner(later) == "t1"
    assert rows(platform, "SELECT count(*) FROM assignment WHERE forced") == [(1,)]


def test_an_unknown_place_is_asked_for_at_the_county_within_two_working_days(
    county: County, platform: Platform
) -> None:
    (nowhere,) = county.raise_cases(at="")
    (half,) = county.raise_cases(at="371422001000")

    route(platform)

    asked = county.case(nowhere)
    assert (county.owner(nowhere), asked.next_step) == ("c1", "place_this_person")
    assert asked.due_on == date(2026, 11, 24)
    assert asked.area_3 == "371422000000"
    assert (county.owner(half), county.case(half).next_step) == ("t1", "place_this_person")
    with platform.work(county.actor("c1")) as work:
        mine = my_cases(work.db, county.actor("c1").posts, TODAY)
        assert [row.id for row in mine] == [nowhere]
        assert work.db.execute(text("SELECT count(*) FROM subject")).scalar() == 2


def test_a_place_that_a_register_brings_later_is_routed_with_the_due_date_of_the_start(
    county: County, platform: Platform
) -> None:
    (case_id,) = county.raise_cases(at="")
    route(platform)
    with platform.work(ROUTE) as work:
        work.db.execute(MOVES, {"key": county.count, **path_of(county, WEST)})

    assert route(platform) == Routed(assigned=1, lifted=1)

    placed = county.case(case_id)
    assert (county.owner(case_id), placed.area_5, placed.state) == ("v2", WEST, "assigned")
    assert placed.due_on == TODAY + timedelta(days=12)


def test_a_person_who_moves_takes_open_cases_to_the_town_of_the_new_place(
    county: County, platform: Platform
) -> None:
    (case_id,) = county.raise_cases(at=EAST)
    route(platform)
    with platform.work(ROUTE) as work:
        work.db.execute(MOVES, {"key": county.count, **path_of(county, NORTH)})

    assert route(platform) == Routed(lifted=1)
    assert route(platform) == Routed()

    moved = county.case(case_id)
    assert (county.owner(case_id), moved.area_5, moved.state) == ("t2", NORTH, "assigned")
    with platform.work(county.actor("v1")) as work:
        assert work.db.execute(text('SELECT count(*) FROM "case"')).scalar() == 0


def test_a_register_that_forgets_a_place_does_not_hide_the_person_from_the_desk(
    county: County, platform: Platform
) -> None:
    county.raise_cases(at="")
    route(platform)
    with platform.work(ROUTE) as work:
        work.db.execute(MOVES, {"key": county.count, **path_of(county, "")})

    assert route(platform) == Routed()

    with platform.work(county.actor("c1")) as work:
        assert work.db.execute(text("SELECT count(*) FROM subject")).scalar() == 1


MOVES = text(
    "UPDATE subject SET area_1 = :area_1, area_2 = :area_2, area_3 = :area_3, area_4 = :area_4,"
    " area_5 = :area_5 WHERE key = :key"
)


def path_of(county: County, code: str) -> dict[str, str]:
    path = county.paths.get(code, ("", "", "", "", ""))
    return {f"area_{n}": part for n, part in enumerate(path, 1)}


def test_a_new_case_of_a_household_goes_to_whoever_visits_it_already(
    county: County, platform: Platform
) -> None:
    county.load([replace(POSTS[4], code="v0", holder_login="east0", holder_name="陈东")])
    (first,) = county.raise_cases(at=EAST, household_key=33)
    route(platform)
    county.raise_cases(3, at=EAST)
    (second,) = county.raise_cases(at=EAST, household_key=33)

    route(platform)

    assert county.owner(first) == county.owner(second) == "v0"


def test_thousands_of_cases_are_routed_at_once(county: County, platform: Platform) -> None:
    for village in (EAST, NORTH):
        county.raise_cases(1000, at=village)
    started = time.perf_counter()

    done = route(platform)

    assert done.assigned == 2000
    assert time.perf_counter() - started < 10


def test_cases_of_a_closed_post_go_up_and_new_ones_past_it(
    county: County, platform: Platform
) -> None:
    (case_id,) = county.raise_cases(at=EAST)
    route(platform)
    county.load([replace(POSTS[4], active="no")])

    assert route(platform) == Routed(lifted=1)

    assert county.owner(case_id) == "t1"
    assert route(platform) == Routed()


def test_two_passes_at_the_same_time_route_each_case_once(
    county: County, platform: Platform
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    county.raise_cases(200, at=EAST)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: route(platform), range(4)))

    assert sum(each.assigned for each in done) == 200
    assert rows(platform, "SELECT count(*) FROM case_event WHERE action = 'route'") == [(200,)]
    assert rows(platform, "SELECT count(*) FROM assignment") == [(200,)]


def test_county_desks_name_an_owner_for_every_place(county: County, platform: Platform) -> None:
    with platform.work(ROUTE) as work:
        desks = county_desks(work.db)

    assert desks == {"371422000000": county.posts["c1"], "": county.posts["c1"]}


def test_a_list_shows_overdue_first_then_by_due_date_and_put_off_last(
    county: County, platform: Platform
) -> None:
    given = [
        county.raise_cases(at=EAST, due_on=TODAY + timedelta(days=days), snoozed_until=until)[0]
        for days, until in ((3, None), (-2, None), (0, None), (-9, TODAY + timedelta(days=1)))
    ]
    route(platform)

    with platform.work(county.actor("v1")) as work:
        mine = my_cases(work.db, county.actor("v1").posts, TODAY)

    assert [row.id for row in mine] == [given[1], given[2], given[0], given[3]]
    assert [row.overdue for row in mine] == [True, False, False, False]


def test_overdue_means_the_same_in_a_list_and_in_the_model(
    county: County, platform: Platform
) -> None:
    from sqlalchemy import select

    from proactive.cases.store import case

    for due in range(-2, 3):
        for until in (None, -1, 0, 1):
            county.raise_cases(
                at=EAST,
                due_on=TODAY + timedelta(days=due),
                snoozed_until=None if until is None else TODAY + timedelta(days=until),
            )
    with platform.work(ROUTE) as work:
        found = work.db.execute(select(case, overdue_condition(TODAY).label("late"))).all()

    assert len(found) == 20
    for row in found:
        put_off = row.snoozed_until is not None and row.snoozed_until > TODAY
        assert row.late == (row.due_on < TODAY and not put_off)


def test_posts_are_listed_with_holder_load_and_room(county: County, platform: Platform) -> None:
    county.raise_cases(2, at=WEST)
    route(platform)
    with platform.work(county.actor("t1")) as work:
        lines = {line.code: line for line in list_posts(work.db, TODAY, within="371422001000")}

    west = lines["v2"]
    assert set(lines) == {"t1", "v1", "v2"}
    assert (west.holder, west.area_name, west.load, west.this_week) == ("吴西", "西村委会", 2, 2)
    assert west.staffed
    assert not west.has_room


def test_a_case_may_only_be_offered_to_posts_that_cover_its_place(
    county: County, platform: Platform
) -> None:
    (case_id,) = county.raise_cases(at=EAST)
    route(platform)
    with platform.work(ROUTE) as work:
        offered = posts_for(work.db, county.case(case_id), TODAY)

    assert [post.code for post in offered] == ["t1", "c1"]


@pytest.mark.parametrize("name", ["case", "case_event", "subject", "assignment"])
def test_every_table_about_persons_moves_along_with_its_subject(name: str) -> None:
    load_tables()

    assert name in {table.name for table in placed_tables()}


def test_no_table_about_persons_is_left_behind_when_a_person_moves() -> None:
    from proactive.kernel.db import AREA_COLUMNS, Access, metadata

    load_tables()
    moving = {table.name for table in placed_tables()}
    left = {
        table.name
        for table in metadata.sorted_tables
        if table.info["access"] in (Access.AREA, Access.OFFICE) and AREA_COLUMNS[0] in table.c
    } - moving

    assert left == {"post_relative"}
