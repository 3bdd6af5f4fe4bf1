"""A desk plans a stand-in for a post of its area: from that day the cases are theirs, then back."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from proactive.accounts.sessions import grants_of
from proactive.bootstrap import Platform
from proactive.handlers.duties import keep_stand_ins
from proactive.kernel.clock import ManualClock
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.routing.loading import load_posts
from proactive.routing.queries import narrowed, on_duty, posts_of
from proactive.routing.standing_in import end_stand_in, plan_stand_in
from tests.web.browsing import COUNTY, TOWN, SignIn
from tests.web.story import MACHINE, POSTS, Story


def post_of(platform: Platform, code: str) -> UUID:
    with platform.work(MACHINE) as work:
        query = text("SELECT id FROM post WHERE code = :code")
        return UUID(str(work.db.execute(query, {"code": code}).scalar_one()))


def duty(platform: Platform, post_id: UUID) -> tuple[str, ...]:
    with platform.work(MACHINE) as work:
        return on_duty(work.db, post_id, work.today)


def test_from_its_first_day_the_stand_in_has_the_cases_and_after_the_last_all_is_as_before(
    story: Story, platform: Platform, sign_in_as: SignIn, clock: ManualClock
) -> None:
    case_id, post_id = story.raise_case(1), post_of(platform, "v1")
    east, west = story.accounts["east"], story.accounts["west"]
    town = sign_in_as(account_id=story.accounts["town"])
    path = f"/town/posts/{post_id}/stand-in"
    plan = {"account": west, "from_day": "2026-11-23", "to_day": "2026-11-24", "why": "leave"}
    assert f'href="{path}"' in town.get("/town/posts").text

    assert town.post(path, plan).status_code == 303
    story.settle()
    with platform.work(MACHINE) as work:
        load_posts(work, POSTS)  # the list knows nothing of it and leaves it
    before = sign_in_as(account_id=west).get(f"/visits/{case_id}").status_code
    clock.advance(timedelta(days=2))
    during = sign_in_as(account_id=west).get(f"/visits/{case_id}").status_code
    told = duty(platform, post_id)
    clock.advance(timedelta(days=2))
    after = sign_in_as(account_id=west).get(f"/visits/{case_id}").status_code

    assert (before, during, after) == (404, 200, 404)
    assert told == (west,)
    assert duty(platform, post_id) == (east,)


def test_what_cannot_be_planned_is_said_by_field_and_a_plan_can_be_ended(
    story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    post_id = post_of(platform, "v1")
    east, west = story.accounts["east"], story.accounts["west"]
    town = sign_in_as(account_id=story.accounts["town"])
    path = f"/town/posts/{post_id}/stand-in"
    plan = {"account": west, "from_day": "2026-11-21", "to_day": "2026-11-25", "why": "leave"}
    assert town.post(path, plan).status_code == 303
    story.settle()

    for changed, says in (
        ({"account": east}, "This is the holder."),
        ({"account": story.accounts["south"]}, "Please choose who stands in."),
        ({"from_day": "2026-11-20"}, "The first day is past."),
        ({"to_day": "2026-11-20"}, "The last day is before the first."),
        ({"from_day": "2026-11-24", "to_day": "2026-12-01"}, "on some of these days already"),
        ({"to_day": ""}, "Please choose a day."),
        ({"why": ""}, "Please choose why."),
    ):
        answer = town.post(path, plan | changed)
        assert (answer.status_code, says in answer.text) == (422, True), says
    other = town.post(f"/town/posts/{post_of(platform, 'v2')}/stand-in", plan | {"account": east})
    assert "Somebody stands in for this person" in other.text
    assert town.get(f"/town/posts/{post_of(platform, 'v3')}/stand-in").status_code == 404

    assert town.post(f"{path}/end", plan).status_code == 303
    story.settle()
    assert "End this stand-in" not in town.get(path).text
    assert duty(platform, post_id) == (east,)
    assert town.post(f"{path}/end", plan).status_code == 404


def test_the_database_lets_a_desk_plan_for_its_own_area_only_and_nobody_in_the_field(
    story: Story, platform: Platform
) -> None:
    mine, theirs = post_of(platform, "v1"), post_of(platform, "v3")
    add = text(
        "INSERT INTO post_stand_in (post_id, account_id, from_day, to_day, planned_by) VALUES"
        " (:post, :who, '2026-12-01', '2026-12-02', 'x')"
    )
    town = Actor(Role.TOWN, "t", areas=(TOWN,), level=4)
    field = Actor(Role.COORDINATOR, "f", areas=(TOWN,), level=4)
    county = Actor(Role.COUNTY, "c", areas=(COUNTY,), level=3)
    who = story.accounts["west"]

    for actor, post_id in ((town, theirs), (field, mine)):
        refused = pytest.raises(ProgrammingError, match="row-level security")
        with refused, platform.work(actor) as work:
            work.db.execute(add, {"post": post_id, "who": who})
    for actor, post_id in ((town, mine), (county, theirs)):
        with platform.work(actor) as work:
            work.db.execute(add, {"post": post_id, "who": who})
    keep_stand_ins(platform, "")
    with platform.work(town) as work:
        gone = work.db.execute(text("DELETE FROM post_stand_in"))
    assert gone.rowcount == 1


@pytest.mark.parametrize("holds_a_village", [True, False])
def test_a_stand_in_of_the_enterprise_desk_sees_no_home_of_the_county_once_the_plan_ended(
    story: Story, platform: Platform, holds_a_village: bool
) -> None:
    """The grant lives until the step of the machine; the post is gone with the plan."""
    home, desk = story.raise_case(1), post_of(platform, "e1")
    who = story.accounts["east"]
    county = Actor(Role.COUNTY, "c", areas=(COUNTY,), level=3)
    with platform.work(county) as work:
        plan_stand_in(work, desk, who, from_day=work.today, to_day=work.today, why="leave")
    keep_stand_ins(platform, "")
    with platform.work(county) as work:
        end_stand_in(work, desk, who, work.today)
    with platform.work(MACHINE) as work:
        left = [grant.area_code for grant in grants_of(work, who) if grant.area_level == 3]
        posts = posts_of(work.db, who, work.today) if holds_a_village else ()
        held = Actor(Role.COORDINATOR, who, areas=(COUNTY,), level=3, posts=posts)
        actor = narrowed(work.db, held)
    assert (left, len(posts)) == ([COUNTY], int(holds_a_village))

    with platform.work(actor) as work:
        for table in ("case_event", "case_evidence", "notice", "message"):
            of_home = text(f'SELECT count(*) FROM "{table}" WHERE case_id = :id')
            assert work.db.execute(of_home, {"id": home}).scalar_one() == 0, table
        assert work.db.execute(text('SELECT count(*) FROM "case"')).scalar_one() == 0
        named = text("SELECT count(*) FROM identity WHERE subject_key = 1")
        assert work.db.execute(named).scalar_one() == 0
