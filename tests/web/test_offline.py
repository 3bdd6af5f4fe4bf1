"""What the server gives the coordinator's worker, and what it answers to visits sent later."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.states import Role
from tests.web.browsing import VILLAGE, Browser, SignIn
from tests.web.story import MACHINE, Story
from tests.web.test_coordinator import CONFIRMED, hidden_of, open_sheet

LATER = {"X-Sent-Later": "1"}


def sent(browser: Browser, path: str, form: dict[str, str]) -> dict[str, str]:
    plan = browser.get("/visits/offline", headers=LATER).json
    assert plan is not None
    answer = browser.client.post(path, data={**form, "csrf_token": plan["csrf"]}, headers=LATER)
    assert answer.json is not None
    return {**answer.json, "status": str(answer.status_code)}


def test_the_worker_may_serve_the_whole_site_and_runs_no_foreign_code(visitor: Browser) -> None:
    answer = visitor.get("/sw.js", buffered=True)

    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype in ("text/javascript", "application/javascript")


def test_the_application_has_a_name_in_both_languages(visitor: Browser) -> None:
    names = {}
    for language in ("zh", "en"):
        visitor.client.set_cookie("language", language)
        told = visitor.get("/manifest.webmanifest").json
        assert told is not None
        assert told["start_url"] == "/visits"
        assert told["icons"][0]["type"] == "image/svg+xml"
        names[language] = told["name"]

    assert names == {"zh": "惠民主动办", "en": "Proactive benefits"}


def test_the_plan_names_this_coordinators_sheets_and_no_others(
    story: Story, sign_in_as: SignIn
) -> None:
    mine, others = story.raise_case(1), story.raise_case(4)

    plan = sign_in_as(account_id=story.accounts["east"]).get("/visits/offline").json

    assert plan is not None
    urls = [page["url"] for page in plan["pages"]]
    assert f"/visits/{mine}" in urls
    assert f"/visits/{others}" not in urls
    assert story.accounts["east"] not in str(plan)


def test_a_mark_changes_with_its_case_and_with_the_day_alone_and_each_page_of_the_list_is_kept(
    story: Story, sign_in_as: SignIn, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = story.raise_case(1), story.raise_case(8)
    browser = sign_in_as(account_id=story.accounts["east"])

    def marks() -> dict[str, str]:
        plan = browser.get("/visits/offline").json
        assert plan is not None
        return {page["url"]: page["mark"] for page in plan["pages"]}

    before = marks()
    assert marks() == before
    form = open_sheet(browser, first)
    browser.post(f"/visits/{first}", {**form, "outcome": "unreachable"})
    after = marks()

    assert after[f"/visits/{first}"] != before[f"/visits/{first}"]
    assert after[f"/visits/{second}"] == before[f"/visits/{second}"]
    assert after["/visits"] != before["/visits"]

    monkeypatch.setattr("web.coordinator.lists.A_PAGE", 1)
    due, step = "UPDATE \"case\" SET due_on = '2026-01-05'", 'UPDATE "case" SET next_step'
    with story.platform.work(MACHINE) as work:
        work.db.execute(text(f"{due} WHERE id = :id"), {"id": second})
        work.db.execute(text(f"{step} = 'follow_items' WHERE id = :id"), {"id": first})
    assert list(marks())[:2] == ["/visits", "/visits/page/2"]
    pages = [browser.get(url).text for url in ("/visits", "/visits/page/9")]
    assert [str(second) in page for page in pages] == [True, False]
    assert [str(first) in page for page in pages] == [False, True]
    assert all("1 household waits for you." in page and "1 is late" in page for page in pages)
    assert 'href="/visits/page/2"' in pages[0]
    assert "Being worked on by others (1)" in pages[1]
    assert "Next page" not in pages[1]


def test_desks_keep_no_names_on_a_device(story: Story, sign_in_as: SignIn) -> None:
    story.raise_case(1)
    town = sign_in_as(account_id=story.accounts["town"])

    assert town.get("/visits/offline").status_code == 403
    assert "manifest" not in town.get("/visits").text  # so offline.js starts no worker there


def test_a_visit_sent_later_is_answered_in_words_and_kept_with_its_own_time(
    story: Story, sign_in_as: SignIn, platform: Platform
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id) | CONFIRMED | {"told_at": "2026-11-20T09:30:00.000Z"}

    first = sent(browser, f"/visits/{case_id}", form)
    again = sent(browser, f"/visits/{case_id}", form)

    assert (first["answer"], again["answer"]) == ("taken", "taken")
    with platform.work(MACHINE) as work:
        told = work.db.execute(text("SELECT told_at FROM visit")).scalar_one()
    assert told == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_a_day_for_the_next_try_that_passed_while_it_waited_is_today(
    story: Story, sign_in_as: SignIn, clock: ManualClock
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id) | {
        "outcome": "unreachable",
        "next_try_on": "2026-11-20",
        "told_at": "2026-11-19T09:30:00Z",
    }

    assert sent(browser, f"/visits/{case_id}", form)["answer"] == "taken"


def test_an_incomplete_visit_is_refused_in_words_and_changes_nothing(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id) | {"outcome": "confirmed", "how": "visit"}

    answer = sent(browser, f"/visits/{case_id}", form)

    assert (answer["status"], answer["answer"]) == ("422", "refused")
    assert answer["words"].startswith("The visit is not complete yet.")
    assert story.state(case_id) == "assigned"


def test_a_time_that_is_none_is_a_bad_request(story: Story, sign_in_as: SignIn) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    form = open_sheet(browser, case_id) | {"outcome": "unreachable", "told_at": "yesterday"}

    assert sent(browser, f"/visits/{case_id}", form)["status"] == "400"


def test_the_worker_is_told_that_nobody_is_signed_in(visitor: Browser) -> None:
    answer = visitor.get("/visits/offline", headers=LATER)

    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["code"] == "signed_out"
    assert visitor.get("/visits/offline").status_code == 303


def test_the_second_device_is_told_that_the_visit_is_recorded(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)
    devices = [sign_in_as(account_id=story.accounts["east"]) for _ in range(2)]
    forms = [hidden_of(each.get(f"/visits/{case_id}").text) | CONFIRMED for each in devices]

    answers = [
        sent(each, f"/visits/{case_id}", form) for each, form in zip(devices, forms, strict=True)
    ]

    assert [answer["answer"] for answer in answers] == ["taken", "note"]
    assert "Already recorded by another device of yours." in answers[1]["words"]


def test_only_coordinators_get_the_frames(sign_in_as: SignIn) -> None:
    browser = sign_in_as(Role.COORDINATOR, VILLAGE)
    for path in ("/visits/waiting", "/visits/no-signal"):
        assert browser.get(path).status_code == 200
        assert sign_in_as(Role.POLICY).get(path).status_code == 403


def test_late_answers_do_not_come_from_the_future(
    story: Story, sign_in_as: SignIn, platform: Platform, clock: ManualClock
) -> None:
    case_id = story.raise_case(1)
    browser = sign_in_as(account_id=story.accounts["east"])
    ahead = (clock.now() + timedelta(days=2)).isoformat()
    form = open_sheet(browser, case_id) | {"outcome": "unreachable", "told_at": ahead}

    assert sent(browser, f"/visits/{case_id}", form)["answer"] == "taken"
    with platform.work(MACHINE) as work:
        told = work.db.execute(text("SELECT told_at FROM visit")).scalar_one()
    assert told == clock.now()


def test_the_list_to_print_holds_what_is_needed_on_the_way(
    story: Story, sign_in_as: SignIn
) -> None:
    story.raise_case(1)
    story.raise_case(3)
    story.raise_case(4)

    page = sign_in_as(account_id=story.accounts["east"]).get("/visits/print").text

    assert "138 0000 0001" in page
    assert "none known" in page
    assert "陈大山" in page
    assert "周小妹" not in page


def test_the_sheet_of_consent_names_the_records_and_that_no_is_fine(
    story: Story, sign_in_as: SignIn
) -> None:
    case_id = story.raise_case(1)

    page = sign_in_as(account_id=story.accounts["east"]).get(f"/visits/{case_id}/consent").text
    other = sign_in_as(account_id=story.accounts["west"]).get(f"/visits/{case_id}/consent")

    assert "刘建国" in page
    assert "The records say:" in page
    assert "flagged" not in page
    assert "“No” is fine." in page
    assert other.status_code == 404
