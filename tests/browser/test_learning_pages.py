"""What a visitor asked of an office comes back to the visitor, in a real browser."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from proactive.cases.store import case
from proactive.outcomes.store import correction_request
from tests.browser.conftest import OpenPage, Site
from tests.web.story import MACHINE

pytestmark = pytest.mark.browser


def test_an_office_answers_and_the_visitor_sees_it(open_page: OpenPage, site: Site) -> None:
    desk = open_page("clerk", "/office/corrections", width=1280)
    desk.get_by_role("button", name="It stands as it is").click()

    expect(desk.get_by_text("Nothing to check.")).to_be_visible()
    visitor = open_page("east", site.pages["asked"])
    expect(visitor.get_by_text("The office answered:")).to_be_visible()
    with site.platform.work(MACHINE) as work:
        row = work.db.execute(
            select(correction_request).join(case, case.c.id == correction_request.c.case_id)
        ).one()
    assert (row.state, row.answer, row.who_cipher) == ("answered", "stands", None)
