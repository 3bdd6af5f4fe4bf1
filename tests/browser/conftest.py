"""One county in full swing behind a real server, and Chromium before it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
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
from tests.browser.figures import fill_figures
from tests.browser.looking import keep_picture as keep_picture
from tests.browser.looking import open_all as open_all
from tests.browser.offline import CHROMIUM, FLAGS, Device, Line, MakeDevice
from tests.browser.telling import tell_story
from tests.conftest import START
from tests.databases import copy_database, database_name, drop_database
from tests.web.browsing import COUNTY, SETUP
from tests.web.story import Story, filled_county, story_of
from web.app import create_app


@dataclass
class Site:
    """The running pages: their address, who may sign in, and what there is to look at."""

    url: str
    platform: Platform
    clock: ManualClock
    accounts: dict[str, str]
    pages: dict[str, str]
    sessions: dict[str, tuple[str, str]] = field(default_factory=dict)  # who: language, session

    def token(self, who: str, language: str) -> str:
        """Return the session of somebody, whose pages are in a language from now on."""
        spoken, token = self.sessions.get(who, ("", ""))
        if spoken == language:
            return token
        account = self.accounts[who]
        with self.platform.work(SETUP) as work:
            set_preferences(work, account, language=language, text_scale=100)
            link = "" if token else create_sign_in_link(work, account, timedelta(minutes=5))
        if link:
            with self.platform.work(Actor.visitor()) as work:
                token = sign_in_by_link(work, link) or ""
        assert token
        self.sessions[who] = (language, token)
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
def county_template(
    servers: Servers,
    template_database: str,
    keyring: Keyring,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Fill a county once; the site and every journey of its own start from a copy of it."""
    return filled_county(servers, template_database, keyring, tmp_path_factory.mktemp("filled"))


@pytest.fixture
def database_url(servers: Servers, county_template: str) -> Iterator[str]:
    """Give a journey that must not touch the shared site a county of its own."""
    url = copy_database(servers, county_template, "own")
    yield url
    drop_database(servers, database_name(url))


@pytest.fixture
def story(platform: Platform) -> Story:
    """Return the story of a county that belongs to one journey."""
    return story_of(platform)


@pytest.fixture
def line(platform: Platform) -> Iterator[Line]:
    line = Line(create_app(platform))
    yield line
    line.cut()


@pytest.fixture
def device(chromium: Browser) -> Iterator[MakeDevice]:
    """Return a function that gives another phone."""
    made: list[Device] = []

    def another() -> Device:
        made.append(Device(chromium))
        return made[-1]

    yield another
    for each in made:
        each.throw_away()


@pytest.fixture(scope="session")
def site(
    chromium: Browser,
    servers: Servers,
    county_template: str,
    keyring: Keyring,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """Walk the county's cases to where they are worth looking at, and serve the pages."""
    var = tmp_path_factory.mktemp("site")
    keyring.write(var / "keys.json")
    url = copy_database(servers, county_template, "site")
    clock = ManualClock(START)
    platform = build(Settings(var=var, database_url=url), clock=clock)
    story = story_of(platform)
    pages = tell_story(story)
    pages |= fill_figures(story, pages)
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
            ("reviewer", Role.FAIRNESS, None),
            ("hall", Role.GENERALIST, None),
            ("clerk", Role.CLERK, story.offices["medical_insurance"]),
            ("relief", Role.CLERK, story.offices["civil_affairs"]),
        ):
            accounts[login] = create_account(work, f"look-{login}", "孙文")
            place = COUNTY if role is Role.GENERALIST else ""
            grant_role(work, accounts[login], role, area_code=place, office_id=office)
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


def _context(chromium: Browser, site: Site, who: str, language: str) -> BrowserContext:
    """Return a browser of somebody without a worker: it fetches every page from the server."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    cookies = [{"name": "language", "value": language, "url": site.url}]
    if who:
        cookies.append({"name": "session", "value": site.token(who, language), "url": site.url})
    context.add_cookies(cookies)  # type: ignore[arg-type]  # Playwright's own typed dict
    return context


@pytest.fixture(scope="session")
def kept_pages(chromium: Browser, site: Site) -> Iterator[dict[tuple[str, str], Page]]:
    """Hold one open page for each person and language, for looks that change nothing."""
    kept: dict[tuple[str, str], Page] = {}
    yield kept
    for page in kept.values():
        page.context.close()


@pytest.fixture
def turn_to(
    chromium: Browser, site: Site, kept_pages: dict[tuple[str, str], Page]
) -> Callable[[str, str, str], Page]:
    """Return a function that turns somebody's kept page to an address, in a language."""

    def turn(who: str, path: str, language: str) -> Page:
        if (who, language) not in kept_pages:
            kept_pages[who, language] = _context(chromium, site, who, language).new_page()
        elif who:
            site.token(who, language)
        page = kept_pages[who, language]
        answer = page.goto(site.url + path)
        assert answer
        assert answer.status == 200, f"{path}: {answer.status}"
        return page

    return turn


@pytest.fixture
def open_page(chromium: Browser, site: Site) -> Iterator[OpenPage]:
    """Return a function that opens a page in a new browser of somebody, for a journey."""
    contexts = []

    def open_as(who: str, path: str, *, language: str = "en", width: int = 390) -> Page:
        contexts.append(_context(chromium, site, who, language))
        page = contexts[-1].new_page()
        page.set_viewport_size({"width": width, "height": 844})
        answer = page.goto(site.url + path)
        assert answer
        assert answer.status == 200, f"{path}: {answer.status}"
        return page

    yield open_as
    for context in contexts:
        context.close()
