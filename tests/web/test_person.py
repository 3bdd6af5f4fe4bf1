"""Is this message genuine? Anybody may ask; nobody learns who or what."""

import pytest
from sqlalchemy import text

from proactive.bootstrap import Platform
from tests.web.browsing import Browser
from tests.web.own import code_of
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


def test_the_answer_says_what_it_is_about_so_that_a_changed_message_is_seen(
    story: Story, platform: Platform, visitor: Browser
) -> None:
    ref = send_one(story, platform)
    with platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE message SET state = 'failed'"))  # the network said so

    page = visitor.post("/check", {"reference": f"编号：{ref[:3]}-{ref[3:]}。"}).text

    assert "It is about: Somebody will come." in page
    assert "Then somebody has changed it" in page


def test_the_number_of_a_letter_is_ours_once_it_was_given(
    story: Story, platform: Platform, visitor: Browser
) -> None:
    case_id = story.raise_case(3)  # has no phone
    with platform.work(MACHINE) as work:
        ref = str(work.db.execute(text('SELECT ref FROM "case"')).scalar_one())
        told = str(work.db.execute(text("SELECT ref FROM notice LIMIT 1")).scalar_one())
    before = [visitor.post("/check", {"reference": each}).text for each in (ref, told)]

    code_of(platform, case_id)
    with platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE needs_telling SET told_at = now()"))
    after = [visitor.post("/check", {"reference": each}).text for each in (ref, told)]

    assert ["We do not know this number" in page for page in before] == [True, True]
    assert "Yes, this number is from us" in after[0]
    assert "It is about: Somebody will come." in after[1]
    assert "陈大山" not in after[0] + after[1]


def test_a_firm_is_asked_by_its_desk_as_that_is_called(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    story.raise_case(20, "credit_blemish")

    assert "：青禾县企业服务窗口有一项服务事项想与您沟通" in capsys.readouterr().out


def test_an_unknown_reference_is_not(visitor: Browser) -> None:
    page = visitor.post("/check", {"reference": "AAAA3333"}).text

    assert "We do not know this number" in page


def test_what_is_no_reference_is_asked_for_again(visitor: Browser) -> None:
    answer = visitor.post("/check", {"reference": "0123"})

    assert answer.status_code == 422
    assert "The number has 8 letters and digits." in answer.text
