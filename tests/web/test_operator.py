"""The operator's pages: what is wrong and what to do about it, without anybody's name."""

import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.notices.going_live import set_live
from tests.web.browsing import Browser, SignIn
from tests.web.story import MACHINE, Story


@pytest.fixture
def operator(sign_in_as: SignIn) -> Browser:
    return sign_in_as(Role.OPERATOR)


def park(platform: Platform) -> UUID:
    """Put the oldest message into the hands of a person, as a gateway without an answer does."""
    with platform.work(MACHINE) as work:
        found = work.db.execute(
            text(
                "UPDATE message SET state = 'parked', reason = 'no_certainty', channel = 'console'"
                " WHERE id = (SELECT min(id::text)::uuid FROM message) RETURNING id"
            )
        ).scalar_one()
    return UUID(str(found))


def test_messages_are_counted_by_state_with_what_to_do(
    story: Story, operator: Browser, platform: Platform
) -> None:
    story.raise_case(1)
    park(platform)

    page = operator.get("/operator/messages").text

    assert "A person must decide <b>1</b>" in page
    assert "Ask the gateway&#39;s log or the person." in page
    assert "The gateway could not say whether it took it" in page


def test_a_county_on_trial_is_named_with_what_was_held(
    story: Story, operator: Browser, platform: Platform
) -> None:
    case_id = story.raise_case(1)
    with platform.work(MACHINE) as work:
        find = text('SELECT area_3 FROM "case" WHERE id = :id')
        county = work.db.execute(find, {"id": case_id}).scalar_one()
        set_live(work, county, live=False)
    story.raise_case(2)
    story.settle()

    page = operator.get("/operator/messages?state=cancelled").text

    assert "is on trial." in page
    assert "Messages reach its 0 listed numbers only; 1 others were held" in page
    assert "Messages are not switched on here yet" in page
    assert "due in" in operator.get("/operator/tellings").text


@pytest.mark.parametrize(
    ("decision", "state"),
    [("say_received", "Delivered"), ("send_again", "Waiting to be sent"), ("give_up", "Not deliv")],
)
def test_a_parked_message_is_resolved_by_a_person(
    story: Story, operator: Browser, platform: Platform, decision: str, state: str
) -> None:
    story.raise_case(1)
    message = park(platform)

    answer = operator.post(f"/operator/messages/{message}", {"decision": decision})

    assert state in operator.get(answer.location).text
    again = operator.post(f"/operator/messages/{message}", {"decision": decision})
    assert again.status_code == 409


def test_no_name_number_or_text_of_a_person_stands_on_an_operators_page(
    story: Story, operator: Browser, platform: Platform
) -> None:
    story.raise_case(1)
    message = park(platform)

    for path in (
        "/operator",
        "/operator/messages",
        f"/operator/messages/{message}",
        "/operator/tellings",
        "/operator/runs",
        "/operator/steps",
    ):
        page = operator.get(path).text
        assert "刘建国" not in page, path
        assert "13800000001" not in page, path


def test_a_broken_line_to_an_offices_own_system_stands_on_the_health_page(
    operator: Browser, platform: Platform
) -> None:
    with platform.work(MACHINE) as work:
        paused = (
            "INSERT INTO office_line (office_id, troubles, until)"
            " SELECT id, 3, clock_timestamp() + interval '5 minutes' FROM office LIMIT 1"
        )
        assert work.db.execute(text(paused)).rowcount == 1

    page = operator.get("/operator").text

    assert "gave trouble in a row (3); left alone until" in page
    assert "See whether it runs and its address in office_systems is right" in page


def test_a_delivery_shows_what_was_set_aside_and_why(operator: Browser, platform: Platform) -> None:
    delivery = new_id()
    with platform.work(MACHINE) as work:
        work.db.execute(
            text(
                "INSERT INTO delivery (id, feed, file_name, sha256, reading, state, received_at,"
                " received_by, rows_read, rows_applied) VALUES (:id, 'medical_bill', 'a.csv',"
                " 'x', 'x', 'applied', :now, 'op', 100, 97)"
            ),
            {"id": delivery, "now": work.now},
        )
        for row in (3, 7, 9):
            work.db.execute(
                text(
                    'INSERT INTO quarantine (delivery_id, row_no, feed, "column", reason,'
                    " delete_after) VALUES (:id, :row, 'medical_bill', 'id_number',"
                    " 'id_check_digit', :day)"
                ),
                {"id": delivery, "row": row, "day": work.today},
            )

    listed = operator.get("/operator/deliveries").text
    page = operator.get(f"/operator/deliveries/{delivery}").text

    assert "Settled medical bill" in listed
    assert "<b>3</b>" in listed
    assert "<td>Citizen number</td><td>the check digit does not fit" in page
    assert operator.get(f"/operator/deliveries/{uuid4()}").status_code == 404


def test_a_parked_step_runs_again(story: Story, operator: Browser, platform: Platform) -> None:
    with platform.work(MACHINE) as work:
        work.db.execute(
            text(
                "INSERT INTO step (id, name, key, state, due_at, attempts, error)"
                " VALUES (:id, 'route_raised', '', 'parked', :now, 5, 'no_county_desk')"
            ),
            {"id": new_id(), "now": work.now},
        )
    page = operator.get("/operator/steps").text
    again = re.search(r'action="(/operator/steps/[^"]+)"', page)
    assert again
    assert "no_county_desk" in page

    operator.post(again[1])

    assert "No step waits for a person." in operator.get("/operator/steps").text
    assert operator.post(again[1]).status_code == 404


def test_runs_are_listed(story: Story, operator: Browser) -> None:
    story.raise_case(1)

    page = operator.get("/operator/runs").text

    assert "Large out-of-pocket medical spending" in page
    assert "Done" in page


def test_triggers_stand_there_with_their_values_and_laws(sign_in_as: SignIn) -> None:
    browser = sign_in_as(Role.POLICY)
    page = browser.get("/policy/triggers").text
    assert "Large out-of-pocket medical spending" in page
    assert "26,000 yuan" in page

    assert "社会救助暂行办法" in browser.get("/policy/triggers/large_medical_bill").text
    assert "scores nobody" in page
