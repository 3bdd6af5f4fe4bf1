"""The coordinator's day without signal: real Chromium, a line that is cut, a browser closed."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import create_engine, make_url, text

from proactive.bootstrap import Platform, build
from proactive.cases.service import get_case
from proactive.config import Settings
from proactive.embedded import Servers
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.routing.handing import hand_over
from tests.browser.conftest import keep_picture
from tests.browser.offline import Device, Line, answer, in_step, sign_in, visits
from tests.browser.test_pages import faults, too_wide
from tests.web.browsing import SETUP, TOWN
from tests.web.story import Story, fill_county, load_triggers, story_of
from web.app import create_app

pytestmark = pytest.mark.browser
WORDS = {
    "en": {
        "one": "Waits to be sent: 1.",
        "three": "Waits to be sent: 3.",
        "sent": "Everything is sent.",
        "signal": "No signal",
        "mark": "waits to be sent",
        "need": "Save: help is needed",
    },
    "zh": {
        "one": "待发送：1。",
        "three": "待发送：3。",
        "sent": "已全部发送。",
        "signal": "没有信号",
        "mark": "待发送",
        "need": "保存：需要帮助",
    },
}


@pytest.fixture(scope="session")
def template_database(
    servers: Servers,
    template_database: str,
    keyring: Keyring,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Fill a county once; every test of this file starts from a copy of it."""
    name = f"offline_{uuid4().hex}"
    owner = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template_database}"))
    owner.dispose()
    var = tmp_path_factory.mktemp("offline")
    keyring.write(var / "keys.json")
    url = make_url(servers.database_url).set(database=name)
    settings = Settings(var=var, database_url=url.render_as_string(hide_password=False))
    built = build(settings, clock=ManualClock(datetime(2026, 11, 1, tzinfo=UTC)))
    with built.work(SETUP) as work:
        fill_county(work, var)
    load_triggers(built)
    built.close()
    return name


@pytest.fixture
def story(platform: Platform) -> Story:
    return story_of(platform)


@pytest.fixture
def line(platform: Platform) -> Iterator[Line]:
    line = Line(create_app(platform))
    yield line
    line.cut()


@pytest.fixture
def device(chromium: Browser, line: Line, tmp_path: Path) -> Iterator[Callable[[], Device]]:
    made: list[Device] = []

    def another() -> Device:
        made.append(Device(chromium, tmp_path / f"device{len(made)}", line))
        return made[-1]

    yield another
    for each in made:
        each.close()


def status(page: Page, words: str) -> None:
    expect(page.locator("[data-now]")).to_contain_text(words, timeout=30_000)


def send(page: Page) -> None:
    """Ask for sending; the browser may have begun by itself when the line came back."""
    page.evaluate("document.querySelector('[data-do=send]').click()")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_without_signal_loses_nothing_and_sends_each_visit_once(
    story: Story, line: Line, device: Callable[[], Device], language: str
) -> None:
    words, phone = WORDS[language], device()
    cases = [story.raise_case(key) for key in (1, 3, 8)]
    page = phone.open()
    sign_in(page, story, line, story.accounts["east"], language)
    in_step(page, language)

    line.cut()
    page.goto(f"{line.url}/visits")
    status(page, words["signal"])
    keep_picture(page, f"offline-list-{language}-390")
    assert faults(page) == []
    for case_id, outcome in zip(cases, ("confirmed", "no_need", "unreachable"), strict=True):
        page.goto(f"{line.url}/visits/{case_id}")
        answer(page, case_id, outcome)
        page.wait_for_url("**/visits/waiting")
    status(page, words["three"])
    expect(page.get_by_role("heading", name="刘建国")).to_be_visible()
    keep_picture(page, f"offline-waiting-{language}-390")
    assert faults(page) == []
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert not too_wide(page), width
    phone.close()

    page = phone.open()
    page.goto(f"{line.url}/visits")
    status(page, words["three"])
    expect(page.locator("[data-mark]")).to_have_count(3)
    expect(page.locator("[data-mark]").first).to_contain_text(words["mark"])
    keep_picture(page, f"offline-marked-{language}-390")
    assert visits(story) == []
    line.mend()
    page.locator("[data-do=send]").click()

    status(page, words["sent"])
    kept = {row["case_id"]: row for row in visits(story)}
    assert len(visits(story)) == 3
    assert {row["outcome"] for row in kept.values()} == {"confirmed", "no_need", "unreachable"}
    assert all(row["taken"] for row in kept.values())
    page.reload()
    status(page, words["sent"])
    expect(page.locator("[data-mark]")).to_have_count(0)
    assert len(visits(story)) == 3


def test_a_visit_recorded_again_before_it_was_sent_replaces_the_first(
    story: Story, line: Line, device: Callable[[], Device]
) -> None:
    case_id = story.raise_case(1)
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    line.cut()

    for outcome in ("unreachable", "confirmed"):
        page.goto(f"{line.url}/visits/{case_id}")
        answer(page, case_id, outcome)
        page.wait_for_url("**/visits/waiting")
    status(page, "Waits to be sent: 1.")
    line.mend()
    page.locator("[data-do=send]").click()

    status(page, "Everything is sent.")
    assert [row["outcome"] for row in visits(story)] == ["confirmed"]


def test_a_case_that_was_handed_over_meanwhile_is_kept_as_a_note_and_told(
    story: Story, line: Line, device: Callable[[], Device]
) -> None:
    case_id = story.raise_case(1)
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    line.cut()
    page.goto(f"{line.url}/visits/{case_id}")
    answer(page, case_id, "confirmed")
    page.wait_for_url("**/visits/waiting")
    town = Actor(Role.TOWN, story.accounts["town"], areas=(TOWN,), level=4)
    with story.platform.work(town) as work:
        post = work.db.execute(text("SELECT id FROM post WHERE code = 't1'")).scalar_one()
        version = get_case(work, case_id).version
        hand_over(work, case_id, post, base_version=version, reason="away")
    line.mend()
    send(page)

    status(page, "Kept as a note: 1.")
    expect(
        page.get_by_text("was handed to somebody else before your visit arrived")
    ).to_be_visible()
    keep_picture(page, "offline-note-en-390")
    assert faults(page) == []
    assert [row["kept_why"] for row in visits(story)] == ["not_yours_now"]
    page.get_by_role("button", name="I have read this, take it off").click()
    expect(page.get_by_text("Nothing waits on this device.")).to_be_visible()


def test_what_waits_survives_an_expired_login(
    story: Story, line: Line, device: Callable[[], Device], clock: ManualClock
) -> None:
    case_id = story.raise_case(1)
    phone = device()
    page = phone.open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    line.cut()
    page.goto(f"{line.url}/visits/{case_id}")
    answer(page, case_id, "no_need")
    page.wait_for_url("**/visits/waiting")
    clock.advance(timedelta(hours=13))
    line.mend()
    send(page)

    status(page, "Sign in, then it is sent.")
    assert visits(story) == []
    sign_in(page, story, line, story.accounts["east"])
    status(page, "Everything is sent.")
    assert [row["outcome"] for row in visits(story)] == ["no_need"]


def test_a_visit_sent_after_the_login_ended_is_not_lost(
    story: Story, line: Line, device: Callable[[], Device], clock: ManualClock
) -> None:
    case_id = story.raise_case(1)
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    page.goto(f"{line.url}/visits/{case_id}")
    clock.advance(timedelta(hours=13))

    answer(page, case_id, "no_need")
    page.wait_for_url("**/visits/waiting")
    status(page, "Waits to be sent: 1.")
    sign_in(page, story, line, story.accounts["east"])

    status(page, "Everything is sent.")
    assert [row["taken"] for row in visits(story)] == [True]


def test_of_two_devices_the_second_is_told_that_the_visit_is_recorded(
    story: Story, line: Line, device: Callable[[], Device]
) -> None:
    case_id = story.raise_case(1)
    phones = [device() for _ in range(2)]
    pages = [phone.open() for phone in phones]
    for page in pages:
        sign_in(page, story, line, story.accounts["east"])
        in_step(page)
    line.cut()
    for page in pages:
        page.goto(f"{line.url}/visits/{case_id}")
        answer(page, case_id, "confirmed")
        page.wait_for_url("**/visits/waiting")
    phones[1].close()
    line.mend()
    send(pages[0])
    status(pages[0], "Everything is sent.")
    page = phones[1].open()
    page.goto(f"{line.url}/visits/waiting")
    send(page)

    status(page, "Kept as a note: 1.")
    expect(page.get_by_text("Already recorded by another device of yours.")).to_be_visible()
    assert [row["kept_why"] for row in visits(story)] == ["", "recorded_before"]


def test_signing_out_leaves_nothing_on_the_device(
    story: Story, line: Line, device: Callable[[], Device]
) -> None:
    case_id = story.raise_case(1)
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    kept = "async () => (await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)))).flat()"  # noqa: E501
    assert f"/visits/{case_id}" in page.evaluate(kept)

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")

    assert page.evaluate(kept) == []
    line.cut()
    with pytest.raises(Exception, match="ERR_"):
        page.goto(f"{line.url}/visits")


def test_what_the_device_keeps_is_not_shown_when_it_is_too_old(
    story: Story, line: Line, device: Callable[[], Device]
) -> None:
    story.raise_case(1)
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    page.clock.install()
    worker = page.context.service_workers[0]
    worker.evaluate("put('meta', { key: 'last', value: Date.now() - 4 * 86400000 })")
    line.cut()

    with pytest.raises(Exception, match="ERR_"):
        page.goto(f"{line.url}/visits")
