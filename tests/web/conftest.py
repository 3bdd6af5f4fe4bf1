"""A county of two towns, people of every role, and a browser signed in as each of them."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from proactive.accounts.service import create_account, grant_role
from proactive.accounts.sessions import create_sign_in_link, sign_in_by_link
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from tests.web.browsing import AREAS, SETUP, Browser, SignIn
from web.app import create_app


@pytest.fixture
def county(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("\n".join(["code,parent,name,level,virtual", *AREAS, ""]), encoding="utf-8")
    with platform.work(SETUP) as work:
        load_areas(work, file, "cn_stats_long")


@pytest.fixture
def app(platform: Platform, county: None) -> Flask:
    made = create_app(platform)
    made.testing = False
    made.config["PROPAGATE_EXCEPTIONS"] = False
    return made


@pytest.fixture
def visitor(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def sign_in_as(app: Flask, platform: Platform) -> SignIn:
    """Return a function that makes an account with one grant and a browser signed in as it."""
    count = iter(range(1, 1000))

    def sign_in(
        role: Role,
        area_code: str = "",
        *,
        office_id: UUID | None = None,
        account_id: str = "",
        language: str = "en",
        name: str = "Li Chunmei",
    ) -> Browser:
        with platform.work(SETUP) as work:
            if not account_id:
                account_id = create_account(work, f"user{next(count)}", name, language=language)
                grant_role(work, account_id, role, area_code=area_code, office_id=office_id)
            link = create_sign_in_link(work, account_id, timedelta(minutes=5))
        with platform.work(Actor.visitor()) as work:
            token = sign_in_by_link(work, link)
        assert token
        browser = Browser(app.test_client(), language)
        browser.client.set_cookie("session", token)
        return browser

    return sign_in
