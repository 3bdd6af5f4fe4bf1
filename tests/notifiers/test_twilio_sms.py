"""The real Twilio client against the simulator: every answer becomes one of our words."""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from notifiers.simulator import Plans, Script, Simulator
from notifiers.twilio_sms import TwilioNotifier, build, verify_twilio
from proactive.plugins.contract import NUMBER, NotifierContract, a_message
from proactive.plugins.notifier import (
    Absent,
    Accepted,
    Answer,
    Busy,
    DeliveryState,
    Forged,
    Found,
    NoAnswer,
    OutgoingMessage,
    Reason,
    Receipt,
    Rejected,
    Reply,
    SetUpError,
    Unknown,
    Webhook,
)

HOOK = "https://benefits.example/hooks/twilio_sms"


@pytest.fixture
def gateway() -> Iterator[Simulator]:
    with Simulator(hang=2.5) as simulator:
        yield simulator


def options(gateway: Simulator, **more: str) -> dict[str, str]:
    return {
        "account_sid": gateway.account,
        "auth_token": gateway.token,
        "from_number": "+15005550006",
        "callback_url": HOOK,
        "base_url": gateway.base_url,
        "timeout": "1",
    } | more


def notifier(gateway: Simulator, **more: str) -> TwilioNotifier:
    return build(options(gateway, **more))


class TestTwilio(NotifierContract):
    @pytest.fixture(autouse=True)
    def _gateway(self, gateway: Simulator) -> None:
        self.gateway = gateway

    def build(self, tmp_path: Path) -> TwilioNotifier:
        return notifier(self.gateway)

    def copies(self, message: OutgoingMessage) -> int:
        return self.gateway.book.copies()[message.to, message.text]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (Script.OPTED_OUT, Rejected(Reason.OPTED_OUT, "21610")),
        (Script.LANDLINE, Rejected(Reason.LANDLINE, "21614")),
        (Script.BAD_NUMBER, Rejected(Reason.BAD_NUMBER, "21211")),
        (Script.QUEUE_FULL, Busy(None, "21611")),
        (Script.TOO_MANY, Busy(timedelta(seconds=1), "429")),
        (Script.UNAVAILABLE, Busy(timedelta(seconds=1), "503")),
        (Script.TIMEOUT_AFTER_ACCEPT, Unknown("ReadTimeout")),
        (Script.ERROR_AFTER_ACCEPT, Unknown("status 500")),
        (Script.CUT_BEFORE_ACCEPT, Unknown("ConnectionError")),
    ],
)
def test_each_answer_becomes_one_of_ours(
    gateway: Simulator, script: Script, expected: Answer
) -> None:
    gateway.plans.once(NUMBER, script)

    assert notifier(gateway).send(a_message()) == expected


def test_a_wrong_token_uses_no_message_up(gateway: Simulator) -> None:
    answer = notifier(gateway, auth_token="another").send(a_message())

    assert isinstance(answer, Busy)


def test_nobody_listening_is_busy_not_unknown_or_an_exception(gateway: Simulator) -> None:
    ours = notifier(gateway)
    gateway.stop()

    assert isinstance(ours.send(a_message()), Busy | Unknown)
    assert isinstance(ours.look_up(a_message()), NoAnswer)


@pytest.mark.parametrize("script", [Script.TIMEOUT_AFTER_ACCEPT, Script.ERROR_AFTER_ACCEPT])
def test_what_was_taken_although_the_answer_was_lost_is_found(
    gateway: Simulator, script: Script
) -> None:
    ours, message = notifier(gateway), a_message()
    gateway.plans.once(NUMBER, script)
    ours.send(message)

    found = ours.look_up(message)

    assert isinstance(found, Found)
    assert gateway.book.copies()[message.to, message.text] == 1


def test_what_was_cut_before_it_was_taken_is_absent(gateway: Simulator) -> None:
    ours, message = notifier(gateway), a_message()
    gateway.plans.once(NUMBER, Script.CUT_BEFORE_ACCEPT)
    ours.send(message)

    assert isinstance(ours.look_up(message), Absent)


def test_a_look_up_by_provider_id_tells_the_final_state_and_why(gateway: Simulator) -> None:
    ours, message = notifier(gateway), a_message()
    gateway.plans.once(NUMBER, Script.FILTERED)
    answer = ours.send(message)
    assert isinstance(answer, Accepted)

    found = ours.look_up(replace(message, provider_id=answer.provider_id))

    assert found == Found(
        DeliveryState.FAILED, answer.provider_id, Reason.TEXT_BLOCKED, code="30007"
    )


def test_a_message_older_than_the_first_try_is_not_taken_for_ours(gateway: Simulator) -> None:
    ours, message = notifier(gateway), a_message()
    ours.send(message)

    later = replace(message, since=datetime.now(UTC) + timedelta(hours=1))

    assert isinstance(ours.look_up(later), Absent)


@pytest.mark.parametrize("option", ["discard_content", "obfuscate_address"])
def test_where_the_far_side_keeps_nothing_absence_is_never_claimed(
    gateway: Simulator, option: str
) -> None:
    ours = notifier(gateway, **{option: "yes"})
    ours.send(a_message())

    assert isinstance(ours.look_up(a_message()), NoAnswer)


def test_neither_proxies_nor_other_settings_of_the_environment_take_part(
    gateway: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:9")
    monkeypatch.setitem(os.environ, "TWILIO_EDGE", "sydney")
    monkeypatch.setitem(os.environ, "TWILIO_REGION", "au1")

    assert isinstance(notifier(gateway).send(a_message()), Accepted)


def test_numbers_reach_no_log(gateway: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    ours, message = notifier(gateway), a_message()

    with caplog.at_level(logging.DEBUG):
        ours.send(message)
        ours.look_up(message)

    assert NUMBER[1:] not in caplog.text


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"account_sid": "AC1"}, "account_sid"),
        ({"from_number": "12345"}, "from_number"),
        ({"callback_url": "http://elsewhere.example/hook"}, "callback_url"),
        ({"base_url": "ftp://api.twilio.com"}, "base_url"),
        ({"timeout": "0"}, "timeout"),
        ({"timeout": "soon"}, "timeout"),
        ({"two_way": "perhaps"}, "two_way"),
        ({"token": "x"}, "token"),
    ],
)
def test_a_wrong_option_is_named(gateway: Simulator, wrong: dict[str, str], named: str) -> None:
    with pytest.raises(SetUpError, match=named):
        notifier(gateway, **wrong)


def signed(token: str, url: str, form: dict[str, str]) -> Webhook:
    signature = RequestValidator(token).compute_signature(url, form)
    return Webhook(url, form, {"X-Twilio-Signature": signature}, message_id="our-id")


def test_a_signed_call_back_is_read(gateway: Simulator) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}

    read = notifier(gateway).read(signed(gateway.token, HOOK + "/our-id", form))

    assert read == Receipt(
        "SM1", "our-id", DeliveryState.FAILED, "undelivered", Reason.OUT_OF_REACH, "30003"
    )


def test_a_signed_reply_is_read(gateway: Simulator) -> None:
    form = {"MessageSid": "SM2", "SmsStatus": "received", "From": NUMBER, "Body": "4"}

    assert notifier(gateway).read(signed(gateway.token, HOOK, form)) == Reply("SM2", NUMBER, "4")


@pytest.mark.parametrize("change", ["form", "url", "token", "missing"])
def test_anything_changed_after_signing_is_forged(gateway: Simulator, change: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    token = "another" if change == "token" else gateway.token
    webhook = signed(token, HOOK, form)
    if change == "form":
        webhook = replace(webhook, form=form | {"MessageStatus": "failed"})
    if change == "url":
        webhook = replace(webhook, url="https://other.example/hooks/twilio_sms")
    if change == "missing":
        webhook = replace(webhook, headers={})

    assert isinstance(notifier(gateway).read(webhook), Forged)


def test_the_pure_check_agrees_with_the_real_validator() -> None:
    form = {"Body": "您好", "From": NUMBER}
    signature = RequestValidator("t").compute_signature(HOOK, form)

    assert verify_twilio("t", HOOK, form, signature)
    assert not verify_twilio("t", HOOK, form, "")


def test_an_answer_to_a_reply_is_escaped(gateway: Simulator) -> None:
    answer = notifier(gateway).answer("a < b & c")

    assert answer.body == "<Response><Message>a &lt; b &amp; c</Message></Response>"
    assert notifier(gateway).answer("").body == "<Response></Response>"


def test_plans_by_chance_repeat_with_their_seed() -> None:
    def draw() -> list[Script]:
        plans = Plans(faults={Script.UNAVAILABLE: 0.5}, seed=7)
        return [plans.choose("+1") for _ in range(50)]

    assert draw() == draw()
    assert {Script.UNAVAILABLE, Script.DELIVERED} == set(draw())
