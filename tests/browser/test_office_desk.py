"""A clerk's desk by keyboard: through the list, into an item, and to its actions."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage, keep_picture
from tests.browser.test_pages import faults, too_wide

pytestmark = pytest.mark.browser
DESK = "/office?part=todo"
PAUSE = 700  # the desk takes no deciding key in the first moments of a page


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.outerHTML.slice(0, 300)"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_is_worked_through_by_keyboard(open_page: OpenPage, language: str) -> None:
    page = open_page("relief", DESK, language=language, width=1280)
    keep_picture(page, f"desk-{language}-1280")
    links = page.locator("[data-worklist] a.cover")
    assert links.count() >= 1
    first = str(links.first.get_attribute("href"))

    page.keyboard.press("j")
    assert first.replace("&", "&amp;") in focused(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/office/items/**")
    page.wait_for_timeout(PAUSE)
    keep_picture(page, f"desk-item-{language}-1280")
    page.keyboard.press("r")

    assert page.locator("details[data-key=r]").evaluate("panel => panel.open")
    assert 'name="reason"' in focused(page)
    assert faults(page) == []


def test_keys_leave_typing_alone_and_can_be_switched_off(open_page: OpenPage) -> None:
    page = open_page("relief", DESK, width=390)
    page.keyboard.press("/")
    page.keyboard.type("jr?")
    assert page.locator("#number").input_value() == "jr?"
    page.keyboard.press("Escape")

    page.keyboard.press("?")
    page.locator("[data-keys-switch]").click()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.wait_for_timeout(PAUSE)

    assert page.url.endswith(DESK)
    assert faults(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert not too_wide(page)
    keep_picture(page, "desk-en-320")
