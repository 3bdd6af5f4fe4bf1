"""The first day with a slip, the PIN after a day without signal, and a device taken away."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from proactive.accounts.devices import devices, end_device, make_slip
from proactive.accounts.service import set_preferences
from proactive.kernel.clock import ManualClock
from tests.browser.looking import faults, keep_picture, look
from tests.browser.offline import Line, MakeDevice, in_step, record, send, status, visits
from tests.fullness import in_full
from tests.web.browsing import SETUP
from tests.web.story import Story

pytestmark = pytest.mark.browser
PIN = "194026"
KEPT = """async () => (await Promise.all((await caches.keys()).map(
  async name => (await (await caches.open(name)).keys()).map(one => one.url)))).flat()"""


def begin(page: Page, story: Story, line: Line, language: str) -> None:
    """Type in a slip's code and choose a PIN, as on the first day."""
    account_id = story.accounts["east"]
    with story.platform.work(SETUP) as work:
        set_preferences(work, account_id, language=language, text_scale=100)
        code = make_slip(work, account_id).code
    page.context.add_cookies([{"name": "language", "value": language, "url": line.url}])
    page.goto(f"{line.url}/start")
    page.locator("#code").fill(code.lower())
    page.locator("main button").click()
    page.locator("#pin").fill(PIN)
    page.locator("#again").fill(PIN)
    keep_picture(page, f"pin-{language}-390")
    assert faults(page) == []
    page.locator("main button").click()
    page.wait_for_url("**/visits")
    in_step(page, language)


@pytest.mark.parametrize("language", in_full(["zh"], ["zh", "en"]))
def test_the_pin_is_enough_and_then_what_waited_is_sent(
    story: Story,
    line: Line,
    device: MakeDevice,
    clock: ManualClock,
    language: str,
) -> None:
    case_id = story.raise_case(1)
    phone = device()
    page = phone.open()
    begin(page, story, line, language)
    line.cut()
    record(page, line, case_id, "confirmed")
    phone.close()
    clock.advance(timedelta(hours=20))
    line.mend()

    page = phone.open()
    page.goto(f"{line.url}/visits")
    page.wait_for_url(re.compile("/unlock"))
    assert look(page, f"unlock-{language}", thumbs=True) == []
    page.locator("#pin").fill(PIN)
    page.locator("main button").click()
    page.wait_for_url("**/visits")

    status(page, {"zh": "已全部发送。", "en": "Everything is sent."}[language])
    assert [row["taken"] for row in visits(story)] == [True]


def test_a_device_that_was_taken_away_tells_so_and_keeps_nothing(
    story: Story,
    line: Line,
    device: MakeDevice,
) -> None:
    case_id = story.raise_case(1)
    page = device().open()
    begin(page, story, line, "en")
    line.cut()
    record(page, line, case_id, "no_need")
    with story.platform.work(SETUP) as work:
        end_device(work, devices(work)[0].id, "operator")
    line.mend()
    send(page)

    status(page, "This device is not registered any more.")
    status(page, "Visits that had not been sent and are gone: 1.")
    assert page.evaluate(KEPT) == []
    assert visits(story) == []
    gone = page.goto(f"{line.url}/visits")
    assert gone
    assert gone.status == 401
    page.goto(f"{line.url}/visits")
    page.wait_for_url(re.compile("/sign-in"))
