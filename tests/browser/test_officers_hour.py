"""The policy officer's hour: one sitting from reading a rule to taking a pilot of it back.

One county of six thousand people and one value lowered in it. Everything is done on the pages, but
for what others do meanwhile: the worker takes its steps, scans run, coordinators visit.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from babel.messages.pofile import read_po
from flask import Flask, Response
from playwright.sync_api import Browser, Page, expect

from proactive.bundles.offices import load_offices_file
from proactive.bundles.versions import activate_bundle, load_bundles
from proactive.config import PACKAGES
from proactive.rules.service import live_triggers
from proactive.scans.service import plan_manual_run
from proactive.stepping import run_due_steps
from proactive.tuning.first_answer import draw, estimate_day, estimate_sweep
from proactive.tuning.ground import read_ground
from proactive.tuning.model import TrialKind
from proactive.tuning.service import begin_trial, keep_first_answer
from proactive.visits.form_versions import load_forms
from tests.browser.conftest import serving
from tests.browser.looking import keep_looks, look, open_all
from tests.fullness import in_full
from tests.journeys.test_tuning import NEED
from tests.journeys.test_tuning import County as Visited
from tests.journeys.test_tuning import judge as visit_all
from tests.proactive.tuning.conftest import (  # noqa: F401 - fixtures
    SETUP,
    TRIGGER,
    County,
    county,
    filled,
)
from tests.proactive.tuning.test_pages import Sign, sign_in  # noqa: F401 - fixtures
from web.app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ALL = (PACKAGES / "triggers" / TRIGGER / "examples.yaml").read_text(encoding="utf-8")
EXAMPLES = "\n  - name:".join(ALL.split("\n  - name:")[:4])  # three: the engine's own tests run all
CHINESE = PACKAGES / "web" / "translations" / "zh_CN" / "LC_MESSAGES" / "messages.po"
WIDTHS = {"zh": 390, "en": 1280}
DESK = f"/policy/triggers/{TRIGGER}"
PATIENCE = 120_000  # milliseconds; a busy machine is no fault of the page
FIRST_DRAWN = 20  # a small county's lot is small: one person in 64 of six thousand


@dataclass
class Sitting:
    """One person at the pages, in one language; buttons and fields are named in English here."""

    page: Page
    url: str
    language: str
    chinese: dict[str, str]

    def say(self, words: str, **values: object) -> str:
        return (self.chinese[words] if self.language == "zh" else words) % values

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def press(self, words: str, **values: object) -> None:
        self.page.get_by_role("button", name=self.say(words, **values), exact=True).first.click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(self.say(label), exact=True).first.fill(text)

    def sees(self, words: str, **values: object) -> None:
        expect(self.page.locator("main")).to_contain_text(self.say(words, **values))

    def looks(self, name: str) -> None:
        """Look at a page that no other test looks at, as everybody who reads it would."""
        assert look(self.page, f"{name}-{self.language}") == []

    def keeps(self, name: str) -> None:
        keep_looks(self.page, f"{name}-{self.language}")


Sit = Callable[[], Sitting]


@pytest.fixture(params=in_full(["zh"], ["zh", "en"]))
def sit(
    request: pytest.FixtureRequest,
    chromium: Browser,
    county: County,  # noqa: F811 - the fixture
    sign_in: Sign,  # noqa: F811 - the fixture
) -> Iterator[Sit]:
    """Return a function that seats one more policy officer before the served pages."""
    language = str(request.param)
    with CHINESE.open("rb") as stream:
        chinese = {str(one.id): str(one.string) for one in read_po(stream) if one.id}
    app: Flask = create_app(county.platform)
    app.after_request(still)
    contexts = []
    with serving(app) as url:

        def seat() -> Sitting:
            session = sign_in(language=language).client.get_cookie("session")
            assert session
            size = {"width": WIDTHS[language], "height": 844}
            context = chromium.new_context(viewport=size)  # type: ignore[arg-type]
            contexts.append(context)
            context.set_default_timeout(PATIENCE)
            context.add_cookies([{"name": "session", "value": session.value, "url": url}])
            return Sitting(context.new_page(), url, language, chinese)

        yield seat
        for context in contexts:
            context.close()


def still(answer: Response) -> Response:
    """Let a page that waits stand still while it is looked at; the test looks again itself."""
    answer.headers.pop("Refresh", None)
    return answer


def test_a_policy_officers_hour(sit: Sit, county: County) -> None:  # noqa: F811
    officer = sit()

    version = changes_the_rule(officer)
    tries_it(officer, county, version)
    proposes_it(officer, county, version)
    begins_in_a_town(sit(), version)
    found_and_visited(county)
    learns_and_takes_it_back(sit(), version)  # days later: signed in anew


def changes_the_rule(officer: Sitting) -> int:
    """Read it, change it by form and by text, run its examples, keep it; return the version."""
    page = officer.page
    officer.go("/policy/triggers")
    page.get_by_role("link", name=re.compile("大额医疗|Large out-of-pocket")).first.click()
    officer.sees("Whom it looks for")
    officer.press("Change it")
    address = page.url
    add = page.get_by_role("link", name=officer.say("Add a dated value"))
    add.and_(page.locator("[href*='oop_threshold']")).click()
    officer.fill("In force from", "2026-11-21")
    page.get_by_label(officer.say("In which area"), exact=True).select_option(index=2)
    officer.fill("Value", "two thousand")
    officer.fill("Legal basis of this value", "县政府文件〔2026〕1号")
    officer.press("Save")
    expect(page.locator("#value-wrong")).to_be_visible()
    officer.looks("hour-wrong")
    officer.fill("Value", "13000")
    officer.press("Save")
    officer.sees("No mistakes.")
    expect(page.locator("ins").first).to_contain_text("13,000")
    text = page.locator("#yaml").input_value()
    assert "县政府文件〔2026〕1号" in text
    assert "13000" in text

    page.locator("#yaml").fill(text.replace("at_least: oop_threshold", "at_least: oop_treshold"))
    officer.press("Save the text")
    page.goto(address)
    expect(page.locator(".marked").first).to_contain_text("oop_threshold")  # did you mean
    officer.looks("hour-mistake")
    page.locator("#yaml").fill(text)
    officer.press("Save the text")
    page.goto(f"{address}/examples")
    page.locator("#examples").fill(EXAMPLES)
    officer.press("Save and run them now")
    expect(page.locator(".box.good")).to_be_visible()
    page.goto(address)
    officer.press("Keep as a version")
    expect(page).to_have_url(re.compile(r"/versions/3$"))
    return 3


TRIALS = (
    ("dry-run", "Look at this day"),
    ("sweep", "Try these values"),
    ("backtest", "Look back"),
    ("replay", "Replay these days"),
)


def tries_it(officer: Sitting, county: County, version: int) -> None:  # noqa: F811
    """Ask in every way; the first answer stands there before the whole one."""
    page = officer.page
    officer.go(f"{DESK}/try?version={version}")
    officer.looks("hour-try")
    for name, button in TRIALS:
        officer.go(f"{DESK}/try?version={version}")
        open_all(page)
        if name == "sweep":
            page.locator("#sweep-area").select_option(index=1)  # the value just given
        officer.press(button)
        page.get_by_role("button", name=officer.say("Cancel it"), exact=True).wait_for()
        if name in ("dry-run", "sweep"):
            answers_first(county, UUID(page.url.rpartition("/")[2]))
            page.reload()
            officer.sees("First answer")
            officer.looks(f"hour-first-{name}")
        run_due_steps(county.platform)
        page.reload()
        assert page.locator("table").count()
        assert name == "dry-run" or page.locator("figure.chart svg").count()
        officer.looks(f"hour-{name}")
    officer.go(f"{DESK}/try?version={version}")
    open_all(page)
    officer.press("Start the shadow")
    scan(county)
    page.reload()
    assert page.locator("figure.chart > svg").count() == 1
    officer.looks("hour-shadow")


def proposes_it(officer: Sitting, county: County, version: int) -> None:  # noqa: F811
    officer.go(f"{DESK}/switch")
    card = officer.page.locator(f"section[aria-labelledby=version-{version}]")
    card.get_by_role("textbox").fill("省里自明年起扩大范围。")
    card.get_by_role("button", name=officer.say("Propose it")).click()
    officer.sees(
        "It waits for another person: who wrote or proposed a version does not approve it."
    )


def begins_in_a_town(second: Sitting, version: int) -> None:
    """A second person reads the figures, approves with an assessment, and begins in one town."""
    page = second.page
    second.go(f"{DESK}/switch")
    second.press("Approve it")
    expect(page.get_by_role("alert")).to_contain_text(
        second.say("Tick this when you have read it.")
    )
    page.get_by_label(second.say("I have read the figures of the dry run above.")).check()
    second.fill("Number of the impact assessment", "评估-2026-12")
    second.press("Approve it")
    card = page.locator(f"section[aria-labelledby=version-{version}]")
    card.locator(f"#on-{version}-chosen").check()
    open_all(page)
    card.locator("[name=areas]").first.check()
    card.get_by_role("button", name=second.say("Switch it on")).click()
    second.sees("Choose anew where it is used")
    second.keeps("hour-pilot")


def learns_and_takes_it_back(officer: Sitting, version: int) -> None:
    """Read what visits found, with its interval; stop the pilot."""
    page = officer.page
    officer.go(f"{DESK}/learn")
    officer.looks("hour-learn")
    assert re.search(r"\d+\s*[–-]\s*\d+\s*%", page.locator("main").inner_text())
    officer.go(f"{DESK}/switch")
    page.get_by_role("link", name=officer.say("Stop the trial…")).click()
    officer.press("Yes, stop the trial")
    officer.sees("No longer used")
    summary = page.locator("summary").filter(has_text=str(version))
    expect(summary.first).to_be_visible()


# what others do meanwhile


def answers_first(county: County, trial_id: UUID) -> None:  # noqa: F811
    """Bring a trial to its first answer and no further, as a worker does that is slow."""
    with county.bench.work() as work:
        trial = begin_trial(work, trial_id)
        assert trial
        on = date.fromisoformat(trial.settings["as_of"])
        ground = read_ground(
            work, county.bench.lake, county.bench.contracts, trial.version_id, on=on
        )
        drawn = draw(work, ground, trial_id, fewest=FIRST_DRAWN)
        assert drawn
    if trial.kind == TrialKind.SWEEP:
        answer = estimate_sweep(ground, drawn, trial.settings, trial.asked_at)
    else:
        answer = estimate_day(ground, drawn, on, trial.asked_at)
    with county.bench.work() as work:
        keep_first_answer(work, trial_id, answer)


def found_and_visited(county: County) -> None:  # noqa: F811
    """Scan until the bills have stood for three days; coordinators visit whom it raised."""
    platform = county.platform
    definitions = platform.settings.definitions
    with platform.work(SETUP) as work:
        load_forms(work, definitions / "findings")
        load_offices_file(work, county.folder / "offices.csv")
        for one in load_bundles(work, definitions / "bundles", findings=definitions / "findings"):
            activate_bundle(work, one.bundle, one.version)
    scan(county)
    county.clock.advance(timedelta(days=4))
    scan(county)
    truth = json.loads((county.folder / "truth.json").read_text(encoding="utf-8"))

    def key(one: dict[str, str]) -> int:
        return platform.keys.subject_key(one["scheme"], one["number"])

    visit_all(
        Visited(
            platform,
            county.clock,
            {key(one) for one in truth["needs"] if one["need"] == NEED},
            {key(one): one for one in truth["answers"] if one["need"] == NEED},
        )
    )


def scan(county: County) -> None:  # noqa: F811
    with county.platform.work(SETUP) as work:
        for one in live_triggers(work, work.today):
            plan_manual_run(work, one)
    run_due_steps(county.platform)
