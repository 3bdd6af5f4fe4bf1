"""The guided form: one question at a time with the script, the whole form without it."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenPage, Site, keep_picture
from tests.browser.test_pages import faults, too_wide

pytestmark = pytest.mark.browser
NEXT = {"en": "Next", "zh": "下一步"}
MISSING = {"en": "Please answer this first.", "zh": "请先回答这个问题。"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_question_is_asked_at_a_time(open_page: OpenPage, site: Site, language: str) -> None:
    page = open_page("east", site.pages["sheet"], language=language)
    form = page.locator("form[data-steps]").first
    form.evaluate("form => form.closest('details').open = true")
    steps = form.locator("[data-step]:visible")
    expect(steps).to_have_count(1)
    next_step = form.get_by_role("button", name=NEXT[language])

    next_step.click()
    next_step.click()

    expect(form.get_by_text(MISSING[language])).to_be_visible()
    expect(form.locator("fieldset[data-step]:visible")).to_have_count(1)
    keep_picture(page, f"guided-{language}-390")
    assert faults(page) == []
    page.evaluate("document.documentElement.dataset.scale = '200'")
    page.set_viewport_size({"width": 320, "height": 800})
    assert not too_wide(page)


def test_the_keyboard_alone_goes_through_all_steps_to_the_button(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page("east", site.pages["sheet"])
    form = page.locator("form[data-steps]").first
    form.evaluate("form => form.closest('details').open = true")
    total = form.locator("[data-step]").count()
    form.locator("[data-next]").focus()
    page.keyboard.press("Enter")
    for _ in range(total - 2):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")  # sends nothing yet: it goes to the next step

    expect(form.get_by_role("button", name="Save: help is needed")).to_be_visible()
    expect(form.locator("[data-next]")).to_be_hidden()
    form.locator("[data-back]").click()
    expect(form.locator("input:checked:visible")).to_have_count(1)


def test_without_script_the_form_is_whole(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": site.token("east", "en"), "url": site.url}])
    page = context.new_page()
    page.goto(site.url + site.pages["sheet"])
    page.get_by_text("Help is needed", exact=True).first.click()
    form = page.locator("form[data-steps]").first

    assert form.locator("[data-step]:visible").count() == form.locator("[data-step]").count()
    assert form.get_by_role("button", name="Save: help is needed").is_visible()
    assert form.get_by_role("button", name="Next").count() == 0
    context.close()
