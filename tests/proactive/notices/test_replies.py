"""What a reply does: to the newest message that awaits one, at once, and never a decision."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from proactive.cases.store import case
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Actor
from proactive.notices.reaching import confirm_number
from proactive.notices.receiving import take_reply
from proactive.notices.replies import Meaning, read_reply
from proactive.notices.service import mark_told, stop_messages
from proactive.notices.store import needs_telling
from proactive.plugins.notifier import Busy, Reply
from tests.proactive.notices.conftest import Office

NUMBER = "+8613800000001"
OWN, NEW = "13800000001", "13800000099"


def reply(office: Office, words: str, number: str = NUMBER) -> str:
    said = Reply(f"SM{new_id()}", number, words)
    return str(office.as_machine(take_reply, office.desk, "scripted", said).answer)


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        *((word, Meaning.FINE) for word in ("1", "１", " 1 。", "①", "1️⃣", "是", "YES", "回复1")),
        *(
            (word, Meaning.FINE)
            for word in ("1收到", "回复1收到", "1 OK", "1. 好的", "收到，", "一")
        ),
        *((word, Meaning.WRONG_PERSON) for word in ("2", "２", "错", "错了", "不是我", "打错了")),
        *((word, Meaning.WRONG_PERSON) for word in ("2不是本人", "2、不是我", "2 wrong person")),
        *((word, Meaning.CALL_ME) for word in ("3", "３ ", "回电", "请回电", "Call me", "3请来电")),
        *(
            (word, Meaning.STOP)
            for word in ("4", "４", "退订", "TD", "Ｔ", "stop", " STOP. ", "停")
        ),
        *(
            (word, Meaning.STOP)
            for word in ("4不再发送", "４，不要再发了", "回复4", "四", "别发了！")
        ),
        *((word, Meaning.UNKNOWN) for word in ("", "12", "1 2", "不", "不认识", "取消", "是吗")),
        *((word, Meaning.UNKNOWN) for word in ("👍", "1不是我", "4收到", "43", "回复", "1" * 999)),
    ],
)
def test_digits_of_any_width_and_the_usual_words_are_understood(said: str, meaning: str) -> None:
    assert read_reply(said) is meaning


def test_yes_leaves_a_note_and_decides_nothing(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    told = office.tell(key, case_id=case_id)
    office.send()

    reply(office, "１")

    [row] = office.rows(select(case.c.state, case.c.next_step).where(case.c.id == case_id))
    assert (row.state, row.next_step) == ("assigned", "visit")
    assert office.notes(case_id) == ["reply_fine"]
    assert office.tellings(told) == []


def test_a_reply_answers_the_newest_message_that_awaits_one(office: Office) -> None:
    """One phone, two people: each "wrong person" speaks of one of them, the newest first."""
    mother, son = office.person(), office.person(phone=OWN, number="son")
    cases = [office.case(mother), office.case(son)]
    older = office.tell(mother, case_id=cases[0])
    office.send()
    office.clock.advance(timedelta(minutes=5))
    newer = office.tell(son, case_id=cases[1])
    office.send()

    reply(office, "2")
    cut_first = [office.tellings(newer), office.tellings(older)]
    reply(office, "1")

    assert cut_first == [[("wrong_person", "in_person")], []]
    assert office.notes(cases[1]) == ["needs_telling", "reply_wrong_person"]
    assert office.notes(cases[0]) == ["reply_fine"]


def test_wrong_person_cancels_what_waits_and_makes_a_task_with_a_day(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    first = office.tell(key, case_id=case_id)
    office.send()
    waiting = office.tell(key, "ready_to_collect", case_id=case_id)

    reply(office, "错")

    assert (office.state(waiting), office.reason(waiting)) == ("cancelled", "wrong_person")
    assert office.tellings(waiting) == [("wrong_person", "in_person")]
    [row] = office.rows(select(needs_telling).where(needs_telling.c.notice_id == first.notice_id))
    assert (row.reason, row.due_on) == ("wrong_person", date(2026, 11, 27))  # 21st is a Saturday


def test_a_cut_number_is_used_again_only_after_a_person_confirmed_it(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    office.tell(key, case_id=case_id)
    office.send()
    reply(office, "2")
    with pytest.raises(Refused) as refused:
        office.as_machine(confirm_number, key)

    with office.platform.work(Actor.operator_on_server("li")) as work:
        lifted = confirm_number(work, key)
    again = office.tell(key, "done", case_id=case_id)
    office.send()

    assert refused.value.code == "not_yours"
    assert (lifted, office.state(again)) == (1, "sent")


def test_somebody_may_ask_to_be_called_again_after_having_been_called(office: Office) -> None:
    told = office.told()[0]
    office.send()
    reply(office, "3")
    [first] = office.rows(select(needs_telling))
    reply(office, "回电")
    once = office.tellings(told)
    office.as_machine(mark_told, first.id)

    reply(office, "3")

    assert once == [("call_me", "call")]
    assert office.tellings(told) == [("call_me", "call")] * 2
    assert first.due_on == date(2026, 11, 24)  # two working days after Saturday the 21st


def test_stop_cancels_at_once_what_waits_for_everybody_at_the_number(office: Office) -> None:
    mother, son = office.person(), office.person(phone=OWN, number="son")
    for key in (mother, son):
        office.tell(key)
    office.send()
    waiting = [office.tell(key, "done") for key in (mother, son)]

    reply(office, "退订")

    assert [office.reason(one) for one in waiting] == ["opted_out", "opted_out"]


@pytest.mark.parametrize("sender", [OWN, "86" + OWN, "0086 138 0000 0001"])
def test_a_gateway_may_write_the_senders_number_as_its_country_does(
    office: Office, sender: str
) -> None:
    told = office.told()[0]
    office.send()

    reply(office, "2", sender)

    assert office.tellings(told) == [("wrong_person", "in_person")]


@pytest.mark.parametrize(("word", "goes_out"), [("2", True), ("4", False)])
def test_from_an_old_number_a_wrong_person_leaves_the_new_one_a_stop_is_the_persons(
    office: Office, word: str, goes_out: bool
) -> None:
    key = office.person()
    office.tell(key, case_id=office.case(key))
    office.send()
    office.person(phone=NEW, number="person-1")
    waiting = office.tell(key, "done")

    reply(office, word)
    office.send()

    assert [call.to for call in office.notifier.calls] == [NUMBER, f"+86{NEW}"][: 1 + goes_out]
    assert (office.state(waiting) == "sent") is goes_out


def test_a_stop_is_taken_back_by_the_number_that_said_it_and_no_other(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    office.tell(key, case_id=case_id)
    office.send()
    reply(office, "4")
    reply(office, "恢复", "+8613800000077")
    still = office.tell(key, "ready_to_collect", case_id=case_id)
    office.send()

    office.clock.advance(timedelta(days=31))  # after a stop nothing is sent that keeps it young
    answer = reply(office, "恢复。")
    again = office.tell(key, "done", case_id=case_id)
    office.send()

    assert (office.reason(still), office.state(again)) == ("opted_out", "sent")
    assert "恢复接收短信" in answer


def test_what_was_asked_in_person_no_reply_takes_back(office: Office) -> None:
    key = office.person()
    office.tell(key, case_id=office.case(key))
    office.send()
    office.as_machine(stop_messages, key)

    reply(office, "START")
    told = office.tell(key, "done")
    office.send()

    assert office.reason(told) == "opted_out"


def test_a_stop_leaves_alone_who_shared_the_number_once(office: Office) -> None:
    son, mother = office.person(phone=OWN, number="son"), office.person(phone=OWN)
    for key in (son, mother):
        office.tell(key, case_id=office.case(key))
        office.send()
        office.clock.advance(timedelta(minutes=5))
    office.person(phone=NEW, number="son")
    waiting = office.tell(son, "done")

    reply(office, "4")
    office.send()

    assert office.state(waiting) == "sent"


def test_a_reply_answers_only_what_may_have_arrived_and_not_too_long_ago(office: Office) -> None:
    held = office.told()[0]
    office.notifier.script.append(Busy(timedelta(seconds=1)))
    office.send()
    reply(office, "2")
    not_taken = office.tellings(held)
    office.time_passes(1)
    office.send()
    office.clock.advance(timedelta(days=31))

    reply(office, "2")

    assert office.state(held) == "sent"
    assert not_taken == office.tellings(held) == []


def test_a_reply_about_nothing_stops_the_number_and_else_does_nothing(office: Office) -> None:
    reply(office, "2")
    reply(office, "4")
    told = office.told()[0]
    office.send()

    [row] = office.rows(text("SELECT count(*) AS n FROM suppression"))
    assert (row.n, office.reason(told)) == (1, "opted_out")
