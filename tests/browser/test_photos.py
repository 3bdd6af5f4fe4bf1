"""A photo taken without signal: kept apart, sent after its visit, refused without holding it up."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser.looking import look
from tests.browser.offline import Line, MakeDevice, answer, in_step, send, sign_in, status, visits
from tests.web.story import MACHINE, Story

pytestmark = pytest.mark.browser


def photos(story: Story) -> list[int]:
    with story.platform.work(MACHINE) as work:
        return list(work.db.execute(text("SELECT size FROM attachment")).scalars())


def add(page: Page, name: str, content: bytes) -> None:
    form = page.locator("form[data-photo]")
    form.evaluate("form => { const box = form.closest('details'); if (box) box.open = true; }")
    files = {"name": name, "mimeType": "image/jpeg", "buffer": content}
    form.locator("input[type=file]").set_input_files([files])
    form.locator("button").click()


def test_a_photo_waits_on_the_device_and_follows_its_visit(
    story: Story, line: Line, device: MakeDevice
) -> None:
    case_id = story.raise_case(1)
    page = device().open()
    sign_in(page, story, line, story.accounts["east"])
    in_step(page)
    picture = BytesIO()
    Image.effect_noise((2600, 2000), 60).convert("RGB").save(picture, "JPEG", quality=90)
    line.cut()

    page.goto(f"{line.url}/visits/{case_id}")
    add(page, "house.jpg", picture.getvalue())
    expect(page.locator("[data-said]").first).to_contain_text("Kept on this device")
    assert look(page, "photo-sheet-en") == []
    add(page, "photo.jpg", b"MZ\x90\x00 not in DOS mode")
    expect(page.locator("[data-said]").first).to_contain_text("cannot be opened here")
    add(page, "photo.jpg", b"\xff\xd8\xff broken")  # refused later, by the server
    expect(page.locator("[data-said]").first).to_contain_text("Kept on this device")
    answer(page, case_id, "no_need")
    page.wait_for_url("**/visits/waiting")
    status(page, "Waits to be sent: 1. Photos that wait: 2.")
    assert look(page, "photo-waiting-en") == []
    assert (visits(story), photos(story)) == ([], [])
    line.mend()
    send(page)

    status(page, "Everything is sent. Not taken: 1.")
    expect(page.get_by_text("This file is no photo that can be read.")).to_be_visible()
    assert [row["taken"] for row in visits(story)] == [True]
    [size] = photos(story)
    assert size < 1_500_000  # made small on the phone and again by the server
    page.get_by_role("button", name="I have read this, take it off").click()
    status(page, "Everything is sent.")
    page.goto(f"{line.url}/visits/{case_id}/saved")
    expect(page.get_by_text("1 photo")).to_be_visible()
    assert look(page, "photo-saved-en") == []
