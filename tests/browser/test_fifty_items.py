"""A clerk clears fifty items: some by one key each, the rest by a list back from Excel."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from proactive.accounts.service import create_account, grant_role, set_preferences
from proactive.accounts.sessions import create_sign_in_link, sign_in_by_link
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from tests.browser.fifty import fill_desk
from tests.browser.looking import keep_picture
from tests.browser.offline import Line
from tests.fullness import in_full
from tests.web.browsing import SETUP, SignIn
from tests.web.conftest import app, one_app, sign_in_as  # noqa: F401 - fixtures
from tests.web.own import confirmed_case
from tests.web.story import MACHINE, Story

pytestmark = pytest.mark.browser
ITEM = "serious_illness_pay"
LIST = f"/office?part=new&kind=medical_cost_relief/{ITEM}"
COUNT = 50
BY_KEY = in_full(5, 40)
PAUSE = 650  # the desk takes no deciding key in the first moments of a page


@pytest.fixture
def desk(story: Story, sign_in_as: SignIn, chromium: Browser, line: Line) -> Page:  # noqa: F811
    """Return the page of a clerk on whose desk fifty people wait for the same item."""
    confirmed_case(story, sign_in_as, agreed=True)
    first, _ = story.items()[ITEM]
    office = story.offices["medical_insurance"]
    clerk = sign_in_as(Role.CLERK, office_id=office)
    clerk.post(
        f"/office/items/{first}/papers", {"field-bank_account": "6222", "papers": "bank_card"}
    )
    with story.platform.work(MACHINE) as work:
        fill_desk(work, first, COUNT - 1)
    with story.platform.work(SETUP) as work:
        account = create_account(work, "clerk-fifty", "孙文")
        grant_role(work, account, Role.CLERK, office_id=office)
        set_preferences(work, account, language="en", text_scale=100)
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    with story.platform.work(SETUP) as work:
        link = create_sign_in_link(work, account, timedelta(minutes=5))
    with story.platform.work(Actor.visitor()) as work:
        token = sign_in_by_link(work, link) or ""
    page.context.add_cookies([{"name": "session", "value": token, "url": line.url}])
    return page


def states(story: Story) -> Counter[str]:
    with story.platform.work(MACHINE) as work:
        query = text("SELECT state, count(*) AS n FROM item WHERE code = :code GROUP BY state")
        rows = work.db.execute(query, {"code": ITEM}).all()
    return Counter({row.state: row.n for row in rows})


def clear_by_key(page: Page, url: str, count: int) -> int:
    """Accept `count` items from the top of the list; return how many keys that took."""
    page.goto(url)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/office/items/**")
    for _ in range(count):
        page.wait_for_load_state()
        page.wait_for_timeout(PAUSE)
        before = page.url
        page.keyboard.press("a")
        page.wait_for_function("before => location.href !== before", arg=before)
    page.wait_for_load_state()
    return count + 2


def edited(source: Path, foreign: str) -> tuple[Path, int]:
    """Decide every row, turn the order round, leave out two, add one of another office."""
    book = openpyxl.load_workbook(source)
    sheet = book.worksheets[0]
    heads = [str(cell.value) for cell in sheet[1]]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    at = {name: heads.index(name) for name in heads}
    state, decision = at["State"], at["Decision"]
    for row in rows:
        row[decision] = "Accepted" if str(row[state]).startswith("New") else "Granted"
    kept = list(reversed(rows[2:]))
    stranger = list(kept[0])
    stranger[at["Key (do not change)"]] = foreign
    sheet.delete_rows(2, sheet.max_row)
    for row in (*kept, stranger):
        sheet.append(row)
    target = source.with_name("edited.xlsx")
    book.save(target)
    return target, len(kept)


def test_fifty_items_are_cleared_by_key_and_by_excel(
    desk: Page, story: Story, line: Line, tmp_path: Path
) -> None:
    keys = clear_by_key(desk, line.url + LIST, BY_KEY)

    assert states(story) == {"accepted": BY_KEY, "ready": COUNT - BY_KEY}
    assert keys == BY_KEY + 2, f"{keys} keys for {BY_KEY} items"
    keep_picture(desk, "fifty-item-en-1280")

    desk.goto(line.url + "/office/book?" + LIST.partition("?")[2].replace("part=new", "part=todo"))
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Get the list as Excel").click()
    source = tmp_path / "list.xlsx"
    download.value.save_as(source)
    with story.platform.work(MACHINE) as work:
        query = text("SELECT id FROM item WHERE office_id = :office LIMIT 1")
        other = work.db.execute(query, {"office": story.offices["civil_affairs"]}).scalar_one()
    file, rows = edited(source, f"{other}:1:{COUNT}/{COUNT}")
    desk.set_input_files("#file", file)
    desk.get_by_role("button", name="Show what would happen").click()
    said = desk.locator("main").inner_text()
    assert rows == COUNT - 2
    assert f"{rows} rows would be done." in said
    assert "1 row cannot be done; the reason stands beside it." in said
    assert "These rows of the list are not in the file; nothing happens to them: 1, 2." in said
    keep_picture(desk, "fifty-preview-en-1280")
    desk.get_by_role("button", name=f"Do these {rows} rows").click()
    desk.wait_for_url("**/office/book/done")

    left = states(story)
    assert left["granted"] + left["accepted"] + left["ready"] == COUNT
    assert left["granted"] >= BY_KEY - 2
    if left["ready"]:
        clear_by_key(desk, line.url + LIST, left["ready"])
    assert states(story)["ready"] == 0
