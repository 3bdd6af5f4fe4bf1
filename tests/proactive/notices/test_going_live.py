"""Until a county is live, messages reach its guests only; what was held is never sent later."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, text

from proactive.areas.store import area
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.notices.going_live import add_guest, counties, guests, remove_guest, set_live
from proactive.notices.receiving import take_reply
from proactive.notices.service import Told, tell_post_digest
from proactive.plugins.notifier import Reply
from proactive.plugins.testing import ScriptedNotifier
from tests.proactive.notices.conftest import MACHINE, Office
from tests.proactive.notices.test_recipients import make_post

COUNTY, OTHER = "371481", "371482"
GUEST = "13800000002"


@pytest.fixture(autouse=True)
def two_counties(office: Office) -> None:
    with office.platform.work(MACHINE) as work:
        for code, level in (("37", 1), ("3714", 2), (COUNTY, 3), (OTHER, 3)):
            path = [code[:2], code[:4], code][:level] + [""] * (5 - level)
            areas = {f"area_{n + 1}": part for n, part in enumerate(path)}
            row = {"code": code, "name": f"县{code}", "level": level, "source": "t", **areas}
            work.db.execute(insert(area).values(row))


def told_in(office: Office, county: str, **person: str) -> Told:
    key = office.person(**person)
    return office.tell(key, case_id=office.case(key, area_1="37", area_2="3714", area_3=county))


def test_on_trial_only_guests_are_reached_and_other_counties_are_not_touched(
    office: Office,
) -> None:
    office.as_machine(add_guest, COUNTY, "138 0000 0002")

    stranger, guest = told_in(office, COUNTY), told_in(office, COUNTY)
    elsewhere = told_in(office, OTHER)
    same_number_elsewhere = told_in(office, OTHER, phone=GUEST, number="g")
    office.send()

    assert (office.state(stranger), office.reason(stranger)) == ("cancelled", "not_live")
    assert [office.state(one) for one in (guest, elsewhere, same_number_elsewhere)] == ["sent"] * 3
    assert len(office.notifier.calls) == 3
    office.as_machine(set_live, OTHER, live=False)
    no_guest_there = told_in(office, OTHER, phone=GUEST, number="h")
    office.send()
    assert office.reason(no_guest_there) == "not_live"


@pytest.mark.parametrize("way", ["email", "template_gateway", "http_gateway", "twilio_sms"])
def test_a_trial_holds_whatever_the_way_out(office: Office, way: str) -> None:
    office.as_machine(set_live, COUNTY, live=False)
    other = ScriptedNotifier(way)
    office.desk = replace(office.desk, notifiers={way: other}, channel=way)

    held = told_in(office, COUNTY)
    office.send()

    assert (office.reason(held), other.calls) == ("not_live", [])


def test_while_one_county_is_on_trial_whoever_has_no_place_and_whoever_writes_hears_nothing(
    office: Office,
) -> None:
    office.as_machine(add_guest, COUNTY, GUEST)
    nowhere = office.tell(office.person())
    post_id = make_post(office, "east", "13900000001", area_3=COUNTY)
    digest = office.as_machine(tell_post_digest, office.desk, post_id, 2)
    office.send()

    answers = [answer_to(office, "hm", number) for number in ("+8613900000001", f"+86{GUEST}")]
    office.as_machine(set_live, COUNTY, live=True)
    answers.append(answer_to(office, "hm?", "+8613900000002"))

    assert office.reason(nowhere) == office.reason(digest) == "not_live"
    assert [bool(answer) for answer in answers] == [False, True, True]


def answer_to(office: Office, words: str, number: str) -> str:
    said = Reply(f"SM{new_id()}", number, words)
    return str(office.as_machine(take_reply, office.desk, "scripted", said).answer)


def test_going_live_sends_nothing_that_was_made_before(office: Office) -> None:
    office.as_machine(set_live, COUNTY, live=False)
    held = [told_in(office, COUNTY) for _ in range(3)]
    office.send()

    office.as_machine(set_live, COUNTY, live=True)
    fresh = told_in(office, COUNTY)
    for _ in range(3):
        office.time_passes(600)
        office.sweep()
        office.send()

    assert {office.reason(one) for one in held} == {"not_live"}
    assert len(office.notifier.calls) == 1
    assert office.state(fresh) == "sent"
    [line] = office.rows(text("SELECT live FROM notice_county"))
    assert line.live is True


def test_who_is_taken_off_the_list_gets_nothing_more(office: Office) -> None:
    office.as_machine(add_guest, COUNTY, GUEST)
    told_in(office, COUNTY, phone="")
    first = told_in(office, COUNTY)
    office.send()
    office.as_machine(remove_guest, COUNTY, GUEST)
    second = told_in(office, COUNTY, phone=GUEST, number="again")
    office.send()

    assert (office.state(first), office.reason(second)) == ("sent", "not_live")
    with pytest.raises(Refused, match="not on the guest list"):
        office.as_machine(remove_guest, COUNTY, GUEST)


def test_the_list_holds_no_number_and_the_operator_sees_what_was_held(office: Office) -> None:
    office.as_machine(add_guest, COUNTY, GUEST)
    told_in(office, COUNTY)
    office.send()

    with office.platform.work(MACHINE) as work:
        lines, listed = counties(work.db), guests(work.db, COUNTY)
        kept = work.db.execute(text("SELECT string_agg(g::text, '') FROM notice_guest g")).scalar()

    assert [(line.county, line.live, line.guests, line.held) for line in lines] == [
        (COUNTY, False, 1, 1)
    ]
    assert [guest.masked for guest in listed] != []
    assert "0000000" not in str(kept)
    assert GUEST.encode().hex() not in str(kept)


@pytest.mark.parametrize(
    ("county", "number", "code"),
    [("3714", GUEST, "not_a_county"), ("99", GUEST, "not_a_county"), (COUNTY, "12", "bad_number")],
)
def test_what_cannot_be_listed_is_said(office: Office, county: str, number: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        office.as_machine(add_guest, county, number)

    assert refused.value.code == code
