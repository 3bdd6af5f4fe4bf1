"""The template gateway against its simulator: signed, looked up by our own id, one copy."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifiers.simulator.plans import Script
from notifiers.simulator.templates import TemplateSimulator
from notifiers.template_gateway import TemplateGatewayNotifier, build, sign
from proactive.plugins.contract import NUMBER, NotifierContract, a_message
from proactive.plugins.notifier import (
    Absent,
    Accepted,
    Busy,
    DeliveryState,
    Found,
    NoAnswer,
    OutgoingMessage,
    Reason,
    Rejected,
    SetUpError,
    Unknown,
)

LOCAL = NUMBER.removeprefix("+86")
TEXTS = {"SMS_1": "工作人员${who}将于近日上门核对服务。"}
CODES = {"someone_will_come.zh": "SMS_1"}


@pytest.fixture
def gateway() -> Iterator[TemplateSimulator]:
    with TemplateSimulator(TEXTS, hang=1.5) as running:
        yield running


def notifier(gateway: TemplateSimulator, **more: str) -> TemplateGatewayNotifier:
    return build(gateway.options(CODES) | {"timeout": "1"} | more)


class TestContract(NotifierContract):
    shows_its_name = False  # QuerySendDetails shows our OutId, never the BizId

    @pytest.fixture(autouse=True)
    def _gateway(self, gateway: TemplateSimulator) -> None:
        self.gateway = gateway

    def build(self, tmp_path: Path) -> TemplateGatewayNotifier:
        return notifier(self.gateway)

    def copies(self, message: OutgoingMessage) -> int:
        return self.gateway.copies()[message.message_id]


def test_the_signature_is_that_of_the_public_documents() -> None:
    """The example of the provider's page on signing, with its published result."""
    params = {
        "AccessKeyId": "testId",
        "Action": "SendSms",
        "Format": "XML",
        "OutId": "123",
        "PhoneNumbers": "15300000001",
        "RegionId": "cn-hangzhou",
        "SignName": "阿里云短信测试专用",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
        "SignatureVersion": "1.0",
        "TemplateCode": "SMS_71390007",
        "TemplateParam": '{"customer":"test"}',
        "Timestamp": "2017-07-12T02:42:19Z",
        "Version": "2017-05-25",
    }

    assert sign("testSecret", "GET", params) == "zJDF+Lrzhj/ThnlvIToysFRq6t4="


def test_template_and_values_go_out_and_never_a_text(gateway: TemplateSimulator) -> None:
    values = {"who": "张同志", "sender": "便民服务中心", "check_phone": "02588888888"}

    notifier(gateway).send(replace(a_message(), params=values))

    assert gateway.taken[0]["Content"] == "【云岭便民】工作人员张同志将于近日上门核对服务。"
    assert gateway.taken[0]["PhoneNum"] == LOCAL


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        (Script.BAD_NUMBER, Rejected(Reason.BAD_NUMBER, "isv.MOBILE_NUMBER_ILLEGAL")),
        (Script.OPTED_OUT, Rejected(Reason.TEXT_BLOCKED, "isv.BLACK_KEY_CONTROL_LIMIT")),
        (Script.QUEUE_FULL, Busy(timedelta(hours=1), "isv.BUSINESS_LIMIT_CONTROL")),
        (Script.TOO_MANY, Busy(None, "Throttling.User")),
        (Script.UNAVAILABLE, Busy(None, "ServiceUnavailable")),
    ],
)
def test_each_refusal_is_what_it_means(
    gateway: TemplateSimulator, script: Script, answer: object
) -> None:
    gateway.plans.once(LOCAL, script)

    assert notifier(gateway).send(a_message()) == answer
    assert gateway.taken == []


@pytest.mark.parametrize(
    "script",
    [Script.TIMEOUT_AFTER_ACCEPT, Script.ERROR_AFTER_ACCEPT, Script.CUT_BEFORE_ACCEPT],
)
def test_a_lost_answer_is_unknown_and_the_look_up_says_which(
    gateway: TemplateSimulator, script: Script
) -> None:
    message = replace(a_message(), since=datetime.now(UTC))
    gateway.plans.once(LOCAL, script)
    way = notifier(gateway)

    answer, found = way.send(message), way.look_up(message)

    assert isinstance(answer, Unknown)
    if script is Script.CUT_BEFORE_ACCEPT:
        assert found == Absent()
    else:
        assert found == Found(DeliveryState.DELIVERED, message.message_id, code="DELIVERED")


def test_the_look_up_reads_every_page(gateway: TemplateSimulator) -> None:
    way, first = notifier(gateway), replace(a_message(), since=datetime.now(UTC))
    way.send(first)
    for _ in range(60):
        way.send(a_message())

    assert isinstance(way.look_up(first), Found)
    assert way.look_up(replace(a_message(), since=first.since)) == Absent()


def test_a_list_that_is_not_whole_leaves_the_question_open(gateway: TemplateSimulator) -> None:
    """The provider is known to count records that it does not show."""
    way, message = notifier(gateway), replace(a_message(), since=datetime.now(UTC))
    way.send(a_message())
    gateway.taken.append(gateway.taken[0] | {"visible_at": 0.0})
    shown = gateway.answer

    def hides(form: dict[str, str]) -> object:
        reply = shown(form)
        if form["Action"] == "QuerySendDetails":
            reply.body["SmsSendDetailDTOs"] = {"SmsSendDetailDTO": []}
        return reply

    gateway.answer = hides  # type: ignore[assignment, method-assign]

    assert isinstance(way.look_up(message), NoAnswer)


def test_what_the_network_did_not_deliver_is_told_with_its_reason(
    gateway: TemplateSimulator,
) -> None:
    gateway.plans.always(LOCAL, Script.NO_SUCH_HANDSET)
    way, message = notifier(gateway), replace(a_message(), since=datetime.now(UTC))
    answer = way.send(message)
    assert isinstance(answer, Accepted)

    found = way.look_up(replace(message, provider_id=answer.provider_id))

    assert found == Found(
        DeliveryState.FAILED, answer.provider_id, Reason.BAD_NUMBER, "MOBILE_NOT_ON_SERVICE"
    )


def test_a_text_that_is_not_registered_is_not_tried(gateway: TemplateSimulator) -> None:
    answer = notifier(gateway).send(replace(a_message(), language="en"))

    assert answer == Rejected(Reason.NOT_SET_UP, "no template code")


@pytest.mark.parametrize(
    "more", [{"access_key_secret": "wrong"}, {"access_key_id": "wrong"}, {"sign_name": "其他"}]
)
def test_keys_that_are_wrong_use_up_no_message(
    gateway: TemplateSimulator, more: dict[str, str]
) -> None:
    answer = notifier(gateway, **more).send(a_message())

    assert isinstance(answer, Busy)
    assert answer.retry_after == timedelta(minutes=15)
    assert gateway.taken == []


@pytest.mark.parametrize("value", ["https://a.cn", "请拨13800138000", "【假】", "很" * 36])
def test_the_far_side_refuses_values_that_links_numbers_or_brackets_spoil(
    gateway: TemplateSimulator, value: str
) -> None:
    answer = notifier(gateway).send(replace(a_message(), params={"who": value}))

    assert isinstance(answer, Rejected)
    assert answer.reason is Reason.TEXT_BLOCKED


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"url": "http://dysms.example.cn"}, "https"),
        ({"url": "https://other.example.cn"}, "hosts"),
        ({"url": "http://127.0.0.1/a"}, "no more than"),
        ({"sign_name": "【云岭】"}, "brackets"),
        ({"templates": "done.zh"}, "templates"),
        ({"templates": ""}, "templates"),
        ({"access_key_secret": ""}, "access_key_secret"),
        ({"networks": "x"}, "networks"),
        ({"colour": "x"}, "colour"),
    ],
)
def test_wrong_options_are_named(
    gateway: TemplateSimulator, more: dict[str, str], what: str
) -> None:
    with pytest.raises(SetUpError, match=what):
        notifier(gateway, **more)


def test_no_address_is_built_in() -> None:
    with pytest.raises(SetUpError, match="url"):
        build({"access_key_id": "a", "access_key_secret": "b", "sign_name": "c"})


def test_values_travel_as_json_of_texts(gateway: TemplateSimulator) -> None:
    seen: list[str] = []
    shown = gateway.answer

    def listens(form: dict[str, str]) -> object:
        seen.append(form.get("TemplateParam", ""))
        return shown(form)

    gateway.answer = listens  # type: ignore[assignment, method-assign]
    notifier(gateway).send(a_message())

    assert json.loads(seen[0]) == {"who": "张同志"}
