"""Photos on pages: after the facts, for those responsible only, refused in words, once."""

from io import BytesIO

from PIL import Image
from werkzeug.test import TestResponse

from proactive.kernel.ids import new_id
from tests.web.browsing import Browser, SignIn
from tests.web.story import Story
from tests.web.test_taking_back import count, no_need


def photo(
    browser: Browser, case_id: object, visit_id: str, content: bytes, **more: object
) -> TestResponse:
    form = {
        "csrf_token": browser.token(),
        "visit_id": visit_id,
        "photo_id": str(new_id()),
        "photo": (BytesIO(content), "\u202egpj.exe"),
        **more,
    }
    return browser.client.post(f"/visits/{case_id}/photos", data=form)


def test_a_photo_follows_the_facts_and_is_shown_to_the_responsible_only(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    east = sign_in_as(account_id=story.accounts["east"])
    made = BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "PNG")
    assert photo(east, case_id, str(new_id()), made.getvalue()).status_code == 422
    no_need(story, east, case_id)
    saved = east.get(f"/visits/{case_id}/saved").text
    visit_id = saved.split('name="visit_id" value="')[1].split('"')[0]
    same = str(new_id())

    for _ in range(2):
        done = photo(east, case_id, visit_id, made.getvalue(), photo_id=same)
        assert done.status_code == 303
    two, first = BytesIO(), Image.new("RGB", (40, 30), "blue")
    first.save(two, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 6))])
    assert photo(east, case_id, visit_id, two.getvalue()).status_code == 303
    bad = photo(east, case_id, visit_id, b"MZ\x90\x00 not in DOS mode")
    gone = photo(east, case_id, visit_id, b"", photo="")

    assert bad.status_code == 422
    assert "This file is no photo that can be read." in bad.text
    assert "What you recorded is not touched by this." in bad.text
    assert gone.status_code == 400
    assert count(story, "SELECT count(*) FROM attachment") == 2
    page = east.get(f"/visits/{case_id}/saved").text
    url = f"/visits/{case_id}/photos/{visit_id}/{same}"
    assert "2 photos" in page
    assert url in page
    shown = east.get(url)
    assert (shown.mimetype, shown.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert shown.headers["Cache-Control"] == "no-store"
    assert sign_in_as(account_id=story.accounts["town"]).get(url).status_code == 200
    assert sign_in_as(account_id=story.accounts["west"]).get(url).status_code == 404
    assert sign_in_as(account_id=story.accounts["desk"]).get(url).status_code == 404
    assert count(story, "SELECT count(*) FROM audit WHERE action = 'read_file'") == 2
    east.post(f"{url}/remove")
    assert east.get(url).status_code == 404
    assert count(story, "SELECT count(*) FROM visit WHERE taken") == 1
