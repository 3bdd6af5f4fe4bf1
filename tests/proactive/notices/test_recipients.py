"""Who gets a message, by which number, and who is told otherwise."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import insert

from proactive.accounts.store import account
from proactive.kernel.ids import new_id
from proactive.kernel.work import Actor
from proactive.notices.service import (
    tell_post_digest,
)
from proactive.routing.store import post, post_stand_in
from tests.proactive.notices.conftest import Office, shanghai


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
    assert "2 visits wait for you today" in sent.text


def test_what_holds_for_people_holds_for_posts_guests_only_and_never_at_night(
    office: Office,
) -> None:
    office.limit(guest_list=("13900000001",))
    guest, other = make_post(office, "east", "13900000001"), make_post(office, "w", "13900000002")
    told = [office.as_machine(tell_post_digest, office.desk, each, 2) for each in (guest, other)]
    office.clock.move_to(shanghai("2026-11-21T21:30:00"))

    office.send()
    at_night = list(office.notifier.calls)
    office.clock.move_to(shanghai("2026-11-22T08:00:00"))
    office.send()

    assert at_night == []
    assert [call.to for call in office.notifier.calls] == ["+8613900000001"]
    assert office.reason(told[1]) == "not_live"


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
