"""The page on which two people switch a trigger version on, and one of them takes it back."""

import re
from uuid import UUID

import pytest
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.rules.service import export_trigger, list_triggers, load_trigger, version_row
from proactive.scans.store import scan_run
from proactive.stepping import run_due_steps
from tests.web.browsing import OTHER_TOWN, TOWN, Browser, SignIn
from tests.web.story import DEFINITIONS, MACHINE

NAME = "birth_registration"
PAGE = f"/policy/triggers/{NAME}/switch"


@pytest.fixture
def author(sign_in_as: SignIn) -> Browser:
    return sign_in_as(Role.POLICY)


@pytest.fixture
def approver(sign_in_as: SignIn) -> Browser:
    return sign_in_as(Role.POLICY)


@pytest.fixture
def draft(platform: Platform, author: Browser) -> int:
    """A second version, written by the person of `author`."""
    with platform.work(MACHINE) as work:
        account = work.db.execute(text("SELECT id FROM account WHERE login = 'user1'")).scalar_one()
    examples = (DEFINITIONS / NAME / "examples.yaml").read_text(encoding="utf-8")
    with platform.work(Actor(role=Role.POLICY, id=account)) as work:
        old = export_trigger(work, NAME, 1)
        kept = load_trigger(work, old + "# anew\n", platform.contracts, examples=examples)
    return kept.version


def states(platform: Platform) -> dict[int, str]:
    with platform.work(MACHINE) as work:
        return {row.version: row.state for row in list_triggers(work) if row.trigger == NAME}


def propose(platform: Platform, author: Browser, draft: int) -> None:
    author.post(f"{PAGE}/{draft}/dry-run")
    run_due_steps(platform)
    answer = author.post(f"{PAGE}/{draft}/propose", {"note": "Two weeks are too long."})
    assert answer.status_code == 303


def approve(approver: Browser, draft: int) -> None:
    given = {"read": "yes", "assessment": "IA-2026-7"}
    assert approver.post(f"{PAGE}/{draft}/approve", given).status_code == 303


def stop_a_run(platform: Platform, code: str) -> UUID:
    run_id = new_id()
    why = {"code": code, "hits": 900, "known": 1000, "at_least": 0.0, "at_most": 3.0, "feeds": []}
    with platform.work(MACHINE) as work:
        version = version_row(work, NAME, 1).id
        work.db.execute(
            scan_run.insert().values(
                id=run_id,
                trigger=NAME,
                trigger_version_id=version,
                slot="2026-11-01T23:00Z",
                kind="full",
                as_of=work.today,
                known_at=work.now,
                state="stopped",
                finished_at=work.now,
                counts={"found": 900, "why_stopped": why},
            )
        )
    return run_id


def test_two_people_bring_a_version_into_use_and_one_takes_it_back(
    platform: Platform, author: Browser, approver: Browser, draft: int
) -> None:
    assert "must be tried" in author.get(PAGE).text
    assert "Propose it" not in author.get(PAGE).text
    author.post(f"{PAGE}/{draft}/dry-run")
    assert "A dry run is being made." in author.get(PAGE).text
    run_due_steps(platform)
    author.post(f"{PAGE}/{draft}/propose", {"note": "Two weeks are too long."})
    assert states(platform)[draft] == "proposed"

    waiting = author.get(PAGE).text
    assert "waits for another person" in waiting
    assert f"{PAGE}/{draft}/approve" not in waiting

    seen = approver.get(PAGE).text
    assert "Two weeks are too long." in seen
    assert "Posts that would be over their capacity" in seen
    approve(approver, draft)
    assert author.post(f"{PAGE}/{draft}/activate", {"where": "everywhere"}).status_code == 303
    assert states(platform) == {1: "retired", draft: "live"}

    confirm = approver.get(f"{PAGE}/{draft}/back").text
    assert "Version 1, which was in use before, is in use again at once." in confirm
    for _ in range(2):
        assert approver.post(f"{PAGE}/{draft}/back").location == PAGE
    assert states(platform) == {1: "live", draft: "retired"}


def test_the_author_cannot_approve_even_without_the_button(
    platform: Platform, author: Browser, draft: int
) -> None:
    propose(platform, author, draft)

    answer = author.post(f"{PAGE}/{draft}/approve", {"read": "yes", "assessment": "IA-1"})

    assert answer.status_code == 422
    assert "Who wrote or proposed a version does not approve it." in answer.text
    assert states(platform)[draft] == "proposed"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"assessment": "IA-1"}, "Tick this when you have read it."),
        ({"read": "yes", "assessment": " "}, "Give its number."),
    ],
)
def test_an_approval_without_reading_or_assessment_says_what_is_missing(
    platform: Platform,
    author: Browser,
    approver: Browser,
    draft: int,
    given: dict[str, str],
    words: str,
) -> None:
    propose(platform, author, draft)

    answer = approver.post(f"{PAGE}/{draft}/approve", given)

    assert answer.status_code == 422
    assert answer.text.count(words) == 2  # in the summary and at its field
    assert states(platform)[draft] == "proposed"


def test_a_second_tap_shows_where_it_stands(
    platform: Platform, author: Browser, approver: Browser, draft: int
) -> None:
    propose(platform, author, draft)
    approve(approver, draft)

    again = approver.post(f"{PAGE}/{draft}/approve", {"read": "yes", "assessment": "IA-2"})

    assert again.status_code == 303
    assert "It has moved on meanwhile." in approver.get(again.location).text
    with platform.work(MACHINE) as work:
        assert version_row(work, NAME, draft).assessment == "IA-2026-7"


def test_a_version_is_sent_back_with_words_that_its_author_reads(
    platform: Platform, author: Browser, approver: Browser, draft: int
) -> None:
    propose(platform, author, draft)
    assert approver.post(f"{PAGE}/{draft}/send-back", {"reason": ""}).status_code == 422

    approver.post(f"{PAGE}/{draft}/send-back", {"reason": "Cite the article."})

    assert states(platform)[draft] == "draft"
    assert "Cite the article." in author.get(PAGE).text


def test_a_version_begins_in_chosen_towns_from_a_day(
    platform: Platform, author: Browser, approver: Browser, draft: int
) -> None:
    propose(platform, author, draft)
    approve(approver, draft)
    url = f"{PAGE}/{draft}/activate"

    assert author.post(url, {"where": "chosen"}).status_code == 422
    given = {"where": "chosen", "areas": [TOWN], "live_from": "2027-03-01"}
    assert author.post(url, given).status_code == 303
    shown = author.get(PAGE).text
    assert re.search(r"begins on Mon 1 Mar 2027 · 甲镇", shown)
    assert states(platform) == {1: "live", draft: "approved"}

    author.post(url, {"where": "chosen", "areas": [TOWN, OTHER_TOWN]})
    assert states(platform) == {1: "live", draft: "pilot"}
    assert "甲镇, 乙镇" in author.get(PAGE).text
    for _ in range(2):
        assert author.post(f"{PAGE}/{draft}/back").location == PAGE
    assert states(platform) == {1: "live", draft: "retired"}


def test_a_trigger_is_switched_off_after_a_question(platform: Platform, author: Browser) -> None:
    assert "switch it off everywhere" in author.get(f"{PAGE}/1/back").text

    for _ in range(2):
        assert author.post(f"{PAGE}/off").location == PAGE

    assert states(platform) == {1: "retired"}
    assert "it raises nobody" in author.get(PAGE).text


def test_a_stopped_run_is_an_alarm_that_a_person_answers_with_a_reason(
    platform: Platform, author: Browser, sign_in_as: SignIn
) -> None:
    run_id = stop_a_run(platform, "outside_band")
    operator = sign_in_as(Role.OPERATOR)
    words = "it found 900 among 1,000, and the rule expects 0 to 3 in 1,000"
    assert words in author.get(PAGE).text
    assert "a run stopped itself" in author.get("/policy/triggers").text
    assert words in operator.get(PAGE).text
    assert words in operator.get("/operator").text
    assert words in operator.get("/operator/runs").text

    url = f"{PAGE}/accept/{run_id}"
    assert author.post(url, {"reason": " "}).status_code == 422
    for _ in range(2):
        assert author.post(url, {"reason": "The first list of births."}).status_code == 303

    assert words not in author.get(PAGE).text
    with platform.work(MACHINE) as work:
        query = "SELECT accepted_why, accepted_most FROM scan_run WHERE accepted_by IS NOT NULL"
        accepted = [tuple(row) for row in work.db.execute(text(query))]
    assert accepted == [("The first list of births.", 900)]


def test_old_records_are_nothing_that_a_person_could_vouch_for(
    platform: Platform, author: Browser
) -> None:
    run_id = stop_a_run(platform, "stale_exclusion")

    assert "The number is right" not in author.get(PAGE).text
    answer = author.post(f"{PAGE}/accept/{run_id}", {"reason": "It will do."})

    assert answer.status_code == 422
    assert "No number of this run waits" in answer.text


def test_a_trigger_that_is_not_there_has_no_page(author: Browser) -> None:
    assert author.get("/policy/triggers/no_such/switch").status_code == 404
    for step in ("dry-run", "propose", "approve", "send-back", "activate"):
        given = {"note": "x", "reason": "x", "read": "yes", "assessment": "x"}
        assert author.post(f"{PAGE}/99/{step}", given).status_code == 404, step
