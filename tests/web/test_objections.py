"""What a person objects to reaches somebody else than who decided, in time, and is answered."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.handlers.duties import escalate
from proactive.handlers.telling import tell_posts
from proactive.kernel.clock import ManualClock
from tests.web.browsing import Browser, SignIn
from tests.web.own import at_own_page, confirmed_case
from tests.web.story import MACHINE, Story

ANSWER = {"answer": "changed", "words": "We looked at the bill again."}


def objections(platform: Platform) -> list[dict[str, object]]:
    with platform.work(MACHINE) as work:
        query = text(
            "SELECT o.id, o.kind, o.state, p.code, o.due_on - CAST(o.made_at AS date) AS days,"
            " o.words_cipher FROM objection AS o JOIN post AS p ON p.id = o.post_id ORDER BY o.id"
        )
        return [dict(row._mapping) for row in work.db.execute(query)]


def object_to(browser: Browser, kind: str = "objection", words: str = "Not my bill") -> None:
    answer = browser.post("/my/object", {"kind": kind, "words": words})
    assert answer.status_code == 303


@pytest.fixture
def person(app: Flask, story: Story, platform: Platform) -> Browser:
    """Return the person of a case that nobody has decided about yet."""
    return at_own_page(app, platform, story.raise_case(1))


def test_an_objection_counts_once_has_a_clock_and_is_sealed(
    platform: Platform, person: Browser
) -> None:
    object_to(person)
    object_to(person)

    (kept,) = objections(platform)
    assert (kept["kind"], kept["state"], kept["code"]) == ("objection", "open", "t1")
    assert isinstance(kept["days"], int)
    assert 12 <= kept["days"] <= 16  # ten working days
    assert b"Not my bill" not in bytes(kept["words_cipher"])  # type: ignore[call-overload]
    page = person.get("/my").text
    assert "Not my bill" in page
    assert "An answer comes at the latest on" in page


def test_what_could_not_be_got_done_goes_to_the_county(platform: Platform, person: Browser) -> None:
    object_to(person, "not_done")

    assert [each["code"] for each in objections(platform)] == ["c1"]


def test_a_decision_of_the_town_is_reviewed_by_the_county_and_not_by_the_town(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id = confirmed_case(story, sign_in_as, agreed=True)
    with platform.work(MACHINE) as work:
        work.db.execute(
            text("UPDATE case_event SET actor_id = :id WHERE action = 'approve'"),
            {"id": story.accounts["town"]},
        )
    object_to(at_own_page(app, platform, case_id))
    (kept,) = objections(platform)
    town = sign_in_as(account_id=story.accounts["town"])

    page = town.get(f"/objections/{kept['id']}").text
    answer = town.post(f"/objections/{kept['id']}", ANSWER)

    assert kept["code"] == "c1"
    assert "You had a part in the decision." in page
    assert answer.status_code == 422
    assert objections(platform)[0]["state"] == "open"


def test_the_reviewer_answers_once_and_the_person_reads_it(
    platform: Platform, person: Browser, sign_in_as: SignIn, story: Story
) -> None:
    object_to(person, words="<b>Not</b> my bill 䶮")
    town = sign_in_as(account_id=story.accounts["town"])
    listed = town.get("/objections").text
    path = re.search(r'href="(/objections/[^"]+)"', listed)
    assert path
    assert "刘建国" in listed
    assert "my desk" in listed
    assert "Objections (1)" in listed
    assert "Objections (1)" in town.get("/objections?page=2").text
    assert "&lt;b&gt;Not&lt;/b&gt; my bill 䶮" in town.get(path[1]).text

    silent = town.post(path[1], {"answer": "changed", "words": ""})
    answers = [town.post(path[1], ANSWER) for _ in range(2)]

    assert silent.status_code == 422
    assert "Please say it in a few words." in silent.text
    assert [answer.status_code for answer in answers] == [303, 409]
    page = person.get("/my").text
    assert "You are right: it is changed." in page
    assert "We looked at the bill again." in page
    assert "Nobody waits for an answer now." in town.get("/objections").text


def test_another_towns_objection_is_not_there(
    platform: Platform, person: Browser, sign_in_as: SignIn, story: Story
) -> None:
    object_to(person)
    (kept,) = objections(platform)
    other = sign_in_as(account_id=story.accounts["town2"])

    assert "Nobody waits" in other.get("/objections").text
    assert other.get(f"/objections/{kept['id']}").status_code == 404
    assert other.post(f"/objections/{kept['id']}", ANSWER).status_code == 404


def test_against_a_closed_matter_one_may_object_as_well(
    app: Flask, story: Story, platform: Platform
) -> None:
    case_id: UUID = story.raise_case(1)
    person = at_own_page(app, platform, case_id)
    with platform.work(MACHINE) as work:
        work.db.execute(
            text("UPDATE \"case\" SET state = 'closed', closed_at = now(), next_step = NULL")
        )

    object_to(person)

    assert len(objections(platform)) == 1
    assert story.state(case_id) == "closed"


def test_a_late_one_is_told_every_morning_stands_first_and_goes_to_the_county(
    platform: Platform,
    person: Browser,
    sign_in_as: SignIn,
    story: Story,
    clock: ManualClock,
) -> None:
    object_to(person)
    with platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE needs_telling SET told_at = now()"))
    clock.advance(timedelta(days=17))
    town = sign_in_as(account_id=story.accounts["town"])

    for _ in range(2):
        tell_posts(platform, "")
        escalate(platform, "")
    first = town.get("/desk").text
    with platform.work(MACHINE) as work:
        late = work.db.execute(
            text("SELECT count(*) FROM notice WHERE template = 'post_late'")
        ).scalar_one()
    clock.advance(timedelta(days=4))
    for _ in range(2):
        escalate(platform, "")
    (kept,) = objections(platform)

    assert "Owed to somebody and late" in first
    assert "my desk" in first
    assert first.index("Owed to somebody") < first.index("<h2>Stuck")
    assert late == 1
    assert kept["code"] == "c1"
    again = sign_in_as(account_id=story.accounts["town"])
    assert "with 青禾县救助服务中心" in again.get("/desk").text
    county = sign_in_as(account_id=story.accounts["county"])
    assert "my desk" in county.get("/desk").text
    with platform.work(MACHINE) as work:
        notes = text("SELECT count(*) FROM case_event WHERE reason = 'objection_escalated'")
        assert work.db.execute(notes).scalar_one() == 1
