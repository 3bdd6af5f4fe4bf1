"""An office's desk: accept, ask once, return, grant, refuse by a person, deliver; nobody else's."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from proactive.kernel.states import Role
from proactive.people.model import PersonCard
from tests.web.browsing import Browser, SignIn
from tests.web.story import MACHINE, Story
from tests.web.test_coordinator import CONFIRMED, hidden_of, open_sheet
from web.language import init_language
from web.naming import name_of


@pytest.fixture
def clerk(story: Story, sign_in_as: SignIn) -> Browser:
    """Walk a case to its offices and sign in the clerk of the first one."""
    case_id = story.raise_case(1)
    coordinator = sign_in_as(account_id=story.accounts["east"])
    coordinator.post(f"/visits/{case_id}", {**open_sheet(coordinator, case_id), **CONFIRMED})
    story.settle()
    town = sign_in_as(account_id=story.accounts["town"])
    form = hidden_of(town.get(f"/town/cases/{case_id}").text)
    town.post(f"/town/cases/{case_id}", {**form, "action": "approve"})
    story.settle()
    return sign_in_as(Role.CLERK, office_id=story.offices["medical_insurance"])


def act(story: Story, clerk: Browser, item: UUID, action: str, **data: object) -> str:
    """Do one thing on the item's page as it stands now and return the page after it."""
    form = hidden_of(clerk.get(f"/office/items/{item}").text)
    answer = clerk.post(f"/office/items/{item}", {**form, "action": action, **data})
    story.settle()
    return clerk.get(answer.location).text if answer.status_code == 303 else answer.text


def give_account(story: Story, clerk: Browser, item: UUID) -> None:
    clerk.post(
        f"/office/items/{item}/papers", {"field-bank_account": "6222", "papers": "bank_card"}
    )
    story.settle()


def test_the_desk_shows_its_own_items_and_no_others(story: Story, clerk: Browser) -> None:
    page = clerk.get("/office").text

    assert "Serious-illness insurance pay" in page
    assert "刘建国" in page
    assert "Temporary" not in page


def test_the_form_is_filled_in_with_its_sources(story: Story, clerk: Browser) -> None:
    item, _ = story.items()["serious_illness_pay"]

    page = clerk.get(f"/office/items/{item}").text

    assert "42,310 yuan" in page
    assert "worked out from the records" in page
    assert "Resident register" in page
    assert "not known" in page
    with story.platform.work(MACHINE) as work:
        damaged = "UPDATE form_value SET value_cipher = 'x' WHERE code = 'name'"
        work.db.execute(text(damaged))
    page = clerk.get(f"/office/items/{item}").text
    assert "cannot be read any more: enter it anew" in page
    assert 'name="field-name"' in page


def test_accepting_with_empty_fields_names_them(story: Story, clerk: Browser) -> None:
    item, _ = story.items()["serious_illness_pay"]

    page = act(story, clerk, item, "accept_lenient")

    assert "Fields of the form are empty: Account for payments." in page
    assert story.items()["serious_illness_pay"][1] == "ready"


def test_what_is_refused_keeps_what_was_typed_and_ticked(story: Story, clerk: Browser) -> None:
    item, _ = story.items()["serious_illness_pay"]
    note, stale = "本人账户，<b>不要存折</b>", {"action": "ask", "base_version": 99}

    page = clerk.post(
        f"/office/items/{item}", {**stale, "note": note, "fields": "bank_account"}
    ).text

    assert "Somebody has worked on this" in page
    assert "本人账户，&lt;b&gt;不要存折&lt;/b&gt;</textarea>" in page
    assert re.search(r'name="fields" value="bank_account" checked', page)
    assert page.count("不要存折") == 1  # in its own form only


def test_a_promised_paper_that_never_came_is_told_on_its_item(
    story: Story, clerk: Browser, sign_in_as: SignIn
) -> None:
    item, _ = story.items()["temporary_aid"]
    relief = sign_in_as(Role.CLERK, office_id=story.offices["civil_affairs"])
    relief.post(f"/office/items/{item}/papers", {"field-bank_account": "6222"})
    assert "follows later, by " in act(story, relief, item, "accept_lenient")

    story.platform.clock.advance(timedelta(days=16))  # type: ignore[attr-defined]
    relief = sign_in_as(Role.CLERK, office_id=story.offices["civil_affairs"])
    page = relief.get(f"/office/items/{item}").text

    assert re.search(r"promised until [^<]* and not here: give more time, or return it", page)
    assert "Give more time for the papers" in page


def test_from_papers_to_delivery(story: Story, clerk: Browser) -> None:
    item, _ = story.items()["serious_illness_pay"]
    give_account(story, clerk, item)

    accepted = act(story, clerk, item, "accept")
    granted = act(story, clerk, item, "grant", mode="post")
    sent = clerk.get(f"/office/items/{item}").text
    delivered = act(story, clerk, item, "deliver", mode="file")

    assert "The item is accepted" in accepted
    assert "the person is told" in granted
    assert re.search(r'value="post"[^>]* checked', sent)  # as it was granted
    assert "The item is finished." in delivered
    assert story.items()["serious_illness_pay"][1] == "delivered"


def test_asking_for_more_stops_the_clock_and_shows_on_the_visit_sheet(
    story: Story, clerk: Browser, sign_in_as: SignIn
) -> None:
    item, _ = story.items()["serious_illness_pay"]

    page = act(
        story, clerk, item, "ask", fields="bank_account", papers="bank_card", note="本人账户"
    )

    assert "clock stopped" in page
    coordinator = sign_in_as(account_id=story.accounts["east"])
    mine = coordinator.get("/visits").text
    link = re.search(r'href="(/visits/[0-9a-f-]{36})"', mine)
    assert link
    sheet = coordinator.get(link[1]).text
    assert "本人账户" in sheet
    assert "Account for payments" in sheet


def test_a_refusal_needs_a_reason_and_keeps_the_law(story: Story, clerk: Browser) -> None:
    item, _ = story.items()["serious_illness_pay"]
    give_account(story, clerk, item)
    act(story, clerk, item, "accept")

    silent = act(story, clerk, item, "refuse", reason="")
    page = act(story, clerk, item, "refuse", reason="below_deductible")

    assert "A refusal needs a reason of the list and its legal basis." in silent
    assert "The payments stay under the deductible." in page
    assert story.items()["serious_illness_pay"][1] == "refused"


def test_a_return_names_its_reason(story: Story, clerk: Browser) -> None:
    item, _ = story.items()["serious_illness_pay"]

    page = act(story, clerk, item, "return", reason="paper_wrong", codes="settlement_sheet")

    assert "It is the wrong paper" in page
    assert story.items()["serious_illness_pay"][1] == "returned"


def test_a_second_tap_does_nothing_more_and_says_the_same(story: Story, clerk: Browser) -> None:
    item, _ = story.items()["serious_illness_pay"]
    give_account(story, clerk, item)
    form = {**hidden_of(clerk.get(f"/office/items/{item}").text), "action": "accept"}
    first = clerk.post(f"/office/items/{item}", form)

    again = clerk.post(f"/office/items/{item}", form)

    assert (again.status_code, again.location) == (303, first.location)
    assert clerk.get(f"/office/items/{item}").text.count("<li>Accepted<br>") == 1


def test_a_second_decision_from_an_old_page_is_told(story: Story, clerk: Browser) -> None:
    item, _ = story.items()["serious_illness_pay"]
    form = {
        **hidden_of(clerk.get(f"/office/items/{item}").text),
        "action": "return",
        "reason": "paper_wrong",
        "codes": "settlement_sheet",
    }
    clerk.post(f"/office/items/{item}", form)

    again = clerk.post(f"/office/items/{item}", form)

    assert again.status_code == 422
    assert "You have done this already; it was not done a second time." in again.text


def test_a_page_that_is_too_old_is_told_so(
    story: Story, clerk: Browser, sign_in_as: SignIn
) -> None:
    item, _ = story.items()["serious_illness_pay"]
    give_account(story, clerk, item)
    form = {**hidden_of(clerk.get(f"/office/items/{item}").text), "action": "accept"}
    colleague = sign_in_as(Role.CLERK, office_id=story.offices["medical_insurance"])
    colleague.post(f"/office/items/{item}", form)

    late = clerk.post(f"/office/items/{item}", form)

    assert late.status_code == 422
    assert "Somebody has worked on this since you opened it." in late.text


def test_an_acceptance_has_a_receipt_and_can_be_taken_back_the_same_day(
    story: Story, clerk: Browser, sign_in_as: SignIn
) -> None:
    item, _ = story.items()["serious_illness_pay"]
    give_account(story, clerk, item)
    assert clerk.get(f"/office/items/{item}/receipt").status_code == 404
    accepted = act(story, clerk, item, "accept")
    number = re.search(r"Receipt ([0-9A-Z]{8})<", accepted)
    assert number

    paper = clerk.get(f"/office/items/{item}/receipt").text
    colleague = sign_in_as(Role.CLERK, office_id=story.offices["medical_insurance"])
    theirs = act(story, colleague, item, "take_back")
    back = act(story, clerk, item, "take_back")
    again = act(story, clerk, item, "accept")

    assert number[1] in paper
    assert "刘建国" in paper
    assert "by the one who accepted, on the same day" in theirs
    assert "the item is new again" in back
    assert f"Receipt {number[1]}<" in again


def test_what_goes_by_post_needs_its_number(story: Story, clerk: Browser) -> None:
    item, _ = story.items()["serious_illness_pay"]
    give_account(story, clerk, item)
    act(story, clerk, item, "accept")
    act(story, clerk, item, "grant", mode="post")

    without = act(story, clerk, item, "deliver", mode="post")
    sent = act(story, clerk, item, "deliver", mode="post", tracking_no="em 123 cn")

    assert "What goes by post needs its tracking number." in without
    assert "Post number EM123CN" in sent


def test_another_office_finds_nothing(story: Story, clerk: Browser, sign_in_as: SignIn) -> None:
    item, _ = story.items()["serious_illness_pay"]
    stranger = sign_in_as(Role.CLERK, office_id=story.offices["education"])

    assert stranger.get(f"/office/items/{item}").status_code == 404
    assert stranger.post(f"/office/items/{item}", {"action": "grant"}).status_code == 404
    assert "刘建国" not in stranger.get("/office").text


def test_a_child_without_a_name_is_called_so_in_both_languages() -> None:
    app = Flask("test")
    init_language(app)
    today = date(2026, 11, 21)

    def called(language: str, **more: object) -> str:
        known = {"scheme": "opaque", "name": "", "born_on": None} | more
        card = PersonCard(
            subject_key=1,
            kind="person",
            id_number="",
            phone="",
            address="",
            died_on=None,
            doubtful=False,
            language="",
            guardian_key=None,
            **known,  # type: ignore[arg-type]
        )
        with app.test_request_context(headers={"Cookie": f"language={language}"}):
            return name_of(card, today)

    assert called("en", scheme="birth_certificate") == "child without a name yet"
    assert called("zh", born_on=date(2026, 10, 30)) == "尚未取名的新生儿"
    assert called("zh", born_on=date(1980, 1, 1)) == "姓名不详"
    assert called("en", name="王小宝", born_on=date(2026, 10, 30)) == "王小宝"
