"""The person of a case at the own page: gets a code, comes in, says things."""

from uuid import UUID

from flask import Flask
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.cases.service import apply
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.voice.codes import issue_code
from proactive.voice.model import How
from tests.web.browsing import TOWN, Browser, SignIn
from tests.web.story import MACHINE, Story
from tests.web.test_coordinator import CONFIRMED, open_sheet

TOWN_DESK = Actor(role=Role.TOWN, id="acc-town", areas=(TOWN,), level=4)


def code_of(platform: Platform, case_id: UUID) -> tuple[str, str]:
    """Return number and code of a case, freshly made."""
    with platform.work(MACHINE) as work:
        issued = issue_code(work, case_id, How.TOLD)
    return issued.case.ref, issued.code


def at_own_page(app: Flask, platform: Platform, case_id: UUID, language: str = "en") -> Browser:
    """Return a browser that has come in."""
    browser = Browser(app.test_client(), language)
    number, code = code_of(platform, case_id)
    answer = browser.post("/my", {"number": number, "code": code})
    assert answer.status_code == 303, answer.text
    return browser


def confirmed_case(story: Story, sign_in_as: SignIn, *, agreed: bool, key: int = 1) -> UUID:
    """Return a case that was confirmed and approved: running, or offered where not agreed yet."""
    case_id = story.raise_case(key)
    coordinator = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(coordinator, case_id)
    coordinator.post(f"/visits/{case_id}", {**form, **CONFIRMED})
    story.settle()
    with story.platform.work(MACHINE) as work:
        work.db.execute(
            text('UPDATE "case" SET consent = :agreed WHERE id = :id'),
            {"agreed": agreed, "id": case_id},
        )
    with story.platform.work(TOWN_DESK) as work:
        apply(work, case_id, "approve")
    story.settle()
    return case_id
