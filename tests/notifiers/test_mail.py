"""E-mail against a real small mail server: encrypted, one copy, and it says when it cannot know."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from notifiers.mail import MailNotifier, build
from proactive.plugins.contract import NotifierContract, a_message
from proactive.plugins.notifier import (
    Accepted,
    Busy,
    NoAnswer,
    OutgoingMessage,
    Reason,
    Rejected,
    SetUpError,
    Unknown,
)
from tests.notifiers.mailserver import PASSWORD, USER, MailServer, make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def server(certificate: Path) -> Iterator[MailServer]:
    with MailServer(certificate) as running:
        yield running


def options(port: int, certificate: Path) -> dict[str, str]:
    return {
        "host": "127.0.0.1",
        "port": str(port),
        "ca_file": str(certificate),
        "user": USER,
        "password": PASSWORD,
        "from_address": "notice@yunling.example",
        "bounce_address": "bounce-{id}@yunling.example",
        "address": "{number}@sms.example",
        "timeout": "2",
    }


@pytest.fixture
def way(server: MailServer, certificate: Path) -> MailNotifier:
    return build(options(server.port, certificate))


class TestContract(NotifierContract):
    @pytest.fixture(autouse=True)
    def _server(self, server: MailServer, certificate: Path) -> None:
        self.server, self.certificate = server, certificate

    def build(self, tmp_path: Path) -> MailNotifier:
        return build(options(self.server.port, self.certificate))

    def copies(self, message: OutgoingMessage) -> int:
        names = [letter["Message-ID"] for _, _, letter in self.server.letters]
        return sum(message.message_id in name for name in names)


def test_a_letter_is_encrypted_and_says_who_and_what(way: MailNotifier, server: MailServer) -> None:
    message = a_message()

    answer = way.send(message)

    [(sender, to, letter)] = server.letters
    assert isinstance(answer, Accepted)
    assert server.encrypted == [True]
    assert (sender, to) == (
        f"bounce-{message.message_id}@yunling.example",
        "8613800138000@sms.example",
    )
    assert letter.get_content().strip() == message.text
    assert letter["Subject"] == f"便民服务通知 {message.reference}"
    assert letter["Auto-Submitted"] == "auto-generated"


def test_tls_from_the_first_byte_works_too(certificate: Path) -> None:
    with MailServer(certificate, tls_at_once=True) as server:
        answer = build(options(server.port, certificate) | {"security": "ssl"}).send(a_message())

    assert isinstance(answer, Accepted)
    assert server.encrypted == [True]


def test_an_address_is_used_as_it_is_and_a_number_needs_a_rule(
    server: MailServer, certificate: Path
) -> None:
    given = options(server.port, certificate)
    del given["address"]
    way = build(given)

    to_number = way.send(a_message())
    way.send(replace(a_message(), to="li@yunling.example"))

    assert to_number == Rejected(Reason.BAD_NUMBER, "no address")
    assert [to for _, to, _ in server.letters] == ["li@yunling.example"]


@pytest.mark.parametrize("to", ["a@b.cn\r\nRCPT TO:<x@y.cn>", "a@b.cn,c@d.cn", "<a@b.cn>", "a@b@c"])
def test_nothing_but_one_plain_address_is_written_to(
    way: MailNotifier, server: MailServer, to: str
) -> None:
    assert isinstance(way.send(replace(a_message(), to=to)), Rejected)
    assert server.letters == []


@pytest.mark.parametrize(
    ("verb", "fault", "answer"),
    [
        ("RCPT", "550 unknown", Rejected(Reason.BAD_NUMBER, "550")),
        ("RCPT", "451 later", Busy(timedelta(minutes=5), "451")),
        ("MAIL", "553 not you", Busy(timedelta(minutes=15), "553")),
        ("DATA", "554 no", Rejected(Reason.TEXT_BLOCKED, "554")),
        ("TEXT", "554 spam", Rejected(Reason.TEXT_BLOCKED, "554")),
        ("TEXT", "452 full", Busy(timedelta(minutes=5), "452")),
        ("RCPT", "cut", Busy(code="SMTPServerDisconnected")),
        ("AUTH", "535 no", Busy(timedelta(minutes=15), "SMTPAuthenticationError")),
        ("STARTTLS", "454 no", Busy(timedelta(minutes=15), "SMTPResponseException")),
    ],
)
def test_each_refusal_is_what_it_means_and_nothing_was_taken(
    way: MailNotifier, server: MailServer, verb: str, fault: str, answer: object
) -> None:
    server.faults[verb] = fault

    assert way.send(a_message()) == answer
    assert server.letters == []


@pytest.mark.parametrize("fault", ["cut", "500 what"])
def test_how_a_server_says_good_bye_changes_nothing(
    way: MailNotifier, server: MailServer, fault: str
) -> None:
    server.faults["QUIT"] = fault

    assert isinstance(way.send(a_message()), Accepted)


def test_a_line_that_breaks_after_the_text_leaves_the_result_open(
    way: MailNotifier, server: MailServer
) -> None:
    server.faults["TEXT"] = "cut"
    message = a_message()

    answer = way.send(message)

    assert isinstance(answer, Unknown)
    assert len(server.letters) == 1
    assert isinstance(way.look_up(message), NoAnswer)


def test_a_server_with_a_certificate_of_nobody_is_not_spoken_to(server: MailServer) -> None:
    given = options(server.port, Path())
    del given["ca_file"]

    answer = build(given).send(a_message())

    assert answer == Busy(timedelta(minutes=15), "SSLCertVerificationError")
    assert server.letters == []


def test_a_server_that_is_down_has_taken_nothing(certificate: Path) -> None:
    with MailServer(certificate) as server:
        port = server.port

    assert build(options(port, certificate)).send(a_message()) == Busy(
        code="ConnectionRefusedError"
    )


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"security": "none", "host": "mail.example"}, "none"),
        ({"security": "tls"}, "security"),
        ({"password": ""}, "belong together"),
        ({"from_address": "x"}, "from_address"),
        ({"bounce_address": "x"}, "bounce_address"),
        ({"address": "a@b.cn"}, "number"),
        ({"ca_file": "/nowhere"}, "ca_file"),
        ({"host": ""}, "host"),
    ],
)
def test_wrong_options_are_named(certificate: Path, more: dict[str, str], what: str) -> None:
    with pytest.raises(SetUpError, match=what):
        build(options(25, certificate) | more)
