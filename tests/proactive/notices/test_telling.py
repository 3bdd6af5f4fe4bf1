"""Who is told, when, how often, and what keeps a message from hurting."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from proactive.notices.service import (
    mark_told,
    open_tellings,
    take_back,
    tell,
)
from proactive.notices.store import needs_telling
from tests.proactive.notices.conftest import Office, shanghai


def test_the_same_event_tells_a_person_once_but_two_people_each(office: Office) -> None:
    one, two = office.person(), office.person()
    case_id = office.case(one)

    first = office.tell(one, case_id=case_id, event_id="visit-1")
    again = office.tell(one, case_id=case_id, event_id="visit-1")
    other = office.tell(two, case_id=case_id, event_id="visit-1")

    assert (first.new, again.new, other.new) == (True, False, True)
    assert again.notice_id == first.notice_id
    assert len(office.messages()) == 2


def test_a_rolled_back_cause_leaves_no_message(office: Office) -> None:
    key = office.person()

    def tell_and_fail() -> None:
        with office.platform.work(Actor.machine("test")) as work:
            tell(work, office.desk, subject_key=key, event_id="e", template="done")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        tell_and_fail()

    assert office.messages() == []


def test_an_unknown_template_is_refused_at_once_not_at_night(office: Office) -> None:
    with pytest.raises(Refused, match="no_such"):
        office.tell(office.person(), "no_such")


@pytest.mark.parametrize(
    ("now", "goes_out"),
    [
        ("2026-11-21T20:59:59", True),
        ("2026-11-21T21:00:00", False),
        ("2026-11-22T00:30:00", False),
        ("2026-11-22T07:59:59", False),
        ("2026-11-22T08:00:00", True),
    ],
)
def test_nothing_goes_out_at_night(office: Office, now: str, goes_out: bool) -> None:
    office.clock.move_to(shanghai(now))
    told = office.told()[0]
    planned = office.messages(told)[0].not_before

    office.send()

    assert (planned <= office.clock.now()) is goes_out
    assert bool(office.notifier.taken) is goes_out
    if not goes_out:
        assert office.messages(told)[0].not_before == shanghai("2026-11-22T08:00:00")


def test_what_was_queued_by_day_still_waits_when_night_has_come(office: Office) -> None:
    told = office.told()[0]
    office.clock.move_to(shanghai("2026-11-21T21:30:00"))
    office.send()
    at_night = len(office.notifier.taken)

    office.clock.move_to(shanghai("2026-11-22T08:00:00"))
    office.send()

    assert (at_night, office.state(told)) == (0, "sent")


def test_one_number_gets_no_text_a_third_time_in_a_day_and_no_fifth_text(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    same = [office.tell(key, "please_contact_us", case_id=case_id) for _ in range(3)]
    office.send()
    assert [office.state(one) for one in same] == ["sent", "sent", "queued"]
    assert office.messages(same[2])[0].not_before == office.clock.now() + timedelta(hours=24)

    for n in range(3):
        office.tell(key, case_id=case_id, params={"who": f"{n}号同志"})
    office.send()
    sent_first_day = len(office.notifier.taken)
    office.clock.advance(timedelta(hours=25))
    office.send()

    assert sent_first_day == 4
    assert len(office.notifier.taken) == 6


def test_the_daily_budget_is_exact_whatever_the_number_of_senders(office: Office) -> None:
    office.limit(daily_budget=7)
    office.told(20)
    threads = [threading.Thread(target=office.send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.send()
    first_day = len(office.notifier.taken)

    office.clock.move_to(shanghai("2026-11-22T08:00:00"))
    office.send()

    assert (first_day, len(office.notifier.taken)) == (7, 14)


def test_until_go_live_only_listed_numbers_get_anything(office: Office) -> None:
    office.limit(guest_list=("13800000002",))
    stranger, guest = office.told(2)

    office.send()

    assert (office.state(stranger), office.reason(stranger)) == ("cancelled", "not_live")
    assert office.state(guest) == "sent"
    assert office.tellings(stranger) == [("not_live", "in_person")]


def test_a_closed_case_sends_only_what_holds_after_its_end(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    coming = office.tell(key, case_id=case_id)
    office.close(case_id)
    result = office.tell(key, "done", case_id=case_id)

    office.send()

    assert (office.state(coming), office.reason(coming)) == ("cancelled", "case_closed")
    assert office.state(result) == "sent"


def test_a_waiting_message_that_a_later_one_replaces_is_not_sent(office: Office) -> None:
    office.clock.move_to(shanghai("2026-11-21T22:00:00"))
    key = office.person()
    case_id = office.case(key)
    coming = office.tell(key, case_id=case_id)
    missing = office.tell(key, "what_is_missing", case_id=case_id, matter="a")
    other = office.tell(key, "what_is_missing", case_id=case_id, matter="b")
    done = office.tell(key, "done", case_id=case_id, matter="a")

    office.clock.move_to(shanghai("2026-11-22T09:00:00"))
    office.send()

    assert (office.state(coming), office.reason(coming)) == ("cancelled", "superseded")
    assert (office.state(missing), office.reason(missing)) == ("cancelled", "superseded")
    assert office.state(other) == office.state(done) == "sent"


def test_taking_back_touches_only_what_waits(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    gone = office.tell(key, case_id=case_id, event_id="a")
    office.send()
    waiting = office.tell(key, "what_is_missing", case_id=case_id, event_id="b", matter="i")
    kept = office.tell(key, "what_is_missing", case_id=case_id, event_id="c", matter="j")

    count = office.as_machine(take_back, case_id=case_id, matter="i")
    office.send()

    assert count == 1
    assert [office.state(one) for one in (gone, waiting, kept)] == ["sent", "cancelled", "sent"]
    assert office.as_machine(take_back, case_id=case_id) == 0


def test_a_refusal_is_never_an_sms_but_a_task_and_a_note(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)

    told = office.tell(key, "refused", case_id=case_id, params={"reason": "不符合条件"})
    office.send()

    assert office.messages(told) == []
    assert office.tellings(told) == [("never_by_sms", "in_person")]
    assert office.notes(case_id) == ["needs_telling"]


def test_a_letter_is_listed_as_a_letter(office: Office) -> None:
    told = office.tell(office.person(), "could_not_reach_letter")

    assert office.tellings(told) == [("never_by_sms", "letter")]


def test_a_telling_is_done_once_by_a_named_person(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    office.tell(key, "refused", case_id=case_id)
    [row] = office.as_machine(open_tellings, [case_id])

    office.as_machine(mark_told, row.id)

    assert office.as_machine(open_tellings, [case_id]) == []
    with pytest.raises(Refused, match="already"):
        office.as_machine(mark_told, row.id)
    [done] = office.rows(select(needs_telling))
    assert done.told_by == "machine:test"
