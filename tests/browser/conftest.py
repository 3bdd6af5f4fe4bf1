"""One county in full swing behind a real server, and Chromium before it."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import create_engine, make_url, text
from werkzeug.serving import make_server

from proactive.accounts.service import create_account, grant_role, set_preferences
from proactive.accounts.sessions import create_sign_in_link, sign_in_by_link
from proactive.bootstrap import Platform, build
from proactive.config import Settings
from proactive.embedded import Servers
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from tests.browser.telling import tell_story
from tests.conftest import START
from tests.web.browsing import SETUP
from tests.web.story import fill_county, load_triggers, story_of
from web.app import create_app

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PICTURES = os.environ.get("PROACTIVE_PICTURES", "")  # a folder: keep a picture of every page


@dataclass
class Site:
    """The running pages: their address, who may sign in, and what there is to look at."""

    url: str
    platform: Platform
    clock: ManualClock
    accounts: dict[str, str]
    pages: dict[str, str]

    def token(self, who: str, language: str) -> str:
        """Return a new session of somebody, in a language."""
        account = self.accounts[who]
        with self.platform.work(SETUP) as work:
            set_preferences(work, account, language=language, text_scale=100)
            link = create_sign_in_link(work, account, timedelta(minutes=5))
        with self.platform.work(Actor.visitor()) as work:
            token = sign_in_by_link(work, link)
        assert token
        return token


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(
    chromium: Browser,
    servers: Servers,
    template_database: str,
    keyring: Keyring,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """Fill a county, walk its cases to where they are worth looking at, and serve the pages."""
    name = f"site_{uuid4().hex}"
    owner = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template_database}"))
    owner.dispose()
    var = tmp_path_factory.mktemp("site")
    keyring.write(var / "keys.json")
    url = make_url(servers.database_url).set(database=name)
    settings = Settings(var=var, database_url=url.render_as_string(hide_password=False))
    clock = ManualClock(START)
    platform = build(settings, clock=clock)
    with platform.work(SETUP) as work:
        fill_county(work, var)
    load_triggers(platform)
    pages = tell_story(story_of(platform))
    with serving(create_app(platform)) as address:
        yield Site(address, platform, clock, _accounts(platform), pages)
    platform.close()


def _accounts(platform: Platform) -> dict[str, str]:
    story = story_of(platform)
    accounts = dict(story.accounts)
    with platform.work(SETUP) as work:
        for login, role, office in (
            ("operator", Role.OPERATOR, None),
            ("policy", Role.POLICY, None),
            ("clerk", Role.CLERK, story.offices["medical_insurance"]),
            ("relief", Role.CLERK, story.offices["civil_affairs"]),
        ):
            accounts[login] = create_account(work, f"look-{login}", "孙文")
            grant_role(work, accounts[login], role, office_id=office)
    return accounts


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, site: Site) -> Iterator[OpenPage]:
    """Return a function that opens a page as somebody, in a language, at a width."""
    contexts = []

    def open_as(
        who: str, path: str, *, language: str = "en", width: int = 390, dark: bool = False
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        cookies = [{"name": "language", "value": language, "url": site.url}]
        if who:
            token = site.token(who, language)
            cookies.append({"name": "session", "value": token, "url": site.url})
        context.add_cookies(cookies)  # type: ignore[arg-type]  # Playwright's own typed dict
        page = context.new_page()
        answer = page.goto(site.url + path)
        assert answer
        assert answer.status == 200, path
        return page

    yield open_as
    for context in contexts:
        context.close()


def keep_picture(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def open_all(page: Page) -> None:
    """Open every folded part, so that nothing hides from the look."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
