"""The coordinator's day without signal: real Chromium, a line that is cut, a browser closed."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from proactive.cases.service import get_case
from proactive.kernel.clock import ManualClock
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.routing.handing import hand_over
from tests.browser.looking import faults, keep_picture, look
from tests.browser.offline import (
    Device,
    Line,
    MakeDevice,
    answer,
    in_step,
    record,
    send,
    sign_in,
    status,
    visits,
)
from tests.browser.test_photos import add, photos
from tests.fullness import in_full
from tests.web.browsing import TOWN
from tests.web.story import Story

pytestmark = pytest.mark.browser
WORDS = {
    "en": {
        "three": "Waits to be sent: 3.",
        "sent": "Everything is sent.",
        "signal": "No signal",
        "mark": "waits to be sent",
    },
    "zh": {
        "three": "待发送：3。",
        "sent": "已全部发送。",
        "signal": "没有信号",
        "mark": "待发送",
    },
}


KEPT = """async () => (await Promise.all((await caches.keys()).map(
  async name => (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)
))).flat()"""


@pytest.mark.parametrize("language", in_full(["zh"], ["zh", "en"]))
def test_a_day_without_signal_loses_nothing_and_sends_each_visit_once(
    story: Story, line: Line, chromium: Browser, tmp_path: Path, language: str
) -> None:
    words, phone = WORDS[language], Device(chromium, tmp_path / "phone")
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
        record(page, line, case_id, outcome)
    status(page, words["three"])
    expect(page.get_by_role("heading", name="刘建国")).to_be_visible()
    assert look(page, f"offline-waiting-{language}", thumbs=True) == []
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
    kept = visits(story)
    assert {row["outcome"] for row in kept} == {"confirmed", "no_need", "unreachable"}
    assert [row["taken"] for row in kept] == [True] * 3
    expect(page.locator("[data-mark]")).to_have_count(0)
    send(page)
    status(page, words["sent"])
    assert len(visits(story)) == 3
    phone.throw_away()


def test_when_the_signal_is_back_the_device_sends_by_itself_and_tells_what_was_kept_as_a_note(
    story: Story, line: Line, device: MakeDevice
) -> None:
    """A sheet answered again replaces the first; a case handed over meanwhile becomes a note."""
    again, gone = story.raise_case(3), story.raise_case(1)
    page = device().open()
    page.clock.install()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    line.cut()
    for case_id, outcome in ((again, "unreachable"), (again, "confirmed"), (gone, "confirmed")):
        record(page, line, case_id, outcome)
    status(page, "No signal: what you see was kept on this device. Waits to be sent: 2.")
    town = Actor(Role.TOWN, story.accounts["town"], areas=(TOWN,), level=4)
    with story.platform.work(town) as work:
        post = work.db.execute(text("SELECT id FROM post WHERE code = 't1'")).scalar_one()
        version = get_case(work, gone).version
        hand_over(work, gone, post, base_version=version, reason="away")
    line.mend()
    page.clock.fast_forward("02:10")

    status(page, "Kept as a note: 1.")
    expect(
        page.get_by_text("was handed to somebody else before your visit arrived")
    ).to_be_visible()
    assert look(page, "offline-note-en", thumbs=True) == []
    said = {row["case_id"]: (row["outcome"], row["kept_why"]) for row in visits(story)}
    assert said == {again: ("confirmed", ""), gone: ("confirmed", "not_yours_now")}
    page.get_by_role("button", name="I have read this, take it off").click()
    expect(page.get_by_text("Nothing waits on this device.")).to_be_visible()

    assert f"/visits/{again}" in page.evaluate(KEPT)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    assert page.evaluate(KEPT) == []
    line.cut()
    with pytest.raises(Exception, match="ERR_"):
        page.goto(f"{line.url}/visits")


def test_who_asks_while_a_try_is_failing_is_not_forgotten(
    story: Story, line: Line, device: MakeDevice
) -> None:
    """The line comes back during a try that began without it: another one follows at once."""
    case_id = story.raise_case(1)
    page = device().open()
    page.clock.install()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    line.cut()
    record(page, line, case_id, "no_need")
    status(page, "Waits to be sent: 1.")
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))  # the page itself asks no more
    worker = page.context.service_workers[0]

    worker.evaluate(  # until this try hangs in the air
        """() => new Promise((hangs) => {
          const real = readPlan;
          readPlan = () => new Promise((_, no) => {
            readPlan = real;
            self.failNow = () => no(new Error("the line was away"));
            hangs();
          });
          inStep(true);
        })"""
    )
    line.mend()
    worker.evaluate("() => { inStep(true); setTimeout(() => self.failNow(), 50); }")

    status(page, "Everything is sent.")
    assert [row["outcome"] for row in visits(story)] == ["no_need"]


def test_what_a_server_in_front_answers_lets_nothing_go_and_is_told_plainly(
    story: Story, line: Line, device: MakeDevice
) -> None:
    """A proxy's page with any number is nobody's answer: it waits, is tried again, is sent once."""
    cases = [story.raise_case(key) for key in (1, 3, 8)]
    answers = dict(
        zip(map(str, cases), ("200 OK", "413 Too Large", "502 Bad Gateway"), strict=True)
    )
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    tried: list[str] = []

    def proxy(method: str, path: str) -> tuple[str, str] | None:
        if method != "POST":
            return None
        tried.append(path)
        found = answers.get(path.removeprefix("/visits/"), "413 Too Large")
        return found, "<h1>nginx</h1>"

    line.in_front = proxy
    page.goto(f"{line.url}/visits/{cases[0]}")
    picture = BytesIO()
    Image.new("RGB", (40, 30), "green").save(picture, "JPEG")
    add(page, "house.jpg", picture.getvalue())
    expect(page.locator("[data-said]").first).to_contain_text("Kept on this device")
    for case_id in cases:
        record(page, line, case_id, "unreachable")
    status(page, "The server does not answer properly just now.")
    status(page, "Waits to be sent: 3. Photos that wait: 1.")
    assert (visits(story), photos(story)) == ([], [])
    line.in_front = lambda method, path: ("413 Too Large", "nginx") if "photos" in path else None
    send(page)
    status(page, "Photos that wait: 1.")  # the visits went; the photo has been tried and rests
    line.in_front = lambda method, path: None
    send(page)

    status(page, "Everything is sent.")
    assert sorted(str(row["case_id"]) for row in visits(story)) == sorted(map(str, cases))
    assert len(photos(story)) == 1
    line.in_front = lambda method, path: (
        None if path == "/visits/offline" else ("502 Bad Gateway", "nginx")
    )
    story.raise_case(2)  # the list has changed, so it is read anew, and cannot be
    send(page)
    page.goto(f"{line.url}/visits")
    status(page, "The server does not answer properly just now.")
    expect(page.get_by_role("heading", name="My list")).to_be_visible()
    assert f"/visits/{cases[0]}" in page.evaluate(KEPT)
    said: list[str] = []

    def second(method: str, path: str) -> tuple[str, str] | None:
        said.extend([path] * (method == "POST"))
        return ("502 Bad Gateway", "nginx") if method == "POST" and len(said) == 2 else None

    line.in_front = second  # ours finds the answers incomplete; its form does not come through
    page.goto(f"{line.url}/visits/{cases[1]}")
    page.locator("form:has(input[value=confirmed])").first.evaluate("form => form.submit()")
    status(page, "does not answer properly just now.")
    status(page, "Waits to be sent: 1.")
    assert (len(said), page.url) == (2, f"{line.url}/visits/{cases[1]}")
    send(page)
    status(page, "Not taken: 1.")


def test_what_is_kept_for_one_is_shown_to_nobody_else_and_leaving_asks_first(
    story: Story, line: Line, device: MakeDevice
) -> None:
    case_id = story.raise_case(1)
    sheet = f"/visits/{case_id}"
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    assert sheet in page.evaluate(KEPT)
    line.cut()
    record(page, line, case_id, "no_need")
    line.mend()
    line.in_front = lambda method, _path: ("502 Bad Gateway", "nginx") if method == "POST" else None
    page.goto(f"{line.url}/tell")
    asked: list[str] = []
    page.on("dialog", lambda box: (asked.append(box.message), box.dismiss()))
    page.wait_for_function("navigator.serviceWorker.controller")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Tell in person")).to_be_visible()
    assert [words[:31] for words in asked] == ["Visits that are not sent yet: 1"]

    line.in_front = lambda _method, path: (
        ("502 Bad Gateway", "nginx") if path.startswith("/visits") else None
    )
    sign_in(page, story, line, story.accounts["west"])  # another coordinator at the same phone
    assert page.locator("body").inner_text() == "nginx"
    line.in_front = lambda _method, _path: None
    page.goto(f"{line.url}/visits")
    assert sheet not in page.evaluate(KEPT)
    status(page, "Visits of somebody else wait on this device: 1.")
    page.get_by_role("button", name="Sign out").click()  # it would delete the other one's visit
    assert [words[:31] for words in asked] == ["Visits that are not sent yet: 1"] * 2
    sign_in(page, story, line, story.accounts["town"])  # who keeps nothing, and is asked as well
    line.in_front = lambda method, _path: ("502 Bad Gateway", "nginx") if method == "POST" else None
    page.goto(f"{line.url}/visits/{case_id}")
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Sign out").click()
    assert len(asked) == 3
    page.locator(f"form[action='/visits/{case_id}']:has(input[value=unreachable])").evaluate(
        "form => form.requestSubmit(form.querySelector('button[value]'))"
    )
    expect(page.locator("[data-unsent]")).to_contain_text("This was not sent")
    assert page.url.endswith(sheet)
    assert page.context.service_workers[0].evaluate("waiting().then((rows) => rows.length)") == 1
    expect(page.locator("[data-sync]")).to_be_hidden()
    assert look(page, "offline-unsent-en") == []
    line.in_front = lambda _method, _path: None
    sign_in(page, story, line, story.accounts["east"])
    status(page, "Everything is sent.")
    assert [row["case_id"] for row in visits(story)] == [case_id]


def test_a_device_without_room_leaves_the_form_as_it_is(
    story: Story, line: Line, device: MakeDevice
) -> None:
    case_id = story.raise_case(1)
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    page.goto(f"{line.url}/visits/{case_id}")
    worker = page.context.service_workers[0]
    worker.evaluate(
        """() => {
          const real = inTable;
          inTable = (table, mode, act) => mode === 'readonly' ? real(table, mode, act)
            : Promise.reject(new DOMException('', 'QuotaExceededError'));
          self.makeRoom = () => { inTable = real; };
        }"""
    )
    line.cut()

    answer(page, case_id, "confirmed")
    status(page, "There is no room left on this device")
    assert page.url.endswith(str(case_id))
    worker.evaluate("self.makeRoom()")
    save = page.get_by_role("button", name="Save: help is needed")
    expect(page.locator("textarea").first).to_have_value("住院两个月，借了两万元。")
    save.click()

    page.wait_for_url("**/visits/waiting")
    status(page, "Waits to be sent: 1.")


def test_what_waits_survives_an_expired_login_and_what_is_too_old_is_not_shown(
    story: Story, line: Line, device: MakeDevice, clock: ManualClock
) -> None:
    cases = [story.raise_case(key) for key in (1, 3)]
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    line.cut()
    record(page, line, cases[0], "no_need")
    clock.advance(timedelta(hours=13))
    line.mend()
    send(page)

    status(page, "Sign in, then it is sent.")
    assert visits(story) == []
    sign_in(page, story, line, story.accounts["east"])
    status(page, "Everything is sent.")
    assert [row["outcome"] for row in visits(story)] == ["no_need"]

    page.goto(f"{line.url}/visits/{cases[1]}")
    clock.advance(timedelta(hours=13))
    answer(page, cases[1], "no_need")  # the line is there, the login is not
    page.wait_for_url("**/visits/waiting")
    status(page, "Waits to be sent: 1.")
    sign_in(page, story, line, story.accounts["east"])
    status(page, "Everything is sent.")
    assert [row["taken"] for row in visits(story)] == [True, True]

    worker = page.context.service_workers[0]
    worker.evaluate("put('meta', { key: 'last', value: Date.now() - 4 * 86400000 })")
    line.cut()
    page.goto(f"{line.url}/visits")
    expect(page.get_by_text("After 3 days without contact the list and")).to_be_visible()
    assert not [path for path in page.evaluate(KEPT) if path.startswith("/visits/0")]


def test_of_two_devices_the_second_is_told_that_the_visit_is_recorded(
    story: Story, line: Line, device: MakeDevice
) -> None:
    case_id = story.raise_case(1)
    pages = [device().open() for _ in range(2)]
    for page in pages:
        sign_in(page, story, line, story.accounts["east"])
        in_step(page)
    line.cut()
    for page in pages:
        record(page, line, case_id, "confirmed")
    line.mend()
    for page in pages:  # whichever is the first
        send(page)
        status(page, "Everything is sent.")

    told = [page.get_by_text("Already recorded by another device of yours.") for page in pages]
    assert sorted(each.count() for each in told) == [0, 1]
    assert sorted(row["kept_why"] for row in visits(story)) == ["", "recorded_before"]
