"""The pages of "Try it": asked for by a policy officer, answered with charts and tables."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook

from proactive.accounts.service import create_account, grant_role, set_preferences
from proactive.accounts.sessions import create_sign_in_link, sign_in_by_link
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.stepping import run_due_steps
from tests.proactive.tuning.conftest import SETUP, TRIGGER, County
from tests.web.browsing import Browser
from web.app import create_app

PAGE = f"/policy/triggers/{TRIGGER}/try"
VILLAGE = "990121100201"
Sign = Callable[..., Browser]


@pytest.fixture
def sign_in(county: County) -> Sign:
    app = create_app(county.platform)
    count = iter(range(100))

    def sign(role: Role = Role.POLICY, language: str = "en", area: str = "") -> Browser:
        with county.platform.work(SETUP) as work:
            account = create_account(work, f"desk{next(count)}", "李梅")
            grant_role(work, account, role, area_code=area)
            set_preferences(work, account, language=language, text_scale=100)
            link = create_sign_in_link(work, account, timedelta(minutes=5))
        with county.platform.work(Actor.visitor()) as work:
            token = sign_in_by_link(work, link)
        assert token
        browser = Browser(app.test_client(), language)
        browser.client.set_cookie("session", token)
        return browser

    return sign


def ask(browser: Browser, kind: str, **more: str) -> str:
    """Ask by form and return the address of the trial."""
    answer = browser.post(PAGE, {"kind": kind, "version": "2", **more})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


SWEEP = {"parameter": "oop_threshold", "start": "5000", "stop": "60000", "points": "50"}
GRID = {"other": "income_share", "other_start": "30%", "other_stop": "80%", "other_points": "4"}
KINDS = {
    "dry_run": ({}, "of them new"),
    "sweep": (SWEEP, "The latest full scan found"),
    "grid": ({**SWEEP, "points": "6", **GRID}, "30%"),
    "backtest": ({"months": "4"}, "Month end"),
    "replay": ({"first": "2026-06-01", "last": "2026-11-20"}, "Really found by scans"),
}


@pytest.mark.parametrize("name", list(KINDS))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_officer_asks_waits_and_reads_charts_with_tables(
    county: County, sign_in: Sign, name: str, language: str
) -> None:
    browser = sign_in(language=language)
    form, word = KINDS[name]
    before = county.raised()

    address = ask(browser, "sweep" if name == "grid" else name, **form)
    waiting = browser.get(address)
    run_due_steps(county.platform)
    page = browser.get(address)

    assert county.raised() == before
    assert waiting.headers["Refresh"] == "1"
    assert "Refresh" not in page.headers
    assert page.status_code == 200
    assert "<table" in page.text
    assert re.search(r'<svg viewBox="0 0 400 280" role="img" aria-labelledby="', page.text)
    assert "<desc " in page.text
    assert " style=" not in page.text
    assert page.text.count("<script") == page.text.count("/static/offline.js") == 1
    if language == "en":
        assert word in page.text
    assert address.partition("?")[0] in browser.get(PAGE).text
    BOOKS[name](read_book(browser.get(f"{address}/figures.xlsx").data))


Rows = list[list[Any]]


def read_book(data: bytes) -> list[Rows]:
    """Return the rows of each sheet but the last, which says what the file is about."""
    *sheets, about = load_workbook(BytesIO(data)).worksheets
    said = " ".join(str(cell.value) for row in about.rows for cell in row)
    assert "李梅" in said
    return [[[cell.value for cell in row] for row in sheet.rows] for sheet in sheets]


def check_dry_run(sheets: list[Rows]) -> None:
    posts, towns, villages = sheets
    assert len(posts[0]) == 6
    assert len(towns[0]) == 3
    assert len(villages[0]) == 4
    assert len(posts) > 1
    assert 1 < len(towns) < len(villages)


def check_sweep(sheets: list[Rows]) -> None:
    (points,) = sheets
    assert len(points) > 45
    assert points[1][0] == 5000
    assert points[-1][0] == 60000
    assert points[1][1] > points[-1][1]


def check_grid(sheets: list[Rows]) -> None:
    points, grid = sheets
    assert len(points) == 1 + 6 * 4
    assert len(grid) == 1 + 4
    assert grid[0][1:] == sorted({row[0] for row in points[1:]})
    assert sum(sum(row[1:]) for row in grid[1:]) == sum(row[2] for row in points[1:])


def check_backtest(sheets: list[Rows]) -> None:
    months, towns = sheets
    assert [row[0] for row in months] == [row[0] for row in towns]
    assert months[-1][1] > 0
    assert len(towns[0]) > 1


def check_replay(sheets: list[Rows]) -> None:
    days, months, _ = sheets
    assert (days[1][0], days[-1][0], len(days)) == ("2026-06-01", "2026-11-20", 1 + 173)
    assert [row[0] for row in months[1:]] == [f"2026-{month:02d}" for month in range(6, 12)]
    assert sum(row[1] for row in days[1:]) == sum(row[1] for row in months[1:]) > 0


BOOKS = {
    "dry_run": check_dry_run, "sweep": check_sweep, "grid": check_grid,
    "backtest": check_backtest, "replay": check_replay,
}  # fmt: skip


def test_the_form_begins_with_sensible_values(sign_in: Sign) -> None:
    page = sign_in().get(f"{PAGE}?version=1")

    assert page.status_code == 200
    assert 'value="5000"' in page.text
    assert 'value="60000"' in page.text
    assert 'value="50"' in page.text
    assert "now 26,000 yuan" in page.text


def test_a_value_found_by_a_sweep_can_be_taken_into_a_draft(county: County, sign_in: Sign) -> None:
    browser = sign_in()
    address = ask(browser, "sweep", **SWEEP)
    run_due_steps(county.platform)

    page = browser.get(address)

    begins = "changing.begin" in create_app(county.platform).view_functions
    assert ('name="parameter" value="oop_threshold"' in page.text) == begins


@pytest.mark.parametrize(
    ("kind", "form", "word"),
    [
        ("dry_run", {"as_of": "2030-01-01"}, "has not come yet"),
        ("sweep", {**SWEEP, "start": "60000", "stop": "5000"}, "lower value first"),
        ("sweep", {**SWEEP, "start": ""}, "No values are given"),
        ("sweep", {**SWEEP, "start": "much"}, "much"),
        ("backtest", {"months": "60"}, "medical_bill"),
        ("replay", {"first": "2026-10-02", "last": "2026-10-01"}, "earlier day first"),
    ],
)
def test_what_is_impossible_is_said_over_the_form_and_what_was_typed_stays(
    sign_in: Sign, kind: str, form: dict[str, str], word: str
) -> None:
    answer = sign_in().post(PAGE, {"kind": kind, "version": "2", **form})

    assert answer.status_code == 422
    assert word in answer.text
    assert 'role="alert"' in answer.text
    for value in form.values():
        assert f'value="{value}"' in answer.text


def test_a_waiting_trial_is_cancelled_by_its_button(county: County, sign_in: Sign) -> None:
    browser = sign_in()
    address = ask(browser, "dry_run")

    assert browser.post(f"{address}/cancel").status_code == 303
    run_due_steps(county.platform)

    page = browser.get(address)
    assert "cancelled" in page.text
    assert "Refresh" not in page.headers


def test_pressing_twice_asks_once(sign_in: Sign) -> None:
    browser = sign_in()

    assert ask(browser, "dry_run") == ask(browser, "dry_run")


def test_a_shadow_is_started_read_and_stopped_by_page(county: County, sign_in: Sign) -> None:
    browser = sign_in()
    started = browser.post(
        f"/policy/triggers/{TRIGGER}/shadow", {"version": "2", "until": "2026-12-31"}
    )
    empty = browser.get(started.location)
    county.scan()
    page = browser.get(started.location)
    stopped = browser.post(f"{started.location}/stop")

    assert started.status_code == stopped.status_code == 303
    assert "has not looked yet" in empty.text
    assert "Only the candidate" in page.text
    assert "<svg" in page.text
    assert "ended" in browser.get(started.location).text
    live = browser.post(
        f"/policy/triggers/{TRIGGER}/shadow", {"version": "1", "until": "2026-12-31"}
    )
    assert live.status_code == 422
    assert "in use itself" in live.text


def test_strangers_and_other_roles_stay_outside(county: County, sign_in: Sign) -> None:
    browser = sign_in()
    address = ask(browser, "dry_run")
    run_due_steps(county.platform)

    for role, area in ((Role.COORDINATOR, VILLAGE), (Role.TOWN, f"{VILLAGE[:9]}000")):
        other = sign_in(role, area=area)
        assert other.get(PAGE).status_code == 403
        assert other.get(address).status_code == 403
        assert other.post(PAGE, {"kind": "dry_run", "version": "2"}).status_code == 403
    assert sign_in(Role.OPERATOR).get(address).status_code == 200
    for path in (
        "/policy/triggers/nothing/try",
        f"{PAGE}/{uuid4()}",
        f"{PAGE}?version=77",
        address.replace(TRIGGER, "credit_blemish"),
        f"/policy/triggers/{TRIGGER}/shadow/{uuid4()}",
    ):
        assert browser.get(path).status_code == 404, path


def test_no_page_names_a_person(county: County, sign_in: Sign) -> None:
    browser = sign_in()
    addresses = [ask(browser, "dry_run"), ask(browser, "backtest", months="3")]
    run_due_steps(county.platform)

    pages = " ".join(browser.get(address).text for address in addresses)

    from sqlalchemy import text

    with county.platform.work(SETUP) as work:
        keys = work.db.execute(text("SELECT key::text FROM subject")).scalars().all()
    assert not [key for key in keys if key in pages]
    assert UUID(addresses[0].rpartition("/")[2])
