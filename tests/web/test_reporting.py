"""Raising from below: search first, one case however often it is sent, the same way for all."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Row, Table, select, text, update

from proactive.bundles.from_below import help_for, help_kinds
from proactive.cases.reporting import Report, Reported, report_need
from proactive.cases.reports import report_counts
from proactive.cases.service import add_note
from proactive.cases.store import case, case_event, case_report
from proactive.feeds.contracts import Contracts
from proactive.handlers.cooling import cool_down
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.people.intake import Intake
from proactive.people.vault import card, reachable_phone
from proactive.routing.queries import county_desks, posts_of
from proactive.visits.model import Outcome, VisitForm
from proactive.visits.service import VisitTaken, record_visit
from tests.proactive.feeds.making import resident
from tests.web.browsing import FAR_VILLAGE, OTHER_TOWN, SIBLING, TOWN, VILLAGE, SignIn
from tests.web.story import MACHINE, Story, person

RESIDENT = "11010519491231002X"  # the specimen of GB 11643
REGISTERED_PHONE = "+8613900000009"
SEEN = "䶮𬱖 \u202eמצב קשה</p><script>alert(1)</script>"


def coordinator(story: Story, login: str = "east", village: str = VILLAGE) -> Actor:
    account = story.accounts[login]
    with story.platform.work(MACHINE) as work:
        posts = posts_of(work.db, account, work.today)
    return Actor(Role.COORDINATOR, account, areas=(village,), level=5, posts=posts)


def send(story: Story, key: int = 1, report_id: UUID | None = None) -> Reported:
    with story.platform.work(coordinator(story)) as work:
        asked = help_for(work, "disability_assistance")
        report = Report(report_id or new_id(), asked, "cannot walk any more", subject_key=key)
        return report_need(work, report, county_desks(work.db))


def register(story: Story, name: str, village: str) -> int:
    """Let the register know somebody under the number RESIDENT; return the key."""
    with story.platform.work(MACHINE) as work:
        key = work.keys.subject_key("cn_resident_id", RESIDENT)
        intake = Intake(work, "resident_register", uuid4())
        known = {"scheme": "cn_resident_id", "number": RESIDENT, "phone": REGISTERED_PHONE}
        intake.add([person(key, name, village, **known)])
        intake.finish()
    return key


def change(story: Story, case_id: UUID, **values: object) -> None:
    with story.platform.work(MACHINE) as work:
        work.db.execute(update(case).where(case.c.id == case_id).values(**values))


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
        asked = help_for(work, "disability_assistance")
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


def test_a_reported_need_that_is_none_keeps_the_rule_quiet_until_something_new_happens(
    story: Story,
) -> None:
    case_id = send(story).case_id
    story.settle()
    with story.platform.work(coordinator(story)) as work:
        version = work.db.execute(select(case.c.version)).scalar_one()
        form = VisitForm(new_id(), case_id, version, Outcome.NO_NEED, work.now, reason="no_need")
        assert isinstance(record_visit(work, form), VisitTaken)
    story.settle()

    assert story.raise_case(1, "disability_record") == case_id  # what was there to be seen
    assert [row.state for row in only(story, case)] == ["closed"]
    assert send(story).joined is False  # people may report anew at any time
    [again] = [row for row in only(story, case) if row.state != "closed"]
    change(story, again.id, state="closed", closed_at=datetime(2026, 11, 22, tzinfo=UTC))
    new = story.raise_case(1, "disability_record", event_on="2026-11-22")
    assert new not in (case_id, again.id)
    assert story.state(new) == "assigned"

    later = datetime(2026, 12, 1, tzinfo=UTC)
    event = SimpleNamespace(action="not_confirm", reason="refused", at=later, detail={})
    with story.platform.work(MACHINE) as work:
        cool_down(work, cast(Any, again), cast(Any, event))  # they do not want it: left in peace
        quiet = work.db.execute(text("SELECT until, seen_on, case_id FROM cool_down")).one()
    assert quiet == (date(2027, 6, 1), None, again.id)


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


def test_a_number_of_another_name_goes_over_with_all_matters_when_a_desk_has_seen_it(
    story: Story, sign_in_as: SignIn
) -> None:
    key = register(story, "郑大海", FAR_VILLAGE)
    east = sign_in_as(account_id=story.accounts["east"])
    typed = {
        "report_id": str(new_id()), "name": "㐀𬱖", "phone": "13800001234",
        "need": "medical_cost_relief", "seen": "x",
    }  # fmt: skip
    assert east.post("/report/raise", typed).status_code == 303
    [first] = only(story, case)
    send(story, first.subject_key)
    story.settle()
    other = story.raise_case(key)
    town = sign_in_as(account_id=story.accounts["town"])
    who, ticked = f"/report/{first.id}/who", {"number": RESIDENT, "same_person": RESIDENT}

    for given in ({"number": RESIDENT}, {**ticked, "same_person": resident(1)}):
        asked = town.post(who, given)
        assert (asked.status_code, "郑**" in asked.text, "郑大海" in asked.text) == (
            422,
            True,
            False,
        )
        assert "Yes, this is the same person" in asked.text
    ref = next(row.ref for row in only(story, case) if row.id == other)
    held = town.post(who, ticked)
    assert (held.status_code, "in a place not yours" in held.text, ref in held.text) == (
        422, True, False,
    )  # fmt: skip
    county = sign_in_as(account_id=story.accounts["county"])
    assert f"Number {ref}" in county.post(who, ticked).text
    agreed = {**ticked, "put_together": RESIDENT, "together": str(first.id)}
    change(story, first.id, state="confirmed", next_step="town_gate")
    assert "has come too far to be put together" in town.post(who, agreed).text
    change(story, first.id, state="assigned", next_step="visit")
    assert town.post(who, {**agreed, "put_together": resident(1)}).status_code == 422
    assert {row.subject_key for row in only(story, case)} == {key, first.subject_key}

    assert town.post(who, agreed).status_code == 303
    assert town.post(who, agreed).status_code == 409  # twice tapped
    story.settle()
    assert [row.subject_key for row in only(story, case)] == [key] * 3
    rows = {row.id: row for row in only(story, case)}
    assert (rows[first.id].state, rows[first.id].close_reason) == ("closed", "put_together")
    assert rows[other].state == "assigned"
    assert {row.subject_key for row in only(story, case_report)} == {key}
    [moved] = [row for row in only(story, case_report) if row.case_id == other]
    assert (moved.joined, moved.area_5) == (True, FAR_VILLAGE)
    south = sign_in_as(account_id=story.accounts["south"])
    assert "Reported by 李春梅" in south.get(f"/visits/{other}").text
    with story.platform.work(MACHINE) as work:
        assert reachable_phone(work, key).number == REGISTERED_PHONE
        assert card(work, key, "test").name == "郑大海"
    late = send(story, first.subject_key).case_id
    again = town.post(f"/report/{late}/who", {"number": resident(1)})
    assert again.status_code == 409
    assert "joined with another number" in again.text


def test_a_typed_number_takes_somebody_of_that_name_only(story: Story, sign_in_as: SignIn) -> None:
    key = register(story, "郑大海", VILLAGE)
    east = sign_in_as(account_id=story.accounts["east"])
    typed = {
        "report_id": str(new_id()), "name": "㐀𬱖", "number": RESIDENT,
        "need": "medical_cost_relief", "seen": "cannot pay",
    }  # fmt: skip

    wrong = east.post("/report/raise", typed)
    assert (wrong.status_code, "郑大海" in wrong.text, "cannot pay" in wrong.text) == (
        422, False, True,
    )  # fmt: skip
    assert "this number belongs to another name" in wrong.text
    assert only(story, case) == []
    assert east.post("/report/raise", {**typed, "name": "鄭 大海"}).status_code == 303
    [row] = only(story, case)
    assert row.subject_key == key

    change(story, row.id, area_4=OTHER_TOWN, area_5=FAR_VILLAGE)
    more = {**typed, "report_id": str(new_id()), "name": "郑大海"}
    unseen = east.post("/report/raise", more)
    assert (unseen.status_code, "cannot pay" in unseen.text) == (422, True)
    assert "open for this person already, but you cannot see it" in unseen.text


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


def test_numbers_and_days_are_read_as_people_write_them(
    story: Story, sign_in_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(story, "䶮 㐀𬱖", VILLAGE)
    east = sign_in_as(account_id=story.accounts["east"])
    numbers = ("002x", "００２ｘ", RESIDENT.lower(), "110105 19491231 002X")
    days = ("1961-05-01", "1961/5/1", "1961.5.1", "19610501", " 1961年5月1日 ")

    found = [east.post("/report", {"name": "\u202e䶮㐀𬱖\u2069", "ending": n}) for n in numbers]
    born = [east.post("/report", {"name": "刘建国", "born_on": day}) for day in days]
    assert ["It is this person" in page.text for page in (*found, *born)] == [True] * 9
    typed = {
        "report_id": str(new_id()), "name": "㐀𬱖", "number": RESIDENT, "phone": "1380000123４",
        "need": "medical_cost_relief", "seen": "a\r\n" * 200,
    }  # fmt: skip
    for day, words in (
        ("31.2.1961", "This is not a day."),
        ("1961-11", "This is not a day."),
        ("1899-01-01", "This is not a day."),
        ("2961-05-01", "This day has not come yet."),
        ("1961-05-01", "The number says another birth date."),
    ):
        page = east.post("/report/raise", {**typed, "born_on": day})
        assert (page.status_code, words in page.text, "a\na\n" in page.text) == (422, True, True)
    assert "This is not a day." in east.post("/report", {"name": "刘", "born_on": "x"}).text
    assert only(story, case) == []

    monkeypatch.setattr(Contracts, "person_scheme", "opaque")  # a county elsewhere
    town = sign_in_as(account_id=story.accounts["town"])
    for given in ({"number": "ab-7"}, {"number": "", "report_id": str(new_id())}):
        assert east.post("/report/raise", {**typed, "phone": "", **given}).status_code == 303
    story.settle()
    keys = {story.platform.keys.subject_key("opaque", number) for number in ("ab-7", "ab-8")}
    [nameless] = [row for row in only(story, case) if row.subject_key not in keys]
    assert town.post(f"/report/{nameless.id}/who", {"number": ""}).status_code == 422
    assert town.post(f"/report/{nameless.id}/who", {"number": "ab-8"}).status_code == 303
    assert {row.subject_key for row in only(story, case)} == keys


def test_what_is_sent_again_after_going_back_is_neither_lost_nor_doubled(
    story: Story, sign_in_as: SignIn
) -> None:
    east = sign_in_as(account_id=story.accounts["east"])
    typed = {"report_id": str(new_id()), "name": "㐀𬱖", "need": "medical_cost_relief", "seen": "x"}
    sent = [typed, typed, {**typed, "seen": "y"}, {**typed, "need": "disability_assistance"}]

    done = [east.post("/report/raise", one).location for one in sent]

    assert (len(set(done)), done[0]) == (3, done[1])
    assert sorted(row.joined for row in only(story, case_report)) == [False, False, True]
    rows = only(story, case)
    assert (len(rows), len({row.subject_key for row in rows})) == (2, 1)
    story.settle()
    again = east.post("/report", {"name": "㐀𬱖", "ending": "1234"}).text  # no number to compare
    assert again.count("Open already:") == 2
    joined = next(row for row in only(story, case_report) if row.joined)
    assert "only waits to be closed" not in east.get(done[2]).text
    change(story, joined.case_id, state="completed", next_step="follow_up")
    assert "only waits to be closed" in east.get(done[2]).text
    firm = {"report_id": str(new_id()), "person": "20", "need": "medical_cost_relief", "seen": "x"}
    assert east.post("/report/about", {"person": "20"}).status_code == 404
    assert east.post("/report/raise", firm).status_code == 404
    with story.platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE subject SET died_on = '2026-11-01' WHERE key = 3"))
    dead = east.post("/report/raise", {**firm, "person": "3", "seen": "cannot pay"})
    assert (dead.status_code, "has died" in dead.text, "cannot pay" in dead.text) == (
        422, True, True,
    )  # fmt: skip


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
