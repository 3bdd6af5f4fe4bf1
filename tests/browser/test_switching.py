"""A second person reads a proposal, approves it, begins in one town and takes it back."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Site
from tests.browser.figures import propose
from tests.browser.keyboard import press, walk
from tests.browser.looking import look
from tests.web.story import story_of

pytestmark = pytest.mark.browser


def test_a_second_person_approves_begins_in_a_town_and_takes_it_back_by_keyboard_alone(
    open_page: OpenPage, site: Site
) -> None:
    proposed = propose(story_of(site.platform), "birth_registration")
    page = open_page("policy", "/policy/triggers/birth_registration/switch", width=1280)

    press(page, page.get_by_role("button", name="Approve it"))
    expect(page.get_by_role("alert")).to_contain_text("Tick this when you have read it.")
    press(page, page.get_by_label("I have read the figures of the dry run above."), "Space")
    walk(page, page.get_by_label("Number of the impact assessment"))
    page.keyboard.type("评估-2026-12")
    press(page, page.get_by_role("button", name="Approve it"))

    card = page.locator(f"section[aria-labelledby=version-{proposed}]")
    card.get_by_label("First in the places ticked below").check()
    press(page, card.locator("summary", has_text="Places"))
    press(page, card.get_by_label("甲镇"), "Space")
    press(page, card.get_by_role("button", name="Switch it on"))
    expect(page.get_by_role("heading", name=f"Version {proposed}: 甲镇")).to_be_visible()
    assert look(page, "switch-pilot-en") == []

    page.reload()
    press(page, page.get_by_role("link", name="Stop the trial…"))
    page.wait_for_url("**/back")
    press(page, page.get_by_role("button", name="Yes, stop the trial"))
    expect(page.get_by_role("heading", name="No longer used")).to_be_visible()
