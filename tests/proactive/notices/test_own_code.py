"""A code by SMS: to the phone on record only, a few a day, by all the rules of the outbox."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import event, text

from proactive.kernel.ids import new_id
from proactive.notices.model import Why
from proactive.notices.moving import suppress
from proactive.notices.queries import notice_scripts
from proactive.notices.service import stop_messages
from proactive.plugins.notifier import Reason, Rejected
from proactive.voice.asking import ask_for_code, give_code
from proactive.voice.codes import enter, look_up
from proactive.voice.model import (
    ASKS_AN_ADDRESS,
    CODES_BY_SMS_A_DAY,
    SESSION_IDLE,
    SESSION_LONGEST,
)
from tests.proactive.notices.conftest import MACHINE, Office, shanghai


@pytest.fixture(autouse=True)
def no_code_yet(office: Office) -> None:
    office.as_machine(lambda work: work.db.execute(text("DELETE FROM door_try")))


def give(office: Office, case_id: UUID) -> bool:
    return bool(office.as_machine(give_code, office.desk, case_id))


def last_code(office: Office) -> str:
    words = office.notifier.calls[-1].params["code"]
    assert words.isdigit()
    return words


def number_of(office: Office, case_id: UUID) -> str:
    query = text('SELECT ref FROM "case" WHERE id = :id').bindparams(id=case_id)
    return str(office.rows(query)[0].ref)


def test_it_goes_to_the_phone_on_record_opens_once_and_never_stands_beside_its_number(
    office: Office,
) -> None:
    key = office.person("13800001234")
    case_id = office.case(key)

    assert give(office, case_id)
    office.send()

    (sent,) = office.notifier.calls
    assert sent.to == "+8613800001234"
    assert number_of(office, case_id) not in sent.text
    assert "王" not in sent.text
    code = last_code(office)
    assert office.as_machine(enter, number_of(office, case_id), code, "a")
    assert office.as_machine(enter, sent.reference, code, "a") is None
    scripts = office.as_machine(
        lambda work: notice_scripts(work.db, [office.messages()[0].notice_id])
    )
    assert scripts == []


def test_a_few_a_day_the_newest_only_is_sent_and_not_at_night(office: Office) -> None:
    office.clock.move_to(shanghai("2026-11-23T22:30:00"))
    case_id = office.case(office.person())

    given = [give(office, case_id) for _ in range(CODES_BY_SMS_A_DAY + 1)]
    office.send()

    assert given == [True] * CODES_BY_SMS_A_DAY + [False]
    assert office.notifier.calls == []
    assert [row.state for row in office.messages()] == ["cancelled", "cancelled", "queued"]
    office.clock.move_to(shanghai("2026-11-24T08:01:00"))
    office.send()
    assert len(office.notifier.calls) == 1
    assert office.as_machine(enter, number_of(office, case_id), last_code(office), "a")


def test_who_has_many_matters_gets_no_more_codes_than_who_has_one(office: Office) -> None:
    key, other = office.person(), office.person()
    needs = ("medical_cost_relief", "disability_assistance")
    cases = [office.case(key, need=need) for need in needs]

    given = [give(office, cases[n % 2]) for n in range(CODES_BY_SMS_A_DAY + 1)]

    assert given == [True] * CODES_BY_SMS_A_DAY + [False]
    assert give(office, office.case(other))


@pytest.mark.parametrize("knock", [partial(enter, code="12345678"), ask_for_code])
def test_the_door_does_the_same_work_for_a_number_that_exists_and_one_that_does_not(
    office: Office, knock: Callable[..., object]
) -> None:
    """What is asked of the database is what takes time: nobody learns by the clock."""
    known = number_of(office, office.case(office.person()))
    done: list[list[str]] = []
    for number in (known, "AAAA3333"):
        said: list[str] = []
        with office.platform.work(MACHINE) as work:

            @event.listens_for(work.db, "before_cursor_execute")
            def note(_: object, __: object, statement: str, *___: object) -> None:
                said.append(statement)  # noqa: B023 - this round's

            knock(work, number=number, address="here")
        done.append(said)

    assert done[0] == done[1] != []


def test_a_session_that_is_used_all_the_time_ends_all_the_same(office: Office) -> None:
    case_id = office.case(office.person())
    give(office, case_id)
    office.send()
    token = office.as_machine(enter, number_of(office, case_id), last_code(office), "a")

    seen = []
    for _ in range(int(SESSION_LONGEST / SESSION_IDLE) + 2):
        seen.append(office.as_machine(look_up, token))
        office.clock.advance(SESSION_IDLE - timedelta(minutes=1))

    assert seen[:8] == [case_id] * 8
    assert seen[-1] is None


def test_the_addresses_of_one_line_try_and_ask_together(office: Office) -> None:
    for n in range(3):
        office.as_machine(enter, f"AAAA333{n}", "1", f"2001:db8::{n}")
        office.as_machine(ask_for_code, "AAAA3333", f"2001:db8::{n}")

    tries = office.rows(text("SELECT tries FROM door_try ORDER BY tries"))
    assert [row.tries for row in tries] == [1, 1, 1, 3, 3]


def test_no_phone_a_stop_and_trouble_send_nothing_and_put_nobody_on_a_list(office: Office) -> None:
    assert not give(office, office.case(office.person(phone="")))
    assert not give(office, new_id())
    stopped, failing = office.person(), office.person()
    office.as_machine(stop_messages, stopped)
    give(office, office.case(stopped))
    office.send()
    office.notifier.script.append(Rejected(Reason.REFUSED, "x"))
    give(office, office.case(failing))
    office.send()
    office.sweep()

    assert len(office.notifier.calls) == 1
    assert [row.state for row in office.messages()] == ["cancelled", "failed"]
    assert office.rows(text("SELECT id FROM needs_telling")) == []


def test_a_code_that_reached_somebody_else_opens_nothing(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    give(office, case_id)
    office.send()
    office.as_machine(
        suppress, Why.WRONG_PERSON, source="reply", subject_key=key, areas=[""] * 5, to_mark=b"x"
    )

    assert office.as_machine(enter, number_of(office, case_id), last_code(office), "a") is None


def test_asking_leaves_the_same_trace_for_every_number_until_an_address_asks_too_often(
    office: Office,
) -> None:
    case_id = office.case(office.person())

    def waiting() -> list[str]:
        return [str(row.key) for row in office.rows(text("SELECT key FROM step ORDER BY key"))]

    office.as_machine(ask_for_code, number_of(office, case_id).lower(), "here")
    office.as_machine(ask_for_code, "ZZZZZZZZ", "here")
    assert len(waiting()) == 2
    assert str(case_id) in waiting()
    for _ in range(ASKS_AN_ADDRESS):
        office.as_machine(ask_for_code, "ZZZZZZZZ", "here")
    assert len(waiting()) == ASKS_AN_ADDRESS
