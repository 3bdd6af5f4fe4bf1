"""Signing in and out, choosing a role, language and text size."""

from datetime import timedelta

import pytest

from proactive.accounts.passwords import TEST_COST
from proactive.accounts.service import create_account, end_grants, grant_role
from proactive.accounts.sessions import create_sign_in_link
from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.states import Role
from tests.web.browsing import SETUP, SIBLING, TOWN, VILLAGE, Browser, SignIn

PASSWORD = "seven calm herons"


@pytest.fixture
def coordinator(platform: Platform) -> str:
    with platform.work(SETUP) as work:
        account = create_account(
            work, "chunmei", "Li Chunmei", password=PASSWORD, language="en", cost=TEST_COST
        )
        grant_role(work, account, Role.COORDINATOR, area_code=VILLAGE)
    return account


def test_the_first_page_sends_a_stranger_to_the_door(visitor: Browser) -> None:
    answer = visitor.get("/")

    assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_the_right_password_opens_the_own_list(visitor: Browser, coordinator: str) -> None:
    answer = visitor.post("/sign-in", {"login": " Chunmei ", "password": PASSWORD, "back": "/"})

    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert visitor.get("/").location == "/visits"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    visitor: Browser, coordinator: str
) -> None:
    wrong = visitor.post("/sign-in", {"login": "chunmei", "password": "no"})
    unknown = visitor.post("/sign-in", {"login": "nobody", "password": "no"})

    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("chunmei", "") == unknown.text.replace("nobody", "")


def test_signing_out_makes_a_copied_cookie_worthless(visitor: Browser, coordinator: str) -> None:
    visitor.post("/sign-in", {"login": "chunmei", "password": PASSWORD})
    stolen = visitor.client.get_cookie("session")
    assert stolen

    visitor.post("/sign-out")

    visitor.client.set_cookie("session", stolen.value)
    assert visitor.get("/visits").location == "/sign-in?back=/visits"


def test_nobody_is_led_away_from_this_site_after_signing_in(
    visitor: Browser, coordinator: str
) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        form = {"login": "chunmei", "password": PASSWORD, "back": elsewhere}

        assert visitor.post("/sign-in", form).location == "/"


def test_a_link_of_the_operator_signs_in_once(
    visitor: Browser, platform: Platform, coordinator: str
) -> None:
    with platform.work(SETUP) as work:
        link = create_sign_in_link(work, coordinator, timedelta(minutes=5))

    assert visitor.get(f"/enter/{link}").status_code == 200
    assert visitor.post(f"/enter/{link}").status_code == 303
    assert visitor.get("/").location == "/visits"
    visitor.post("/sign-out")
    assert visitor.post(f"/enter/{link}").status_code == 404


def test_a_right_that_ended_is_gone_at_the_next_request(
    sign_in_as: SignIn, platform: Platform, clock: ManualClock, coordinator: str
) -> None:
    browser = sign_in_as(account_id=coordinator)
    assert browser.get("/visits").status_code == 200
    with platform.work(SETUP) as work:
        from sqlalchemy import select

        from proactive.accounts.store import role_grant

        ids = list(work.db.execute(select(role_grant.c.id)).scalars())
        end_grants(work, ids, work.today - timedelta(days=1))

    assert browser.get("/visits").status_code == 303


def test_an_idle_session_ends(sign_in_as: SignIn, clock: ManualClock, coordinator: str) -> None:
    browser = sign_in_as(account_id=coordinator)

    clock.advance(timedelta(minutes=31))

    assert browser.get("/visits").status_code == 303


def test_a_person_with_two_roles_goes_on_with_the_other(
    sign_in_as: SignIn, platform: Platform, coordinator: str
) -> None:
    with platform.work(SETUP) as work:
        town = grant_role(work, coordinator, Role.TOWN, area_code=TOWN)
    browser = sign_in_as(account_id=coordinator)

    page = browser.get("/role").text
    browser.post("/role", {"grant": str(town)})

    assert "甲镇" in page
    assert "东村委会" in page
    assert browser.get("/").location == "/desk"


def test_a_role_of_somebody_else_cannot_be_taken(
    sign_in_as: SignIn, platform: Platform, coordinator: str
) -> None:
    with platform.work(SETUP) as work:
        other = create_account(work, "other", "Other")
        theirs = grant_role(work, other, Role.COORDINATOR, area_code=SIBLING)
    browser = sign_in_as(account_id=coordinator)

    assert browser.post("/role", {"grant": str(theirs)}).status_code == 404
    assert browser.post("/role", {"grant": "nonsense"}).status_code == 404


def test_the_chosen_language_stays_with_the_account(sign_in_as: SignIn, coordinator: str) -> None:
    browser = sign_in_as(account_id=coordinator)
    assert "My list" in browser.get("/visits").text

    browser.post("/display", {"language": "zh", "scale": "150", "back": "/visits"})

    page = browser.get("/visits").text
    assert "我的清单" in page
    assert 'data-scale="150"' in page
    again = sign_in_as(account_id=coordinator, language=None)
    assert "我的清单" in again.get("/visits").text


def test_a_stranger_keeps_language_and_text_size_in_a_cookie(visitor: Browser) -> None:
    visitor.post("/display", {"language": "zh", "scale": "125"})

    page = visitor.get("/sign-in").text
    assert "登录" in page
    assert 'data-scale="125"' in page


def test_chinese_is_spoken_to_whoever_chose_nothing(visitor: Browser) -> None:
    visitor.client.delete_cookie("language")

    assert 'lang="zh-Hans"' in visitor.get("/sign-in").text
