"""One case from the visit to the office, each with its own user, by Tab, Space and Enter alone."""

import pytest
from playwright.sync_api import Page, expect

from proactive.stepping import run_due_steps
from tests.browser.conftest import OpenPage, Site
from tests.browser.keyboard import press, walk
from tests.browser.looking import look

pytestmark = pytest.mark.browser


def test_a_case_goes_from_visit_to_acceptance_by_keyboard_alone(
    open_page: OpenPage, site: Site
) -> None:
    visit(open_page("south", "/visits", language="zh", width=360))
    run_due_steps(site.platform)  # lays it before the town
    decide(open_page("town2", "/town", language="zh", width=1280))
    run_due_steps(site.platform)  # makes the items
    accept(open_page("relief", "/office?part=todo", width=1280))


def visit(page: Page) -> None:
    """The coordinator answers the questions one at a time and is told what comes next."""
    press(page, page.get_by_role("link", name="何远"))
    page.wait_for_url("**/visits/**-**")
    press(page, page.get_by_text("需要帮助", exact=True).first)
    form = page.locator("form[data-steps]").first
    total = form.locator("[data-step]").count()
    press(page, form.locator("[data-next]"))
    expect(form.locator("fieldset[data-step]:visible")).to_have_count(1)
    for _ in range(total - 2):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")  # sends nothing yet: it goes to the next step
    expect(form.locator("[data-next]")).to_be_hidden()
    press(page, form.get_by_role("button", name="保存：需要帮助"))

    expect(page.get_by_role("heading", name="已保存")).to_be_visible()
    expect(page.get_by_text("需要镇街确认的，现在已转镇街。")).to_be_visible()
    assert look(page, "saved-visit-zh", thumbs=True) == []


def decide(page: Page) -> None:
    """The town's desk reads what was found and approves."""
    press(page, page.locator("a.cover", has_text="何远"))
    page.wait_for_url("**/town/cases/**")
    press(page, page.locator("main form button.button:not(.second, .warn)").first)
    page.wait_for_url("**/decided")


def accept(page: Page) -> None:
    """The clerk opens the first item, accepts it and has the receipt."""
    press(page, page.locator("[data-worklist] a.cover").first)
    page.wait_for_url("**/office/items/**")
    came_in = page.locator("details:has(#field-bank_account)")
    press(page, came_in.locator("summary"))
    walk(page, came_in.locator("#field-bank_account"))
    page.keyboard.type("6222020000000001")
    press(page, came_in.locator("form button").last)
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    press(page, page.locator("[data-key=a] button").first)
    page.wait_for_url("**/office**done=accept**")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    page.get_by_role("link", name="Open it once more").click()
    press(page, page.locator("a[href$='/receipt']"))
    page.wait_for_selector(".receipt")
    assert look(page, "receipt-en") == []
