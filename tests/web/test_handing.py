"""Handing a file in by page: checked, read, ordered, taken in; alarms closed with a reason."""

import io
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.feeds.alarms import AlarmKind, open_alarms, raise_alarm
from proactive.feeds.queries import list_deliveries
from proactive.handlers.duties import purge
from proactive.kernel.clock import ManualClock
from proactive.kernel.states import Role
from proactive.stepping import run_due_steps
from tests.proactive.feeds.making import Bill, bill_file
from tests.web.browsing import SETUP, Browser, SignIn
from tests.web.story import MACHINE

HAND_IN = "/operator/hand-in"


@pytest.fixture
def operator(sign_in_as: SignIn) -> Browser:
    return sign_in_as(Role.OPERATOR)


def hand_in(browser: Browser, content: str | bytes, **more: Any) -> Any:
    raw = content if isinstance(content, bytes) else content.encode()
    form = {"feed": "medical_bill", "file": (io.BytesIO(raw), "账单.csv"), **more}
    return browser.post(HAND_IN, form)


def run_steps(platform: Platform) -> None:
    with platform.work(MACHINE) as work:
        work.db.execute(text("DELETE FROM step WHERE name <> 'take_parcel'"))
    run_due_steps(platform)


def deliveries(platform: Platform) -> list[tuple[str, str]]:
    with platform.work(SETUP) as work:
        return [(line.state, line.received_by) for line in list_deliveries(work)]


def test_a_file_is_checked_read_ordered_and_taken_in(operator: Browser, platform: Platform) -> None:
    page = hand_in(operator, bill_file(Bill())).location
    busy = operator.get(page)
    assert "The file is being looked at." in busy.text
    assert busy.headers["Refresh"] == "3"

    run_steps(platform)
    checked = operator.get(page)
    assert "checked, nothing was stored" in checked.text
    assert "1 new" in checked.text
    assert "Refresh" not in checked.headers
    assert deliveries(platform) == []

    operator.post(page)
    run_steps(platform)
    taken = operator.get(page).text
    assert "applied" in taken
    [(state, by)] = deliveries(platform)
    assert state == "applied"
    assert not by.startswith("source:")
    assert list((platform.settings.var / "inbox").iterdir()) == []
    assert operator.post(page).status_code == 409


def test_the_delivery_carries_the_name_of_the_account_that_ordered_it(
    operator: Browser, platform: Platform
) -> None:
    page = hand_in(operator, bill_file(Bill())).location
    run_steps(platform)
    operator.post(page)
    run_steps(platform)

    with platform.work(SETUP) as work:
        known = set(work.db.execute(text("SELECT id::text FROM account")).scalars())
    assert {by for _, by in deliveries(platform)} <= known


def test_a_refused_file_says_why_in_the_readers_language(
    operator: Browser, platform: Platform, sign_in_as: SignIn
) -> None:
    page = hand_in(operator, bill_file(Bill())[:-1]).location
    run_steps(platform)

    assert "it is cut off, nothing was applied" in operator.get(page).text
    assert "文件不完整" in sign_in_as(Role.OPERATOR, language="zh").get(page).text
    assert list((platform.settings.var / "inbox").iterdir()) == []


def test_encoding_mapping_and_history_are_taken_as_said(
    operator: Browser, platform: Platform
) -> None:
    raw = bill_file(Bill()).encode("gb18030")
    page = hand_in(operator, raw, encoding="gb18030", history="yes").location
    run_steps(platform)

    told = operator.get(page).text
    assert "gb18030" in told
    assert "the day it became known is assumed" in told


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"feed": ""}, "Choose what the file is."),
        ({"feed": "nothing"}, "Choose what the file is."),
        ({"file": ""}, "Choose a file."),
        ({"mapping": "../../etc/passwd"}, "Choose one of the mappings"),
    ],
)
def test_a_form_that_is_not_complete_says_what_is_missing(
    operator: Browser, platform: Platform, form: dict[str, str], said: str
) -> None:
    answer = hand_in(operator, bill_file(Bill()), **form)

    assert answer.status_code == 422
    assert said in answer.text
    assert not (platform.settings.var / "inbox").exists()


def test_a_file_larger_than_the_door_is_refused_with_the_other_ways(
    operator: Browser, platform: Platform
) -> None:
    platform.settings = platform.settings.model_copy(update={"upload_mb": 1})

    answer = operator.client.post(
        HAND_IN, data=b"x" * 2_000_000, content_type="multipart/form-data; boundary=x"
    )

    assert answer.status_code == 413
    assert "1 MiB" in answer.text
    assert hand_in(operator, b"x" * 400_000).status_code == 303


@pytest.mark.parametrize("role", [None, Role.POLICY])
def test_nobody_else_may_send_a_large_body(
    visitor: Browser, sign_in_as: SignIn, role: Role | None
) -> None:
    browser = sign_in_as(role) if role else visitor

    answer = hand_in(browser, b"x" * 400_000)

    assert answer.status_code == 413
    assert "Shorten" in answer.text


def test_what_nobody_orders_is_deleted_after_a_day(
    operator: Browser, platform: Platform, clock: ManualClock
) -> None:
    hand_in(operator, bill_file(Bill()))
    run_steps(platform)
    clock.advance(timedelta(days=1, hours=1))
    inbox = platform.settings.var / "inbox"
    for place in inbox.iterdir():
        age(place)

    purge(platform, "")

    assert list(inbox.iterdir()) == []
    with platform.work(MACHINE) as work:
        assert work.db.execute(text("SELECT state FROM parcel")).scalars().all() == ["gone"]


def age(place: Path) -> None:
    os.utime(place, (1, 1))


def test_an_alarm_stands_on_the_health_page_until_somebody_says_why_all_is_well(
    operator: Browser, platform: Platform
) -> None:
    with platform.work(MACHINE) as work:
        raise_alarm(work, "medical_bill", AlarmKind.VOLUME, {"rows": 3, "usual": 900})

    assert "unusual number of rows: 3, usually 900" in operator.get("/operator").text
    page = operator.get("/operator/alarms").text
    closing = re.search(r'action="(/operator/alarms/[^"]+)"', page)
    assert closing

    silent = operator.post(closing[1], {"reason": ""})
    assert silent.status_code == 422
    assert "Say why all is well." in silent.text
    operator.post(closing[1], {"reason": "the hospital was closed"})

    assert "No alarm is open." in operator.get("/operator/alarms").text
    with platform.work(MACHINE) as work:
        assert open_alarms(work) == []
        assert (
            work.db.execute(text("SELECT closed_why FROM feed_alarm")).scalar_one()
            == "the hospital was closed"
        )
