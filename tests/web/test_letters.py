"""Letters for people without a phone: number and code that open the own page, told by letter."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text
from werkzeug.test import TestResponse

from proactive.bootstrap import Platform
from proactive.people.intake import Intake
from tests.web.browsing import Browser, SignIn
from tests.web.own import at_own_page, confirmed_case
from tests.web.story import MACHINE, Story, person
from web.person.fonts import WHERE_DEBIAN_KEEPS_IT

NEEDS_FONT = pytest.mark.skipif(
    not WHERE_DEBIAN_KEEPS_IT.is_file(), reason="needs fonts-noto-cjk (Debian)"
)
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


def test_the_letter_of_a_child_goes_to_the_guardian_also_before_it_has_a_name(
    story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(7, "birth_registration")
    east = sign_in_as(account_id=story.accounts["east"])

    named = east.post("/letters", {"cases": [str(case_id)]}).text
    with platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE identity SET name_cipher = NULL WHERE subject_key = 7"))
    nameless = east.post("/letters", {"cases": [str(case_id)]}).text

    assert "To whoever stands for 王小宝" in named
    assert "To whoever stands for child without a name yet" in nameless


def test_the_letter_of_a_reported_need_says_what_the_own_page_says(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    with platform.work(MACHINE) as work:
        work.db.execute(text('UPDATE "case" SET reported = true'))
    east = sign_in_as(account_id=story.accounts["east"])
    said = "Somebody from your village or town said that you may need help."

    assert said in east.post("/letters", {"cases": [str(case_id)]}).text
    assert said in at_own_page(app, platform, case_id).get("/my").text


def test_page_and_letter_say_what_is_refused_and_why_what_is_ready_and_what_is_asked(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    """What is told by letter counts as told: so the letter holds it."""
    case_id = confirmed_case(story, sign_in_as, agreed=True)
    wait_for_letter(platform, case_id)
    with platform.work(MACHINE) as work:
        for code, values in (
            ("temporary_aid", "state = 'refused', reason = 'no_sudden_hardship', decided_by = 'x'"),
            ("charity", "state = 'granted', delivery_mode = 'collect', pickup_code = 'ACDE3479'"),
        ):
            values += ", legal_basis = '暂行办法第八条'"
            work.db.execute(text(f"UPDATE item SET {values} WHERE code = :code"), {"code": code})

    page = at_own_page(app, platform, case_id).get("/my").text
    east = sign_in_as(account_id=story.accounts["east"])
    letter = east.post("/letters", {"cases": [str(case_id)]}).text

    for said in (
        "It was not granted.",
        "Reason: No sudden hardship was found. By: 暂行办法第八条.",
        "somebody else than who decided looks at it",
        "say the code ACDE3479",
        "Please bring what is named here.",
        "Please bring or give to the coordinator:",
        "Only by hand",
    ):
        assert said in page, said
        assert said in letter, said
    assert "below" not in letter


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


def rename(platform: Platform, key: int, name: str) -> None:
    """Have the register of residents know somebody by another name."""
    with platform.work(MACHINE) as work:
        intake = Intake(work, "resident_register", uuid4())
        intake.add([person(key, name, phone="", seen_on=date(2026, 11, 1))])
        intake.finish()


FOLD = 2 / 3 * 842  # points from the foot of the sheet
Piece = tuple[str, float, float]


def pieces_of(answer: TestResponse) -> list[list[Piece]]:
    """Return for each page its pieces of text with height on the sheet and size of print.

    pypdf leaves a NUL beside each sign of a two-byte font.
    """
    pages: list[list[Piece]] = []
    for page in PdfReader(BytesIO(answer.data)).pages:
        found: list[Piece] = []

        def note(words: str, _: object, place: list[float], __: object, size: float) -> None:
            if words.strip("\x00 \n"):
                found.append((words.replace("\x00", "").strip(), place[5], size))  # noqa: B023

        page.extract_text(visitor_text=note)
        pages.append(found)
    return pages


@NEEDS_FONT
def test_letters_as_pdf_are_large_and_tell_the_matter_under_the_fold_only(
    story: Story, platform: Platform, sign_in_as: SignIn, visitor: Browser
) -> None:
    ids = [story.raise_case(1), story.raise_case(4)]
    wait_for_letter(platform, ids[0])
    rename(platform, 1, "刘䶮㐀𬱖")
    coordinator = sign_in_as(account_id=story.accounts["east"], language="zh")

    answer = coordinator.post("/letters", {"cases": [str(ids[0])], "how": "pdf"})
    refused = coordinator.post("/letters", {"cases": [str(each) for each in ids], "how": "pdf"})

    pages = pieces_of(answer)
    text = "".join(words for page in pages for words, _, _ in page)
    for words in (
        "刘䶮㐀𬱖",
        "2组2号",
        "个人负担医疗费42,310元",
        "工作人员会上门",
        "您可以不要这项帮助",
        "信是真是假？拨打",
        "第2页",
    ):
        assert words in text
    assert min(size for page in pages for _, _, size in page) >= 16
    outside = "".join(words for words, height, _ in pages[0] if height > FOLD)
    assert "刘䶮㐀𬱖" in outside
    assert not re.search("医|费|万|编号|查询码", outside)
    number, code = re.search(r"编号([0-9A-Z]{8})查询码.*?）(\d{4} \d{4})", text).groups()  # type: ignore[union-attr]
    assert visitor.post("/my", {"number": number, "code": code}).status_code == 303
    assert "待寄信" not in coordinator.get("/letters").text
    assert refused.status_code == 404  # one of them is another post's


@NEEDS_FONT
def test_a_file_is_whole_or_is_not_made_and_says_why(
    story: Story, platform: Platform, sign_in_as: SignIn, tmp_path: Path
) -> None:
    ids = [str(story.raise_case(key)) for key in (3, 8)]
    with platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE subject SET died_on = '2026-10-01' WHERE key = 8"))
    rename(platform, 3, "陈\U00013000")
    coordinator = sign_in_as(account_id=story.accounts["east"])

    page = coordinator.post("/letters", {"cases": ids, "how": "pdf"})
    platform.settings.font = tmp_path / "none.ttf"
    without = coordinator.post("/letters", {"cases": ids, "how": "pdf"})
    platform.settings.font.write_text("no font")
    bad = coordinator.post("/letters", {"cases": ids, "how": "pdf"})
    with platform.work(MACHINE) as work:
        made = work.db.execute(text("SELECT count(*) FROM access_code")).scalar_one()
    platform.settings.font = None

    assert (page.status_code, without.status_code, bad.status_code) == (422, 422, 422)
    assert "No letter for 赵铁柱" in page.text
    assert "no character for \U00013000 in the letter of 陈\U00013000" in page.text
    assert page.text.count('" checked') == 2
    assert "fonts-noto-cjk" in without.text
    assert "none.ttf cannot be used" in bad.text
    assert made == 0
