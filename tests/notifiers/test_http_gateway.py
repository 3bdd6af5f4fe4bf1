"""The generic gateway: signed both ways, one copy per id, and it calls nowhere it should not."""

import ipaddress
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifiers.http_gateway import HttpGatewayNotifier, build, sign
from notifiers.outgoing import may_call
from proactive.plugins.contract import NUMBER, NotifierContract, a_message
from proactive.plugins.notifier import (
    Absent,
    Accepted,
    Answer,
    Busy,
    DeliveryState,
    Forged,
    OutgoingMessage,
    Reason,
    Receipt,
    Rejected,
    Reply,
    SetUpError,
    Unknown,
    Webhook,
)

SECRET = "a shared secret of forty characters or so"
Answering = Callable[[BaseHTTPRequestHandler], None]


class Platform:
    """A city's SMS platform: checks signatures, takes each id once, misbehaves on demand."""

    def __init__(self) -> None:
        self.taken: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.misbehave: Answering | None = None
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                platform.serve(self)

            def do_GET(self) -> None:
                platform.serve(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        self.calls.append(request.path)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        stamp = request.headers["X-Proactive-Timestamp"]
        wanted = sign(SECRET.encode(), stamp, request.command, request.path, body)
        if request.headers["X-Proactive-Signature"] != wanted:
            say(request, 401, {})
        elif self.misbehave:
            self.misbehave(request)
        elif request.command == "POST":
            message = json.loads(body)
            assert request.headers["Idempotency-Key"] == message["id"]
            self.taken[message["id"]] = message
            say(request, 202, {"provider_id": "city-" + message["id"]})
        else:
            message_id = request.path.rpartition("/")[2]
            known = message_id in self.taken
            say(
                request,
                200 if known else 404,
                {"provider_id": "city-" + message_id, "state": "sent"},
            )


def say(
    request: BaseHTTPRequestHandler,
    status: int,
    body: dict[str, Any],
    **headers: str,
) -> None:
    data = json.dumps(body).encode()
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", str(len(data)))
    request.end_headers()
    request.wfile.write(data)


@pytest.fixture
def city() -> Iterator[Platform]:
    platform = Platform()
    platform.thread.start()
    yield platform
    platform.server.shutdown()
    platform.server.server_close()
    platform.thread.join()


def options(city: Platform, **more: str) -> dict[str, str]:
    return {
        "url": f"http://127.0.0.1:{city.server.server_address[1]}/sms",
        "secret": SECRET,
        "hosts": "127.0.0.1",
        "networks": "127.0.0.0/8",
        "timeout": "1",
    } | more


def notifier(city: Platform, **more: str) -> HttpGatewayNotifier:
    return build(options(city, **more))


class TestGateway(NotifierContract):
    @pytest.fixture(autouse=True)
    def _city(self, city: Platform) -> None:
        self.city = city

    def build(self, tmp_path: Path) -> HttpGatewayNotifier:
        return notifier(self.city)

    def copies(self, message: OutgoingMessage) -> int:
        return sum(key == message.message_id for key in self.city.taken)


def hang(request: BaseHTTPRequestHandler) -> None:
    time.sleep(1.6)


def cut(request: BaseHTTPRequestHandler) -> None:
    request.connection.close()


def endless(request: BaseHTTPRequestHandler) -> None:
    say(request, 200, {"provider_id": "x" * 200_000})


@pytest.mark.parametrize(
    ("misbehave", "expected"),
    [
        (lambda r: say(r, 400, {"reason": "landline"}), Rejected(Reason.LANDLINE, "400")),
        (lambda r: say(r, 422, {"reason": "nonsense"}), Rejected(Reason.REFUSED, "422")),
        (lambda r: say(r, 401, {}), Busy(timedelta(minutes=15), "401")),
        (lambda r: say(r, 429, {}, Retry_After="7"), Busy(timedelta(seconds=7), "429")),
        (lambda r: say(r, 503, {}, Retry_After="soon"), Busy(None, "503")),
        (lambda r: say(r, 500, {}), Unknown("status 500")),
        (lambda r: say(r, 302, {}, Location="http://127.0.0.1:9/"), Unknown("status 302")),
        (lambda r: say(r, 200, {}), Unknown("answer names no message")),
        (hang, Unknown("TimeoutError")),
        (endless, Unknown("answer too long")),
    ],
)
def test_each_answer_becomes_one_of_ours(
    city: Platform, misbehave: Answering, expected: Answer
) -> None:
    city.misbehave = misbehave

    assert notifier(city).send(a_message()) == expected


def test_a_cut_line_is_unknown(city: Platform) -> None:
    city.misbehave = cut

    assert isinstance(notifier(city).send(a_message()), Unknown)


def test_an_address_outside_the_listed_networks_is_never_called(city: Platform) -> None:
    answer = notifier(city, networks="10.0.0.0/8").send(a_message())

    assert answer == Busy(code="address not allowed")
    assert city.calls == []


def test_another_secret_uses_no_message_up(city: Platform) -> None:
    answer = notifier(city, secret="x" * 40).send(a_message())

    assert isinstance(answer, Busy)
    assert city.taken == {}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"url": "http://sms.example/send"}, "https"),
        ({"url": "https://sms.example/send"}, "hosts"),
        ({"url": "https://user@127.0.0.1/send"}, "user"),
        ({"secret": "short"}, "secret"),
        ({"networks": "everywhere"}, "networks"),
    ],
)
def test_a_wrong_option_is_named(city: Platform, wrong: dict[str, str], named: str) -> None:
    with pytest.raises(SetUpError, match=named):
        notifier(city, **wrong)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "0.0.0.1", "224.0.0.1"),
        *("::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"),
    ],
)
def test_private_addresses_are_not_called_unless_listed(address: str) -> None:
    assert not may_call(ipaddress.ip_address(address), ())


def test_a_public_address_and_a_listed_private_one_are_called() -> None:
    inside = ipaddress.ip_network("10.1.0.0/16")

    assert may_call(ipaddress.ip_address("1.1.1.1"), ())
    assert may_call(ipaddress.ip_address("10.1.2.3"), (inside,))
    assert not may_call(ipaddress.ip_address("10.2.2.3"), (inside,))


NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
HOOK = "https://benefits.example/hooks/http_gateway"


def called_back(body: dict[str, str], *, at: datetime = NOW) -> Webhook:
    data, stamp = json.dumps(body).encode(), str(int(at.timestamp()))
    signature = sign(SECRET.encode(), stamp, "POST", "/hooks/http_gateway", data)
    headers = {"X-Proactive-Timestamp": stamp, "X-Proactive-Signature": signature}
    return Webhook(HOOK, {}, headers, data, received_at=NOW)


def test_a_signed_call_back_is_read(city: Platform) -> None:
    webhook = called_back({"id": "ours", "provider_id": "city-1", "state": "delivered"})

    assert notifier(city).read(webhook) == Receipt(
        "city-1", "ours", DeliveryState.DELIVERED, "delivered"
    )


def test_a_signed_reply_is_read(city: Platform) -> None:
    webhook = called_back({"reply": "r1", "from": NUMBER, "text": "2"})

    assert notifier(city).read(webhook) == Reply("r1", NUMBER, "2")


def test_an_old_a_changed_or_an_empty_call_back_is_forged(city: Platform) -> None:
    good = called_back({"id": "ours", "state": "delivered"})
    old = called_back({"id": "ours"}, at=NOW - timedelta(minutes=6))
    elsewhere = replace(good, url="https://benefits.example/hooks/other")

    changed = replace(good, body=good.body.replace(b"delivered", b"failed"))

    for webhook in (old, elsewhere, changed, called_back({})):
        assert isinstance(notifier(city).read(webhook), Forged)


@pytest.mark.parametrize(
    ("body", "stamp"), [(b"[" * 60_000, ""), (b'{"id":"x"}', "²"), (b'{"id":"x"}', "9" * 5000)]
)
def test_a_nested_body_and_an_odd_stamp_are_forged_too(body: bytes, stamp: str) -> None:
    ours = build({"url": "https://127.0.0.1/sms", "secret": SECRET, "hosts": "127.0.0.1"})
    stamp = stamp or str(int(NOW.timestamp()))
    signature = sign(SECRET.encode(), stamp, "POST", "/hooks/http_gateway", body)
    headers = {"x-proactive-timestamp": stamp, "x-proactive-signature": signature}

    assert isinstance(ours.read(Webhook(HOOK, {}, headers, body, received_at=NOW)), Forged)


@given(st.binary(max_size=200))
def test_no_body_whatever_makes_reading_fail(body: bytes) -> None:
    ours = build({"url": "https://127.0.0.1/sms", "secret": SECRET, "hosts": "127.0.0.1"})
    stamp = str(int(NOW.timestamp()))
    signature = sign(SECRET.encode(), stamp, "POST", "/hooks/http_gateway", body)
    headers = {"x-proactive-timestamp": stamp, "x-proactive-signature": signature}

    read = ours.read(Webhook(HOOK, {}, headers, body, received_at=NOW))

    assert isinstance(read, Receipt | Reply | Forged)


def test_a_message_never_sent_is_absent(city: Platform) -> None:
    assert isinstance(notifier(city).look_up(a_message()), Absent)
    assert isinstance(notifier(city).send(a_message()), Accepted)
