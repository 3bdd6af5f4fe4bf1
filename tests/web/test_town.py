"""The town and county desks: one decision at a time, late matters, load, people without a place."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from proactive.cases.service import apply, get_case
from proactive.handlers.duties import keep_stand_ins
from proactive.handlers.moving import case_moved
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.routing.handing import hand_over
from tests.web.browsing import COUNTY, SETUP, TOWN, SignIn
from tests.web.story import MACHINE, Story
from tests.web.test_coordinator import CONFIRMED, hidden_of, open_sheet


@pytest.fixture
def at_gate(story: Story, sign_in_as: SignIn) -> UUID:
    """Raise a case, have it confirmed, and let the machine lay it before the town."""
    case_id = story.raise_case(1)
    coordinator = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(coordinator, case_id)
    coordinator.post(f"/visits/{case_id}", {**form, **CONFIRMED})
    story.settle()
    return case_id


def test_the_gate_lists_what_was_confirmed(story: Story, sign_in_as: SignIn, at_gate: UUID) -> None:
    town = sign_in_as(account_id=story.accounts["town"])

    page = town.get("/town").text

    assert "刘建国: Help with medical costs" in page
    assert f"/town/cases/{at_gate}" in page
    assert 'type="checkbox"' not in page


def test_approving_is_one_tap_and_begins_the_services(
    story: Story, sign_in_as: SignIn, at_gate: UUID
) -> None:
    town = sign_in_as(account_id=story.accounts["town"])
    page = town.get(f"/town/cases/{at_gate}").text
    assert "Is it hard for them to carry the cost?" in page
    assert "Relief of high medical costs" in page

    answer = town.post(f"/town/cases/{at_gate}", {**hidden_of(page), "action": "approve"})
    story.settle()

    assert "Approved" in town.get(answer.location).text
    assert story.state(at_gate) == "fulfilling"
    assert "serious_illness_pay" in story.items()


def test_what_somebody_typed_is_shown_as_text_and_never_run(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    coordinator = sign_in_as(account_id=story.accounts["east"])
    form = {**open_sheet(coordinator, case_id), **CONFIRMED}
    coordinator.post(f"/visits/{case_id}", {**form, "note": "<script>alert(1)</script>"})
    story.settle()

    page = sign_in_as(account_id=story.accounts["town"]).get(f"/town/cases/{case_id}").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page


def test_sending_back_needs_a_reason_and_reaches_the_coordinator(
    story: Story, sign_in_as: SignIn, at_gate: UUID
) -> None:
    town = sign_in_as(account_id=story.accounts["town"])
    form = hidden_of(town.get(f"/town/cases/{at_gate}").text)

    silent = town.post(f"/town/cases/{at_gate}", {**form, "action": "send_back"})
    town.post(f"/town/cases/{at_gate}", {**form, "action": "send_back", "reason": "need_unclear"})
    story.settle()

    assert silent.status_code == 422
    assert "Please choose what is still missing." in silent.text
    assert story.state(at_gate) == "assigned"
    assert "刘建国" in sign_in_as(account_id=story.accounts["east"]).get("/visits").text


def test_two_people_cannot_decide_the_same_case(
    story: Story, sign_in_as: SignIn, at_gate: UUID
) -> None:
    town = sign_in_as(account_id=story.accounts["town"])
    form = {**hidden_of(town.get(f"/town/cases/{at_gate}").text), "action": "approve"}
    town.post(f"/town/cases/{at_gate}", form)

    second = town.post(f"/town/cases/{at_gate}", form)

    assert second.status_code == 409
    assert "Somebody has worked on this case since you opened it." in second.text


def confirmed_by(story: Story, sign_in_as: SignIn, account_id: str) -> UUID:
    """Raise a case, let its coordinator confirm it and stand in for the town desk's holder."""
    case_id = story.raise_case(1)
    coordinator = sign_in_as(account_id=account_id)
    coordinator.post(f"/visits/{case_id}", {**open_sheet(coordinator, case_id), **CONFIRMED})
    story.settle()
    with story.platform.work(SETUP) as work:
        stand_in = text(
            "INSERT INTO post_stand_in (post_id, account_id, from_day, to_day, planned_by)"
            " SELECT id, :who, :day, :day, 'x' FROM post WHERE code = 't1'"
        )
        work.db.execute(stand_in, {"who": account_id, "day": work.today})
    keep_stand_ins(story.platform, "")
    return case_id


def test_who_confirmed_the_need_does_not_approve_it_and_others_have_it_on_their_lists(
    story: Story, sign_in_as: SignIn
) -> None:
    """The coordinator stands in for the town desk, so both gates would be one person."""
    case_id = confirmed_by(story, sign_in_as, east := story.accounts["east"])
    own, path = sign_in_as(account_id=east), f"/town/cases/{case_id}"

    page = own.get(path).text
    forced = own.post(path, {**hidden_of(page), "action": "approve"})

    assert "You confirmed this need yourself" in page
    assert "you need do nothing" in page
    assert 'value="approve"' not in page
    assert 'value="send_back"' in page
    assert forced.status_code == 422
    assert "Who confirmed a need does not approve it." in forced.text
    assert story.state(case_id) == "confirmed"
    listed = own.get("/town").text
    assert "To approve (0)" in listed.replace("<h1>", "")
    assert "Confirmed by you: another person decides (1)" in listed
    handing = own.get(f"/visits/{case_id}/hand-over").text
    assert "青禾县救助服务中心" in handing
    assert "东村" not in handing.split("To whom?")[1]  # nobody there decides
    assert 'value="own_confirmation" checked' in handing
    other = sign_in_as(account_id=story.accounts["county"])
    assert '<a href="/town?only=another"><b>1</b>' in other.get("/desk").text
    assert path in other.get("/town?only=another").text
    assert "needs another person" in other.get("/town").text
    assert path not in sign_in_as(account_id=story.accounts["town2"]).get("/town").text
    page = other.get(path).text
    assert other.post(path, {**hidden_of(page), "action": "approve"}).status_code == 303


def test_no_other_hat_and_no_machine_approves_what_the_same_person_confirmed(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = confirmed_by(story, sign_in_as, east := story.accounts["east"])
    with story.platform.work(SETUP) as work:
        posts = {row.code: row.id for row in work.db.execute(text("SELECT code, id FROM post"))}
        confirm = text("SELECT id FROM case_event WHERE action = 'confirm'")
        confirmed = str(work.db.execute(confirm).scalar_one())
        switched = "UPDATE bundle_version SET yaml = replace(yaml, 'gate: true', 'gate: false')"
        work.db.execute(text(switched))
    hats = {
        "t1": Actor(Role.TOWN, east, areas=(TOWN,), level=4, posts=(str(posts["t1"]),)),
        "c1": Actor(Role.COUNTY, east, areas=(COUNTY,), level=3, posts=(str(posts["c1"]),)),
    }

    for code, to in (("t1", "c1"), ("c1", "t1"), ("t1", "c1")):
        for hat in (*hats.values(), MACHINE):
            with story.platform.work(hat) as work, pytest.raises(Refused) as refusal:
                apply(work, case_id, "approve")
            assert refusal.value.code == ("not_yours" if hat is MACHINE else "same_person")
        with story.platform.work(hats[code]) as work:
            version = get_case(work, case_id).version
            hand_over(work, case_id, posts[to], base_version=version, reason="own_confirmation")
        case_moved(story.platform, confirmed)  # a step that is taken once more
    assert story.state(case_id) == "confirmed"
    page = sign_in_as(account_id=story.accounts["county"]).get(f"/visits/{case_id}").text
    assert "Handed over: who confirmed it does not approve it" in page


def test_another_town_finds_nothing(story: Story, sign_in_as: SignIn, at_gate: UUID) -> None:
    other = sign_in_as(account_id=story.accounts["town2"])

    for path in (f"/town/cases/{at_gate}", f"/visits/{at_gate}", f"/place/{at_gate}"):
        assert other.get(path).status_code == 404, path


def test_late_matters_name_who_is_in_charge(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    story.raise_case(1)
    clock.advance(timedelta(days=12))

    town = sign_in_as(account_id=story.accounts["town"])
    page = town.get("/desk/cases?stage=late").text

    assert "刘建国" in page
    assert "with 东村" in page


def test_the_load_page_shows_posts_without_judging(story: Story, sign_in_as: SignIn) -> None:
    story.raise_case(1)

    page = sign_in_as(account_id=story.accounts["town"]).get("/town/posts").text

    assert "李春梅" in page
    assert "it does not judge anybody" in page
    assert "郑南" not in page


def test_a_person_without_a_place_is_placed_and_routed(story: Story, sign_in_as: SignIn) -> None:
    case_id = story.raise_case(6)
    county = sign_in_as(account_id=story.accounts["county"])
    assert "无名氏" in county.get("/place").text

    page = county.get(f"/place/{case_id}?area=西村").text
    code = re.search(r'name="area" value="(\d+)"', page)
    assert code
    answer = county.post(f"/place/{case_id}", {**hidden_of(page), "area": code[1]})
    story.settle()

    assert "The place is saved" in county.get(answer.location).text
    assert "无名氏" in sign_in_as(account_id=story.accounts["west"]).get("/visits").text


def test_a_place_that_is_no_village_is_refused_with_what_to_do(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(6)
    county = sign_in_as(account_id=story.accounts["county"])
    form = hidden_of(county.get(f"/place/{case_id}?area=西村").text)

    answer = county.post(f"/place/{case_id}", {**form, "area": "371422001000"})

    assert answer.status_code == 422
    assert "Choose a village beneath it." in answer.text
