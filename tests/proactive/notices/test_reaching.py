"""Undelivered → call → visit → letter: each a task with a day, each step done by a person."""

from datetime import date

import pytest
from sqlalchemy import Row, select

from proactive.kernel.errors import Refused
from proactive.notices.model import HOW_TO_TELL, NEXT_HOW, How, Why
from proactive.notices.reaching import not_reached
from proactive.notices.service import Told, mark_told
from proactive.notices.store import needs_telling
from proactive.plugins.notifier import Reason, Rejected
from tests.proactive.notices.conftest import Office, shanghai


def telling(office: Office, told: Told) -> Row:  # type: ignore[type-arg]
    [row] = office.rows(select(needs_telling).where(needs_telling.c.notice_id == told.notice_id))
    return row


def test_undelivered_goes_to_call_then_visit_then_letter_each_with_its_day(office: Office) -> None:
    office.clock.move_to(shanghai("2026-11-23T10:00:00"))  # a Monday
    key = office.person()
    case_id = office.case(key)
    told = office.tell(key, case_id=case_id)
    office.notifier.script.append(Rejected(Reason.REFUSED, "x"))
    office.send()
    days = [(telling(office, told).how, telling(office, told).due_on)]

    for _ in range(2):
        office.as_machine(not_reached, telling(office, told).id)
        days.append((telling(office, told).how, telling(office, told).due_on))

    assert days == [
        ("call", date(2026, 11, 25)),
        ("in_person", date(2026, 11, 30)),
        ("letter", date(2026, 11, 26)),
    ]
    assert office.notes(case_id) == ["needs_telling", "not_reached", "not_reached"]
    with pytest.raises(Refused, match="last"):
        office.as_machine(not_reached, telling(office, told).id)
    office.as_machine(mark_told, telling(office, told).id)
    with pytest.raises(Refused, match="already"):
        office.as_machine(not_reached, telling(office, told).id)


@pytest.mark.parametrize(
    ("phone", "first"), [("", ("no_phone", "in_person")), ("02512345678", ("landline", "call"))]
)
def test_a_landline_is_called_and_who_has_no_phone_is_visited_without_any_message(
    office: Office, phone: str, first: tuple[str, str]
) -> None:
    told = office.tell(office.person(phone=phone))

    office.send()

    assert office.notifier.calls == []
    assert office.tellings(told) == [first]


def test_every_way_ends_in_a_letter_and_none_goes_round() -> None:
    for start in set(HOW_TO_TELL.values()):
        way = [start]
        while way[-1] in NEXT_HOW:
            way.append(NEXT_HOW[way[-1]])
        assert way[-1] is How.LETTER
        assert len(way) == len(set(way))


@pytest.mark.parametrize("why", [Why.NO_PHONE, Why.BAD_NUMBER, Why.WRONG_PERSON, Why.OPTED_OUT])
def test_nobody_is_called_at_a_number_that_is_not_theirs_or_wants_no_calls(why: Why) -> None:
    assert HOW_TO_TELL[why] is How.IN_PERSON
