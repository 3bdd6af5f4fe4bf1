"""A filled county, its people signed in, and cases that walk the real path."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from proactive.accounts.service import create_account, grant_role, set_preferences
from proactive.accounts.sessions import create_sign_in_link, sign_in_by_link
from proactive.bootstrap import Platform
from proactive.embedded import Servers
from proactive.kernel.crypto import Keyring
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from tests.web.browsing import SETUP, Browser, SignIn
from tests.web.story import Story, filled_county, story_of
from web.app import create_app


@pytest.fixture(scope="session")
def template_database(
    servers: Servers,
    template_database: str,
    keyring: Keyring,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Fill a county once; every test of this folder starts from a copy of it."""
    return filled_county(servers, template_database, keyring, tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="session")
def one_app() -> list[Flask]:
    """Hold the one application of this folder: templates are compiled once, not in every test."""
    return []


@pytest.fixture
def app(platform: Platform, one_app: list[Flask]) -> Flask:
    if not one_app:
        one_app.append(create_app(platform))
    one_app[0].extensions["platform"] = platform
    return one_app[0]


@pytest.fixture
def story(platform: Platform) -> Story:
    return story_of(platform)


@pytest.fixture
def visitor(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def sign_in_as(app: Flask, platform: Platform) -> SignIn:
    """Return a function that gives a browser signed in as an account, made if need be."""
    count = iter(range(1, 1000))

    def sign_in(
        role: Role | None = None,
        area_code: str = "",
        *,
        office_id: UUID | None = None,
        account_id: str = "",
        language: str | None = "en",
    ) -> Browser:
        with platform.work(SETUP) as work:
            if not account_id:
                assert role
                account_id = create_account(
                    work, f"user{next(count)}", "Li Chunmei", language=language or "zh"
                )
                grant_role(work, account_id, role, area_code=area_code, office_id=office_id)
            if language:
                set_preferences(work, account_id, language=language, text_scale=100)
            link = create_sign_in_link(work, account_id, timedelta(minutes=5))
        with platform.work(Actor.visitor()) as work:
            token = sign_in_by_link(work, link)
        assert token
        browser = Browser(app.test_client(), language or "zh")
        browser.client.set_cookie("session", token)
        return browser

    return sign_in
