"""A mistaken answer is taken back within hours, with a trace; later, the way is told."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select, text

from proactive.cases.service import get_case
from proactive.cases.store import case_event
from proactive.kernel.clock import ManualClock
from proactive.kernel.ids import new_id
from proactive.outcomes.model import NOT_REACHED, Result, judge
from tests.conftest import START
from tests.web.browsing import Browser, SignIn
from tests.web.story import MACHINE, Story


def row_of(story: Story, case_id: UUID) -> Row[Any]:
    with story.platform.work(MACHINE) as work:
        return get_case(work, case_id)


def count(story: Story, query: str) -> int:
    with story.platform.work(MACHINE) as work:
        return int(work.db.execute(text(query)).scalar_one())


def no_need(story: Story, browser: Browser, case_id: UUID, reason: str = "no_need") -> None:
    version = row_of(story, case_id).version
    form = {"visit_id": str(new_id()), "base_version": str(version), "outcome": "no_need"}
    answer = browser.post(f"/visits/{case_id}", {**form, "reason": reason})
    assert answer.status_code == 303
    assert "Take it back" in browser.get(answer.location).text


def undo(story: Story, browser: Browser, case_id: UUID) -> int:
    version = {"base_version": str(row_of(story, case_id).version)}
    return browser.post(f"/visits/{case_id}/take-back", version).status_code


@pytest.mark.parametrize("at_once", [True, False])
def test_a_mistaken_no_need_is_taken_back_with_all_that_followed(
    story: Story, sign_in_as: SignIn, *, at_once: bool
) -> None:
    case_id = story.raise_case(1)
    east = sign_in_as(account_id=story.accounts["east"])
    no_need(story, east, case_id, "data_wrong")
    if not at_once:
        story.settle()
        assert count(story, "SELECT count(*) FROM cool_down") == 1
        assert count(story, "SELECT count(*) FROM correction_request WHERE state = 'open'") == 1

    assert "Just recorded: 1" in east.get("/visits").text
    page = east.get("/visits/answers").text
    assert "recorded 0 minutes ago" in page
    assert "刘建国" in page
    assert "刘建国" not in sign_in_as(account_id=story.accounts["town"]).get("/visits/answers").text
    assert undo(story, sign_in_as(account_id=story.accounts["town"]), case_id) == 409
    assert undo(story, east, case_id) == 303
    assert undo(story, east, case_id) == 409  # twice tapped, or a stale page
    story.settle()

    row = row_of(story, case_id)
    assert (row.state, row.next_step, row.closed_at, row.close_reason) == (
        "assigned", "visit", None, None,
    )  # fmt: skip
    assert count(story, "SELECT count(*) FROM cool_down") == 0
    assert count(story, "SELECT count(*) FROM correction_request WHERE state = 'open'") == 0
    assert count(story, "SELECT count(*) FROM outcome WHERE result <> 'open'") == 0
    assert count(story, "SELECT count(*) FROM visit WHERE taken_back_at IS NOT NULL") == 1
    with story.platform.work(MACHINE) as work:
        query = select(case_event.c.action).order_by(case_event.c.seq)
        actions = list(work.db.execute(query).scalars())
    assert [one for one in actions if one != "note"] == [
        "raise", "route", "not_confirm", "close", "take_back",
    ]  # fmt: skip
    assert "Answer taken back" in east.get(f"/visits/{case_id}").text
    no_need(story, east, case_id, "data_wrong")  # answered anew: the office is asked anew, once
    for _ in range(2):
        story.settle()
    asked = "SELECT count(*) FROM correction_request WHERE state = "
    assert (count(story, f"{asked}'open'"), count(story, f"{asked}'withdrawn'")) == (
        1, 0 if at_once else 1,
    )  # fmt: skip


def test_what_came_too_late_tells_the_way(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    first, second = story.raise_case(1), story.raise_case(3)
    east = sign_in_as(account_id=story.accounts["east"])
    no_need(story, east, first, "data_wrong")
    story.settle()
    with story.platform.work(MACHINE) as work:
        work.db.execute(
            text(
                "UPDATE correction_request SET state = 'answered', who_cipher = NULL,"
                " answer = 'corrected', answered_by = 'clerk', answered_at = now()"
            )
        )
    no_need(story, east, second)
    assert undo(story, east, first) == 422  # an office has answered
    clock.advance(timedelta(hours=25))

    east = sign_in_as(account_id=story.accounts["east"])
    form = {"base_version": str(row_of(story, second).version)}
    late = east.post(f"/visits/{second}/take-back", form)

    assert late.status_code == 422
    assert "report the person anew" in late.text
    assert "There is nothing to take back." in east.get("/visits/answers").text
    assert [row_of(story, one).state for one in (first, second)] == ["closed", "closed"]


def test_a_judgement_without_the_answer_that_was_taken_back() -> None:
    at = START

    def said(*actions: str) -> tuple[str, str]:
        found = judge((action, "above_means", at) for action in actions)
        return found.result, found.reason

    assert said("not_confirm", "take_back") == (Result.OPEN, "")
    assert said("could_not_reach", "not_confirm", "take_back_to_try") == (Result.OPEN, NOT_REACHED)
    assert said("confirm", "decline", "take_back") == (Result.CONFIRMED, "")
    assert said("not_confirm", "take_back", "confirm") == (Result.CONFIRMED, "")
