"""Every main page in both languages at phone and desk width: readable by all, nothing cut off."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage, Site, keep_picture, open_all

pytestmark = pytest.mark.browser

# who, name of the page, its address ('' = from the story)
PAGES = (
    ("", "sign-in", "/sign-in"),
    ("", "check", "/check"),
    ("", "display", "/display"),
    ("", "automatic", "/automatic"),
    ("east", "list", "/visits"),
    ("east", "sheet", ""),
    ("east", "hand_over", ""),
    ("east", "tell", "/tell"),
    ("east", "waiting", "/visits/waiting"),
    ("east", "no-signal", "/visits/no-signal"),
    ("east", "print", "/visits/print"),
    ("east", "consent", ""),
    ("east", "devices", "/devices"),
    ("", "start", "/start"),
    ("operator", "all-devices", "/operator/devices"),
    ("west", "running", ""),
    ("desk", "firm", ""),
    ("town", "today", "/desk"),
    ("county", "stuck", "/desk/stuck"),
    ("town", "give-out", ""),
    ("county", "way", "/desk/way"),
    ("county", "cases", "/desk/cases"),
    ("county", "villages", "/desk/villages"),
    ("town", "gate-list", "/town"),
    ("town", "gate", ""),
    ("town", "late", "/town/late"),
    ("town", "load", "/town/posts"),
    ("county", "place-list", "/place"),
    ("county", "place", ""),
    ("county", "doubts", "/doubts"),
    ("county", "doubt", ""),
    ("clerk", "items", "/office"),
    ("clerk", "book", "/office/book"),
    ("clerk", "item", ""),
    ("relief", "new_item", ""),
    ("operator", "health", "/operator"),
    ("operator", "messages", "/operator/messages"),
    ("operator", "parked", ""),
    ("operator", "tellings", "/operator/tellings"),
    ("operator", "deliveries", "/operator/deliveries"),
    ("operator", "delivery", ""),
    ("operator", "hand-in", "/operator/hand-in"),
    ("operator", "parcel", ""),
    ("operator", "alarms", "/operator/alarms"),
    ("operator", "runs", "/operator/runs"),
    ("operator", "steps", "/operator/steps"),
    ("policy", "triggers", "/policy/triggers"),
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FIRST_PAGE_BYTES = 100_000


def faults(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA, one line each."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{fault['id']}: {node['target']} {node['html'][:120]}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    ]


def too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("who", "name", "path"), PAGES, ids=[page[1] for page in PAGES])
def test_a_page_can_be_read_by_everybody(
    open_page: OpenPage, site: Site, who: str, name: str, path: str, language: str
) -> None:
    page = open_page(who, path or site.pages[name], language=language, width=390)
    keep_picture(page, f"{name}-{language}-390-closed")
    open_all(page)
    keep_picture(page, f"{name}-{language}-390")

    assert faults(page) == []
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert not too_wide(page), width
    page.set_viewport_size({"width": 1280, "height": 900})
    keep_picture(page, f"{name}-{language}-1280")
    assert not too_wide(page)
    page.emulate_media(color_scheme="dark")
    assert faults(page) == []


def test_twice_the_text_size_still_fits_a_phone(open_page: OpenPage, site: Site) -> None:
    for who, path in (("east", "/visits"), ("east", site.pages["sheet"])):
        page = open_page(who, path, width=360)
        page.evaluate("document.documentElement.dataset.scale = '200'")
        open_all(page)
        keep_picture(page, f"large-{path.count('/')}")

        assert not too_wide(page), path


def test_what_is_tapped_is_large_enough_for_a_thumb(open_page: OpenPage, site: Site) -> None:
    page = open_page("east", site.pages["sheet"])
    open_all(page)

    small = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, .choice, input[type=text]')]
          .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44)
          .map(e => e.outerHTML.slice(0, 80))"""
    )

    assert small == []


def test_the_first_list_weighs_little(open_page: OpenPage) -> None:
    page = open_page("east", "/visits", language="zh")

    weight = page.evaluate(
        """() => ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
          .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
    )

    assert 0 < weight < FIRST_PAGE_BYTES


def test_the_whole_visit_works_with_the_keyboard_alone(open_page: OpenPage, site: Site) -> None:
    page = open_page("east", site.pages["sheet"])

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    summary = page.locator("summary", has_text="No need").first
    summary.focus()
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.name") == "reason"


def test_no_script_runs_on_any_page(open_page: OpenPage, site: Site) -> None:
    page = open_page("east", site.pages["sheet"])
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text))

    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.hurt = 1';"
        " document.body.append(s); }"
    )

    assert page.evaluate("window.hurt") is None
    assert any("Content Security Policy" in line for line in blocked)


def test_a_visit_is_recorded_by_tapping_through(open_page: OpenPage, site: Site) -> None:
    page = open_page("south", site.pages["far"], language="zh", width=360)
    page.get_by_text("没有联系上").click()
    page.locator("button[name=next_try_on]").first.click()

    assert page.get_by_role("heading", name="已保存").is_visible()
    keep_picture(page, "saved-zh-390")
    assert faults(page) == []

    site.clock.advance(timedelta(minutes=2))
    page.get_by_role("link", name="回到我的清单").click()
    page.get_by_role("link", name="何远").click()
    page.get_by_text("需要帮助", exact=True).first.click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="下一步").click()

    assert page.get_by_text("请先回答这个问题。").is_visible()
    keep_picture(page, "step-zh-390")
    assert faults(page) == []

    for question in page.locator("fieldset").all():
        question.locator("input").first.check()
        page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="保存：需要帮助").click()

    assert page.get_by_role("heading", name="已保存").is_visible()
    assert page.get_by_text("需要镇街确认的，现在已转镇街。").is_visible()


def test_what_is_not_there_is_said_kindly(open_page: OpenPage, site: Site) -> None:
    page = open_page("east", "/visits", language="zh")

    answer = page.goto(f"{site.url}/visits/00000000-0000-7000-8000-000000000000")

    assert answer
    assert answer.status == 404
    keep_picture(page, "not-there-zh-390")
    assert faults(page) == []
