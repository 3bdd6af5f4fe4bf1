"""What is wrong in a working text and in its examples, in a browser (the hour sees the rest)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.looking import look
from tests.fullness import in_full

pytestmark = pytest.mark.browser
NAME = "large_medical_bill"


@pytest.mark.parametrize("language", in_full(["zh"], ["zh", "en"]))
def test_mistakes_and_failed_examples_can_be_read_by_everybody(
    open_page: OpenPage, language: str
) -> None:
    page = open_page("policy", f"/policy/triggers/{NAME}/versions/1", language=language)
    page.locator("main form button").first.click()
    page.wait_for_selector("#yaml")
    draft = page.url
    page.goto(f"{draft}/examples")
    page.locator("main form button").click()
    assert look(page, f"desk-examples-{language}") == []
    page.goto(draft)
    text = page.locator("#yaml").input_value()
    page.locator("#yaml").fill(text.replace("at_least: oop_threshold", "at_least: oop_treshold"))
    page.locator("#text form button").click()
    expect(page.locator(".marked")).to_contain_text("oop_threshold")
    assert look(page, f"desk-mistakes-{language}") == []
