"""The own page: in by number and code only, one case and no other, every word of it counts once."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.kernel.access import PERSON_MAY
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from proactive.voice.codes import issue_code, network_of
from proactive.voice.model import TRIES_A_NUMBER, TRIES_AN_ADDRESS, How
from tests.web.browsing import Browser, SignIn
from tests.web.own import at_own_page, code_of, confirmed_case
from tests.web.story import MACHINE, Story
from web.access import Scope, policy_of

WRONG = "The number or the code is not right, or it was tried too often."


def version_on(page: str) -> str:
    found = re.search(r'name="base_version" value="(\d+)"', page)
    assert found
    return found[1]


def count(platform: Platform, query: str, **values: object) -> int:
    with platform.work(MACHINE) as work:
        return int(work.db.execute(text(query), values).scalar_one())


def test_a_person_sees_where_it_stands_who_comes_and_which_data(
    app: Flask, story: Story, platform: Platform
) -> None:
    case_id = story.raise_case(1)

    page = at_own_page(app, platform, case_id).get("/my").text

    assert "Help with medical costs" in page
    assert "Somebody will come to your home." in page
    assert "东村 (Village coordinator)" in page
    assert "21,000" in page
    assert "刘建国" not in page
    assert 'data-scale="125"' in page


def test_the_page_is_all_chinese_for_who_reads_chinese(
    app: Flask, story: Story, platform: Platform
) -> None:
    page = at_own_page(app, platform, story.raise_case(1), "zh").get("/my").text

    assert "目前进展" in page
    assert "我有异议" in page


def test_the_number_of_a_message_opens_the_page_as_well(
    app: Flask, story: Story, platform: Platform, visitor: Browser
) -> None:
    _, code = code_of(platform, story.raise_case(1))
    with platform.work(MACHINE) as work:
        ref = work.db.execute(
            text("SELECT ref FROM notice WHERE subject_key IS NOT NULL LIMIT 1")
        ).scalar_one()

    wide = str.maketrans("0123456789", "０１２３４５６７８９")  # as a Chinese keyboard gives them
    typed = f"{code[:4]} {code[4:]}".translate(wide)
    answer = visitor.post("/my", {"number": f"编号：{ref.lower()}。", "code": typed})

    assert answer.status_code == 303
    assert "/my" in answer.location
    assert ref not in answer.location


def test_who_asks_for_a_code_reads_the_same_for_every_number_and_it_goes_to_the_phone_on_record(
    story: Story, platform: Platform, visitor: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    number, _ = code_of(platform, story.raise_case(1))
    capsys.readouterr()

    known, unknown, short = (
        visitor.post("/my/code", {"wanted": wanted}) for wanted in (number, "XXXXXXXX", "XX")
    )
    story.settle()

    assert known.status_code == unknown.status_code == 200
    blank = re.compile(r'value="[^"]+"|nonce="[^"]+"')
    assert blank.sub("", known.text) == blank.sub("", unknown.text)
    assert "If we know a phone for this number" in known.text
    assert short.status_code == 422
    sent = re.findall(r"\[SMS to (\S+)\] .*?(\d{8})", capsys.readouterr().out)
    assert [to for to, _ in sent] == ["**********0001"]
    assert visitor.post("/my", {"number": number, "code": sent[0][1]}).status_code == 303


def test_unknown_number_and_wrong_code_get_the_same_answer(
    story: Story, platform: Platform, visitor: Browser
) -> None:
    number, code = code_of(platform, story.raise_case(1))
    other = "1" * 8 if code != "1" * 8 else "2" * 8

    unknown = visitor.post("/my", {"number": "AAAA3333", "code": code})
    wrong = visitor.post("/my", {"number": number, "code": other})

    assert unknown.status_code == wrong.status_code == 422
    assert WRONG in unknown.text
    assert unknown.text == wrong.text


@pytest.mark.parametrize("known", [True, False])
def test_a_number_is_tried_a_few_times_an_hour(
    story: Story, platform: Platform, visitor: Browser, clock: ManualClock, known: bool
) -> None:
    number, code = code_of(platform, story.raise_case(1))
    tried = number if known else "AAAA3333"
    for _ in range(TRIES_A_NUMBER):
        visitor.post("/my", {"number": tried, "code": "0000000"})

    locked = visitor.post("/my", {"number": number, "code": code})
    clock.advance(timedelta(hours=1, minutes=1))
    later = visitor.post("/my", {"number": number, "code": code})

    assert locked.status_code == (422 if known else 303)
    assert later.status_code == 303


def test_the_tries_of_a_matter_count_together_whichever_of_its_numbers_is_used(
    story: Story, platform: Platform, visitor: Browser
) -> None:
    number, code = code_of(platform, story.raise_case(1))
    with platform.work(MACHINE) as work:
        ref = str(work.db.execute(text("SELECT ref FROM notice")).scalar_one())
    for tried in (number, ref, number, ref, number):
        visitor.post("/my", {"number": tried, "code": "0000000"})

    assert visitor.post("/my", {"number": ref, "code": code}).status_code == 422


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_a_line_with_many_addresses_counts_as_one(address: str, counts_as: str) -> None:
    assert network_of(address) == counts_as


def test_an_address_is_tried_from_with_a_limit(
    story: Story, platform: Platform, visitor: Browser
) -> None:
    number, code = code_of(platform, story.raise_case(1))
    with platform.work(MACHINE) as work:
        work.db.execute(text("DELETE FROM door_try"))
    visitor.post("/my", {"number": number, "code": code})  # what fits is no try
    assert count(platform, "SELECT sum(tries) FROM door_try") == 0
    visitor.post("/my", {"number": "AAAA3333", "code": "1"})
    with platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE door_try SET tries = :n"), {"n": TRIES_AN_ADDRESS})

    assert visitor.post("/my", {"number": number, "code": code}).status_code == 422


def test_a_code_has_its_time_and_a_session_a_short_one(
    app: Flask, story: Story, platform: Platform, clock: ManualClock, visitor: Browser
) -> None:
    case_id = story.raise_case(1)
    number, code = code_of(platform, case_id)
    browser = at_own_page(app, platform, case_id)

    clock.advance(timedelta(minutes=31))
    ended = browser.get("/my")
    lost = browser.post("/my/rate", {"rate": "5"})
    clock.advance(timedelta(days=60))
    old = visitor.post("/my", {"number": number, "code": code})

    assert "Show my matter" in ended.text
    assert lost.status_code == 303
    assert lost.location == "/my?again=1"
    assert old.status_code == 422


def test_closing_the_page_ends_a_copied_cookie(
    app: Flask, story: Story, platform: Platform
) -> None:
    browser = at_own_page(app, platform, story.raise_case(1))
    cookie = browser.client.get_cookie("own")
    assert cookie

    browser.post("/my/leave")
    browser.client.set_cookie("own", cookie.value)

    assert "Show my matter" in browser.get("/my").text


def test_a_person_reads_nothing_of_another_case(story: Story, platform: Platform) -> None:
    mine, other = story.raise_case(1), story.raise_case(2, "disability_record")

    with platform.work(Actor.person(mine)) as work:
        for table in PERSON_MAY:
            column = "id" if table == "case" else "case_id"
            query = text(f'SELECT count(*) FROM "{table}" WHERE {column} <> :mine')
            assert work.db.execute(query, {"mine": mine}).scalar_one() == 0, table
        assert work.db.execute(text('SELECT id FROM "case"')).scalars().all() == [mine]
        changed = work.db.execute(
            text('UPDATE "case" SET version = version WHERE id = :id'), {"id": other}
        )
        assert changed.rowcount == 0


@pytest.mark.parametrize(
    "table", ["identity", "subject", "role_grant", "access_code", "own_session"]
)
def test_a_person_reaches_no_identity_and_no_account(
    story: Story, platform: Platform, table: str
) -> None:
    mine = story.raise_case(1)

    with (
        pytest.raises(Exception, match="permission denied"),
        platform.work(Actor.person(mine)) as work,
    ):
        work.db.execute(text(f"SELECT count(*) FROM {table}"))


def test_every_form_and_file_of_the_own_page_asks_a_stranger_for_number_and_code(
    app: Flask, visitor: Browser, sign_in_as: SignIn, story: Story
) -> None:
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if (policy := policy_of(app.view_functions[rule.endpoint])) and policy.scope is Scope.CASE
    ]
    coordinator = sign_in_as(account_id=story.accounts["east"])
    forms = [rule.rule for rule in rules if "POST" in (rule.methods or ())]
    files = [re.sub("<[^>]+>", str(uuid4()), rule.rule) for rule in rules if "<" in rule.rule]

    assert len(forms) >= 7, forms
    assert len(files) == 1, files
    for browser in (visitor, coordinator):
        for path in forms:
            assert browser.post(path).location == "/my?again=1"
        for path in files:
            assert browser.get(path).location == "/my?again=1"


def test_yes_begins_the_services_once(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id = confirmed_case(story, sign_in_as, agreed=False)
    browser = at_own_page(app, platform, case_id)
    page = browser.get("/my").text
    assert "Do you want this help?" in page
    form = {"action": "accept", "base_version": version_on(page)}

    answers = [browser.post("/my/answer", form) for _ in range(2)]
    story.settle()

    assert [answer.status_code for answer in answers] == [303, 303]
    assert story.state(case_id) == "fulfilling"
    accepted = (
        "SELECT count(*) FROM case_event WHERE action = 'accept' AND actor_role = 'recipient'"
    )
    assert count(platform, accepted) == 1
    assert "The offices are working on it." in browser.get("/my").text


def test_no_is_safe_while_offices_work_and_is_said_once(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id = confirmed_case(story, sign_in_as, agreed=True)
    browser = at_own_page(app, platform, case_id)
    page = browser.get("/my").text
    form = {"action": "decline", "base_version": version_on(page.split("I do not want")[1])}

    answers = [browser.post("/my/answer", form) for _ in range(2)]
    story.settle()

    assert [answer.status_code for answer in answers] == [303, 303]
    assert story.state(case_id) == "declined"
    assert {state for _, state in story.items().values()} <= {"withdrawn", "not_selected"}
    assert "Nothing was taken from you." in browser.get("/my").text


def test_a_stale_page_says_so(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id = confirmed_case(story, sign_in_as, agreed=False)
    browser = at_own_page(app, platform, case_id)

    answer = browser.post("/my/answer", {"action": "accept", "base_version": "1"})

    assert answer.status_code == 409
    assert story.state(case_id) == "offered"


def test_the_menu_is_the_persons_and_what_goes_along_is_asked_first(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id = confirmed_case(story, sign_in_as, agreed=True)
    browser = at_own_page(app, platform, case_id)
    page = browser.get("/my").text
    bundle = re.search(r'name="bundle" value="([^"]+)"', page)
    assert bundle
    boxes = re.findall(r'name="services" value="([^"]+)"( checked)?', page)
    form = {"bundle": bundle[1], "base_version": version_on(page)}

    none = browser.post("/my/services", {**form, "services": []})
    if none.status_code == 422:
        assert "These go along:" in none.text
        none = browser.post("/my/services", {**form, "services": [], "with_others": "yes"})
    again = browser.post("/my/services", {**form, "services": []})

    assert any(checked for _, checked in boxes)
    assert none.status_code == again.status_code == 303
    states = {code: state for code, (_, state) in story.items().items()}
    assert all(states[code] == "not_selected" for code, _ in boxes)


def test_somebody_elses_bundle_is_not_there(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    confirmed_case(story, sign_in_as, agreed=True)
    bundle = count_text(platform, "SELECT id FROM bundle LIMIT 1")
    browser = at_own_page(app, platform, story.raise_case(2, "disability_record"))

    answer = browser.post("/my/services", {"bundle": bundle, "base_version": "1"})

    assert answer.status_code == 404


def count_text(platform: Platform, query: str) -> str:
    with platform.work(MACHINE) as work:
        return str(work.db.execute(text(query)).scalar_one())


def test_a_wrong_record_goes_to_its_office_once(
    app: Flask, story: Story, platform: Platform
) -> None:
    browser = at_own_page(app, platform, story.raise_case(1))
    form = {"feed": "medical_bill", "fault": "amount"}

    answers = [browser.post("/my/wrong", form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    asked = "SELECT count(*) FROM correction_request WHERE fault = 'amount' AND asked_by = 'person'"
    assert count(platform, asked) == 1
    assert browser.post("/my/wrong", {**form, "feed": "adverse_credit"}).status_code == 404


def test_a_rate_counts_once_and_is_asked_for_at_the_end(
    app: Flask, story: Story, platform: Platform
) -> None:
    case_id = story.raise_case(1)
    browser = at_own_page(app, platform, case_id)
    assert "How did it go?" not in browser.get("/my").text
    browser.post("/my/answer", {"action": "decline", "base_version": "2"})
    assert "How did it go?" in browser.get("/my").text

    browser.post("/my/rate", {"rate": "4"})
    browser.post("/my/rate", {"rate": "1"})

    assert "You said how it went: Good" in browser.get("/my").text
    assert browser.post("/my/rate", {"rate": "9"}).status_code == 422


def test_no_more_messages_is_kept_at_once(app: Flask, story: Story, platform: Platform) -> None:
    browser = at_own_page(app, platform, story.raise_case(1))

    for _ in range(2):
        browser.post("/my/stop")

    stopped = "SELECT count(*) FROM suppression WHERE subject_key = 1 AND reason = 'opted_out'"
    assert count(platform, stopped) == 1
    waiting = "SELECT count(*) FROM message JOIN notice ON notice.id = notice_id"
    waiting += " WHERE subject_key = 1 AND state = 'queued'"
    assert count(platform, waiting) == 0
    assert count(platform, "SELECT count(*) FROM case_event WHERE reason = 'reply_stop'") == 1
    assert "you are told in person" in browser.get("/my").text
    browser.post("/my/messages")
    again = browser.post("/my/messages")
    assert "You get text messages again." in browser.get(again.location).text
    assert count(platform, f"{stopped} AND lifted_at IS NULL") == 0
    assert count(platform, "SELECT count(*) FROM case_event WHERE reason = 'reply_start'") == 1


def test_who_is_somebody_else_is_out_with_code_and_session(
    app: Flask, story: Story, platform: Platform, visitor: Browser
) -> None:
    case_id = story.raise_case(1)
    number, code = code_of(platform, case_id)
    browser = at_own_page(app, platform, case_id)

    answer = browser.post("/my/not-me")

    assert "sorry to have troubled you" in answer.text
    assert "Show my matter" in browser.get("/my").text
    assert visitor.post("/my", {"number": number, "code": code}).status_code == 422
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    told = "SELECT count(*) FROM needs_telling WHERE reason = 'wrong_person' AND how = 'in_person'"
    assert count(platform, told) == 1
    cut = "SELECT count(*) FROM suppression WHERE reason = 'wrong_person' AND subject_key = 1"
    assert count(platform, f"{cut} AND to_mark IS NOT NULL") == 1


def test_who_looked_is_told_by_role(
    app: Flask, story: Story, platform: Platform, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    sign_in_as(account_id=story.accounts["east"]).get(f"/visits/{case_id}")

    page = at_own_page(app, platform, case_id).get("/my").text

    assert "Coordinator looked at your name and address" in page
    assert "李春梅" not in page


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("died_on = '2026-01-01'", "no_code_for_the_dead"),
        ("identity_doubtful = true", "identity_doubtful"),
    ],
)
def test_no_code_for_the_dead_nor_while_it_is_not_clear_who_it_is(
    story: Story, platform: Platform, change: str, code: str
) -> None:
    case_id = story.raise_case(1)
    with platform.work(MACHINE) as work:
        work.db.execute(text(f"UPDATE subject SET {change} WHERE key = 1"))

    with pytest.raises(Refused) as refused, platform.work(MACHINE) as work:
        issue_code(work, case_id, How.LETTER)

    assert refused.value.code == code


def test_a_code_for_no_case_is_refused(platform: Platform) -> None:
    with pytest.raises(Refused), platform.work(MACHINE) as work:
        issue_code(work, UUID(str(uuid4())), How.TOLD)


def test_an_empty_objection_is_asked_for_again(
    app: Flask, story: Story, platform: Platform
) -> None:
    browser = at_own_page(app, platform, story.raise_case(1))

    answer = browser.post("/my/object", {"kind": "objection", "words": " "})

    assert answer.status_code == 422
    assert "Please say in a few words what is wrong." in answer.text
