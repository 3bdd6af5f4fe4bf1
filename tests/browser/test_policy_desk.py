"""A policy officer reads the medical trigger and gives one county its own value, in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from proactive.rules.service import export_trigger, list_triggers
from tests.browser.conftest import OpenPage, Site, keep_picture, open_all
from tests.browser.test_pages import faults, too_wide
from tests.web.browsing import SETUP

pytestmark = pytest.mark.browser
NAME = "large_medical_bill"
WORDS = {
    "en": {
        "trigger": "Large out-of-pocket medical spending",
        "change": "Change it",
        "add": "Add a dated value Own payments from which a visit is due",
        "from": "In force from",
        "area": "In which area",
        "value": "Value",
        "basis": "Legal basis of this value",
        "save": "Save",
        "right": "No mistakes.",
        "keep": "Keep as a version",
        "wrong": "is not an amount of yuan",
        "coming": "coming",
        "compare": "with version",
    },
    "zh": {
        "trigger": "大额医疗支出预警",
        "change": "修改",
        "add": "新增施行数值 个人负担标准",
        "from": "施行日期",
        "area": "适用地区",
        "value": "数值",
        "basis": "该数值的依据",
        "save": "保存",
        "right": "没有错误。",
        "keep": "存为新版本",
        "wrong": "不是金额（元）",
        "coming": "即将施行",
        "compare": "与第",
    },
}


def looked_at(page: Page, name: str) -> None:
    """Keep pictures of a page at a phone's and a desk's width; it must be readable by all."""
    for width in (390, 320, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert not too_wide(page), (name, width)
        if width != 320:
            keep_picture(page, f"{name}-{width}")
    assert faults(page) == [], name
    page.emulate_media(color_scheme="dark")
    assert faults(page) == [], f"{name}, dark"
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_officer_lowers_the_threshold_for_one_county_with_a_citation(
    open_page: OpenPage, site: Site, language: str
) -> None:
    words = WORDS[language]
    page = open_page("policy", "/policy/triggers", language=language, width=1280)
    looked_at(page, f"desk-list-{language}")
    page.get_by_role("link", name=words["trigger"]).click()
    open_all(page)
    looked_at(page, f"desk-trigger-{language}")

    page.get_by_role("button", name=words["change"], exact=True).click()
    looked_at(page, f"desk-draft-{language}")
    page.get_by_role("link", name=words["add"]).click()
    looked_at(page, f"desk-value-{language}")
    page.get_by_label(words["from"], exact=True).fill("2026-12-01")
    page.get_by_label(words["area"], exact=True).select_option(label=county(page))
    page.get_by_label(words["value"], exact=True).fill("two thousand")
    page.get_by_label(words["basis"], exact=True).fill(f"青禾县政府文件〔2026〕1号 {language}")
    page.get_by_role("button", name=words["save"], exact=True).click()
    expect(page.locator("#value-wrong")).to_contain_text(words["wrong"])
    looked_at(page, f"desk-wrong-{language}")
    page.get_by_label(words["value"], exact=True).fill("20000")
    page.get_by_role("button", name=words["save"], exact=True).click()

    expect(page.get_by_text(words["right"])).to_be_visible()
    expect(page.locator("ins").first).to_contain_text("20,000")
    assert "文件〔2026〕1号" in page.locator("#yaml").input_value()
    looked_at(page, f"desk-changed-{language}")
    page.get_by_role("button", name=words["keep"]).click()

    expect(page.get_by_text(words["coming"]).first).to_be_visible()
    looked_at(page, f"desk-kept-{language}")
    page.get_by_role("link", name=words["compare"]).first.click()
    expect(page.locator("ins").first).to_contain_text("20,000")
    looked_at(page, f"desk-compare-{language}")
    newest = next(row for row in rows(site) if row[0] == NAME)
    with site.platform.work(SETUP) as work:
        text = export_trigger(work, NAME, newest[1])
    assert f"青禾县政府文件〔2026〕1号 {language}" in text
    assert text.startswith("# People whose own share")


def county(page: Page) -> str:
    """Return the words of the county in the list of areas."""
    found = page.locator("#area option", has_text="青禾县").first.text_content()
    assert found
    return found


def rows(site: Site) -> Iterator[tuple[str, int]]:
    with site.platform.work(SETUP) as work:
        return iter([(row.trigger, row.version) for row in list_triggers(work)])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_conditions_mistakes_and_examples_can_be_read_by_everybody(
    open_page: OpenPage, language: str
) -> None:
    page = open_page("policy", f"/policy/triggers/{NAME}/versions/1", language=language)
    page.locator("main form button").first.click()
    draft = page.url
    page.goto(f"{draft}/part?at=when.all.1")
    looked_at(page, f"desk-group-{language}")
    page.goto(f"{draft}/part?at=when.all.0")
    looked_at(page, f"desk-condition-{language}")
    page.goto(f"{draft}/part?at=measures.oop_person")
    open_all(page)
    looked_at(page, f"desk-measure-{language}")
    page.goto(f"{draft}/part?at=hit")
    looked_at(page, f"desk-hit-{language}")
    page.goto(f"{draft}/examples")
    page.locator("main form button").click()
    looked_at(page, f"desk-examples-{language}")
    page.goto(draft)
    text = page.locator("#yaml").input_value()
    page.locator("#yaml").fill(text.replace("at_least: oop_threshold", "at_least: oop_treshold"))
    page.locator("#text form button").click()
    page.goto(draft)
    assert "oop_threshold" in (page.locator(".marked").text_content() or "")
    looked_at(page, f"desk-mistakes-{language}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_public_page_of_rules_can_be_read_by_everybody(
    open_page: OpenPage, language: str
) -> None:
    page = open_page("", "/rules", language=language)
    looked_at(page, f"rules-{language}")
    page.get_by_role("link", name=WORDS[language]["trigger"]).click()
    looked_at(page, f"rule-{language}")
