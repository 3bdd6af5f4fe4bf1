"""Learning on the pages: what policy staff read, what an office answers, how the answer returns."""

import re
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text

from proactive.bootstrap import Platform
from proactive.cases.store import case
from proactive.handlers import finding
from proactive.kernel.clock import ManualClock
from proactive.kernel.offices import OfficeKind
from proactive.kernel.states import Role
from proactive.outcomes.store import outcome, sample_round
from proactive.scans.store import hit
from tests.web.browsing import Browser, SignIn
from tests.web.story import MACHINE, Story
from tests.web.test_coordinator import CONFIRMED, open_sheet

TRIGGER = "large_medical_bill"
LEARN = f"/policy/triggers/{TRIGGER}/learn"
REQUEST = re.compile(r"/correction/([0-9a-f-]{36})")


def no_need(story: Story, browser: Browser, case_id: UUID, reason: str, **more: str) -> str:
    """Answer "no need" on the sheet, let the machine follow, and return the page after it."""
    form = {**open_sheet(browser, case_id), "outcome": "no_need", "reason": reason, **more}
    answer = browser.post(f"/visits/{case_id}", form)
    assert answer.status_code == 303
    story.settle()
    return browser.get(answer.location).text


def test_policy_staff_read_what_visits_found_and_how_sure_that_is(
    story: Story, sign_in_as: SignIn
) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    no_need(story, east, story.raise_case(1), "above_means")
    case_id = story.raise_case(3)
    east.post(f"/visits/{case_id}", {**open_sheet(east, case_id), **CONFIRMED})
    story.settle()
    officer = sign_in_as(Role.POLICY)

    page = officer.get(LEARN).text
    listed = officer.get("/policy/learn").text

    assert "Of 2 visits 1 found need: 50 %." in page
    assert "With so few visits the true share may be anywhere in 9–91 %." in page
    assert "They can carry it from their own means" in page
    assert "The owner of the rule: it may be too wide" in page
    assert "Not on record: " in page
    assert "甲镇" in page
    assert "to do: 1 visit speaks against the rule" in listed
    for name in ("刘建国", "王秀兰", "东村1组"):
        assert name not in page


def test_what_spoke_against_a_rule_stays_to_do_until_somebody_has_read_it(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    no_need(story, east, story.raise_case(1), "no_need")
    officer = sign_in_as(Role.POLICY)
    assert "To do for the owner of the rule" in officer.get(LEARN).text

    officer.post(f"{LEARN}/read")

    assert "To do for the owner of the rule" not in officer.get(LEARN).text
    clock.advance(timedelta(minutes=5))
    no_need(story, east, story.raise_case(3), "no_need")
    assert "Since the last reading 1 visit found no need" in officer.get(LEARN).text


def test_a_trigger_that_is_not_there_has_no_page(sign_in_as: SignIn) -> None:
    officer = sign_in_as(Role.POLICY)

    assert officer.get("/policy/triggers/nothing/learn").status_code == 404
    assert officer.post("/policy/triggers/nothing/learn/read").status_code == 404


def test_a_wrong_record_goes_to_its_office_and_the_answer_comes_back(
    story: Story, sign_in_as: SignIn
) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    case_id = story.raise_case(1)
    saved = no_need(story, east, case_id, "data_wrong")
    assert "The office that owns the record is asked to check it." in saved
    medical = sign_in_as(Role.CLERK, office_id=story.offices[OfficeKind.MEDICAL_INSURANCE])

    desk = medical.get("/office/corrections").text
    assert "刘建国" in desk
    assert "medical_bill-1" in desk
    asked = re.search(r"/office/corrections/([0-9a-f-]{36})", desk)
    assert asked
    medical.post(f"/office/corrections/{asked[1]}", {"answer": "stands", "note": "与发票一致"})

    after = medical.get("/office/corrections").text
    assert "It stands as it is" in after
    assert "刘建国" not in after
    assert "It stands as it is · 与发票一致" in east.get(f"/visits/{case_id}").text
    assert "It stands as it is" in east.get("/visits/corrections").text
    page = sign_in_as(Role.POLICY).get(LEARN).text
    assert "It stands as it is" in page
    assert "0 of 1 wait for an answer" in page
    assert "与发票一致" not in page


def test_an_answer_to_anothers_request_or_of_another_kind_is_refused(
    story: Story, sign_in_as: SignIn
) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    no_need(story, east, story.raise_case(1), "data_wrong")
    medical = sign_in_as(Role.CLERK, office_id=story.offices[OfficeKind.MEDICAL_INSURANCE])
    charity = sign_in_as(Role.CLERK, office_id=story.offices[OfficeKind.CHARITY])
    asked = re.search(
        r"/office/corrections/([0-9a-f-]{36})", medical.get("/office/corrections").text
    )
    assert asked
    path = f"/office/corrections/{asked[1]}"

    assert "Nothing to check." in charity.get("/office/corrections").text
    assert charity.post(path, {"answer": "stands"}).status_code == 404
    assert medical.post(path, {"answer": "perhaps"}).status_code == 400
    assert medical.post(path, {"answer": "corrected"}).status_code == 303
    assert medical.post(path, {"answer": "stands"}).status_code == 409


def test_the_visitor_can_say_more_exactly_what_is_wrong_and_names_nobody(
    story: Story, sign_in_as: SignIn
) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    case_id = story.raise_case(1)
    no_need(story, east, case_id, "data_wrong")
    found = REQUEST.search(east.get(f"/visits/{case_id}").text)
    assert found
    path = f"/visits/{case_id}/correction/{found[1]}"
    record = re.search(r'name="record" value="([^"]+)"', east.get(path).text)
    assert record

    named = east.post(path, {"record": record[1], "fault": "amount", "note": "刘建国的"})
    said = east.post(path, {"record": record[1], "fault": "amount", "note": "多一个零"})

    assert named.status_code == 422
    assert "Please leave out names and numbers of people" in named.text
    assert said.status_code == 303
    medical = sign_in_as(Role.CLERK, office_id=story.offices[OfficeKind.MEDICAL_INSURANCE])
    desk = medical.get("/office/corrections").text
    assert "An amount is wrong" in desk
    assert "多一个零" in desk
    east.post(path, {"action": "withdraw"})
    assert "Nothing to check." in medical.get("/office/corrections").text


def test_a_neighbour_sees_nothing_of_a_request(story: Story, sign_in_as: SignIn) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    case_id, other = story.raise_case(1), story.raise_case(3)
    no_need(story, east, case_id, "data_wrong")
    found = REQUEST.search(east.get(f"/visits/{case_id}").text)
    assert found
    west = sign_in_as(account_id=story.accounts["west"])

    assert west.get(f"/visits/{case_id}/correction/{found[1]}").status_code == 404
    assert east.get(f"/visits/{other}/correction/{found[1]}").status_code == 404
    assert "No office is asked" in west.get("/visits/corrections").text


def test_who_is_helped_already_is_left_alone_until_the_day_that_was_chosen(
    story: Story, sign_in_as: SignIn, platform: Platform
) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    case_id = story.raise_case(1)
    sheet = east.get(f"/visits/{case_id}").text
    assert 'name="quiet_until" value="2027-05-21"' in sheet

    page = no_need(story, east, case_id, "already_helped", quiet_until="2027-02-01")

    assert "Nobody is sent because of this before Mon 1 Feb 2027" in page
    with platform.work(MACHINE) as work:
        until = work.db.execute(text("SELECT until FROM cool_down")).scalar_one()
    assert until.isoformat() == "2027-02-01"
    learn = sign_in_as(Role.POLICY).get(LEARN).text
    assert "1 left alone now; the first comes back from Mon 1 Feb 2027" in learn


def test_a_day_in_the_past_is_shown_at_its_field_and_nothing_is_saved(
    story: Story, sign_in_as: SignIn
) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    case_id = story.raise_case(1)
    form = {**open_sheet(east, case_id), "outcome": "no_need", "reason": "already_helped"}

    answer = east.post(f"/visits/{case_id}", {**form, "quiet_until": "2026-01-01"})

    assert answer.status_code == 422
    assert "Please choose a day within the next three years." in answer.text
    assert 'href="#q-quiet_until"' in answer.text
    assert 'id="q-quiet_until"' in answer.text
    assert story.state(case_id) == "assigned"


def make_sample(platform: Platform, case_id: UUID) -> None:
    """Turn a case into a sample visit at 24,000 yuan, with the round it was drawn in."""
    with platform.work(MACHINE) as work:
        row = work.db.execute(select(case).where(case.c.id == case_id)).one()
        run_id = work.db.execute(
            select(hit.c.run_id).where(hit.c.subject_key == row.subject_key)
        ).scalar_one()
        work.db.execute(text('UPDATE "case" SET sample = true WHERE id = :id'), {"id": case_id})
        work.db.execute(text("UPDATE hit SET sample = true WHERE run_id = :run"), {"run": run_id})
        measures = '{"oop_person": 2400000, "oop_household": 2400000}'
        for table, key in (("hit", "run_id"), ("case_hit", "case_id")):
            work.db.execute(
                text(f"UPDATE {table} SET measures = CAST(:measures AS jsonb) WHERE {key} = :key"),
                {"measures": measures, "key": run_id if table == "hit" else case_id},
            )
        work.db.execute(outcome.delete())  # opened when it was still an ordinary case
        finding.learn_of_run(platform, work, run_id)
        version = work.db.execute(select(outcome.c.trigger_version_id)).scalar_one()
        work.db.execute(
            sample_round.insert().values(
                run_id=run_id,
                trigger=TRIGGER,
                trigger_version_id=version,
                as_of=work.today,
                at=work.now,
                just_under=200,
                bands={"80-90": 120, "90-100": 80},
                chosen=4,
                raised=1,
                kept_back={},
            )
        )


def test_a_sample_visit_says_what_it_is_and_is_estimated_from_not_counted(
    story: Story, sign_in_as: SignIn, platform: Platform
) -> None:
    case_id = story.raise_case(1)
    make_sample(platform, case_id)
    east = sign_in_as(account_id=story.accounts["east"])

    sheet = east.get(f"/visits/{case_id}").text
    assert "A sample visit." in sheet
    assert "This family stands just under the line." in sheet
    assert "The figures: Own medical payments" in sheet
    assert "24,000 yuan (a visit is due from 26,000 yuan)" in sheet
    assert "was flagged" not in sheet
    east.post(f"/visits/{case_id}", {**open_sheet(east, case_id), **CONFIRMED})
    story.settle()

    page = sign_in_as(Role.POLICY).get(LEARN).text
    assert "No visit has been judged yet" in page
    assert "About 200 of the 200 people just under the line may be in need" in page
    assert "it may be 41 to 200" in page
    assert story.state(case_id) == "confirmed"


def test_the_pages_speak_chinese(story: Story, sign_in_as: SignIn, platform: Platform) -> None:
    case_id = story.raise_case(1)
    make_sample(platform, case_id)
    east = sign_in_as(account_id=story.accounts["east"], language="zh")
    assert "该户略低于标准线。" in east.get(f"/visits/{case_id}").text
    no_need(story, east, case_id, "data_wrong")
    clerk = sign_in_as(
        Role.CLERK, office_id=story.offices[OfficeKind.MEDICAL_INSURANCE], language="zh"
    )
    officer = sign_in_as(Role.POLICY, language="zh")

    for browser, path in (
        (clerk, "/office/corrections"),
        (east, "/visits/corrections"),
        (officer, "/policy/learn"),
        (officer, LEARN),
    ):
        page = browser.get(path)
        assert page.status_code == 200, path
        assert not re.findall(r">[^<]*\b(the|and|of|is|are)\b[^<]*<", page.text), path
