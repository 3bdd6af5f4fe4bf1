"""From hand to hand: who may give a case to whom, and how a person is placed. The clock is kept."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.cases.service import apply
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from proactive.routing.handing import hand_over, place_person, reassign
from proactive.routing.service import route_raised
from tests.proactive.routing.conftest import EAST, NORTH, POSTS, TODAY, TOWN, WEST, County

MACHINE = Actor.machine("routing")


def route(platform: Platform) -> None:
    with platform.work(MACHINE) as work:
        route_raised(work)


@pytest.fixture
def case_id(county: County, platform: Platform) -> UUID:
    (raised,) = county.raise_cases(at=EAST)
    route(platform)
    return raised


def refused(platform: Platform, actor: Actor, *given: object, **named: object) -> str:
    with platform.work(actor) as work, pytest.raises(Refused) as refusal:
        hand_over(work, *given, **named)  # type: ignore[arg-type] # test data
    return refusal.value.code


def test_a_coordinator_hands_up_with_a_reason_and_the_clock_is_kept(
    county: County, platform: Platform, case_id: UUID
) -> None:
    with platform.work(county.actor("v1")) as work:
        hand_over(work, case_id, county.posts["t1"], base_version=2, reason="works elsewhere")

    moved = county.case(case_id)
    assert county.owner(case_id) == "t1"
    assert (moved.state, moved.next_step, moved.version) == ("assigned", "visit", 3)
    assert moved.due_on == TODAY + timedelta(days=12)
    with platform.work(MACHINE) as work:
        last = work.db.execute(
            text("SELECT action, reason, actor_id FROM case_event ORDER BY seq DESC LIMIT 1")
        ).one()
        weeks = work.db.execute(text("SELECT why FROM assignment ORDER BY at, why")).scalars()
        assert tuple(last) == ("hand_over", "works elsewhere", county.holders["v1"])
        assert sorted(weeks) == ["hand_over", "route"]


def test_a_case_is_not_handed_to_whom_could_not_see_it_or_may_not_have_it(
    county: County, platform: Platform, case_id: UUID
) -> None:
    east, to = county.actor("v1"), county.posts
    good = {"base_version": 2, "reason": "away"}

    assert refused(platform, east, case_id, to["v2"], **good) == "post_does_not_cover"
    assert refused(platform, east, case_id, uuid4(), **good) == "no_such_post"
    assert refused(platform, east, case_id, to["e1"], **good) == "wrong_desk"
    assert refused(platform, east, case_id, to["t1"], base_version=2, reason=" ") == "reason_needed"
    assert (
        refused(platform, east, case_id, to["t1"], base_version=1, reason="away")
        == "changed_meanwhile"
    )
    assert county.owner(case_id) == "v1"


def test_somebody_elses_case_is_not_there_and_a_neighbours_is_not_his_to_give(
    county: County, platform: Platform, case_id: UUID
) -> None:
    county.load([replace(POSTS[4], code="v0", holder_login="east0", holder_name="陈东")])
    neighbour = replace_posts(county.actor("v1"), str(county.posts["v0"]))
    good = {"base_version": 2, "reason": "away"}

    assert refused(platform, county.actor("v2"), case_id, county.posts["t1"], **good) == "not_found"
    assert refused(platform, neighbour, case_id, county.posts["t1"], **good) == "not_yours"
    with platform.work(neighbour) as work, pytest.raises(Refused, match="Only the town"):
        reassign(work, case_id, county.posts["v0"], **good)


def replace_posts(actor: Actor, post_id: str) -> Actor:
    return replace(actor, posts=(post_id,))


def test_a_town_gives_a_case_out_again_but_not_to_an_empty_post_or_a_relative(
    county: County, platform: Platform, case_id: UUID
) -> None:
    county.load(
        [
            replace(POSTS[4], code="v0", holder_login="east0", holder_name="陈东"),
            PostRowEmpty,
            replace(POSTS[4], code="v9", holder_login="east9", holder_name="褚东"),
        ]
    )
    with platform.work(MACHINE) as work:
        work.db.execute(
            text(
                "INSERT INTO post_relative SELECT p.id, c.subject_key, p.area_1, p.area_2,"
                " p.area_3, p.area_4, p.area_5 FROM post AS p, \"case\" AS c WHERE p.code = 'v9'"
            )
        )
    town, good = county.actor("t1"), {"base_version": 2, "reason": "too much at once"}

    assert refused(platform, town, case_id, county.posts["v8"], **good) == "nobody_there"
    assert refused(platform, town, case_id, county.posts["v9"], **good) == "relative"
    with platform.work(town) as work:
        reassign(work, case_id, county.posts["v0"], **good)
    assert county.owner(case_id) == "v0"


PostRowEmpty = replace(
    POSTS[4], code="v8", holder_login="", holder_name="", holder_phone="", name="空岗"
)


def test_a_person_is_placed_and_goes_to_the_village_with_the_due_date_of_the_start(
    county: County, platform: Platform
) -> None:
    (nowhere,) = county.raise_cases(at="")
    route(platform)
    asked = county.case(nowhere)

    with platform.work(county.actor("c1")) as work:
        place_person(work, nowhere, WEST, base_version=asked.version, reason="asked by phone")
    route(platform)

    placed = county.case(nowhere)
    assert county.owner(nowhere) == "v2"
    assert (placed.state, placed.area_5, placed.next_step) == ("assigned", WEST, "visit")
    assert placed.due_on == TODAY + timedelta(days=12)
    with platform.work(county.actor("v2")) as work:
        assert work.db.execute(text("SELECT count(*) FROM subject")).scalar() == 1
        assert work.db.execute(text("SELECT count(*) FROM case_event")).scalar() == 3


def test_whoever_moved_is_followed_by_every_open_case(county: County, platform: Platform) -> None:
    (bill,) = county.raise_cases(at=EAST)
    (grade,) = county.raise_cases(at=EAST, subject_key=county.count, need="disability_assistance")
    route(platform)
    with platform.work(county.actor("v1")) as work:
        apply(work, grade, "confirm", base_version=2, owner_post_id=county.posts["t1"])

    with platform.work(county.actor("c1")) as work:
        place_person(work, bill, NORTH, base_version=2, reason="moved")

    assert (county.owner(bill), county.owner(grade)) == ("v3", "v3")
    assert county.case(bill).area_5 == county.case(grade).area_5 == NORTH
    with platform.work(county.actor("v1")) as work:
        assert work.db.execute(text('SELECT count(*) FROM "case"')).scalar() == 0


@pytest.mark.parametrize(
    ("who", "area", "version", "code"),
    [
        ("v1", WEST, 2, "not_yours"),
        ("t1", NORTH, 2, "outside_your_area"),
        ("t1", TOWN, 2, "not_a_village"),
        ("t1", "999", 2, "unknown_area"),
        ("t1", WEST, 1, "changed_meanwhile"),
        ("t2", WEST, 2, "not_found"),
    ],
)
def test_a_person_is_only_placed_by_the_desk_above_and_inside_its_area(
    county: County,
    platform: Platform,
    case_id: UUID,
    who: str,
    area: str,
    version: int,
    code: str,
) -> None:
    with platform.work(county.actor(who)) as work, pytest.raises(Refused) as refusal:
        place_person(work, case_id, area, base_version=version)

    assert refusal.value.code == code
    assert county.case(case_id).area_5 == EAST


def test_a_case_handed_over_this_week_counts_against_the_posts_capacity(
    county: County, platform: Platform, clock: ManualClock
) -> None:
    first, second = county.raise_cases(2, at=WEST)
    route(platform)
    for each in (first, second):
        with platform.work(county.actor("v2")) as work:
            hand_over(work, each, county.posts["t1"], base_version=2, reason="ill")
    (third,) = county.raise_cases(at=WEST)
    route(platform)
    assert county.owner(third) == "t1"

    clock.advance(timedelta(days=2))
    route(platform)

    assert county.owner(third) == "v2"


def test_the_town_gate_is_a_second_person_whatever_role_the_first_works_in(
    county: County, platform: Platform, case_id: UUID
) -> None:
    """Sending back one's own harms nobody; who confirmed last is who may not approve."""
    field, town = county.actor("v1"), county.actor("t1")
    stands_in = replace(town, id=field.id)
    with platform.work(field) as work:
        apply(work, case_id, "confirm")

    with platform.work(stands_in) as work, pytest.raises(Refused) as refusal:
        apply(work, case_id, "approve")
    assert refusal.value.code == "same_person"
    assert county.case(case_id).state == "confirmed"

    with platform.work(stands_in) as work:
        apply(work, case_id, "send_back", reason="need_unclear")
    with platform.work(town) as work:
        apply(work, case_id, "confirm")
        with pytest.raises(Refused):
            apply(work, case_id, "approve")
    with platform.work(stands_in) as work:
        assert apply(work, case_id, "approve").state == "approved"
