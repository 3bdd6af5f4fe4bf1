"""Alarms about feeds: one is open per feed and kind, ended by what comes or by a person's word."""

from datetime import timedelta

import pytest

from proactive.bootstrap import Platform
from proactive.feeds.alarms import AlarmKind, close_alarm, open_alarms, watch_silence
from proactive.handlers.duties import watch
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from tests.proactive.feeds.making import Bill, Office, resident

KEEPER = Actor.machine("keeper")


def bills(first: int, count: int) -> list[Bill]:
    return [
        Bill(id=resident(n % 900 + 1), settlement=f"S{n}", at=f"2026-03-01 10:{n % 60:02d}:00")
        for n in range(first, first + count)
    ]


def usual(office: Office) -> None:
    """As many deliveries as the contract wants to know what is usual."""
    for turn in range(3):
        office.bills(*bills(100 * turn, 20))


def kinds(platform: Platform) -> list[AlarmKind]:
    with platform.work(KEEPER) as work:
        return [alarm.kind for alarm in open_alarms(work)]


def test_a_delivery_far_outside_the_usual_raises_one_alarm(
    platform: Platform, office: Office
) -> None:
    usual(office)
    assert kinds(platform) == []

    office.bills(*bills(400, 1))
    office.bills(*bills(500, 2))

    with platform.work(KEEPER) as work:
        [alarm] = open_alarms(work)
    assert (alarm.kind, alarm.facts) == (AlarmKind.VOLUME, {"rows": 2, "usual": 20})
    assert "unusual number of rows: 2, usually 20" in alarm.sentence("en")
    assert "本次 2 行" in alarm.sentence("zh")


def test_the_next_usual_delivery_ends_it(platform: Platform, office: Office) -> None:
    usual(office)
    office.bills(*bills(400, 1))

    office.bills(*bills(500, 18))

    assert kinds(platform) == []


def test_a_person_ends_it_with_a_reason_and_nobody_else(
    platform: Platform, office: Office, steward: Actor
) -> None:
    usual(office)
    office.bills(*bills(400, 1))
    with platform.work(KEEPER) as work:
        [alarm] = open_alarms(work)

    with platform.work(KEEPER) as work, pytest.raises(Refused, match="named person"):
        close_alarm(work, alarm.id, "fine")
    with platform.work(steward) as work, pytest.raises(Refused, match="Say why"):
        close_alarm(work, alarm.id, " ")
    with platform.work(steward) as work:
        close_alarm(work, alarm.id, "the office was closed that week")

    assert kinds(platform) == []
    with platform.work(steward) as work, pytest.raises(Refused, match="no such open alarm"):
        close_alarm(work, alarm.id, "again")


def test_a_silent_feed_raises_an_alarm_until_it_comes_again(
    platform: Platform, office: Office, clock: ManualClock
) -> None:
    office.bills(Bill())
    watch(platform, "")
    assert kinds(platform) == []

    clock.advance(timedelta(days=90))
    watch(platform, "")
    watch(platform, "")
    assert kinds(platform) == [AlarmKind.SILENCE]

    office.bills(Bill(settlement="S2", at="2026-03-02 08:00:00"))
    watch(platform, "")
    assert kinds(platform) == []


def test_a_silence_a_person_knows_of_is_not_raised_again(
    platform: Platform, office: Office, clock: ManualClock, steward: Actor
) -> None:
    office.bills(Bill())
    clock.advance(timedelta(days=90))
    watch(platform, "")
    with platform.work(steward) as work:
        [alarm] = open_alarms(work)
        close_alarm(work, alarm.id, "the office moves house until March")

    clock.advance(timedelta(days=1))
    with platform.work(KEEPER) as work:
        watch_silence(work, platform.contracts)

    assert kinds(platform) == []
