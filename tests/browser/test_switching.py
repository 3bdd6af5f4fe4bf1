"""A second person reads a proposal, approves it, begins in one town and takes it back."""

import pytest
from playwright.sync_api import Page, expect

from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.rules.approving import propose_trigger
from proactive.rules.service import export_trigger, load_trigger, version_row
from proactive.scans.store import scan_run
from tests.browser.conftest import OpenPage, Site, keep_picture, open_all
from tests.browser.test_pages import faults, too_wide
from tests.fullness import in_full
from tests.web.browsing import OTHER_TOWN, TOWN
from tests.web.story import DEFINITIONS, MACHINE

# In both languages and at three widths; `make faults` looks at every pair.
LOOKS = in_full(
    [("zh", 320), ("en", 1280)],
    [(language, width) for language in ("zh", "en") for width in (320, 390, 1280)],
)

pytestmark = pytest.mark.browser
NAME = "disability_record"
PAGE = f"/policy/triggers/{NAME}/switch"
FIGURES = {
    "as_of": "2026-11-01",
    "subjects": 38,
    "asked": 4,
    "excluded": 2,
    "unknown": {"low_income_register": 3},
    "standing": {"new": 31, "open": 5, "known": 2, "cool_down": 0, "snoozed": 0},
    "posts": 3,
    "over": 1,
    "stale": [],
    "towns": [
        {"area": TOWN, "found": 25, "new": 21},
        {"area": OTHER_TOWN, "found": 13, "new": None},
    ],
}


@pytest.fixture(scope="module")
def proposed(site: Site) -> int:
    """A version that a colleague proposes, and an alarm of the one in use."""
    version = propose(site, NAME)
    why = {"code": "outside_band", "hits": 812, "known": 9000, "at_least": 0.0, "at_most": 20.0}
    with site.platform.work(MACHINE) as work:
        work.db.execute(
            scan_run.insert().values(
                id=new_id(),
                trigger=NAME,
                trigger_version_id=version_row(work, NAME, 1).id,
                slot="2026-11-01T22:00Z",
                kind="full",
                as_of=work.today,
                known_at=work.now,
                state="stopped",
                finished_at=work.now,
                counts={"found": 812, "why_stopped": why},
            )
        )
    return version


def propose(site: Site, name: str) -> int:
    author = Actor(role=Role.POLICY, id="赵敏")
    examples = (DEFINITIONS / name / "examples.yaml").read_text(encoding="utf-8")
    with site.platform.work(author) as work:
        changed = export_trigger(work, name, 1) + "# 明年起扩大范围\n"
        kept = load_trigger(work, changed, site.platform.contracts, examples=examples)
        propose_trigger(
            work,
            name,
            kept.version,
            prove=lambda *_: None,
            note="省里自明年起扩大范围，二级肢体残疾一并纳入。",
            figures=FIGURES,
        )
    return kept.version


def look(page: Page, name: str) -> None:
    keep_picture(page, name)
    open_all(page)
    assert faults(page) == []
    assert not too_wide(page)


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_the_page_is_readable_by_all(
    open_page: OpenPage, proposed: int, language: str, width: int
) -> None:
    page = open_page("policy", PAGE, language=language, width=width)
    look(page, f"switch-{language}-{width}")
    page = open_page("policy", f"{PAGE}/1/back", language=language, width=width)
    look(page, f"switch-back-{language}-{width}")


def test_a_second_person_approves_begins_in_a_town_and_takes_it_back(
    open_page: OpenPage, site: Site
) -> None:
    proposed = propose(site, "birth_registration")
    page = open_page("policy", "/policy/triggers/birth_registration/switch", width=1280)

    page.get_by_role("button", name="Approve it").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick this when you have read it.")
    page.get_by_label("I have read the figures of the dry run above.").check()
    page.get_by_label("Number of the impact assessment").fill("评估-2026-12")
    page.get_by_role("button", name="Approve it").click()

    card = page.locator(f"section[aria-labelledby=version-{proposed}]")
    card.get_by_label("First in the places ticked below").check()
    card.get_by_text("Places", exact=True).click()
    card.get_by_label("甲镇").check()
    keep_picture(page, "switch-approved-1280")
    card.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name=f"Version {proposed}: 甲镇")).to_be_visible()
    look(page, "switch-pilot-1280")

    page.get_by_role("link", name="Stop the trial…").click()
    page.get_by_role("button", name="Yes, stop the trial").click()
    expect(page.get_by_role("heading", name="No longer used")).to_be_visible()
