"""Who is told, when, how often, and what keeps a message from hurting."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from proactive.accounts.store import account
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.notices.model import Decision, MessageState
from proactive.notices.queries import (
    ageing,
    count_states,
    list_messages,
    list_tellings,
    message_by_ref,
    messages_of_case,
    tellings_of_cases,
)
from proactive.notices.receiving import take_callback, take_reply
from proactive.notices.service import (
    allow_messages,
    mark_told,
    open_tellings,
    resolve_parked,
    stop_messages,
    take_back,
    tell,
    tell_post_digest,
)
from proactive.notices.store import needs_telling
from proactive.plugins.notifier import DeliveryState, Reason, Receipt, Reply
from proactive.routing.store import post, post_stand_in
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

    office.send()

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


@pytest.mark.parametrize(
    ("person", "reason", "how"),
    [
        ({"phone": ""}, "no_phone", "in_person"),
        ({"phone": "5345210001"}, "landline", "call"),
        ({"born_on": date(2020, 5, 1)}, "minor", "call"),
        ({"born_on": date(2012, 11, 22)}, "minor", "call"),
        ({"died_on": date(2026, 11, 1)}, "dead", None),
    ],
)
def test_who_cannot_or_must_not_get_an_sms_is_told_otherwise_or_not_at_all(
    office: Office, person: dict[str, object], reason: str, how: str | None
) -> None:
    key = office.person(**person)  # type: ignore[arg-type]  # a table of cases
    told = office.tell(key, case_id=office.case(key))

    office.send()

    assert (office.state(told), office.reason(told)) == ("cancelled", reason)
    assert office.tellings(told) == ([(reason, how)] if how else [])
    assert office.notifier.calls == []


def test_a_fourteenth_birthday_is_old_enough(office: Office) -> None:
    key = office.person(born_on=date(2012, 11, 21))

    told = office.tell(key, case_id=office.case(key))
    office.send()

    assert office.state(told) == "sent"


def test_a_childs_message_goes_to_its_guardian(office: Office) -> None:
    guardian = office.person()
    child = office.person(phone="", born_on=date(2024, 1, 1), guardian_key=guardian)

    office.tell(child, case_id=office.case(child))
    office.send()

    assert office.notifier.taken[0].to == "+8613800000001"


def test_one_phone_for_too_many_people_gets_no_message(office: Office) -> None:
    keys = [office.person(phone="13912345678") for _ in range(7)]

    told = office.tell(keys[0], case_id=office.case(keys[0]))
    office.send()

    assert office.reason(told) == "shared_phone"


def test_who_asked_to_be_told_in_person_is(office: Office) -> None:
    key = office.person()

    told = office.tell(key, case_id=office.case(key, tell_in_person=True))
    office.send()

    assert office.tellings(told) == [("wants_in_person", "in_person")]


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


def make_post(office: Office, holder: str, phone: str, **more: object) -> UUID:
    post_id = new_id()
    sealed = office.platform.keys.encrypt(phone, aad=f"post:phone:{post_id}")
    with office.platform.work(Actor.machine("test")) as work:
        work.db.execute(
            insert(account).values(
                id=holder, name="周东", login=holder, created_at=work.now, language="en"
            )
        )
        work.db.execute(
            insert(post).values(
                id=post_id,
                code=holder,
                kind="coordinator",
                name="东村",
                area_code="v",
                area_level=5,
                holder_id=holder,
                phone_cipher=sealed,
                **more,
            )
        )
    return post_id


def test_a_post_is_told_once_a_day_how_many_and_nothing_else(office: Office) -> None:
    post_id = make_post(office, "east", "13900000001")

    told = [office.as_machine(tell_post_digest, office.desk, post_id, n) for n in (2, 3, 0)]
    office.send()

    [sent] = office.notifier.taken
    assert (sent.to, told[1].new, told[2]) == ("+8613900000001", False, None)
    assert "2 new visits" in sent.text


def test_while_the_holder_is_away_the_stand_in_is_told(office: Office) -> None:
    today = date(2026, 11, 21)
    make_post(office, "west", "13900000002")
    post_id = make_post(office, "east", "13900000001", absent_from=today, absent_to=today)
    office.as_machine(
        lambda work: work.db.execute(
            insert(post_stand_in).values(post_id=post_id, account_id="west")
        )
    )

    office.as_machine(tell_post_digest, office.desk, post_id, 2)
    office.send()

    assert [sent.to for sent in office.notifier.taken] == ["+8613900000002"]


def test_yesterdays_digest_is_not_sent_after_todays(office: Office) -> None:
    post_id = make_post(office, "east", "13900000001")
    office.clock.move_to(shanghai("2026-11-21T22:00:00"))
    late = office.as_machine(tell_post_digest, office.desk, post_id, 2)
    office.clock.move_to(shanghai("2026-11-22T08:30:00"))
    new = office.as_machine(tell_post_digest, office.desk, post_id, 5)

    office.send()

    assert (office.reason(late), office.state(new)) == ("superseded", "sent")


# --- call-backs


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

    assert not office.as_machine(take_callback, office.desk, "scripted", stray).known
    assert not office.as_machine(take_callback, office.desk, "scripted", nonsense).known


def test_a_phone_out_of_reach_is_tried_once_more_later_then_told_by_letter(office: Office) -> None:
    told = office.told()[0]
    for _ in range(2):
        office.send()
        lost = receipt(office, told, "failed", reason=Reason.OUT_OF_REACH, code="30003")
        office.as_machine(take_callback, office.desk, "scripted", lost)
        office.clock.advance(timedelta(hours=4))

    assert [row.state for row in office.messages(told)] == ["failed", "failed"]
    assert office.tellings(told) == [("out_of_reach", "letter")]


# --- replies


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
    office.told()
    office.send()

    answers = [reply(office, "3", sid="SM1") for _ in range(5)]

    assert [bool(answer) for answer in answers] == [True, False, False, False, False]


def test_what_we_do_not_understand_is_answered_at_most_once(office: Office) -> None:
    answers = [reply(office, f"你们是谁{n}") for n in range(5)]

    assert [bool(answer) for answer in answers] == [True, False, False, False, False]


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


# --- the operator


def parked(office: Office) -> UUID:
    told = office.told()[0]
    office.notifier.script.append("lost")
    office.notifier.can_be_asked = False
    office.send()
    for _ in range(6):
        office.time_passes(20)
        office.sweep()
    [row] = office.messages(told)
    assert row.state == "parked"
    return UUID(str(row.id))


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        (Decision.SAY_RECEIVED, "delivered"),
        (Decision.SEND_AGAIN, "sent"),
        (Decision.GIVE_UP, "failed"),
    ],
)
def test_an_operator_decides_about_a_parked_message(
    office: Office, decision: Decision, state: str
) -> None:
    message_id = parked(office)
    operator = Actor(Role.OPERATOR, "ops")

    with office.platform.work(operator) as work:
        resolve_parked(work, office.desk, message_id, decision)
    office.send()
    office.sweep()

    assert office.messages()[0].state == state
    tellings = office.rows(select(needs_telling))
    assert [row.reason for row in tellings] == (
        ["given_up"] if decision is Decision.GIVE_UP else []
    )
    with office.platform.work(operator) as work, pytest.raises(Refused):
        resolve_parked(work, office.desk, message_id, decision)


def test_the_operators_page_counts_explains_and_shows_no_person(office: Office) -> None:
    parked(office)
    told = office.told(2)
    office.send()
    key = office.person(phone="")
    office.tell(key, case_id=office.case(key))
    office.send()

    with office.platform.work(Actor(Role.OPERATOR, "ops")) as work:
        counts = {line.state: line.count for line in count_states(work.db)}
        [line] = list_messages(work.db, MessageState.PARKED)
        page = list_messages(work.db, MessageState.SENT, limit=1)
        rest = list_messages(work.db, MessageState.SENT, after=page[0].id)
        [telling] = list_tellings(work.db)
        [found] = message_by_ref(work.db, f" {told[0].ref.lower()} ")

    assert (counts[MessageState.PARKED], counts[MessageState.SENT]) == (1, 2)
    assert "人工" in line.what_to_do["zh"] + line.name["zh"]
    assert line.what_to_do["en"].startswith("Ask")
    assert line.to_masked.startswith("*")
    assert len(rest) == 1
    assert telling.why["en"] == "No mobile number"
    assert found.state == "sent"


def test_a_case_shows_its_messages_and_what_is_still_to_be_told(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    office.tell(key, case_id=case_id)
    office.tell(key, "refused", case_id=case_id)
    office.send()

    with office.platform.work(Actor.machine("test")) as work:
        lines = messages_of_case(work.db, case_id)
        open_now = tellings_of_cases(work.db, [case_id])

    assert [(line.template, line.state) for line in lines] == [("someone_will_come", "sent")]
    assert open_now == {case_id: 1}


def test_what_should_have_passed_by_itself_and_did_not_is_reported(office: Office) -> None:
    office.notifier.script.append("lost")
    office.told()
    office.send()
    with office.platform.work(Actor.machine("test")) as work:
        fresh = ageing(work.db)
    office.time_passes(31)

    with office.platform.work(Actor.machine("test")) as work:
        [old] = ageing(work.db)

    assert fresh == ()
    assert (old.state, old.count) == (MessageState.UNKNOWN, 1)


def test_another_village_sees_none_of_it(office: Office) -> None:
    key = office.person()
    case_id = office.case(key, area_1="p", area_2="c", area_3="k", area_4="t", area_5="v1")
    office.tell(key, "refused", case_id=case_id)
    office.tell(key, case_id=case_id)
    office.send()
    mine = Actor(Role.COORDINATOR, "a", areas=("v1",), level=5)
    other = replace(mine, id="b", areas=("v2",))

    seen = []
    for actor in (mine, other):
        with office.platform.work(actor) as work:
            seen.append((len(messages_of_case(work.db, case_id)), len(list_tellings(work.db))))

    assert seen == [(1, 1), (0, 0)]


def test_neither_number_nor_name_nor_text_reaches_audit_steps_or_notes(office: Office) -> None:
    key = office.person()
    office.tell(key, case_id=office.case(key), params={"who": "欧阳独特名"})
    office.send()
    reply(office, "4")

    for table in ("audit", "step", "case_event", "inbound", "callback_seen", "suppression"):
        dump = office.rows(
            text(f"SELECT coalesce(string_agg(t::text, ''), '') AS d FROM {table} t")
        )
        assert "13800000001" not in dump[0].d
        assert "欧阳独特名" not in dump[0].d
    dump = office.rows(
        text(
            "SELECT string_agg(m::text, '') || string_agg(n::text, '') AS d"
            " FROM message m JOIN notice n ON n.id = m.notice_id"
        )
    )
    assert "13800000001" not in dump[0].d
    assert "欧阳独特名" not in dump[0].d
