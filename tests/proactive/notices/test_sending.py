"""Nothing lost, nothing doubled: what every answer, crash and hold-up leads to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text, update

from proactive.kernel.work import Work
from proactive.notices.sending import send_due
from proactive.notices.service import tell
from proactive.notices.store import message
from proactive.notices.sweeping import quarantine
from proactive.plugins.notifier import OutgoingMessage
from proactive.plugins.testing import ScriptedNotifier
from tests.proactive.notices.conftest import MACHINE, Office


def test_an_accepted_message_is_sent_and_says_what_it_should(office: Office) -> None:
    key = office.person()
    told = office.tell(key, case_id=office.case(key), params={"who": "张三", "office": "东村"})

    report = office.send()

    assert (report.accepted, report.last) == (1, True)
    assert office.state(told) == "sent"
    [sent] = office.notifier.taken
    assert sent.to == "+8613800000001"
    assert sent.reference == told.ref
    assert "东村的张三" in sent.text
    assert told.ref in sent.text


def test_a_thousand_ticks_send_once(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)

    def tick(work: Work) -> None:
        for _ in range(100):
            tell(work, office.desk, subject_key=key, event_id="v", template="done", case_id=case_id)

    for _ in range(10):
        office.as_machine(tick)
        office.send()
        office.sweep()

    assert len(office.notifier.taken) == 1
    assert len(office.messages()) == 1


def test_it_goes_out_in_the_persons_language(office: Office) -> None:
    key = office.person()
    office.as_machine(
        lambda work: work.db.execute(
            text("UPDATE subject SET language = 'en' WHERE key = :key"), {"key": key}
        )
    )
    office.tell(key, case_id=office.case(key))

    office.send()

    assert office.notifier.taken[0].text.startswith("Yunling Service Centre:")


def test_no_transaction_is_open_during_a_call_and_sending_is_committed(office: Office) -> None:
    told = office.told()[0]
    seen: list[tuple[str, int]] = []

    def look(_: OutgoingMessage) -> None:
        query = text(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%'"
        )
        seen.append((office.state(told), office.rows(query)[0].n))

    office.notifier.during = look
    office.send()

    assert seen == [("sending", 0)]


def test_recording_one_and_claiming_the_next_share_one_commit(office: Office) -> None:
    office.told(5)
    commits = 0

    @contextmanager
    def counted() -> Iterator[Work]:
        nonlocal commits
        commits += 1
        with office.platform.work(MACHINE) as work:
            yield work

    send_due(counted, office.desk)

    assert commits == 6


@pytest.mark.parametrize("word", ["lost", "cut"])
def test_a_lost_answer_is_unknown_and_nothing_is_sent_again_blindly(
    office: Office, word: str
) -> None:
    told = office.told()[0]
    office.notifier.script.append(word)
    office.send()

    for _ in range(5):
        office.send()
        office.sweep()

    assert office.state(told) == "unknown"
    assert len(office.notifier.calls) == 1


def test_what_was_taken_is_found_and_not_sent_again(office: Office) -> None:
    told = office.told()[0]
    office.notifier.script.append("lost")
    office.send()
    office.time_passes(1)

    report = office.sweep()
    office.send()

    assert (report.found, office.state(told)) == (1, "sent")
    assert max(office.notifier.copies().values()) == 1


def test_what_was_not_taken_is_sent_again_but_only_after_the_settle_time(office: Office) -> None:
    told = office.told()[0]
    office.notifier.script.append("cut")
    office.send()
    office.time_passes(1)
    early = office.sweep()
    state_before = office.state(told)

    office.time_passes(20)
    office.sweep()
    office.send()

    assert (early.looked_up, early.requeued, state_before) == (1, 0, "unknown")
    assert office.state(told) == "sent"
    assert len(office.notifier.taken) == 1
    assert office.messages(told)[0].resends == 1


def test_a_second_loss_is_left_to_a_person(office: Office) -> None:
    told = office.told()[0]
    office.notifier.script.extend(["cut", "cut"])
    for _ in range(3):
        office.send()
        office.time_passes(20)
        office.sweep()

    assert (office.state(told), office.reason(told)) == ("parked", "no_certainty")
    assert len(office.notifier.calls) == 2


def test_a_gateway_that_cannot_say_is_asked_a_few_times_then_a_person(office: Office) -> None:
    told = office.told()[0]
    office.notifier.script.append("lost")
    office.notifier.can_be_asked = False
    office.send()
    for _ in range(10):
        office.time_passes(20)
        office.sweep()

    assert (office.state(told), office.reason(told)) == ("parked", "no_certainty")
    assert len(office.notifier.looks) == office.desk.patience.largest_looks


def test_an_idempotent_way_out_is_simply_called_again(office: Office) -> None:
    office.notifier.idempotent = True
    told = office.told()[0]
    office.notifier.script.extend(["lost", "cut", "lost"])
    for _ in range(4):
        office.send()
        office.time_passes(1)
        office.sweep()
    office.send()

    assert office.state(told) == "sent"
    assert len(office.notifier.taken) == 1
    assert office.notifier.looks == []


def test_an_unknown_message_never_fails_over_to_another_provider(office: Office) -> None:
    told = office.told()[0]
    office.notifier.script.append("cut")
    office.send()
    other = ScriptedNotifier("other")
    office.desk = replace(
        office.desk,
        notifiers={"other": other, office.notifier.name: office.notifier},
        channel="other",
    )
    office.time_passes(20)
    office.sweep()
    office.send()

    assert other.calls == []
    assert office.state(told) == "sent"
    assert office.messages(told)[0].channel == "scripted"


def test_many_senders_at_once_send_each_message_once(office: Office) -> None:
    office.told(60)
    threads = [threading.Thread(target=office.send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.time_passes(1)
    office.send()

    assert len(office.notifier.taken) == 60
    assert max(office.notifier.copies().values()) == 1
    assert {row.state for row in office.messages()} == {"sent"}


def test_after_a_restore_everything_waiting_is_looked_up_before_it_is_sent(office: Office) -> None:
    gone_out, still_here = office.told(2)
    office.send(most=1)
    office.as_machine(
        lambda work: work.db.execute(
            update(message).values(
                state="queued",
                lease_token=None,
                provider_id=None,
                to_cipher=None,
                text_cipher=None,
                first_called_at=None,
                ended_at=None,
            )
        )
    )

    assert office.as_machine(quarantine, office.desk) == 2
    office.send()
    office.time_passes(20)
    office.sweep()
    office.send()

    assert office.state(gone_out) == office.state(still_here) == "sent"
    assert max(office.notifier.copies().values()) == 1
    assert len(office.notifier.taken) == 2


def test_number_and_text_are_encrypted_and_forgotten_a_week_after_the_end(office: Office) -> None:
    told = office.told()[0]
    office.send()
    row = office.messages(told)[0]
    assert b"13800000001" not in row.to_cipher
    assert row.to_masked == "**********0001"

    office.as_machine(
        lambda work: work.db.execute(text("UPDATE message SET ended_at = now() - interval '8 d'"))
    )
    report = office.sweep()

    row = office.messages(told)[0]
    assert (report.forgotten, row.to_cipher, row.text_cipher) == (1, None, None)
    assert row.to_masked == "**********0001"


def test_a_lost_ring_is_rung_again_by_the_sweep(office: Office) -> None:
    office.told()
    office.as_machine(lambda work: work.db.execute(text("DELETE FROM step")))

    office.sweep()

    steps = office.rows(text("SELECT name FROM step WHERE state = 'pending'"))
    assert "send_messages" in [step.name for step in steps]
