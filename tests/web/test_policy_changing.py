"""Changing a trigger by form and by text, on the real pages."""

import io
import re
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from proactive.bootstrap import Platform
from proactive.kernel.states import Role
from proactive.rules.service import list_triggers, version_row
from tests.web.browsing import COUNTY, SETUP, Browser, SignIn

NAME = "large_medical_bill"
COUNTY_VALUE = {
    "from": "2026-12-01",
    "area": COUNTY,
    "class": "",
    "value": "20000",
    "legal_basis": "青禾县政府文件〔2026〕1号",
    "note": "",
}


@pytest.fixture
def officer(sign_in_as: SignIn) -> Browser:
    return sign_in_as(Role.POLICY)


class Desk:
    """A working text in the hands of somebody."""

    def __init__(self, browser: Browser, address: str = "", platform: Platform | None = None):
        self.browser = browser
        self.address = address or self._begun()
        self.platform = platform

    def _begun(self) -> str:
        answer = self.browser.post("/policy/drafts", {"trigger": NAME, "version": 1})
        assert answer.status_code == 303
        return str(answer.headers["Location"])

    def page(self) -> str:
        return self.browser.get(self.address).text

    def text(self) -> str:
        found = re.search(r'<textarea id="yaml".*?>\n(.*?)</textarea>', self.page(), re.DOTALL)
        assert found
        return unescaped(found[1])

    def revision(self) -> int:
        found = re.search(r'name="revision" value="(\d+)"', self.page())
        assert found
        return int(found[1])

    def part(self, at: str, **more: str) -> str:
        return self.browser.get(f"{self.address}/part?{urlencode({'at': at, **more})}").text

    def save(
        self, at: str, values: dict[str, object], do: str = "save", **more: object
    ) -> TestResponse:
        given = {"at": at, "revision": self.revision(), "do": do, **values, **more}
        return self.browser.post(f"{self.address}/part", given)

    def save_text(self, text: str, revision: int | None = None) -> TestResponse:
        given = {"text": text.replace("\n", "\r\n"), "revision": revision or self.revision()}
        return self.browser.post(f"{self.address}/text", given)

    def keep(self) -> TestResponse:
        return self.browser.post(f"{self.address}/keep", {"revision": self.revision()})


def unescaped(text: str) -> str:
    for code, sign in (
        ("&#34;", '"'),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ):
        text = text.replace(code, sign)
    return text


def kept(platform: Platform, version: int) -> str:
    with platform.work(SETUP) as work:
        return str(version_row(work, NAME, version).yaml)


def fields(page: str) -> dict[str, str]:
    """Return what the form of a page would send as it stands."""
    form = page.split('class="card">')[1].split("</form>")[0]
    found = dict(re.findall(r'<input id="(\w+)" name="\1" type="\w+" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea id="(\w+)".*?>\n(.*?)</textarea>', form, re.DOTALL))
    for name, options in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected>', options)
        found[name] = chosen[1] if chosen else ""
    for name, code in re.findall(r'name="(\w+)" value="([^"]*)" checked', form):
        found[name] = code
    return {name: unescaped(value) for name, value in found.items()}


def test_one_county_gets_its_own_value_from_next_month_with_its_basis(
    officer: Browser, platform: Platform
) -> None:
    desk = Desk(officer)
    form = desk.part("parameters.oop_threshold.values.+")
    assert "青禾县" in form

    answer = desk.save("parameters.oop_threshold.values.+", COUNTY_VALUE)

    assert answer.status_code == 303
    page = desk.page()
    assert "No mistakes." in page
    assert "<del>26,000 yuan</del>" in page
    assert "from 2026-12-01, in 青禾县, basis: 青禾县政府文件〔2026〕1号" in page
    assert desk.keep().headers["Location"] == f"/policy/triggers/{NAME}/versions/2"
    new = [line for line in kept(platform, 2).splitlines() if line not in kept(platform, 1)]
    assert (
        new
        == [
            "      - from: 2026-12-01",
            f"        area: {COUNTY}",
            "        value: 20000",
            "        legal_basis: 青禾县政府文件〔2026〕1号",
        ]
        or len(new) == 1
    )
    with platform.work(SETUP) as work:
        author = {row.version: row.loaded_by for row in list_triggers(work) if row.trigger == NAME}
    assert author[2] != author[1]


def test_the_begin_form_leads_to_a_prefilled_value(officer: Browser) -> None:
    given = {"trigger": NAME, "version": 1, "parameter": "oop_threshold", "value": "21000"}
    answer = officer.post("/policy/drafts", given)

    page = officer.get(answer.headers["Location"]).text

    assert fields(page)["value"] == "21000"
    assert fields(page)["from"] == "2026-12-01"
    wrong = officer.post("/policy/drafts", {**given, "parameter": "not_there"})
    assert wrong.status_code == 400


PLACES = (
    "", "legal_basis.0", "schedule", "parameters.oop_threshold",
    "parameters.oop_threshold.values.0", "classes.low_income", "measures.oop_person",
    "measures.oop_person.where.0", "when.all.0", "when.all.1.any.0", "unless.0", "hit",
    "hit.cool_down", "hit.explain",
)  # fmt: skip


@pytest.mark.parametrize("at", PLACES)
def test_a_form_saved_as_it_is_shown_changes_no_sign(officer: Browser, at: str) -> None:
    desk = Desk(officer)
    before = desk.text()
    page = desk.part(at)
    values: dict[str, object] = dict(fields(page))
    for name in ("proposes", "evidence", "benefits", "on_feed"):
        values[name] = re.findall(rf'name="{name}" value="([^"]*)" checked', page)

    desk.save(at, values)

    assert desk.text() == before


def test_forms_name_the_money_of_the_place(
    officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(officer)
    own = desk.part("parameters.oop_threshold.values.0")
    monkeypatch.setitem(officer.client.application.config, "CURRENCY", "USD")

    page = desk.part("parameters.oop_threshold")

    assert "In yuan, such as 20000." in own  # the parameter says CNY
    assert "amount in US dollars" in page
    assert '<option value="USD">US dollars</option>' in page
    assert "yuan" not in page


def test_a_mistake_stands_at_its_field_and_at_its_line_and_is_kept_as_work(
    officer: Browser,
) -> None:
    desk = Desk(officer)

    answer = desk.save("parameters.oop_threshold.values.+", {**COUNTY_VALUE, "value": "20k"})

    assert answer.status_code == 422
    assert "Saved as work in progress." in answer.text
    assert "is not an amount of money" in answer.text.split('id="value-wrong"')[1][:200]
    page = desk.page()
    assert "1 mistake" in page
    assert re.search(r"Line \d+", page)
    assert "Keep as a version" not in page
    refused = desk.keep()
    assert refused.status_code == 422
    assert "It was not kept as a version" in refused.text


def test_the_text_is_checked_by_the_same_gate_with_what_was_meant(officer: Browser) -> None:
    desk = Desk(officer)

    desk.save_text(
        desk.text().replace("{measure: oop_person, at_least", "{measure: oop_persn, at_least")
    )

    page = desk.page()
    assert "did you mean &#39;oop_person&#39;?" in page
    assert "did you mean" in desk.part("when.all.0")
    desk.save_text("trigger: [broken")
    assert "The text cannot be read as it stands." in desk.page()


def test_mistakes_are_told_in_chinese(sign_in_as: SignIn) -> None:
    desk = Desk(sign_in_as(Role.POLICY, language="zh"))

    desk.save_text(desk.text().replace("at_least: oop_threshold", "at_least: oop_treshold"))

    assert "没有名为“oop_treshold”的参数；您要写的是“oop_threshold”吗？" in desk.page()


def test_the_text_saved_from_a_browser_is_the_same_letter_by_letter(
    officer: Browser, platform: Platform
) -> None:
    desk = Desk(officer)
    text = kept(platform, 1)

    desk.save_text(text)
    assert desk.keep().status_code == 422  # nothing changed, so there is nothing to keep
    desk.save_text(text + "# a remark, 备注\n")

    assert desk.keep().status_code == 303
    assert kept(platform, 2) == text + "# a remark, 备注\n"


def test_an_exported_file_comes_back_as_the_identical_text(
    officer: Browser, platform: Platform
) -> None:
    exported = officer.get(f"/policy/triggers/{NAME}/versions/1/trigger.yaml").data
    given = {"file": (io.BytesIO(exported), "trigger.yaml")}

    answer = officer.post("/policy/drafts/new", given)

    assert Desk(officer, answer.headers["Location"]).text() == kept(platform, 1)


def test_two_people_see_both_texts_and_lose_nothing(officer: Browser, sign_in_as: SignIn) -> None:
    desk = Desk(officer)
    colleague = Desk(sign_in_as(Role.POLICY), desk.address)
    text, revision = desk.text(), desk.revision()
    colleague.save_text(text.replace("value: 26000", "value: 25000"))

    answer = desk.save_text(text.replace("value: 26000", "value: 24000"), revision)

    assert answer.status_code == 409
    assert "<del>25,000 yuan</del>" in answer.text
    assert "<ins>24,000 yuan</ins>" in answer.text
    assert "value: 24000" in answer.text.split('id="mine"')[1]
    assert "value: 25000" in desk.text()


def test_a_stale_part_keeps_what_was_filled_in_and_shows_what_stands_there(
    officer: Browser, sign_in_as: SignIn
) -> None:
    desk = Desk(officer)
    at, revision = "parameters.oop_threshold.values.3", desk.revision()
    values = fields(desk.part(at))
    Desk(sign_in_as(Role.POLICY), desk.address).save(at, {**values, "value": "25000"})

    given = {"at": at, "revision": revision, "do": "save", **values, "value": "24000"}
    answer = officer.post(f"{desk.address}/part", given)

    assert answer.status_code == 409
    assert "Value: 25000" in answer.text
    assert fields(answer.text)["value"] == "24000"
    again = officer.post(f"{desk.address}/part", {**given, "revision": revision + 1})
    assert again.status_code == 303
    assert "value: 24000" in desk.text()


def test_a_condition_is_added_grouped_turned_and_removed(officer: Browser) -> None:
    desk = Desk(officer)

    desk.save(
        "when.all.+", {"test": "registered_in", "feed": "disability_register"}, kind="registered_in"
    )
    desk.save("when.all.2.where.+", {"field": "grade", "test": "in", "against": "1, 2"})
    assert (
        "{registered_in: disability_register, where: [{field: grade, in: [1, 2]}]}" in desk.text()
    )
    desk.save("when.all.2", {}, do="not")
    assert "not: {registered_in: disability_register" in desk.text()
    desk.save("when.all.2", {}, do="ungroup")
    desk.save("when.all.2", {}, do="any")
    desk.save("when.all.2", {}, do="turn")
    assert "No mistakes." in desk.page()
    desk.save("when.all.2", {}, do="remove")
    assert "disability_register" not in desk.text()


def test_a_trigger_is_made_from_nothing_by_the_form_alone(
    officer: Browser, platform: Platform
) -> None:
    desk = Desk(officer, officer.post("/policy/drafts/new").headers["Location"])
    about = {"trigger": "many_stays", "title_en": "Many stays", "title_zh": "多次住院",
             "subject": "person", "need": "medical_cost_relief",
             "proposes": ["medical_cost_relief"]}  # fmt: skip
    desk.save("", about)
    desk.save("legal_basis.+", {"title": "A law", "citation": "art. 1", "grade": "A"})
    made = desk.save(
        "parameters.+", {"title_en": "Often", "title_zh": "次数", "type": "integer"}, name="often"
    )
    assert "values.%2B" in made.headers["Location"] or "values.+" in made.headers["Location"]
    desk.save("parameters.often.values.+", {"from": "2026-01-01", "value": "4"})
    bad = desk.save("measures.+", {"feed": "medical_bill"}, name="Stays!")
    assert bad.status_code == 422
    measure = {"title_en": "stays", "title_zh": "就诊次数", "feed": "medical_bill",
               "figure": "distinct", "field": "stay_id", "window": "P12M"}  # fmt: skip
    desk.save("measures.+", measure, name="stays")
    condition = {"measure": "stays", "test": "at_least", "parameter": "often"}
    desk.save("when.all.+", condition, kind="measure")
    desk.save("unless.+", {"test": "registered_in", "feed": "death_register"}, kind="registered_in")
    desk.save("hit", {"working_days": "7", "route": "town"})

    assert "No mistakes." in desk.page()
    assert desk.keep().headers["Location"] == "/policy/triggers/many_stays/versions/1"


def test_examples_are_run_and_say_why_one_does_not_hold(officer: Browser) -> None:
    desk = Desk(officer)
    page = officer.get(f"{desk.address}/examples").text
    found = re.search(r'<textarea id="examples".*?>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    examples = unescaped(found[1])

    held = officer.post(
        f"{desk.address}/examples", {"examples": examples, "revision": desk.revision()}
    )
    assert ", 0 do not." in held.text
    desk.save_text(desk.text().replace("value: 26000", "value: 90000"))
    broken = officer.post(
        f"{desk.address}/examples", {"examples": examples, "revision": desk.revision()}
    )

    assert "does not hold" in broken.text
    assert "expected hit, was no hit" in broken.text


def test_a_kept_text_does_not_change_any_more(officer: Browser) -> None:
    desk = Desk(officer)
    desk.save_text(desk.text() + "# a remark\n")
    revision = desk.revision()
    desk.keep()

    answer = desk.save_text("trigger: other", revision)

    assert answer.status_code == 422
    assert "does not change any more" in answer.text
    assert "Kept as version 2." in desk.page()


@pytest.mark.parametrize("at", ["when.all.99", "nothing", "when.all.+", "hit.nothing"])
def test_a_place_that_is_not_there_is_not_found(officer: Browser, at: str) -> None:
    desk = Desk(officer)

    assert officer.get(f"{desk.address}/part?{urlencode({'at': at})}").status_code == 404


def test_others_change_no_rules(sign_in_as: SignIn, officer: Browser) -> None:
    desk = Desk(officer)
    coordinator = sign_in_as(Role.COORDINATOR, "371422001001")

    assert coordinator.get(desk.address).status_code == 403
    assert coordinator.post("/policy/drafts", {"trigger": NAME, "version": 1}).status_code == 403
