"""Who hands in for all offices of a place: one queue, hands in, gives receipts, decides nothing."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from proactive.bootstrap import Platform
from proactive.bundles.service import act_on_item
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from tests.web.browsing import COUNTY, OTHER_COUNTY, OTHER_TOWN, TOWN, SignIn
from tests.web.own import confirmed_case
from tests.web.story import Story
from tests.web.test_coordinator import hidden_of


def test_one_clerk_hands_in_for_all_offices_and_decides_for_none(
    platform: Platform, story: Story, sign_in_as: SignIn
) -> None:
    confirmed_case(story, sign_in_as, agreed=True)
    item, _ = story.items()["serious_illness_pay"]
    hall = sign_in_as(Role.GENERALIST, COUNTY)

    queue = hall.get("/hall").text
    ready = {str(each) for each, state in story.items().values() if state == "ready"}
    assert {part[:36] for part in queue.split('id="item-')[1:]} == ready
    with platform.work(Actor.machine("test")) as work:
        query = text("SELECT DISTINCT name FROM office JOIN item ON office_id = office.id")
        offices = [name for (name,) in work.db.execute(query)]
    assert len(offices) > 1
    assert any(name in queue for name in offices)
    assert "刘建国" in queue
    page = hall.get(f"/hall/items/{item}").text
    assert "Missing: " in page

    hall.post(f"/hall/items/{item}/papers", {"field-bank_account": "6222", "papers": "bank_card"})
    form = hidden_of(hall.get(f"/hall/items/{item}").text)
    answer = hall.post(f"/hall/items/{item}", form)
    receipt = hall.get(answer.location).text
    assert "Receipt of what was handed in" in receipt
    assert "Bank card" in receipt
    assert story.items()["serious_illness_pay"][1] == "submitted"
    again = hall.post(f"/hall/items/{item}", form)
    assert (again.status_code, "Somebody has worked on this" in again.text) == (422, True)
    assert f"item-{item}" in hall.get("/hall?part=with_office").text

    for place in (OTHER_COUNTY, OTHER_TOWN):
        stranger = sign_in_as(Role.GENERALIST, place)
        assert "Nothing lies here." in stranger.get("/hall").text
        assert stranger.get(f"/hall/items/{item}").status_code == 404
    actor = Actor(Role.GENERALIST, "acc-hall", areas=(TOWN,), level=4)
    for action in ("accept", "grant", "refuse", "return", "withdraw"):
        with pytest.raises(Refused), platform.work(actor) as work:
            version = work.db.execute(text("SELECT version FROM item WHERE id = :i"), {"i": item})
            act_on_item(work, item, action, base_version=version.scalar_one())
    for forbidden in (
        "UPDATE item SET state = 'granted'",
        "UPDATE bundle SET version = 1",
        "UPDATE identity SET seen_on = NULL",
        'SELECT 1 FROM "case"',
        "SELECT 1 FROM visit",
        "DELETE FROM item",
    ):
        with pytest.raises(ProgrammingError), platform.work(actor) as work:
            work.db.execute(text(forbidden))
