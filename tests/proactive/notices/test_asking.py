"""Where nothing is reported, it is asked: delivered and failed are learnt, each once."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from notifiers.simulator.plans import Script
from notifiers.simulator.templates import SIGN_NAME, TemplateSimulator
from notifiers.template_gateway import build
from proactive.notices.asking import ask_receipts
from proactive.notices.registering import registrations
from proactive.notices.templates import Templates
from tests.proactive.notices.conftest import MACHINE, VOICE, Office


@pytest.fixture
def gateway(office: Office, templates: Templates) -> Iterator[TemplateSimulator]:
    found = list(registrations(templates, VOICE, signature=SIGN_NAME))
    texts = {f"SMS_{n}": one.text for n, one in enumerate(found)}
    with TemplateSimulator(texts) as running:
        way = build(running.options({one.code_name: f"SMS_{n}" for n, one in enumerate(found)}))
        office.desk = replace(office.desk, notifiers={way.name: way}, channel=way.name)
        yield running


def ask(office: Office) -> int:
    return ask_receipts(lambda: office.platform.work(MACHINE), office.desk)


def test_what_became_of_a_message_is_asked_and_learnt_once(
    office: Office, gateway: TemplateSimulator
) -> None:
    gateway.plans.always("13800000002", Script.NO_SUCH_HANDSET)
    good, bad = office.told(2)
    office.send()
    too_early = ask(office)
    office.time_passes(2)

    learnt, again = ask(office), ask(office)

    assert (too_early, learnt, again) == (0, 2, 0)
    assert (office.state(good), office.state(bad)) == ("delivered", "failed")
    assert office.messages(good)[0].provider_id not in ("", None, str(office.messages(good)[0].id))
    assert office.tellings(bad) == [("bad_number", "in_person")]


def test_what_is_still_on_its_way_is_asked_again_at_growing_pauses(
    office: Office, gateway: TemplateSimulator
) -> None:
    gateway.plans.always("13800000001", Script.SILENT)
    told = office.told()[0]
    office.send()
    asked = 0
    for _ in range(60):
        office.time_passes(2)
        asked_before = office.messages(told)[0].looks
        ask(office)
        asked += office.messages(told)[0].looks - asked_before

    assert office.state(told) == "sent"
    assert 4 <= asked <= 7  # of two hours: after 2, 5, 11, 23, 47, 95 minutes

    gateway.taken[0] |= {"SendStatus": 3}
    office.time_passes(400)
    ask(office)
    assert office.state(told) == "delivered"


def test_after_three_days_nobody_is_asked_any_more(
    office: Office, gateway: TemplateSimulator
) -> None:
    told = office.told()[0]
    office.send()
    office.time_passes(60 * 24 * 3 + 1)

    assert ask(office) == 0
    assert office.state(told) == "sent"


def test_ways_out_that_report_by_themselves_are_not_asked(office: Office) -> None:
    office.told()
    office.send()
    office.time_passes(5)

    assert ask(office) == 0
    assert office.notifier.looks == []
