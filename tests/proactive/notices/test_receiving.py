"""Call-backs and replies count once, in any order, and act at once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from proactive.kernel.ids import new_id
from proactive.notices.receiving import take_callback, take_reply
from proactive.notices.service import (
    allow_messages,
    stop_messages,
)
from proactive.plugins.notifier import DeliveryState, Reason, Receipt, Reply
from tests.proactive.notices.conftest import MACHINE, Office


def receipt(
    office: Office, told: object, state: str, *, ours: bool = True, **more: object
) -> Receipt:
    row = office.messages(told)[-1]  # type: ignore[arg-type]
    heard = DeliveryState(state)
    provider_id = row.provider_id or f"scripted-{row.id}"
    return Receipt(provider_id, str(row.id) if ours else "", heard, state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("ours", [True, False])
def test_call_backs_in_any_order_and_number_end_at_delivered(office: Office, ours: bool) -> None:
    told = office.told()[0]
    office.send()
    news = [receipt(office, told, s, ours=ours) for s in ("delivered", "sent", "delivered")]

    taken = [office.as_machine(take_callback, office.desk, "scripted", one) for one in news]

    assert [(one.new, one.moved) for one in taken] == [(True, True), (True, False), (False, False)]
    assert office.state(told) == "delivered"


def test_a_call_back_may_come_before_our_own_record_of_the_call(office: Office) -> None:
    told = office.told()[0]
    office.notifier.during = lambda _: office.as_machine(
        take_callback, office.desk, "scripted", receipt(office, told, "delivered")
    )

    office.send()

    assert office.state(told) == "delivered"


def test_a_call_back_settles_a_message_whose_answer_was_lost(office: Office) -> None:
    told = office.told()[0]
    office.notifier.script.append("lost")
    office.send()

    office.as_machine(take_callback, office.desk, "scripted", receipt(office, told, "sent"))
    office.time_passes(60)
    office.sweep()
    office.send()

    assert office.state(told) == "sent"
    assert len(office.notifier.calls) == 1


def test_a_call_back_about_nothing_of_ours_changes_nothing(office: Office) -> None:
    stray = Receipt("SM404", str(new_id()), DeliveryState.DELIVERED, "delivered")
    nonsense = Receipt("SM405", "not-an-id", DeliveryState.DELIVERED, "delivered")

    elsewhere = receipt(office, office.told()[0], "delivered")
    office.send()

    assert not office.as_machine(take_callback, office.desk, "another", elsewhere).known
    assert {row.state for row in office.messages()} == {"sent"}
    assert not office.as_machine(take_callback, office.desk, "scripted", stray).known
    assert not office.as_machine(take_callback, office.desk, "scripted", nonsense).known


def test_a_phone_out_of_reach_is_tried_once_more_later_then_somebody_calls(office: Office) -> None:
    told = office.told()[0]
    tried_at_once: list[int] = []
    for _ in range(2):
        office.send()
        lost = receipt(office, told, "failed", reason=Reason.OUT_OF_REACH, code="30003")
        office.as_machine(take_callback, office.desk, "scripted", lost)
        tried_at_once.append(office.send().accepted)
        office.clock.advance(timedelta(hours=4))

    assert tried_at_once == [0, 0]
    assert [row.state for row in office.messages(told)] == ["failed", "failed"]
    assert office.tellings(told) == [("out_of_reach", "call")]


def reply(office: Office, text_: str, number: str = "+8613800000001", sid: str = "") -> str:
    said = Reply(sid or f"SM{new_id()}", number, text_)
    return str(office.as_machine(take_reply, office.desk, "scripted", said).answer)


def test_wrong_person_cuts_the_link_of_number_and_person_at_once(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    first = office.tell(key, case_id=case_id)
    office.send()

    answer = reply(office, "2")
    later = office.tell(key, "ready_to_collect", case_id=case_id)
    neighbour = office.person(phone="13800000001", number="the-owner")
    own = office.tell(neighbour, case_id=office.case(neighbour))
    office.send()

    assert answer.startswith("云岭县便民服务中心：抱歉")
    assert office.reason(later) == "wrong_person"
    assert ("wrong_person", "in_person") in office.tellings(first)
    assert office.state(own) == "sent"
    assert "reply_wrong_person" in office.notes(case_id)


def test_stop_ends_messages_to_the_number_and_to_the_person(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    office.tell(key, case_id=case_id)
    office.send()

    reply(office, "４")
    same_person = office.tell(key, "ready_to_collect", case_id=case_id)
    neighbour = office.person(phone="13800000001", number="the-owner")
    same_number = office.tell(neighbour, case_id=office.case(neighbour))
    office.send()

    assert office.reason(same_person) == office.reason(same_number) == "opted_out"
    assert len(office.notifier.calls) == 1


def test_call_me_puts_the_person_on_the_list(office: Office) -> None:
    told = office.told()[0]
    office.send()

    reply(office, "请回电")

    assert office.tellings(told) == [("call_me", "call")]


def test_the_same_reply_again_does_nothing_and_gets_no_answer(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    office.tell(key, case_id=case_id)
    office.send()

    answers = [reply(office, "3", sid="SM1") for _ in range(5)]

    assert [bool(answer) for answer in answers] == [True, False, False, False, False]
    assert office.notes(case_id) == ["needs_telling", "reply_call_me"]


def test_what_we_do_not_understand_is_answered_once_a_day_in_the_persons_language(
    office: Office,
) -> None:
    key = office.person()
    case_id = office.case(key)
    with office.platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE subject SET language = 'en'"))
    office.tell(key, case_id=case_id)
    office.send()

    answers = [reply(office, f"你们是谁{n}") for n in range(4)]
    office.clock.advance(timedelta(hours=23))
    answers.append(reply(office, "？"))
    office.clock.advance(timedelta(hours=2))
    answers.append(reply(office, "？"))

    assert [bool(answer) for answer in answers] == [True, False, False, False, False, True]
    assert answers[0].startswith("Yunling Service Centre: Sorry")
    assert office.notes(case_id) == []


def test_after_the_opt_out_has_committed_nothing_goes_out_races_included(office: Office) -> None:
    """Senders and an opt-out race; whatever was claimed later than its commit would be a fault."""
    key = office.person()
    case_id = office.case(key)
    office.limit(different_per_day=1000, identical_per_day=1000)
    for _ in range(30):
        office.tell(key, "done", case_id=case_id)
    office.send(most=1)
    senders = [threading.Thread(target=office.send) for _ in range(3)]
    for sender in senders:
        sender.start()

    reply(office, "4")
    committed = office.rows(text("SELECT now() AS committed"))[0].committed
    for sender in senders:
        sender.join()
    office.time_passes(1)
    office.send()

    late = office.rows(
        text("SELECT count(*) AS n FROM message WHERE first_called_at > :t").bindparams(t=committed)
    )
    assert late[0].n == 0
    assert {row.state for row in office.messages()} <= {"sent", "cancelled"}


def test_a_person_may_stop_and_allow_messages_through_a_coordinator(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    office.as_machine(stop_messages, key)
    stopped = office.tell(key, case_id=case_id)
    office.send()
    office.as_machine(allow_messages, key)
    allowed = office.tell(key, "done", case_id=case_id)
    office.send()

    assert (office.reason(stopped), office.state(allowed)) == ("opted_out", "sent")
