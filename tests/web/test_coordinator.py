"""The coordinator's day: my list, one sheet per household, one form, what happens next."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.handlers.telling import tell_posts
from proactive.kernel.clock import ManualClock
from proactive.notices.receiving import take_reply
from proactive.people.vault import reachable_phone, vault_troubles
from proactive.plugins.notifier import Reply
from tests.web.browsing import Browser, SignIn
from tests.web.story import MACHINE, Story

HIDDEN = re.compile(r'name="(visit_id|base_version)" value="([^"]+)"')


def hidden_of(page: str) -> dict[str, str]:
    """Return the hidden fields of the first form on a sheet."""
    found: dict[str, str] = {}
    for name, value in HIDDEN.findall(page):
        found.setdefault(name, value)
    return found


def open_sheet(browser: Browser, case_id: UUID) -> dict[str, str]:
    page = browser.get(f"/visits/{case_id}")
    assert page.status_code == 200
    return hidden_of(page.text)


YES = {"q-agrees": "yes", "q-hard_to_pay": "yes", "q-income_lost": "no"}
CONFIRMED = {**YES, "q-lasting_impairment": "no", "outcome": "confirmed", "how": "visit"}


def test_my_list_shows_households_with_what_to_do(story: Story, sign_in_as: SignIn) -> None:
    story.raise_case(1)
    story.raise_case(1, "disability_record")
    story.raise_case(2, "disability_record")
    story.raise_case(8)
    browser = sign_in_as(account_id=story.accounts["east"])

    page = browser.get("/visits").text

    assert "2 households wait for you." in page
    assert "刘建国 and family" in page
    assert "赵铁柱" in page
    assert "Disability assistance: <b>visit at home</b> (2 people)" in page
    assert "甲镇 东村委会" in page

    with story.platform.work(MACHINE) as work:
        damage = "UPDATE identity SET name_cipher = name_cipher || 'x'::bytea"
        work.db.execute(text(f"{damage} WHERE subject_key = 8"))
        assert vault_troubles(work) == []
    page = browser.get("/visits").text
    assert "刘建国 and family" in page
    assert "name cannot be read" in page
    with story.platform.work(MACHINE) as work:
        [(said, _)] = vault_troubles(work)
    assert said == "Identities that pages could not open whole: 1."


def test_a_list_with_nothing_on_it_says_so(story: Story, sign_in_as: SignIn) -> None:
    page = sign_in_as(account_id=story.accounts["west"]).get("/visits").text

    assert "Nothing to do now." in page


def test_the_sheet_says_why_on_which_records_and_what_is_not_known(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    story.raise_case(2, "disability_record")
    browser = sign_in_as(account_id=story.accounts["east"])

    page = browser.get(f"/visits/{case_id}").text

    assert "There are 2 matters in this household. One visit is enough for all of them." in page
    assert "This family was flagged because: " in page
    assert "come to 42,310 yuan" in page
    assert "21,000 yuan" in page
    assert "Settled medical bill" in page
    assert "Sat 3 Oct 2026" in page
    assert "Not on record: " in page
    assert "Has a valid disability certificate" in page


def test_the_same_page_speaks_chinese(story: Story, sign_in_as: SignIn) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    browser.post("/display", {"language": "zh"})

    page = browser.get(f"/visits/{case_id}").text

    assert "个人负担医疗费42,310元" in page
    assert "2026年10月3日 周六" in page
    assert not re.findall(r">[^<]*\b(the|and|of|is)\b[^<]*<", page)


def test_no_need_is_one_tap_and_says_what_happens_next(story: Story, sign_in_as: SignIn) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id)

    answer = browser.post(f"/visits/{case_id}", {**form, "outcome": "no_need", "reason": "no_need"})

    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "Help with medical costs: no need (They manage; no help is needed)." in page
    assert "has left your list" in page
    assert story.state(case_id) == "closed"
    kept = browser.get(f"/visits/{case_id}").text  # as the back button finds it
    assert "This matter is closed; there is nothing more to do here." in kept
    assert "due in" not in kept


def test_confirmed_findings_go_to_the_town(story: Story, sign_in_as: SignIn) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id)

    answer = browser.post(f"/visits/{case_id}", {**form, **CONFIRMED, "note": "借了两万元"})
    story.settle()

    assert "the town office must agree" in browser.get(answer.location).text
    assert story.state(case_id) == "confirmed"
    town = sign_in_as(account_id=story.accounts["town"])
    page = town.get(f"/town/cases/{case_id}").text
    assert "借了两万元" in page
    assert "李春梅" in page


def test_an_answer_that_is_missing_is_shown_beside_its_question_and_nothing_is_lost(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id)

    answer = browser.post(
        f"/visits/{case_id}",
        {**form, "outcome": "confirmed", "how": "visit", "q-agrees": "yes", "note": "her note"},
    )

    assert answer.status_code == 422
    summary = re.findall('href="#q-([a-z_]+)"', answer.text)
    assert summary == ["hard_to_pay", "income_lost", "lasting_impairment"]  # as they are asked
    assert 'id="q-hard_to_pay"' in answer.text
    assert "Please answer this." in answer.text
    assert "her note" in answer.text
    assert re.search(r'name="q-agrees" value="yes" checked', answer.text)
    assert story.state(case_id) == "assigned"


def test_the_same_form_twice_is_one_visit(
    story: Story, sign_in_as: SignIn, platform: Platform
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = {**open_sheet(browser, case_id), **CONFIRMED}

    first = browser.post(f"/visits/{case_id}", form)
    second = browser.post(f"/visits/{case_id}", form)

    assert first.location == second.location
    with platform.work(MACHINE) as work:
        assert work.db.execute(text("SELECT count(*) FROM visit")).scalar_one() == 1


def test_a_visit_that_came_too_late_is_kept_and_says_so(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id)
    browser.post(f"/visits/{case_id}", {**form, "outcome": "no_need", "reason": "moved"})

    clock.advance(timedelta(minutes=5))

    late = {**form, **CONFIRMED, "visit_id": str(uuid4())}
    answer = browser.post(f"/visits/{case_id}", late)

    assert "Kept as a note" in browser.get(answer.location).text
    assert story.state(case_id) == "closed"


def test_a_visit_to_a_case_that_was_handed_on_is_kept_for_who_has_it_now(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id)
    page = browser.get(f"/visits/{case_id}/hand-over").text
    post = re.search(r'name="post" value="([^"]+)"', page)
    assert post
    given = {**hidden_of(page), "reason": "away", "post": post[1]}
    browser.post(f"/visits/{case_id}/hand-over", given)

    answer = browser.post(f"/visits/{case_id}", {**form, **CONFIRMED})

    assert "was handed to somebody else" in browser.get(answer.location).text
    assert story.state(case_id) == "assigned"


def test_nobody_reached_leaves_it_on_the_list_for_another_day(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id)

    answer = browser.post(
        f"/visits/{case_id}", {**form, "outcome": "unreachable", "next_try_on": "2026-11-25"}
    )

    assert "stays on your list until Wed 25 Nov 2026" in browser.get(answer.location).text
    assert "try again to reach them" in browser.get("/visits").text


def test_a_case_is_handed_to_another_post_with_a_reason(
    story: Story, sign_in_as: SignIn, platform: Platform
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    page = browser.get(f"/visits/{case_id}/hand-over").text
    post = re.search(r'name="post" value="([^"]+)"[^>]*>\s*<label[^>]*>甲镇便民服务中心', page)
    assert post
    version = hidden_of(page)["base_version"]

    silent = browser.post(f"/visits/{case_id}/hand-over", {"base_version": version})
    done = browser.post(
        f"/visits/{case_id}/hand-over",
        {"base_version": version, "reason": "relative", "post": post[1]},
    )

    assert silent.status_code == 422
    assert "Handed over" in done.text
    assert browser.get(f"/visits/{case_id}").status_code == 404
    assert "刘建国" in sign_in_as(account_id=story.accounts["town"]).get("/visits").text


def test_a_newborn_is_confirmed_by_phone(story: Story, sign_in_as: SignIn) -> None:
    case_id = story.raise_case(7, "birth_registration")
    browser = sign_in_as(account_id=story.accounts["east"])

    page = browser.get(f"/visits/{case_id}").text

    assert "Child born on Fri 30 Oct 2026" in page
    assert "How did you check?" in page
    assert "By phone" in page


def test_a_firm_goes_to_the_enterprise_desk_and_not_to_the_village(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(20, "credit_blemish")

    desk = sign_in_as(account_id=story.accounts["desk"])
    village = sign_in_as(account_id=story.accounts["east"])

    assert "青禾食品有限公司" in desk.get("/visits").text
    assert "Why this firm?" in desk.get(f"/visits/{case_id}").text
    assert village.get(f"/visits/{case_id}").status_code == 404


def test_the_enterprise_desk_does_not_read_village_cases_of_its_county(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)

    desk = sign_in_as(account_id=story.accounts["desk"])

    assert desk.get(f"/visits/{case_id}").status_code == 404


def test_who_has_no_phone_is_told_in_person(story: Story, sign_in_as: SignIn) -> None:
    story.raise_case(3)
    story.settle()
    browser = sign_in_as(account_id=story.accounts["east"])

    page = browser.get("/tell").text
    told = re.search(r'action="(/tell/[^"]+)"', page)

    assert "陈大山" in page
    assert "No mobile number" in page
    assert told
    assert browser.post(told[1], data={"what": "told"}).status_code == 303
    assert "There is nobody to tell just now." in browser.get("/tell").text


def test_a_number_that_was_cut_is_joined_again_by_who_spoke_to_the_person(
    story: Story, sign_in_as: SignIn, platform: Platform
) -> None:
    case_id = story.raise_case(1)
    with platform.work(MACHINE) as work:
        find = text('SELECT subject_key FROM "case" WHERE id = :id')
        key = work.db.execute(find, {"id": case_id}).scalar_one()
        number = reachable_phone(work, key).number
        take_reply(work, platform.desk, "console", Reply("SM1", number, "2"))
    browser = sign_in_as(account_id=story.accounts["east"])
    page = browser.get("/tell").text
    address = re.search(r'action="(/tell/[^"]+)"', page)[1]  # type: ignore[index]

    assert "The number belongs to somebody else" in page
    assert f'href="tel:{number}"' not in page
    assert browser.post(address, data={"what": "right_number"}).status_code == 303

    assert "There is nobody to tell just now." in browser.get("/tell").text
    with platform.work(MACHINE) as work:
        standing = text("SELECT count(*) FROM suppression WHERE lifted_at IS NULL")
        assert work.db.execute(standing).scalar_one() == 0


def test_who_is_not_met_gets_a_letter_and_no_page_goes_round(
    story: Story, sign_in_as: SignIn
) -> None:
    story.raise_case(3)
    story.settle()
    browser = sign_in_as(account_id=story.accounts["east"])
    page = browser.get("/tell").text
    address = re.search(r'action="(/tell/[^"]+)"', page)[1]  # type: ignore[index]
    assert "Nobody is there: send a letter" in page
    assert "due in 6 days" in page

    assert browser.post(address, data={"what": "not_reached"}).status_code == 303
    second = browser.get("/tell").text
    again = browser.post(address, data={"what": "not_reached"})
    nonsense = browser.post(address, data={"what": "right_number"})
    browser.post(address, data={"what": "told"})

    assert "Tell by letter" in second
    assert "The letter is on its way" in second
    assert "Nobody is there" not in second
    assert again.status_code == 422
    assert "A letter is the last way" in again.text
    assert nonsense.status_code == 400
    assert "There is nobody to tell just now." in browser.get("/tell").text


def test_a_post_is_reminded_once_a_day_of_what_is_new_due_or_late(
    story: Story, platform: Platform, clock: ManualClock
) -> None:
    story.raise_case(3)  # without a phone: to be told in person, too

    def told() -> list[str]:
        for _ in range(2):
            tell_posts(platform, "")
        with platform.work(MACHINE) as work:
            query = "SELECT template FROM notice WHERE post_id IS NOT NULL ORDER BY created_at"
            return list(work.db.execute(text(query)).scalars())

    assert told() == ["post_digest"]
    clock.advance(timedelta(days=3))
    assert told() == ["post_digest"]  # nothing is new and nothing is due
    with platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE needs_telling SET told_at = now()"))
    clock.advance(timedelta(days=3))
    assert told() == ["post_digest"] * 2  # due today
    with platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE needs_telling SET told_at = NULL"))
    clock.advance(timedelta(days=20))
    assert told() == ["post_digest", "post_digest", "post_late"]
