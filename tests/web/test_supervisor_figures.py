"""The desk's figures: every number is as long as its list, and nobody counts another's cases."""

import html
import re
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from proactive.kernel.clock import ManualClock
from tests.web.browsing import FAR_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, Browser, SignIn
from tests.web.story import MACHINE, Story
from tests.web.test_supervisor import helped
from web.supervisor import standing

LINK = re.compile(r'href="(/desk/cases\?[^"]+)" aria-label="([^"]+): (\d+)"')
FOUND = re.compile(r"<h1>[^<]*: (\d+) cases</h1>")
TILE = re.compile(r'class="tile \w+" href="([^"]+)"><b>([^<]+)</b> <span>(\d+)</span>')


def found(browser: Browser, path: str) -> int:
    number = FOUND.search(browser.get(html.unescape(path)).text)
    assert number, path
    return int(number[1])


@pytest.fixture
def many(story: Story, sign_in_as: SignIn, clock: ManualClock) -> Story:
    """One case with its offices, some waiting, one in another town; then some days pass."""
    helped(story, sign_in_as)
    for key, trigger in ((2, "disability_record"), (4, "large_medical_bill")):
        story.raise_case(key, trigger)
    story.raise_case(5)
    story.raise_case(6)
    clock.advance(timedelta(days=13))
    return story


@pytest.mark.parametrize("by", ["town", "place", "need", "month"])
@pytest.mark.parametrize(("login", "cases"), [("town", 3), ("town2", 1), ("county", 5)])
def test_every_number_opens_a_list_of_that_length(
    many: Story, sign_in_as: SignIn, login: str, cases: int, by: str
) -> None:
    reader = sign_in_as(account_id=many.accounts[login])

    page = reader.get(f"/desk/way?by={by}").text
    links = LINK.findall(page)

    assert ("Cases", str(cases)) in [(name, number) for _, name, number in links]
    for path, name, number in links:
        if "Signals" not in name:
            assert found(reader, path) == int(number), (name, path)
    columns = [int(n) for _, name, n in links if name.endswith(", Cases")]
    assert sum(columns) == cases


def test_the_steps_of_a_helped_case_are_counted_with_their_days(
    many: Story, sign_in_as: SignIn
) -> None:
    page = sign_in_as(account_id=many.accounts["town"]).get("/desk/way").text

    numbers = {name: int(n) for _, name, n in LINK.findall(page)}
    assert numbers["Need confirmed"] == numbers["Approved by the town"] == 1
    assert numbers["Offered or begun"] == 1
    assert numbers["Something granted"] == 0
    assert "0.0 days" in page


def test_another_towns_cases_are_in_no_list_count_tile_choice_or_file(
    many: Story, sign_in_as: SignIn
) -> None:
    town = sign_in_as(account_id=many.accounts["town"])

    for path in (
        "/desk",
        "/desk/stuck",
        "/desk/way",
        "/desk/cases?stage=cases",
        "/desk/villages",
        "/desk/give-out",
        f"/desk/cases?stage=cases&area={OTHER_TOWN}",
        f"/desk/cases?stage=cases&place={FAR_VILLAGE}",
    ):
        page = town.get(path).text
        assert "何远" not in page, path
        assert "郑南" not in page, path
    assert found(town, f"/desk/cases?stage=cases&area={OTHER_TOWN}") == 0
    assert "南村委会" not in town.get("/desk/villages").text


def test_tiles_name_every_village_and_add_up(many: Story, sign_in_as: SignIn) -> None:
    county = sign_in_as(account_id=many.accounts["county"])

    tiles = TILE.findall(county.get("/desk/villages").text)

    counts = {name: int(number) for _, name, number in tiles}
    assert counts["东村委会"] == 2
    assert counts["西村委会"] == counts["南村委会"] == 1
    assert sum(counts.values()) == found(county, "/desk/cases?stage=open") == 5
    for path, name, number in tiles:
        assert found(county, path) == int(number), name


def test_late_and_load_are_one_number_on_every_page_and_each_opens_its_cases(
    many: Story, sign_in_as: SignIn
) -> None:
    county = sign_in_as(account_id=many.accounts["county"])
    today = re.search(r'href="/desk/cases\?stage=late"><b>(\d+)</b>', county.get("/desk").text)
    by_town = re.findall(r"\d+ open, (\d+) late", county.get("/desk/villages").text)

    posts = LINK.findall(county.get("/town/posts").text)

    assert today
    assert int(today[1]) == found(county, "/desk/cases?stage=late") == sum(map(int, by_town)) > 0
    for path, name, number in posts:
        assert found(county, path) == int(number), name
    for what, stage in (("Open", "open"), ("Late", "late"), ("New this week", "given")):
        columns = [int(number) for _, name, number in posts if name.endswith(f", {what}")]
        assert sum(columns) == found(county, f"/desk/cases?stage={stage}"), what
    nobody = county.get("/town/posts?only=nobody").text
    assert "There is no such post in your area." in nobody
    assert "乙镇便民服务中心" not in county.get(f"/town/posts?area={TOWN}").text


def test_a_list_goes_on_over_pages_and_no_page_number_is_too_large(
    many: Story, sign_in_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = sign_in_as(account_id=many.accounts["county"])
    monkeypatch.setattr(standing, "A_PAGE", 2)

    seen = [
        county.get(f"/desk/cases?stage=open&page={page}").text.count('class="cover"')
        for page in (1, 2, 3)
    ]

    assert seen == [2, 2, 1]
    assert "page=2" in county.get("/desk/cases?stage=open").text
    for path in ("/desk/cases?stage=open", "/town?", "/place?", "/town/posts?", "/desk/stuck?"):
        assert county.get(f"{path}&page={'9' * 30}").status_code == 200, path


def test_the_file_holds_the_list_without_names_and_its_purpose_is_kept(
    many: Story, sign_in_as: SignIn
) -> None:
    town = sign_in_as(account_id=many.accounts["town"])

    unsaid = town.post("/desk/cases", {"stage": "cases"})
    answer = town.post("/desk/cases", {"stage": "cases", "purpose": "meeting", "place": VILLAGE})

    assert unsaid.status_code == 422
    assert "Say what the file is for." in unsaid.text
    book = load_workbook(BytesIO(answer.data))
    rows = list(book["cases"].iter_rows(values_only=True))
    assert len(rows) - 1 == found(town, f"/desk/cases?stage=cases&place={VILLAGE}") == 2
    assert "刘建国" not in str(rows)
    with many.platform.work(MACHINE) as work:
        kept = work.db.execute(text("SELECT detail FROM audit WHERE action = 'export'")).one()
    assert kept.detail == {"purpose": "meeting", "rows": "2", "place": VILLAGE}


def test_nonsense_in_the_address_is_a_bad_request(story: Story, sign_in_as: SignIn) -> None:
    town = sign_in_as(account_id=story.accounts["town"])

    for path in ("way?by=name", "way?from=2026-13", "cases?stage=x", "cases?need=x", "stuck?why=x"):
        assert town.get(f"/desk/{path}").status_code == 400, path
