"""The guided form: one question at a time with the script, the whole form without it."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenPage, Site
from tests.browser.looking import look
from tests.fullness import in_full

pytestmark = pytest.mark.browser
NEXT = {"en": "Next", "zh": "下一步"}
MISSING = {"en": "Please answer this first.", "zh": "请先回答这个问题。"}


@pytest.mark.parametrize("language", in_full(["zh"], ["zh", "en"]))
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
    assert look(page, f"guided-{language}", thumbs=True) == []
    form.locator("fieldset[data-step]:visible input").first.check()
    next_step.click()
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
