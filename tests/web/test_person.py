"""Is this message genuine? Anybody may ask; nobody learns who or what."""

from sqlalchemy import text

from proactive.bootstrap import Platform
from tests.web.browsing import Browser
from tests.web.story import MACHINE, Story


def send_one(story: Story, platform: Platform) -> str:
    """Tell somebody something and return the reference that stands in the message."""
    story.raise_case(1)
    with platform.work(MACHINE) as work:
        return str(work.db.execute(text("SELECT ref FROM notice LIMIT 1")).scalar_one())


def test_a_message_of_ours_is_genuine(story: Story, platform: Platform, visitor: Browser) -> None:
    ref = send_one(story, platform)
    spelled = f" {ref[:4].lower()} {ref[4:]} "

    page = visitor.post("/check", {"reference": spelled}).text

    assert "Yes, this message is from us" in page
    assert "刘建国" not in page


def test_an_unknown_reference_is_not(visitor: Browser) -> None:
    page = visitor.post("/check", {"reference": "AAAA3333"}).text

    assert "We do not know this number" in page


def test_what_is_no_reference_is_asked_for_again(visitor: Browser) -> None:
    answer = visitor.post("/check", {"reference": "0123"})

    assert answer.status_code == 422
    assert "The number has 8 letters and digits." in answer.text
