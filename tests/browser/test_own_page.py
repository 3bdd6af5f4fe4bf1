"""The own page in a browser: for old eyes, small phones, both languages, by number and code."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from proactive.voice.codes import issue_code
from proactive.voice.model import How
from tests.browser.conftest import OpenPage, Site
from tests.browser.keyboard import press, walk
from tests.browser.looking import faults, keep_picture, look
from tests.fullness import in_full
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
        "print": "Print from the page",
    },
    "zh": {
        "number": "编号",
        "code": "查询码",
        "show": "查看",
        "not_done": "办不成事",
        "own_words": "哪里不对，请用您自己的话说",
        "send": "提交",
        "kept": "由县级窗口处理",
        "leave": "关闭页面",
        "left": "页面已关闭",
        "print": "从网页打印",
    },
}
CASES = {"zh": "running", "en": "gate"}


def come_in(page: Page, site: Site, name: str, language: str) -> None:
    """Type number and code in, by keyboard alone."""
    case_id = UUID(site.pages[name].rpartition("/")[2])
    with site.platform.work(MACHINE) as work:
        issued = issue_code(work, case_id, How.TOLD)
    walk(page, page.get_by_label(WORDS[language]["number"], exact=True))
    page.keyboard.type(issued.case.ref.lower())
    walk(page, page.get_by_label(WORDS[language]["code"], exact=True))
    page.keyboard.type(f"{issued.code[:4]} {issued.code[4:]}")
    press(page, page.get_by_role("button", name=WORDS[language]["show"], exact=True))
    page.wait_for_selector("#stands")


@pytest.mark.parametrize("language", in_full(["zh"], ["zh", "en"]))
def test_a_person_comes_in_reads_says_what_is_wrong_and_leaves_by_keyboard_alone(
    open_page: OpenPage, site: Site, language: str
) -> None:
    say, name = WORDS[language], CASES[language]
    page = open_page("", "/my", language=language)
    come_in(page, site, name, language)
    assert page.url == f"{site.url}/my"
    assert look(page, f"own-{language}", thumbs=True) == []

    page.reload()
    press(page, page.locator("summary", has_text=say["not_done"]))
    walk(page, page.locator("details[open]").get_by_label(say["own_words"]))
    page.keyboard.type("跑了三趟没办成 䶮")
    press(page, page.locator("details[open]").get_by_role("button", name=say["send"], exact=True))
    expect(page.get_by_role("status").get_by_text(say["kept"])).to_be_visible()
    expect(page.locator("q", has_text="跑了三趟没办成 䶮")).to_be_visible()

    press(page, page.get_by_role("button", name=say["leave"]))
    expect(page.get_by_role("heading", name=say["left"])).to_be_visible()
    page.go_back()
    page.goto(f"{site.url}/my")
    expect(page.get_by_role("button", name=say["show"], exact=True)).to_be_visible()


def test_letters_are_read_by_everybody_and_printed_one_a_sheet(open_page: OpenPage) -> None:
    page = open_page("east", "/letters", language="zh")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name=WORDS["zh"]["print"]).click()
    page.wait_for_selector(".letter")
    assert look(page, "letter-zh") == []

    page.emulate_media(media="print")
    keep_picture(page, "letter-zh-print")
    assert not page.locator(".top").is_visible()
    assert faults(page, "colour") == []
    if page.locator(".letter").count() > 1:
        broken = "e => getComputedStyle(e).breakAfter"
        assert page.locator(".letter").first.evaluate(broken) == "page"
