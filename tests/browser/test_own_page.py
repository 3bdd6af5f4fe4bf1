"""The own page in a browser: for old eyes, small phones, both languages, by number and code."""

from uuid import UUID

import pytest
from playwright.sync_api import Page

from proactive.voice.codes import issue_code
from proactive.voice.model import How
from tests.browser.conftest import OpenPage, Site, keep_picture, open_all
from tests.browser.test_pages import faults, too_wide
from tests.web.story import MACHINE

pytestmark = pytest.mark.browser
WORDS = {
    "en": {
        "number": "Number",
        "code": "Code",
        "show": "Show my matter",
        "not_done": "I could not get it done",
        "own_words": "What is wrong, in your own words",
        "send": "Send",
        "kept": "The county desk will look at it.",
        "leave": "Close this page",
        "left": "The page is closed",
        "print": "Make the letters",
    },
    "zh": {
        "number": "编号",
        "code": "查询码",
        "show": "查看",
        "not_done": "办不成事",
        "own_words": "哪里不对，请用您自己的话说",
        "send": "提交",
        "kept": "由县级服务台处理",
        "leave": "关闭页面",
        "left": "页面已关闭",
        "print": "生成告知信",
    },
}
CASES = {"zh": "running", "en": "gate"}


def come_in(page: Page, site: Site, name: str, language: str) -> None:
    case_id = UUID(site.pages[name].rpartition("/")[2])
    with site.platform.work(MACHINE) as work:
        issued = issue_code(work, case_id, How.TOLD)
    say = WORDS[language]
    page.get_by_label(say["number"], exact=True).fill(issued.case.ref.lower())
    page.get_by_label(say["code"], exact=True).fill(f"{issued.code[:4]} {issued.code[4:]}")
    page.get_by_role("button", name=say["show"], exact=True).click()
    page.wait_for_selector("#stands")


def fits_everybody(page: Page, name: str) -> None:
    open_all(page)
    keep_picture(page, f"{name}-390")
    assert faults(page) == []
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert not too_wide(page), width
    page.evaluate("document.documentElement.dataset.scale = '200'")
    page.set_viewport_size({"width": 360, "height": 800})
    assert not too_wide(page), "200 %"
    page.evaluate("document.documentElement.dataset.scale = '125'")
    page.set_viewport_size({"width": 1280, "height": 900})
    keep_picture(page, f"{name}-1280")
    assert not too_wide(page)
    page.emulate_media(color_scheme="dark")
    assert faults(page) == []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_person_comes_in_reads_says_what_is_wrong_and_leaves(
    open_page: OpenPage, site: Site, language: str
) -> None:
    say, name = WORDS[language], CASES[language]
    page = open_page("", "/my", language=language)
    fits_everybody(page, f"own-door-{language}")
    come_in(page, site, name, language)
    assert page.url == f"{site.url}/my"
    keep_picture(page, f"own-{language}-closed")
    fits_everybody(page, f"own-{language}")

    page.goto(f"{site.url}/my")
    page.locator("summary", has_text=say["not_done"]).click()
    page.get_by_label(say["own_words"]).last.fill("跑了三趟没办成 䶮")
    page.get_by_role("button", name=say["send"], exact=True).last.click()
    assert page.get_by_role("status").get_by_text(say["kept"]).is_visible()
    assert page.locator("q", has_text="跑了三趟没办成 䶮").is_visible()

    page.get_by_role("button", name=say["leave"]).click()
    assert page.get_by_role("heading", name=say["left"]).is_visible()
    page.go_back()
    page.goto(f"{site.url}/my")
    assert page.get_by_role("button", name=say["show"], exact=True).is_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_letters_are_read_by_everybody_and_printed_one_a_sheet(
    open_page: OpenPage, language: str
) -> None:
    page = open_page("east", "/letters", language=language)
    fits_everybody(page, f"letters-{language}")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name=WORDS[language]["print"]).click()
    page.wait_for_selector(".letter")
    fits_everybody(page, f"letter-{language}")

    page.emulate_media(media="print")
    keep_picture(page, f"letter-{language}-print")
    assert not page.locator(".top").is_visible()
    if page.locator(".letter").count() > 1:
        broken = "e => getComputedStyle(e).breakAfter"
        assert page.locator(".letter").first.evaluate(broken) == "page"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_objections_are_read_by_everybody(open_page: OpenPage, site: Site, language: str) -> None:
    door = open_page("", "/my", language=language)
    come_in(door, site, "gate", language)
    door.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    if door.locator("#words-objection").count():
        door.locator("#words-objection").fill("这张票据不是我的")
        door.locator("form:has(#words-objection) button").click()

    page = open_page("town", "/objections", language=language)
    fits_everybody(page, f"objections-{language}")
    page.locator("a.cover").first.click()
    page.wait_for_selector("blockquote")
    fits_everybody(page, f"objection-{language}")
