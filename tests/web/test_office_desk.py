"""The work list of an office: parts, search, kept views, and the next item after each action."""

from uuid import UUID

import pytest

from proactive.kernel.states import Role
from tests.web.browsing import Browser, SignIn
from tests.web.story import MACHINE, Story
from tests.web.test_coordinator import CONFIRMED, hidden_of, open_sheet


@pytest.fixture
def clerk(story: Story, sign_in_as: SignIn) -> Browser:
    """Walk three people to the medical insurance office and sign in its clerk."""
    coordinator = sign_in_as(account_id=story.accounts["east"])
    town = sign_in_as(account_id=story.accounts["town"])
    for key in (1, 3, 8):
        case_id = story.raise_case(key)
        coordinator.post(f"/visits/{case_id}", {**open_sheet(coordinator, case_id), **CONFIRMED})
        story.settle()
        form = hidden_of(town.get(f"/town/cases/{case_id}").text)
        town.post(f"/town/cases/{case_id}", {**form, "action": "approve"})
        story.settle()
    return sign_in_as(Role.CLERK, office_id=story.offices["medical_insurance"])


def links(page: str) -> list[str]:
    """Return the items of a work list in order."""
    return [part[:36] for part in page.split('id="item-')[1:]]


def accept(clerk: Browser, item: str, query: str) -> str:
    """Accept an item opened from a work list, its account and card at hand; return where it led."""
    clerk.post(
        f"/office/items/{item}/papers", {"field-bank_account": "6222", "papers": "bank_card"}
    )
    form = hidden_of(clerk.get(f"/office/items/{item}{query}").text)
    answer = clerk.post(f"/office/items/{item}{query}", {**form, "action": "accept"})
    assert answer.status_code == 303, answer.text
    return answer.location


def test_after_an_action_the_next_item_opens_and_the_last_leads_back(
    story: Story, clerk: Browser
) -> None:
    query = "?part=new&kind=medical_cost_relief/serious_illness_pay"
    first, second, third = links(clerk.get(f"/office{query}").text)

    after = accept(clerk, first, query)
    page = clerk.get(after).text

    assert f"/office/items/{second}?" in after
    assert "1 of 2" in page
    assert "The item is accepted" in page
    assert f'href="/office/items/{first}"' in page
    assert f"/office/items/{third}?" in accept(clerk, second, query)
    end = accept(clerk, third, query)
    assert end.startswith("/office?")
    assert "This list is done." in clerk.get(end).text


def test_the_parts_and_the_search_show_what_they_say(story: Story, clerk: Browser) -> None:
    everything = clerk.get("/office").text
    item = links(everything)[0]
    ref = everything.split('<span class="ref soft">')[1].split("<")[0]

    found = clerk.get(f"/office?part=todo&number={ref[:5].lower()}").text
    none = clerk.get("/office?part=todo&number=%25").text

    assert item in found
    assert ref in found
    assert "Nothing fits this search." in none
    assert "Nothing lies here." in clerk.get("/office?part=deliver").text
    assert clerk.get("/office?part=nonsense&due=x&page=99&kind=a/b/c").status_code == 200


def test_late_and_soon_are_marked_in_words(story: Story, clerk: Browser) -> None:
    with story.platform.work(MACHINE) as work:
        work.db.exec_driver_sql(
            "UPDATE item SET due_on = current_date - 4000 WHERE state = 'ready'"
        )

    late = clerk.get("/office?part=todo&due=late").text

    assert "3 items are late." in clerk.get("/office").text
    assert late.count('class="tap late"') == len(links(late)) == 3
    assert links(clerk.get("/office?part=todo&due=soon").text) == []


def test_a_view_is_kept_for_its_owner_only(
    story: Story, clerk: Browser, sign_in_as: SignIn
) -> None:
    kept = clerk.post("/office/views?part=new&due=soon", {"name": "=今日急件 \u4dae"})
    page = clerk.get(kept.location).text
    colleague = sign_in_as(Role.CLERK, office_id=story.offices["medical_insurance"])

    nameless = clerk.post("/office/views?part=new&due=soon", {"name": "  "})

    assert "=今日急件 \u4dae" in page
    assert "今日急件" not in colleague.get("/office").text
    assert nameless.status_code == 422
    assert "A filter needs a name" in nameless.text
    gone = page.split("/office/views/")[1].split("/")[0]
    colleague.post(f"/office/views/{UUID(gone)}/delete")
    assert "今日急件" in clerk.get("/office").text
    clerk.post(f"/office/views/{gone}/delete")
    clerk.post(f"/office/views/{gone}/delete")
    assert "今日急件" not in clerk.get("/office").text


def test_the_page_says_beforehand_what_is_missing(story: Story, clerk: Browser) -> None:
    item = links(clerk.get("/office?part=new&kind=medical_cost_relief/serious_illness_pay").text)[0]

    page = clerk.get(f"/office/items/{item}").text

    assert "Looked through beforehand" in page
    assert "Missing: Account for payments" in page
