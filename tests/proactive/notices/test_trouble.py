"""Busy and silent gateways, held-up and dying senders."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from proactive.kernel.work import Work
from proactive.notices.model import Patience
from proactive.notices.sending import send_due
from proactive.plugins.notifier import Busy, OutgoingMessage, Reason, Rejected
from tests.proactive.notices.conftest import MACHINE, Office


def test_a_busy_gateway_is_left_alone_for_as_long_as_it_asks(office: Office) -> None:
    told = office.told(3)
    office.notifier.script.append(Busy(timedelta(seconds=30), "429"))

    report = office.send()
    office.send()

    assert (report.busy, report.accepted) == (1, 0)
    assert [office.state(one) for one in told] == ["queued", "sent", "sent"]
    office.time_passes(1)
    office.send()
    assert [office.state(one) for one in told] == ["sent"] * 3


def test_a_gateway_that_is_always_busy_is_left_to_a_person(office: Office) -> None:
    office.desk = replace(office.desk, patience=Patience(largest_busies=3))  # 40 as shipped
    told = office.told()[0]
    office.notifier.script.extend([Busy(code="503")] * 5)
    for _ in range(5):
        office.send()
        office.time_passes(60)

    assert (office.state(told), office.reason(told)) == ("parked", "always_busy")
    assert len(office.notifier.calls) == 3


def test_a_gateway_that_is_down_does_not_take_the_whole_queue_with_it(office: Office) -> None:
    told = office.told(10)
    office.notifier.script.extend(["lost"] * 20)

    report = office.send()
    for _ in range(5):
        office.send()
    tried = len(office.notifier.calls)
    office.time_passes(1)
    office.send()

    assert (report.paused, tried) == (True, 3)
    assert len(office.notifier.calls) == 4  # one probe after the pause
    assert [office.state(one) for one in told].count("queued") == 6


def test_a_gateway_that_answers_again_is_trusted_again(office: Office) -> None:
    told = office.told(10)
    office.notifier.script.extend(["cut"] * 3)
    office.send()
    office.time_passes(20)

    office.send()
    office.sweep()
    office.send()

    assert {office.state(one) for one in told} == {"sent"}
    assert len(office.notifier.taken) == 10


def test_whoever_was_held_up_for_half_the_lease_does_not_call(office: Office) -> None:
    office.desk = replace(office.desk, patience=Patience(lease=timedelta(seconds=0.4)))
    told = office.told()[0]
    frozen = False

    @contextmanager
    def freezing() -> Iterator[Work]:
        nonlocal frozen
        with office.platform.work(MACHINE) as work:
            yield work
        if not frozen:
            frozen = True
            time.sleep(0.3)

    report = send_due(freezing, office.desk)

    assert report.busy == 1
    assert office.state(told) == "sent"
    assert len(office.notifier.calls) == 1


def test_a_sender_that_died_leaves_the_message_unknown_not_lost(office: Office) -> None:
    told = office.told()[0]

    class Died(BaseException):
        pass

    def die(_: OutgoingMessage) -> None:
        raise Died

    office.notifier.during = die
    with pytest.raises(Died):
        office.send()
    office.notifier.during = None
    state = office.state(told)
    office.time_passes(2)
    report = office.sweep()

    assert (state, report.leases_lost, office.state(told)) == ("sending", 1, "unknown")


def test_a_late_answer_after_the_lease_was_lost_is_still_believed(office: Office) -> None:
    told = office.told()[0]

    def lose(_: OutgoingMessage) -> None:
        office.time_passes(2)
        office.sweep()

    office.notifier.during = lose
    office.send()

    assert office.state(told) == "sent"
    assert office.messages(told)[0].provider_id


def test_a_plug_in_that_raises_leaves_the_result_unknown(office: Office) -> None:
    told = office.told(2)

    def fail(sent: OutgoingMessage) -> None:
        if sent.reference == told[0].ref:
            raise RuntimeError(sent.to)

    office.notifier.during = fail
    office.send()

    assert [office.state(one) for one in told] == ["unknown", "sent"]


@pytest.mark.parametrize(
    ("reason", "how"),
    [
        (Reason.LANDLINE, "call"),
        (Reason.BAD_NUMBER, "in_person"),
        (Reason.TEXT_BLOCKED, "call"),
    ],
)
def test_a_final_refusal_puts_the_person_on_the_list_of_those_to_be_told(
    office: Office, reason: Reason, how: str
) -> None:
    key = office.person()
    case_id = office.case(key)
    told = office.tell(key, case_id=case_id)
    office.notifier.script.append(Rejected(reason, "21614"))

    office.send()

    assert (office.state(told), office.reason(told)) == ("failed", reason)
    assert office.tellings(told) == [(reason, how)]
    assert office.notes(case_id) == ["needs_telling"]


def test_a_refusal_for_opting_out_stops_the_number_for_everything(office: Office) -> None:
    first = office.told()[0]
    office.notifier.script.append(Rejected(Reason.OPTED_OUT, "21610"))
    office.send()
    again = office.tell(office.person(phone="13800000001", number="another"))

    office.send()

    assert office.reason(first) == office.reason(again) == "opted_out"
    assert len(office.notifier.calls) == 1
