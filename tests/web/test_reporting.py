"""Raising from below: search first, one case however often it is sent, the same way for all."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, Table, select, text

from proactive.bundles.from_below import help_for, help_kinds
from proactive.cases.reporting import Report, Reported, report_need
from proactive.cases.reports import report_counts
from proactive.cases.service import add_note
from proactive.cases.store import case, case_event, case_report
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.people.vault import card, reachable_phone
from proactive.routing.queries import county_desks, posts_of
from proactive.visits.model import Outcome, VisitForm
from proactive.visits.service import VisitTaken, record_visit
from tests.web.browsing import SIBLING, TOWN, VILLAGE, SignIn
from tests.web.story import MACHINE, Story

RESIDENT = "11010519491231002X"  # the specimen of GB 11643
SEEN = "䶮𬱖 \u202eמצב קשה</p><script>alert(1)</script>"


def coordinator(story: Story, login: str = "east", village: str = VILLAGE) -> Actor:
    account = story.accounts[login]
    with story.platform.work(MACHINE) as work:
        posts = posts_of(work.db, account, work.today)
    return Actor(Role.COORDINATOR, account, areas=(village,), level=5, posts=posts)


def send(story: Story, key: int = 1, report_id: UUID | None = None) -> Reported:
    with story.platform.work(coordinator(story)) as work:
        asked = help_for(work, "disability_assistance", calendar="CN")
        report = Report(report_id or new_id(), asked, "cannot walk any more", subject_key=key)
        return report_need(work, report, county_desks(work.db))


def only(story: Story, table: Table) -> list[Row[Any]]:
    with story.platform.work(MACHINE) as work:
        return list(work.db.execute(select(table)).all())


def test_a_reported_need_is_one_case_that_goes_the_same_way(story: Story) -> None:
    report_id = new_id()

    first, again, other = send(story, 1, report_id), send(story, 1, report_id), send(story)
    story.settle()

    assert first == again
    assert (first.joined, other.joined, other.case_id) == (False, True, first.case_id)
    [row] = only(story, case)
    assert (row.state, row.reported, row.raised_by) == ("assigned", True, story.accounts["east"])
    events = sorted(only(story, case_event), key=lambda event: event.seq)
    assert [event.action for event in events] == ["raise", "note", "route"]
    assert (events[0].actor_role, events[0].reason) == ("coordinator", "reported")
    west = coordinator(story, "west", SIBLING)
    with pytest.raises(Refused) as refused, story.platform.work(west) as work:
        asked = help_for(work, "disability_assistance", calendar="CN")
        report = Report(report_id, asked, "x", subject_key=4)
        report_need(work, report, county_desks(work.db))
    assert refused.value.code == "report_id_taken"
    assert len(only(story, case)) == 1


def test_what_a_rule_missed_is_counted_apart_from_what_it_found(story: Story) -> None:
    case_id = send(story).case_id
    story.settle()

    with story.platform.work(MACHINE) as work:
        assert work.db.execute(text("SELECT count(*) FROM outcome")).scalar_one() == 0
        assert {kind.need for kind in help_kinds(work)} == {
            "medical_cost_relief", "disability_assistance", "newborn_services",
        }  # fmt: skip
    with story.platform.work(coordinator(story)) as work:
        findings = {
            "agrees": "yes", "daily_care": "yes", "cannot_leave_home": "yes", "no_supporter": "no",
        }  # fmt: skip
        version = work.db.execute(select(case.c.version)).scalar_one()
        form = VisitForm(new_id(), case_id, version, Outcome.CONFIRMED, work.now, findings=findings)
        assert isinstance(record_visit(work, form), VisitTaken)
    story.settle()
    with story.platform.work(MACHINE) as work:
        counts = report_counts(work, "disability_record")
    assert (counts.reported, counts.confirmed, counts.missed) == (1, 1, 1)
    assert story.state(case_id) == "confirmed"

    assert story.raise_case(1, "disability_record") == case_id  # the rule finds it later
    with story.platform.work(MACHINE) as work:
        add_note(work, case_id, "signal_back")
    story.settle()
    with story.platform.work(MACHINE) as work:
        assert report_counts(work, "disability_record").missed == 0


def test_somebody_not_in_the_register_is_raised_silent_and_identified_by_a_desk(
    story: Story, sign_in_as: SignIn
) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    typed = {
        "report_id": str(new_id()), "name": "㐀𬱖", "phone": "138 0000 1234", "address": "河边",
        "need": "medical_cost_relief", "seen": SEEN, "number": "123",
    }  # fmt: skip

    wrong = east.post("/report/raise", typed)
    done = [east.post("/report/raise", {**typed, "number": ""}) for _ in range(2)]
    page = east.get(done[0].location)
    story.settle()

    assert wrong.status_code == 422
    assert "This is not a citizen number." in wrong.text
    assert "㐀𬱖" in wrong.text
    assert "alert(1)</script>" not in wrong.text
    assert done[0].location == done[1].location
    assert "A desk finds out who the person is" in page.text
    [row] = only(story, case)
    sheet = east.get(f"/visits/{row.id}")
    assert "Not in the register" in sheet.text
    assert "Reported by 李春梅" in sheet.text
    assert "<script>alert" not in sheet.text
    with story.platform.work(MACHINE) as work:
        who = card(work, row.subject_key, "test")
        assert (who.name, who.id_number, who.phone) == ("㐀𬱖", "", "+8613800001234")
        assert reachable_phone(work, row.subject_key).reason == "identity_doubtful"

    town = sign_in_as(account_id=story.accounts["town"])
    assert "㐀𬱖" in town.get("/doubts").text
    asked = town.get(f"/doubts/{row.id}").location
    assert asked == f"/report/{row.id}/who"
    assert town.post(asked, {"number": RESIDENT[:-1] + "1"}).status_code == 422
    assert town.post(asked, {"number": RESIDENT}).status_code == 303
    assert town.post(asked, {"number": RESIDENT}).status_code == 409
    assert east.get(asked).status_code == 403
    [row] = only(story, case)
    with story.platform.work(MACHINE) as work:
        who = card(work, row.subject_key, "test")
    assert (who.name, who.id_number, who.doubtful) == ("㐀𬱖", RESIDENT, False)
    [report] = only(story, case_report)
    assert (report.subject_key, SEEN.encode() in report.seen_cipher) == (row.subject_key, False)


def test_a_person_is_searched_before_anything_is_raised(story: Story, sign_in_as: SignIn) -> None:
    open_case = story.raise_case(1)
    east = sign_in_as(account_id=story.accounts["east"])

    assert "Only people of your own area are found" in east.get("/report").text
    for given in ({"name": "刘建国"}, {"born_on": "1961-05-01"}, {"name": "刘", "ending": "ab12"}):
        assert east.post("/report", given).status_code == 422
    found = east.post("/report", {"name": " 劉建國 ", "born_on": "1961-05-01"})
    about = east.post("/report/about", {"person": "1"})

    assert "Open this visit instead" in found.text
    assert f"/visits/{open_case}" in found.text
    assert "刘建国" in about.text
    assert "Disability assistance" in about.text
    assert "Credit repair" not in about.text
    nobody = east.post("/report", {"name": "何远", "born_on": "1965-05-01"})
    assert "Nobody of this name" in nobody.text  # lives in another town
    assert east.post("/report/about", {"person": "5"}).status_code == 404
    report = {"report_id": str(new_id()), "person": "5", "need": "newborn_services", "seen": "x"}
    assert east.post("/report/raise", report).status_code == 404
    empty = east.post(
        "/report/raise", {**report, "person": "1", "seen": "", "need": "credit_repair"}
    )
    assert empty.status_code == 422
    assert "Please choose what kind of help." in empty.text
    assert "Please say in a few words what you saw." in empty.text
    assert len(only(story, case)) == 1


def test_a_desk_for_firms_searches_nobody(story: Story, sign_in_as: SignIn) -> None:
    desk = sign_in_as(account_id=story.accounts["desk"])

    assert "This desk serves firms" in desk.get("/report").text
    town = sign_in_as(account_id=story.accounts["town"])
    assert town.get("/report").status_code == 200
    typed = {"report_id": str(new_id()), "name": "吴某", "need": "medical_cost_relief", "seen": "x"}
    assert town.post("/report/raise", typed).status_code == 303
    story.settle()
    [row] = only(story, case)
    assert (row.next_step, row.area_4, row.area_5) == ("place_this_person", TOWN, "")
