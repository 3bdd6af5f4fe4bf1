"""What is registered at a template gateway: shipped texts are fit for it, and faults are named."""

import re
from dataclasses import replace

import pytest

from notifiers.simulator.templates import SIGN_NAME, TemplateSimulator
from notifiers.template_gateway import build
from proactive.notices.registering import Registration, registrations
from proactive.notices.templates import Channel, Placeholder, Template, Templates, Texts
from tests.proactive.notices.conftest import VOICE, Office


def registered(templates: Templates) -> dict[str, Registration]:
    return {one.code_name: one for one in registrations(templates, VOICE, signature=SIGN_NAME)}


def one(zh: str, **placeholders: int) -> Registration:
    declared = {name: Placeholder(longest=n) for name, n in placeholders.items()}
    texts = Texts(zh=zh, en="Please contact the office about a service: {reference}.")
    template = Template(notice="x", what="x", texts=texts, placeholders=declared)
    return registered(Templates({"x": template}, {"money": ["低保"]}))["x.zh"]


def test_every_shipped_text_can_be_registered(templates: Templates) -> None:
    found = registered(templates)

    sms = [name for name in templates if templates.get(name).channel is Channel.SMS]
    assert set(found) == {f"{name}.{language}" for name in sms for language in ("zh", "en")}
    assert {name: line.mistakes for name, line in found.items() if line.mistakes} == {}


def test_our_name_and_number_are_fixed_and_the_rest_are_variables(templates: Templates) -> None:
    text = registered(templates)["someone_will_come.zh"].text

    assert text.startswith("${office}的${who}会在${when}上门")
    assert "可拨打12345核实" in text
    assert set(re.findall(r"\$\{(\w+)\}", text)) == {"office", "who", "when", "reference"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("请到便民中心办理事项，见 https://a.cn 编号{reference}", "a link"),
        ("请到便民中心办理事项【通知】编号{reference}", "the sign 【"),
        ("请拨打13800138000联系便民中心，编号{reference}", "mobile number"),
        ("低保事项请到便民中心办理，编号{reference}", "低保"),
        ("请到便民中心办理事项，退订回T，编号{reference}", "opting out"),
        ("请到便民中心办理。" * 20 + "{reference}", "parts"),
    ],
)
def test_what_the_networks_refuse_is_named(text: str, wrong: str) -> None:
    assert any(wrong in mistake for mistake in one(text).mistakes)


def test_a_variable_that_may_be_too_long_is_named_and_counts_in_full() -> None:
    short = one("请{who}到便民中心办理一项事项，编号{reference}", who=10)
    long = one("请{who}到便民中心办理一项事项，编号{reference}", who=60)

    assert (short.mistakes, short.parts) == ((), 1)
    assert "allowed are 35" in " ".join(long.mistakes)
    assert long.parts == 2


def test_70_signs_with_the_signature_are_one_part_and_71_are_two() -> None:
    fixed = 70 - len(f"【{SIGN_NAME}】") - 8

    assert one("请" * fixed + "{reference}").parts == 1
    assert one("请" * (fixed + 1) + "{reference}").parts == 2


def test_what_is_registered_is_what_goes_out(office: Office, templates: Templates) -> None:
    """From the notice to the gateway: cleaned values, our reference, no name or number of ours."""
    texts = {f"SMS_{n}": line.text for n, line in enumerate(registered(templates).values())}
    codes = {name: f"SMS_{n}" for n, name in enumerate(registered(templates))}
    with TemplateSimulator(texts) as gateway:
        way = build(gateway.options(codes))
        office.desk = replace(office.desk, notifiers={way.name: way}, channel=way.name)
        key = office.person()
        told = office.tell(key, case_id=office.case(key), params={"who": "=张<b>同志"})
        office.send()

    assert office.state(told) == "sent"
    [row] = gateway.taken
    assert row["Content"].startswith(f"【{SIGN_NAME}】本村便民服务站的张b同志会在近几天上门")
    assert told.ref in row["Content"]
    assert row["OutId"] == str(office.messages(told)[0].id)
