"""Trying a trigger in a browser: an officer asks, waits, reads; every page readable by all."""

import pytest
from playwright.sync_api import Browser, Page

from proactive.stepping import run_due_steps
from tests.browser.conftest import keep_picture, open_all, serving
from tests.browser.test_pages import faults, too_wide
from tests.fullness import in_full
from tests.proactive.tuning.conftest import (  # noqa: F401 - fixtures
    County,
    county,
    filled,
)
from tests.proactive.tuning.test_pages import PAGE, Sign, sign_in  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LANGUAGES = {"en": 1280, "zh": 390}
# The words of the button that asks, by language, in the order of the page.
ASKS = {
    "en": ("Look at this day", "Try these values", "Look back", "Replay these days"),
    "zh": ("看这一天", "试这些取值", "回看", "回放这些天"),
}
CANCEL = {"en": "Cancel it", "zh": "取消"}
SHADOW = {"en": "Start the shadow", "zh": "开始影子运行"}


@pytest.mark.parametrize("language", in_full(["zh"], list(LANGUAGES)))
def test_an_officer_tries_a_trigger_in_every_way(
    chromium: Browser,
    county: County,  # noqa: F811 - the fixture
    sign_in: Sign,  # noqa: F811 - the fixture
    language: str,
) -> None:
    officer = sign_in(language=language)
    session = officer.client.get_cookie("session")
    assert session
    with serving(officer.client.application) as url:
        context = chromium.new_context(viewport={"width": LANGUAGES[language], "height": 844})
        context.add_cookies([{"name": "session", "value": session.value, "url": url}])
        page = context.new_page()
        page.goto(f"{url}{PAGE}?version=2")
        open_all(page)
        look(page, f"try-{language}")
        for number, words in enumerate(ASKS[language]):
            page.goto(f"{url}{PAGE}?version=2")
            open_all(page)
            page.get_by_role("button", name=words, exact=True).click()
            page.get_by_role("button", name=CANCEL[language], exact=True).wait_for()
            run_due_steps(county.platform)
            page.reload()
            open_all(page)
            assert page.locator("table").count()
            assert number == 0 or page.locator("figure.chart svg").count()
            look(page, f"try-{number}-{language}")
        page.goto(f"{url}{PAGE}?version=2")
        open_all(page)
        page.get_by_role("button", name=SHADOW[language], exact=True).click()
        county.scan()
        page.reload()
        assert page.locator("figure.chart > svg").count() == 1
        look(page, f"try-shadow-{language}")
        context.close()


def look(page: Page, name: str) -> None:
    keep_picture(page, f"{name}")
    assert faults(page) == []
    assert not too_wide(page)
