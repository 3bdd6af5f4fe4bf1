"""The desks' page of differing names: side by side, settled with a reason, by area."""

from uuid import UUID, uuid4

import pytest

from proactive.bootstrap import Platform
from proactive.people.intake import Intake
from tests.web.browsing import SignIn
from tests.web.story import MACHINE, Story
from tests.web.story import person as known_person


@pytest.fixture
def case_id(story: Story, platform: Platform) -> UUID:
    """A case of somebody whom the hospital calls otherwise than the register."""
    with platform.work(MACHINE) as work:
        intake = Intake(work, "medical_bill", uuid4())
        intake.add([known_person(1, "刘建军", household_key=None)])
        intake.finish()
    return story.raise_case(1)


def test_the_desk_sees_both_readings_and_settles_who_it_is(
    story: Story, case_id: UUID, sign_in_as: SignIn
) -> None:
    desk = sign_in_as(account_id=story.accounts["county"])

    listed = desk.get("/doubts").text
    page = desk.get(f"/doubts/{case_id}").text

    assert f"/doubts/{case_id}" in listed
    assert "Differing names (1)" in listed
    beyond = desk.get("/doubts?page=2").text
    assert f"/doubts/{case_id}" not in beyond
    assert "Differing names (1)" in beyond
    assert "Earlier page" in beyond
    assert "刘建国" in page
    assert "刘建军" in page
    assert "Settled medical bill" in page

    empty = desk.post(f"/doubts/{case_id}", {"reason": "asked"})
    silent = desk.post(f"/doubts/{case_id}", {"verdict": "same", "reason": ""})
    nobody = desk.post(f"/doubts/{case_id}", {"verdict": "not_same", "reason": "asked"})
    assert (empty.status_code, silent.status_code, nobody.status_code) == (422, 422, 422)
    assert "Say whether it is one person." in empty.text
    assert "Say why." in silent.text
    assert "Choose the office that must set it right." in nobody.text

    done = desk.post(f"/doubts/{case_id}", {"verdict": "same", "reason": "asked at the door"})
    assert done.status_code == 303
    assert "Nobody waits to be settled." in desk.get("/doubts").text
    assert "Settled: one person." in desk.get(f"/doubts/{case_id}").text
    assert "asked at the door" in desk.get(f"/doubts/{case_id}").text


def test_what_an_office_must_set_right_stays_in_sight(
    story: Story, case_id: UUID, sign_in_as: SignIn
) -> None:
    desk = sign_in_as(account_id=story.accounts["town"])

    desk.post(
        f"/doubts/{case_id}",
        {"verdict": "not_same", "wrong_feed": "medical_bill", "reason": "another village's man"},
    )

    listed = desk.get("/doubts").text
    assert "Nobody waits to be settled." in listed
    assert "Being set right by an office" in listed
    page = desk.get(f"/doubts/{case_id}").text
    assert "To be set right: Settled medical bill." in page


@pytest.mark.parametrize("who", ["town2", "east"])
def test_nobody_else_sees_or_settles_it(
    story: Story, case_id: UUID, sign_in_as: SignIn, who: str
) -> None:
    stranger = sign_in_as(account_id=story.accounts[who])

    form = {"verdict": "same", "reason": "x"}
    assert stranger.get(f"/doubts/{case_id}").status_code in {403, 404}
    assert stranger.post(f"/doubts/{case_id}", form).status_code in {403, 404}
    assert str(case_id) not in stranger.get("/doubts").text
