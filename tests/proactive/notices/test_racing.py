"""A "stop" that commits while a message is on its way out: nothing is claimed after it."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, update

from proactive.cases.store import case
from proactive.kernel.ids import new_id
from proactive.notices.claiming import claim, next_due
from proactive.notices.model import Why
from proactive.notices.moving import suppress
from proactive.notices.receiving import take_reply
from proactive.notices.service import Told, stop_messages
from proactive.plugins.notifier import Busy, OutgoingMessage, Reply
from tests.proactive.notices.conftest import MACHINE, Office

NUMBER = "+8613800000001"


Stop = Callable[[Office, int], None]


def told_person(office: Office) -> tuple[int, Told]:
    key = office.person()
    return key, office.tell(key, case_id=office.case(key))


def stop_by_reply(office: Office, key: int) -> None:
    office.as_machine(take_reply, office.desk, "scripted", Reply("SM1", NUMBER, "4"))


def stop_by_coordinator(office: Office, key: int) -> None:
    office.as_machine(stop_messages, key)


STOPS = pytest.mark.parametrize("stop", [stop_by_reply, stop_by_coordinator])


@STOPS
def test_a_stop_between_finding_and_claiming_a_message_wins(office: Office, stop: Stop) -> None:
    """One commits before the claim, the other has its hold and waits: neither is passed."""
    key, told = told_person(office)
    with office.platform.work(MACHINE) as work:
        row = next_due(work, office.desk)
        assert row is not None
        stopping = threading.Thread(target=stop, args=(office, key))
        stopping.start()
        time.sleep(0.5)
        claimed = claim(work, office.desk, row, time.monotonic())
    stopping.join()
    office.time_passes(1)
    office.send()

    assert claimed is None
    assert (office.state(told), office.reason(told)) == ("cancelled", "opted_out")
    assert office.notifier.calls == []


def test_a_stop_waits_for_a_claim_that_is_being_committed(office: Office) -> None:
    key, told = told_person(office)
    done: list[float] = []
    with office.platform.work(MACHINE) as work:
        row = next_due(work, office.desk)
        claimed = claim(work, office.desk, row, time.monotonic())  # type: ignore[arg-type]
        stopping = threading.Thread(
            target=lambda: (stop_by_coordinator(office, key), done.append(time.monotonic()))
        )
        stopping.start()
        time.sleep(0.5)
        before_commit = list(done)
    stopping.join()

    assert claimed is not None
    assert before_commit == []
    assert office.state(told) == "sending"


def test_a_stop_that_is_not_committed_yet_holds_the_sender_back(office: Office) -> None:
    key, told = told_person(office)
    with office.platform.work(MACHINE) as work:
        suppress(work, Why.OPTED_OUT, source="person", subject_key=key, areas=[""] * 5)
        office.send()
        meanwhile = office.state(told)
    office.time_passes(1)
    office.send()

    assert (meanwhile, office.state(told)) == ("queued", "cancelled")
    assert office.notifier.calls == []


@pytest.mark.parametrize("answer", [Busy(timedelta(seconds=1)), "cut"])
@STOPS
def test_what_a_stop_finds_in_the_middle_of_a_call_is_not_tried_again(
    office: Office, stop: Stop, answer: Busy | str
) -> None:
    key, told = told_person(office)
    office.notifier.script.append(answer)

    def during(_message: OutgoingMessage) -> None:
        office.notifier.during = None
        stop(office, key)

    office.notifier.during = during
    office.send()
    for _ in range(6):
        office.time_passes(30)
        office.sweep()
        office.send()

    assert len(office.notifier.calls) == 1
    assert office.notifier.taken == []
    assert (office.state(told), office.reason(told)) == ("cancelled", "opted_out")


def test_two_replies_from_one_number_come_one_after_the_other(office: Office) -> None:
    """Else both would see that nothing was answered yet."""
    answers: list[str] = []

    def hear() -> None:
        said = Reply(f"SM{new_id()}", NUMBER, "hm")
        answers.append(office.as_machine(take_reply, office.desk, "scripted", said).answer)

    with office.platform.work(MACHINE) as work:
        take_reply(work, office.desk, "scripted", Reply("SM1", NUMBER, "hm"))
        second = threading.Thread(target=hear)
        second.start()
        time.sleep(0.3)
    second.join()

    assert answers == [""]


@pytest.mark.parametrize(
    ("change", "reason", "told_otherwise"),
    [
        ({"tell_in_person": True}, "wants_in_person", [("wants_in_person", "in_person")]),
        ({"state": "closed", "closed_at": func.now(), "next_step": None}, "case_closed", []),
    ],
)
def test_a_wish_to_be_told_in_person_and_a_closing_are_read_at_the_last_moment(
    office: Office, change: dict[str, object], reason: str, told_otherwise: list[tuple[str, str]]
) -> None:
    key = office.person()
    case_id = office.case(key)
    told = office.tell(key, case_id=case_id)
    with office.platform.work(MACHINE) as work:
        row = next_due(work, office.desk)
        with office.platform.work(MACHINE) as other:
            other.db.execute(update(case).where(case.c.id == case_id).values(**change))
        claimed = claim(work, office.desk, row, time.monotonic())  # type: ignore[arg-type]

    assert claimed is None
    assert office.reason(told) == reason
    assert office.tellings(told) == told_otherwise


def test_senders_of_many_and_stops_of_some_never_pass_each_other(office: Office) -> None:
    """Three senders, twelve people, a stop for each at a random moment of the rush."""
    office.limit(different_per_day=1000, identical_per_day=1000)
    keys = [office.person() for _ in range(12)]
    for key in keys:
        case_id = office.case(key)
        for _ in range(5):
            office.tell(key, "done", case_id=case_id)
    stopped: dict[str, float] = {}
    late: list[str] = []

    def during(message: OutgoingMessage) -> None:
        # The claim was committed before this call: a stop seen long before it is a fault.
        if stopped.get(message.to, float("inf")) < time.monotonic() - 0.5:
            late.append(message.to)

    office.notifier.during = during
    senders = [threading.Thread(target=office.send) for _ in range(3)]
    for sender in senders:
        sender.start()
    for n, key in enumerate(keys):
        time.sleep(0.02)
        office.as_machine(stop_messages, key)
        stopped[f"+86138{n + 1:08d}"] = time.monotonic()
    for sender in senders:
        sender.join()
    office.time_passes(1)
    office.send()

    assert late == []
    assert {row.state for row in office.messages()} <= {"sent", "cancelled"}
    assert "cancelled" in {row.state for row in office.messages()}
