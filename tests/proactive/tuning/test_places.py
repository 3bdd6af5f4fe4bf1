"""Small counts hidden so that sums do not tell them; people dealt to posts without loss."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from proactive.kernel.db import AreaPath
from proactive.routing.model import Post, PostKind
from proactive.tuning.load import Crew, forecast
from proactive.tuning.model import FEW, guarded, weeks_due
from proactive.tuning.places import by_town, by_village

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30))
VILLAGES = st.dictionaries(
    st.tuples(st.sampled_from("TUV"), st.sampled_from("12345")), st.integers(0, 12)
)


def path(town: str, village: str) -> AreaPath:
    return "p", "c", "k", town, f"{town}{village}"


@given(COUNTS)
def test_what_is_hidden_cannot_be_worked_out_from_the_whole(counts: dict[str, int]) -> None:
    told = guarded(counts)

    some = {name: count for name, count in counts.items() if count}
    assert set(told) == set(some)
    assert all(count is None or count == some[name] for name, count in told.items())
    hidden = [name for name, count in told.items() if count is None]
    assert {name for name, count in some.items() if count < FEW} <= set(hidden)
    assert len(hidden) != 1 or len(some) == 1


@given(VILLAGES)
def test_a_hidden_town_hides_its_villages(homes: dict[tuple[str, str], int]) -> None:
    people = {path(*home): count for home, count in homes.items()}

    towns, villages = by_town(people), by_village(people)

    for town, inside in villages.items():
        if towns.get(town) is None:
            assert set(inside.values()) <= {None}
        shown = [count for count in inside.values() if count is not None]
        assert all(count >= FEW for count in shown)


def post(kind: PostKind, area: str, level: int, **more: object) -> Post:
    return Post(uuid4(), f"P{area}", kind, area, level, **more)  # type: ignore[arg-type]


def crew(*posts: Post) -> Crew:
    paths = {code: path(code[0], code[1:]) for code in ("T1", "T2", "U1")}
    return Crew(posts, {}, {**paths, "T": ("p", "c", "k", "T", "")}, "", False, 1)


@given(st.dictionaries(st.sampled_from(["T1", "T2", "U1"]), st.integers(0, 40)))
def test_everybody_covered_is_dealt_to_exactly_one_post(counts: dict[str, int]) -> None:
    """One village has two posts, one a town desk alone, one nobody at all."""
    ours = crew(
        post(PostKind.COORDINATOR, "T1", 5, capacity=5),
        post(PostKind.COORDINATOR, "T1", 5, capacity=5, load=3),
        post(PostKind.COORDINATOR, "T2", 5, staffed=False),
        post(PostKind.TOWN_DESK, "T", 4),
    )
    people = {path(home[0], home[1:]): count for home, count in counts.items()}

    dealt = ours.shares(people)

    by_id = {one.id: one for one in ours.posts}
    at = [(by_id[post_id].area_code, count) for post_id, count in dealt.items()]
    assert sum(n for area, n in at if area == "T1") == counts.get("T1", 0)
    assert sum(n for area, n in at if area == "T") == counts.get("T2", 0)
    assert abs(sum(n for area, n in at) - sum(counts.values())) == counts.get("U1", 0)
    pair = [dealt.get(one.id, 0) for one in ours.posts[:2]]
    assert abs(pair[0] - pair[1]) <= 1


def test_a_post_is_over_when_it_cannot_do_all_before_it_is_due() -> None:
    ours = crew(post(PostKind.COORDINATOR, "T1", 5, capacity=6, load=2))

    [fits] = forecast(ours, {path("T", "1"): 4})
    [over] = forecast(ours, {path("T", "1"): 5})

    assert (fits["over"], fits["weeks"], fits["added"]) == (False, 1, None)
    assert (over["over"], over["weeks"], over["added"]) == (True, 2, 5)
    assert ours.over({path("T", "1"): 5}) == 1
    assert [weeks_due(days) for days in (1, 5, 6, 20)] == [1, 1, 2, 4]
