"""Letters for people without a phone: number and code that open the own page, told by letter."""

import re
from uuid import UUID

from flask import Flask
from sqlalchemy import text

from proactive.bootstrap import Platform
from tests.web.browsing import Browser, SignIn
from tests.web.story import MACHINE, Story

CODES = re.compile(r'class="letter-code">([^<]+)<')


def wait_for_letter(platform: Platform, case_id: UUID) -> None:
    """Have something that is to be told by letter."""
    with platform.work(MACHINE) as work:
        work.db.execute(
            text("UPDATE needs_telling SET how = 'letter' WHERE case_id = :id"), {"id": case_id}
        )


def test_a_letter_opens_the_own_page_and_counts_as_told(
    story: Story, platform: Platform, sign_in_as: SignIn, visitor: Browser
) -> None:
    case_id = story.raise_case(3)  # has no phone
    wait_for_letter(platform, case_id)
    coordinator = sign_in_as(account_id=story.accounts["east"])
    assert "waits for a letter" in coordinator.get("/letters").text

    page = coordinator.post("/letters", {"cases": [str(case_id)]}).text

    number, code = CODES.findall(page)
    assert "陈大山" in page
    assert "Somebody will come to your home." in page
    assert visitor.post("/my", {"number": number, "code": code}).status_code == 303
    assert "waits for a letter" not in coordinator.get("/letters").text
    with platform.work(MACHINE) as work:
        told = text("SELECT told_by FROM needs_telling WHERE how = 'letter'")
        assert work.db.execute(told).scalars().all() == [f"coordinator:{story.accounts['east']}"]
        kept = work.db.execute(text("SELECT code_mark FROM access_code")).scalar_one()
    assert code.replace(" ", "").encode() not in bytes(kept)


def test_who_stands_before_the_person_shows_the_code_and_nothing_counts_as_told(
    story: Story, platform: Platform, sign_in_as: SignIn, visitor: Browser
) -> None:
    case_id = story.raise_case(3)
    wait_for_letter(platform, case_id)
    coordinator = sign_in_as(account_id=story.accounts["east"])

    page = coordinator.post("/letters", {"cases": [str(case_id)], "how": "told"}).text

    number, code = CODES.findall(page)
    assert visitor.post("/my", {"number": number, "code": code}).status_code == 303
    assert "waits for a letter" in coordinator.get("/letters").text
    with platform.work(MACHINE) as work:
        assert work.db.execute(text("SELECT how FROM access_code")).scalar_one() == "told"


def test_a_batch_has_a_letter_each_and_says_who_gets_none(
    story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    ids = [story.raise_case(key) for key in (1, 3, 8)]
    with platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE subject SET died_on = '2026-10-01' WHERE key = 8"))
    coordinator = sign_in_as(account_id=story.accounts["east"])

    page = coordinator.post("/letters", {"cases": [str(each) for each in ids]}).text

    assert page.count('class="letter"') == 2
    assert len(set(CODES.findall(page))) == 4
    assert "No letter for 赵铁柱" in page


def test_the_letter_of_a_child_goes_to_the_guardian(story: Story, sign_in_as: SignIn) -> None:
    case_id = story.raise_case(7, "birth_registration")

    page = (
        sign_in_as(account_id=story.accounts["east"])
        .post("/letters", {"cases": [str(case_id)]})
        .text
    )

    assert "To whoever stands for 王小宝" in page


def test_nobody_prints_a_letter_for_a_case_of_another_post(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)

    answer = sign_in_as(account_id=story.accounts["west"]).post(
        "/letters", {"cases": [str(case_id)]}
    )

    assert answer.status_code == 404
    with platform.work(MACHINE) as work:
        assert work.db.execute(text("SELECT count(*) FROM access_code")).scalar_one() == 0


def test_a_letter_in_chinese_and_for_nobody(story: Story, sign_in_as: SignIn) -> None:
    case_id = story.raise_case(1)
    coordinator = sign_in_as(account_id=story.accounts["east"], language="zh")

    page = coordinator.post("/letters", {"cases": [str(case_id)]}).text
    none = coordinator.post("/letters")

    assert "查询码（有效期至" in page
    assert none.status_code == 422


def test_the_sheet_leads_to_the_letter_of_its_person_and_ticks_no_other(
    story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id, other = story.raise_case(1), story.raise_case(3)
    wait_for_letter(platform, other)
    coordinator = sign_in_as(account_id=story.accounts["east"])
    link = re.search(r'href="(/letters\?case=[^"]+)"', coordinator.get(f"/visits/{case_id}").text)
    assert link

    page = coordinator.get(link[1]).text

    assert re.findall(r'value="([^"]+)" checked', page) == [str(case_id)]
