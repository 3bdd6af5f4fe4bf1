"""Laws of routing, on any cases and posts: nobody lost, no order, no push beyond the last day."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from proactive.routing.model import (
    Fate,
    Post,
    PostKind,
    Waiting,
    desk_above,
    route_cases,
)

TODAY = date(2026, 11, 18)  # a Wednesday
SUNDAY = date(2026, 11, 22)
COUNTY, TOWN = "C", "T"
VILLAGES = ("V1", "V2", "V3")
COUNTY_DESK = UUID(int=1)


def make_post(number: int, kind: PostKind, area: str, level: int, **more: object) -> Post:
    return Post(UUID(int=number), f"p{number:03}", kind, area, level, **more)  # type: ignore[arg-type] # test data


DESKS = (
    make_post(1, PostKind.COUNTY_DESK, COUNTY, 3),
    make_post(2, PostKind.TOWN_DESK, TOWN, 4),
    make_post(3, PostKind.ENTERPRISE_DESK, COUNTY, 3),
)

field_posts = st.lists(
    st.builds(
        make_post,
        number=st.integers(10, 40),
        kind=st.just(PostKind.COORDINATOR),
        area=st.sampled_from(VILLAGES),
        level=st.just(5),
        staffed=st.booleans() | st.just(True),
        load=st.integers(0, 5),
        taken=st.integers(0, 4),
        capacity=st.none() | st.integers(1, 4),
        relatives=st.frozensets(st.integers(1, 30), max_size=3),
        household=st.none() | st.integers(1, 6),
    ),
    max_size=6,
    unique_by=lambda post: post.id,
)

paths = st.one_of(
    st.sampled_from(VILLAGES).map(lambda village: ("P", "S", COUNTY, TOWN, village)),
    st.just(("", "", "", "", "")),
    st.just(("P", "S", COUNTY, "", "")),
    st.just(("P", "S", "elsewhere", "far", "away")),
)


@st.composite
def waiting_cases(draw: st.DrawFn) -> list[Waiting]:
    found = []
    for number in range(draw(st.integers(0, 14))):
        due_on = TODAY + timedelta(days=draw(st.integers(-3, 20)))
        path = draw(paths)
        found.append(
            Waiting(
                UUID(int=1000 + number),
                draw(st.integers(1, 30)),
                due_on,
                path,
                COUNTY_DESK,
                household_key=draw(st.none() | st.integers(1, 6)),
                latest_on=draw(
                    st.none() | st.integers(0, 10).map(lambda n, due=due_on: due + timedelta(n))
                ),
                order_value=draw(st.none() | st.integers(0, 3)),
                route=draw(st.sampled_from(["", "", "coordinator", "enterprise_service", "town"])),
                organisation=draw(st.booleans()) and draw(st.booleans()),
                placed=bool(path[4]),
            )
        )
    return found


@given(cases=waiting_cases(), posts=field_posts)
def test_every_case_gets_exactly_one_owner(cases: list[Waiting], posts: list[Post]) -> None:
    decisions = route_cases(cases, [*posts, *DESKS], TODAY)

    known = {post.id for post in (*posts, *DESKS)}
    assert sorted(each.case_id for each in decisions) == sorted(case.id for case in cases)
    assert all(each.post_id in known for each in decisions)


@given(cases=waiting_cases(), posts=field_posts, random=st.randoms(use_true_random=False))
def test_the_order_in_which_cases_and_posts_come_does_not_matter(
    cases: list[Waiting], posts: list[Post], random: object
) -> None:
    everybody = [*posts, *DESKS]
    expected = route_cases(cases, everybody, TODAY)
    shuffled, others = list(cases), list(everybody)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # a random.Random
    random.shuffle(others)  # type: ignore[attr-defined] # a random.Random

    assert route_cases(shuffled, others, TODAY) == expected


@given(cases=waiting_cases(), posts=field_posts)
def test_load_never_exceeds_capacity_unless_a_latest_date_forces_it(
    cases: list[Waiting], posts: list[Post]
) -> None:
    decisions = route_cases(cases, [*posts, *DESKS], TODAY)

    latest = {case.id: case.latest_on or case.due_on for case in cases}
    given_out = Counter(each.post_id for each in decisions if each.fate is Fate.ASSIGN)
    forced = Counter(each.post_id for each in decisions if each.forced)
    for post in posts:
        if post.capacity is not None:
            room = max(post.capacity - post.taken, 0)
            assert given_out[post.id] - forced[post.id] <= room
    assert all(latest[each.case_id] <= SUNDAY for each in decisions if each.forced)


@given(cases=waiting_cases(), posts=field_posts)
def test_no_case_waits_beyond_the_week_of_its_latest_date(
    cases: list[Waiting], posts: list[Post]
) -> None:
    decisions = route_cases(cases, [*posts, *DESKS], TODAY)

    latest = {case.id: case.latest_on or case.due_on for case in cases}
    assert all(latest[each.case_id] > SUNDAY for each in decisions if each.fate is Fate.WAIT)


@given(cases=waiting_cases(), posts=field_posts)
def test_a_field_post_gets_only_its_own_place_and_never_a_relative(
    cases: list[Waiting], posts: list[Post]
) -> None:
    by_post = {post.id: post for post in posts}
    by_case = {case.id: case for case in cases}

    for each in route_cases(cases, [*posts, *DESKS], TODAY):
        post, case = by_post.get(each.post_id), by_case[each.case_id]
        if post is not None:
            assert post.staffed
            assert post.area_code in case.path
            assert case.subject_key not in post.relatives
            assert case.household_key is None or case.household_key != post.household
            assert not case.organisation
            assert case.route in ("", "coordinator")


@given(cases=waiting_cases(), posts=field_posts)
def test_who_waits_is_never_due_before_who_was_taken_by_the_same_team(
    cases: list[Waiting], posts: list[Post]
) -> None:
    plain = [
        Waiting(case.id, 999, case.due_on, case.path, case.owner_post_id, placed=True)
        for case in cases
        if case.path[4] in VILLAGES
    ]
    decisions = {each.case_id: each for each in route_cases(plain, [*posts, *DESKS], TODAY)}

    for one in plain:
        for other in plain:
            if (
                one.path == other.path
                and decisions[one.id].fate is Fate.WAIT
                and decisions[other.id].fate is Fate.ASSIGN
            ):
                assert other.due_on <= one.due_on


def one(post_id: int, **more: object) -> Waiting:
    given_values: dict[str, object] = {"due_on": TODAY + timedelta(days=9)} | more
    return Waiting(
        UUID(int=post_id),
        given_values.pop("subject_key", post_id),  # type: ignore[arg-type] # test data
        path=("P", "S", COUNTY, TOWN, "V1"),
        owner_post_id=COUNTY_DESK,
        **given_values,  # type: ignore[arg-type] # test data
    )


def test_equal_due_dates_are_ordered_by_the_triggers_value_and_only_those() -> None:
    post = make_post(10, PostKind.COORDINATOR, "V1", 5, capacity=1)
    later_but_larger = one(1, due_on=TODAY + timedelta(days=10), order_value=900)
    small, large, unknown = one(2, order_value=5), one(3, order_value=50), one(4)

    decisions = route_cases([later_but_larger, unknown, small, large], [post, *DESKS], TODAY)

    assert [each.case_id.int for each in decisions] == [3, 2, 4, 1]
    assert [each.fate for each in decisions] == [Fate.ASSIGN, Fate.WAIT, Fate.WAIT, Fate.WAIT]


def test_cases_go_to_the_least_loaded_post_of_a_village_and_households_stay_together() -> None:
    posts = (
        make_post(10, PostKind.COORDINATOR, "V1", 5, load=4),
        make_post(11, PostKind.COORDINATOR, "V1", 5, load=2),
    )
    cases = [one(1, household_key=7), one(2, household_key=7), one(3), one(4), one(5)]

    given_to = [each.post_id.int for each in route_cases(cases, [*posts, *DESKS], TODAY)]

    assert given_to == [11, 11, 10, 11, 10]


def test_nobody_there_and_relatives_send_a_case_to_the_level_above() -> None:
    away = make_post(10, PostKind.COORDINATOR, "V1", 5, staffed=False)
    related = make_post(11, PostKind.COORDINATOR, "V1", 5, relatives=frozenset({1}), household=7)
    posts = [away, related, *DESKS]

    kin = route_cases([one(1)], posts, TODAY)[0]
    same_home = route_cases([one(2, household_key=7)], posts, TODAY)[0]
    stranger = route_cases([one(3)], posts, TODAY)[0]

    assert (kin.post_id.int, kin.fate) == (2, Fate.ASSIGN)
    assert same_home.post_id.int == 2
    assert stranger.post_id.int == 11


def test_a_town_without_a_desk_leads_to_the_county_and_waiting_stays_with_the_desk_above() -> None:
    full = make_post(10, PostKind.COORDINATOR, "V1", 5, capacity=2, taken=2)

    waits = route_cases([one(1)], [full, *DESKS], TODAY)[0]
    alone = route_cases([one(1)], [DESKS[0]], TODAY)[0]

    assert (waits.fate, waits.post_id.int) == (Fate.WAIT, 2)
    assert (alone.fate, alone.post_id.int) == (Fate.ASSIGN, 1)


def test_the_desk_above_is_the_nearest_one_with_somebody_there() -> None:
    empty_town = make_post(2, PostKind.TOWN_DESK, TOWN, 4, staffed=False)
    path = ("P", "S", COUNTY, TOWN, "V1")

    assert desk_above([empty_town, DESKS[0]], path, rank=0) == DESKS[0]
    assert desk_above([empty_town], path, rank=0) == empty_town
    assert desk_above([empty_town, DESKS[0]], path, rank=2) is None
