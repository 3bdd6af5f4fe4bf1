"""Beginning with a slip, opening by PIN, and devices that are taken away."""

import re
from datetime import timedelta

from flask import Flask

from proactive.accounts.devices import devices, make_slip
from proactive.accounts.service import grant_role, set_preferences
from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.states import Role
from tests.web.browsing import SETUP, Browser, SignIn
from tests.web.story import Story

PIN = {"pin": "194026", "again": "194026"}
WIPE = '"cache", "storage"'


def begin(app: Flask, platform: Platform, account_id: str) -> Browser:
    """Register a browser by a slip."""
    with platform.work(SETUP) as work:
        set_preferences(work, account_id, language="en", text_scale=100)
        code = make_slip(work, account_id).code
    browser = Browser(app.test_client())
    page = browser.post("/start", {"code": code})
    assert "Choose a PIN" in page.text
    done = browser.post("/start/pin", {"code": code, **PIN})
    assert done.status_code == 303
    return browser


def test_a_slip_and_a_pin_open_the_list(app: Flask, platform: Platform, story: Story) -> None:
    story.raise_case(1)

    browser = begin(app, platform, story.accounts["east"])

    assert "刘建国" in browser.get("/visits").text


def test_a_code_that_opens_nothing_says_so(visitor: Browser) -> None:
    answer = visitor.post("/start", {"code": "WRONG-WRONG"})

    assert answer.status_code == 422
    assert "This code opens nothing." in answer.text


def test_two_pins_that_differ_and_weak_ones_are_told(
    app: Flask, platform: Platform, story: Story
) -> None:
    with platform.work(SETUP) as work:
        code = make_slip(work, story.accounts["east"]).code
    browser = Browser(app.test_client())

    weak = browser.post("/start/pin", {"code": code, "pin": "111111", "again": "111111"})
    other = browser.post("/start/pin", {"code": code, "pin": "194026", "again": "194027"})

    assert "This PIN cannot be used." in weak.text
    assert "The two PINs are not the same." in other.text
    assert browser.post("/start/pin", {"code": code, **PIN}).status_code == 303


def test_after_half_an_hour_the_pin_is_enough(
    app: Flask, platform: Platform, story: Story, clock: ManualClock
) -> None:
    browser = begin(app, platform, story.accounts["east"])
    clock.advance(timedelta(hours=1))

    door = browser.client.get("/visits", follow_redirects=True)
    assert "Hello 李春梅" in door.text
    wrong = browser.post("/unlock", {"pin": "000001", "back": "/visits"})
    assert "4 tries are left." in wrong.text
    right = browser.post("/unlock", {"pin": "194026", "back": "/visits"})

    assert right.location == "/visits"
    assert browser.get("/visits").status_code == 200


def test_five_wrong_pins_wipe_the_device(
    app: Flask, platform: Platform, story: Story, clock: ManualClock
) -> None:
    browser = begin(app, platform, story.accounts["east"])
    clock.advance(timedelta(hours=1))
    for _ in range(5):
        browser.post("/unlock", {"pin": "000001"})

    answer = browser.get("/visits")

    assert answer.status_code == 401
    assert answer.headers["Clear-Site-Data"] == WIPE
    assert "This device is not registered any more." in answer.text
    assert browser.get("/visits").status_code == 303  # told once, then it is a stranger's browser


def test_the_operator_takes_a_device_away_and_the_worker_is_told(
    app: Flask, platform: Platform, story: Story, sign_in_as: SignIn
) -> None:
    browser = begin(app, platform, story.accounts["east"])
    operator = sign_in_as(Role.OPERATOR)
    with platform.work(SETUP) as work:
        device_id = devices(work)[0].id
    assert "李春梅" in operator.get("/operator/devices").text
    assert operator.post(f"/operator/devices/{device_id}/end").status_code == 303

    answer = browser.get("/visits/offline", headers={"X-Sent-Later": "1"})

    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["code"] == "device_gone"
    assert browser.get("/visits").headers["Clear-Site-Data"] == WIPE


def test_an_expired_login_is_no_reason_to_wipe(
    app: Flask, platform: Platform, story: Story, clock: ManualClock
) -> None:
    browser = begin(app, platform, story.accounts["east"])
    clock.advance(timedelta(hours=1))

    answer = browser.get("/visits/offline", headers={"X-Sent-Later": "1"})

    assert answer.status_code == 401
    assert "Clear-Site-Data" not in answer.headers
    assert answer.json is not None
    assert answer.json["code"] == "signed_out"


def test_the_operator_prints_a_slip_that_opens_once(
    app: Flask, platform: Platform, story: Story, sign_in_as: SignIn
) -> None:
    operator = sign_in_as(Role.OPERATOR)
    login = login_of(platform, story.accounts["east"])

    page = operator.post("/operator/devices", {"login": login}).text
    nobody = operator.post("/operator/devices", {"login": "nobody"})

    code = re.search(r'class="slip-code">([A-Z0-9-]+)<', page)
    assert code
    assert "/start" in page
    assert nobody.status_code == 422
    assert "Choose a PIN" in Browser(app.test_client()).post("/start", {"code": code[1]}).text


def login_of(platform: Platform, account_id: str) -> str:
    from proactive.accounts.queries import accounts

    with platform.work(SETUP) as work:
        lines = accounts(work.db, work.now, work.today)
    return next(line.login for line in lines if line.id == account_id)


def test_who_is_signed_in_registers_a_device_and_takes_it_away(
    story: Story, sign_in_as: SignIn, platform: Platform
) -> None:
    browser = sign_in_as(account_id=story.accounts["east"])

    assert browser.post("/devices", PIN).status_code == 303
    page = browser.get("/devices").text
    device_id = re.search(r"/devices/([0-9a-f-]{36})/end", page)

    assert device_id
    assert browser.post(f"/devices/{device_id[1]}/end").status_code == 303
    assert browser.get("/devices").status_code == 401


def test_nobody_ends_the_device_of_somebody_else(
    app: Flask, platform: Platform, story: Story, sign_in_as: SignIn
) -> None:
    begin(app, platform, story.accounts["east"])
    with platform.work(SETUP) as work:
        device_id = devices(work)[0].id
    other = sign_in_as(account_id=story.accounts["west"])

    assert other.post(f"/devices/{device_id}/end").status_code == 404
    with platform.work(SETUP) as work:
        assert devices(work)[0].ended_at is None


def test_the_county_makes_slips_for_its_own_coordinators_and_nobody_else(
    app: Flask, platform: Platform, story: Story, sign_in_as: SignIn
) -> None:
    county = sign_in_as(account_id=story.accounts["county"])
    with platform.work(SETUP) as work:
        grant_role(work, story.accounts["west"], Role.OPERATOR)

    page = county.get("/posts/slips").text
    slip = county.post("/posts/slips", {"account": story.accounts["east"]})

    assert "Slips for coordinators" in county.get("/town/posts").text
    assert story.accounts["east"] in page
    for login in ("west", "town", "county", "desk"):  # an operator, desks, a desk for firms
        assert story.accounts[login] not in page
        other = county.post("/posts/slips", {"account": story.accounts[login]})
        assert other.status_code == 404
    code = slip.text.split('class="slip-code">')[1].split("<")[0]
    browser = Browser(app.test_client())
    assert browser.post("/start/pin", {"code": code, **PIN}).status_code == 303
    assert browser.get("/visits").status_code == 200
    town = sign_in_as(account_id=story.accounts["town"])
    assert town.get("/posts/slips").status_code == 403
