"""Every page there is, looked at once by everybody: readable by all, nothing cut off, light."""

import zlib
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.routing import MapAdapter

from tests.browser.conftest import OpenPage, Site
from tests.browser.looking import HEAVIEST, look, weight
from tests.browser.looking import faults as faults
from tests.browser.looking import too_wide as too_wide
from tests.browser.places import NO_PAGES, ON_A_PHONE, ON_THE_WAY, PLACES, Place, wanting
from tests.fullness import in_full
from web.app import create_app

pytestmark = pytest.mark.browser
FIRST_PAGE_BYTES = 100_000
LANGUAGES = ("zh", "en")
Turn = Callable[[str, str, str], Page]


def usual_language(name: str) -> str:
    """Return the language a page is looked at in by every run; both have half of the pages."""
    return LANGUAGES[zlib.crc32(name.encode()) % 2]


VISITS = [
    (each, language)
    for each in PLACES
    for language in in_full([usual_language(each.name)], list(LANGUAGES))
]


@pytest.mark.parametrize(
    ("place", "language"), VISITS, ids=[f"{each.name}-{language}" for each, language in VISITS]
)
def test_a_page_can_be_read_by_everybody(
    turn_to: Turn, site: Site, place: Place, language: str
) -> None:
    page = turn_to(place.who, place.path or site.pages[place.name], language)

    wrong = wanting(page, place)
    if weight(page) > HEAVIEST:
        wrong.append(f"{place.name}: weighs {weight(page)} bytes")
    wrong += look(page, f"{place.name}-{language}", thumbs=place.who in ON_A_PHONE)
    assert wrong == []


def test_no_page_is_left_out(site: Site) -> None:
    app = create_app(site.platform)
    routes = app.url_map.bind("localhost")
    seen = {endpoint_of(routes, each.path or site.pages[each.name]) for each in PLACES}

    missing = set(pages_of(app)) - seen - set(ON_THE_WAY) - set(NO_PAGES)

    assert not missing, (
        f"Nobody looks at {sorted(missing)}: add each to PLACES in tests/browser/places.py with"
        " who opens it and what must be on it, or to NO_PAGES with the reason."
    )
    assert seen & set(NO_PAGES) == set()


def endpoint_of(routes: MapAdapter, path: str) -> str:
    return str(routes.match(path.partition("?")[0])[0])


def pages_of(app: Flask) -> Iterator[str]:
    """Yield the endpoints that answer to GET, without those for machines."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(
            ("api.", "openapi.", "hooks.")
        ):
            yield rule.endpoint


def test_the_first_list_weighs_little_and_no_script_of_a_stranger_runs(
    open_page: OpenPage,
) -> None:
    page = open_page("east", "/visits", language="zh")
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text))

    assert 0 < weight(page) < FIRST_PAGE_BYTES

    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.hurt = 1';"
        " document.body.append(s); }"
    )
    assert page.evaluate("window.hurt") is None
    assert any("Content Security Policy" in line for line in blocked)


def test_what_is_not_there_is_said_kindly(open_page: OpenPage, site: Site) -> None:
    page = open_page("east", "/visits", language="zh")

    answer = page.goto(f"{site.url}/visits/00000000-0000-7000-8000-000000000000")

    assert answer
    assert answer.status == 404
    assert look(page, "not-there-zh", thumbs=True) == []
