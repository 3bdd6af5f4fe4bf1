"""The desk's start page: what is stuck and why, the button that helps, and giving out many."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from proactive.kernel.clock import ManualClock
from tests.web.browsing import TOWN, Browser, SignIn
from tests.web.story import MACHINE, Story
from tests.web.test_coordinator import CONFIRMED, hidden_of, open_sheet

NUMBER = re.compile(r'/desk/stuck"><b>(\d+)</b>')


@pytest.fixture
def town(story: Story, sign_in_as: SignIn) -> Browser:
    return sign_in_as(account_id=story.accounts["town"])


def helped(story: Story, sign_in_as: SignIn) -> UUID:
    """Raise a case, have it confirmed and approved, so that its offices begin."""
    case_id = story.raise_case(1)
    coordinator = sign_in_as(account_id=story.accounts["east"])
    coordinator.post(f"/visits/{case_id}", {**open_sheet(coordinator, case_id), **CONFIRMED})
    story.settle()
    gate = sign_in_as(account_id=story.accounts["town"])
    form = hidden_of(gate.get(f"/town/cases/{case_id}").text)
    gate.post(f"/town/cases/{case_id}", {**form, "action": "approve"})
    story.settle()
    return case_id


def test_the_desk_starts_with_what_needs_it_today(town: Browser) -> None:
    assert town.get("/").location == "/desk"
    page = town.get("/desk").text
    assert "What needs me today" in page
    assert "Nothing is stuck. Every case moves." in page


def test_a_late_visit_is_said_in_words_with_owner_day_and_one_button(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    case_id = story.raise_case(1)
    clock.advance(timedelta(days=13))
    town = sign_in_as(account_id=story.accounts["town"])

    page = town.get("/desk").text

    assert "The visit is late by" in page
    assert "刘建国" in page
    assert "with 东村 (李春梅)" in page
    assert f"/desk/remind/{case_id}" in page
    assert page.count('class="button"') == 1


def test_a_reminder_stands_on_the_sheet_and_then_another_way_is_offered(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    case_id = story.raise_case(1)
    clock.advance(timedelta(days=13))
    town = sign_in_as(account_id=story.accounts["town"])

    answer = town.post(f"/desk/remind/{case_id}")
    again = town.post(f"/desk/remind/{case_id}")

    assert answer.location == f"/desk#case-{case_id}"
    assert again.status_code == 422
    assert "This post was reminded of the case today." in again.text
    sheet = sign_in_as(account_id=story.accounts["east"]).get(f"/visits/{case_id}").text
    assert "The desk asks you to see to this today" in sheet
    page = town.get("/desk").text
    assert "Reminded on" in page
    assert f"/visits/{case_id}/hand-over" in page


def test_what_waits_at_a_towns_gate_is_the_towns_to_decide_and_its_county_reminds_it(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    case_id = story.raise_case(1)
    coordinator = sign_in_as(account_id=story.accounts["east"])
    coordinator.post(f"/visits/{case_id}", {**open_sheet(coordinator, case_id), **CONFIRMED})
    story.settle()
    clock.advance(timedelta(days=6))
    town, county = (sign_in_as(account_id=story.accounts[who]) for who in ("town", "county"))

    assert f'class="button" href="/town/cases/{case_id}"' in town.get("/desk").text
    assert f'action="/desk/remind/{case_id}"' in county.get("/desk").text
    county.post(f"/desk/remind/{case_id}")
    assert f'class="button" href="/town/cases/{case_id}"' in county.get("/desk").text


def test_an_office_that_lets_things_lie_is_named_with_its_way_and_phone(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    helped(story, sign_in_as)
    clock.advance(timedelta(days=12))
    town = sign_in_as(account_id=story.accounts["town"])

    page = town.get("/desk").text

    assert "has waited for 青禾县医疗保障局 for" in page
    assert "What waits on what" in page
    assert "held up here" in page
    assert 'href="tel:0534-1234567"' in page


def test_where_nobody_lives_known_the_place_is_asked_for(story: Story, sign_in_as: SignIn) -> None:
    case_id = story.raise_case(6)

    page = sign_in_as(account_id=story.accounts["county"]).get("/desk").text

    assert "Nobody knows where the person lives" in page
    assert f'class="button" href="/place/{case_id}"' in page


def test_a_case_whose_post_is_closed_says_that_no_post_covers_the_place(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    with story.platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE post SET active = false WHERE code IN ('v1', 'v2')"))
    case_id = story.raise_case(1)
    clock.advance(timedelta(days=13))
    town = sign_in_as(account_id=story.accounts["town"])

    page = town.get("/desk").text

    assert "No post covers the place, so it stays with the desk" in page
    assert f'class="button" href="/visits/{case_id}/hand-over"' in page


def test_the_number_is_as_long_as_the_list_and_another_town_sees_none(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    case_ids = [story.raise_case(key) for key in (1, 2, 4, 5)]
    clock.advance(timedelta(days=13))
    town = sign_in_as(account_id=story.accounts["town"])
    county = sign_in_as(account_id=story.accounts["county"])
    other = sign_in_as(account_id=story.accounts["town2"])

    for reader, expected in ((town, 3), (county, 4), (other, 1)):
        number = NUMBER.search(reader.get("/desk").text)
        assert number
        assert int(number[1]) == expected
        assert reader.get("/desk/stuck").text.count('id="case-') == expected
        assert reader.get("/desk/stuck?why=visit").text.count('id="case-') == expected
    assert county.get(f"/desk/stuck?town={TOWN}").text.count('id="case-') == 3
    assert other.post(f"/desk/remind/{case_ids[0]}").status_code == 404
    assert "刘建国" not in other.get("/desk").text


def boxes_of(page: str) -> list[str]:
    return re.findall(r'name="case" value="([^"]+)"', page)


def posts(story: Story) -> dict[str, str]:
    with story.platform.work(MACHINE) as work:
        rows = work.db.execute(text("SELECT code, id FROM post"))
        return {row.code: str(row.id) for row in rows}


def test_many_cases_are_given_out_and_each_is_told(story: Story, town: Browser) -> None:
    case_ids = {str(story.raise_case(key)) for key in (1, 2, 8)}
    known = posts(story)
    page = town.get(f"/desk/give-out?post={known['v1']}").text
    boxes = boxes_of(page)
    assert "All 3 of this list" in page
    assert "西村" not in page  # a post that covers none of these cases is no choice
    assert {box.split(":")[0] for box in boxes} == case_ids

    form = {"post": known["v1"], "to": known["t1"], "reason": "away"}
    answer = town.post("/desk/give-out", {**form, "all": "yes", "every": boxes})
    again = town.post("/desk/give-out", {**form, "case": boxes})

    assert "All 3 cases went to 甲镇便民服务中心" in answer.text
    assert "0 of 3 cases went to" in again.text
    assert again.text.count("Somebody has worked on this case since you opened it.") == 3
    assert boxes_of(town.get(f"/desk/give-out?post={known['v1']}").text) == []


def test_a_case_that_cannot_go_there_stays_and_the_others_go(
    story: Story, town: Browser, sign_in_as: SignIn
) -> None:
    for key in (1, 2):
        story.raise_case(key)
    known = posts(story)
    boxes = boxes_of(town.get(f"/desk/give-out?post={known['v1']}").text)
    stale = [boxes[0].split(":")[0] + ":999", boxes[1]]

    mixed = town.post(
        "/desk/give-out",
        {"post": known["v1"], "case": stale, "to": known["t1"], "reason": "away"},
    )
    far = town.post(
        "/desk/give-out",
        {"post": known["v1"], "case": boxes[:1], "to": known["v2"], "reason": "away"},
    )

    assert "1 of 2 cases went to" in mixed.text
    assert "0 of 1 cases went to" in far.text
    assert "does not cover the place of this case" in far.text
    assert len(boxes_of(town.get(f"/desk/give-out?post={known['v1']}").text)) == 1


def test_what_is_missing_in_the_form_is_asked_for_and_the_ticks_are_kept(
    story: Story, town: Browser
) -> None:
    story.raise_case(1)
    known = posts(story)
    boxes = boxes_of(town.get(f"/desk/give-out?post={known['v1']}").text)

    answer = town.post("/desk/give-out", {"post": known["v1"], "case": boxes})

    assert answer.status_code == 422
    assert "Please choose a reason." in answer.text
    assert "Please choose who takes it over." in answer.text
    assert f'value="{boxes[0]}" checked' in answer.text


def test_another_towns_post_is_not_there(story: Story, town: Browser) -> None:
    known = posts(story)

    assert town.get(f"/desk/give-out?post={known['v3']}").status_code == 404
    assert "南村" not in town.get(f"/desk/give-out?post={known['v1']}").text


TALLY = re.compile(r'<a href="(/[^"]+)"><b>(\d+)</b>')


def test_each_tally_of_the_start_page_is_as_long_as_its_list(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    for key in (1, 3, 6):
        story.raise_case(key)
    at_gate = story.raise_case(8)
    coordinator = sign_in_as(account_id=story.accounts["east"])
    coordinator.post(f"/visits/{at_gate}", {**open_sheet(coordinator, at_gate), **CONFIRMED})
    story.settle()
    clock.advance(timedelta(days=13))

    for login in ("town", "county"):
        desk = sign_in_as(account_id=story.accounts[login])
        tallies = {path: int(n) for path, n in TALLY.findall(desk.get("/desk").text)}
        late = desk.get("/desk/cases?stage=late").text
        assert tallies["/desk/cases?stage=late"] == late.count('class="card tap late"')
        assert tallies["/town"] == desk.get("/town").text.count('class="cover"')
        placing = desk.get("/place").text.split("Waiting for room")[0]
        assert tallies["/place"] == placing.count('class="cover"')
        assert tallies["/tell"] == desk.get("/tell").text.count('action="/tell/')
    assert tallies["/place"] == 1
