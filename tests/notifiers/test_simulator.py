"""The simulated gateway refuses what the real one refuses and can be steered from outside."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from notifiers.simulator import Script, Simulator
from notifiers.simulator.book import segments
from notifiers.twilio_http import SafeHttpClient

NUMBER = "+8613800138000"


@pytest.fixture
def gateway() -> Iterator[Simulator]:
    with Simulator(pace=0.01) as simulator:
        yield simulator


def client(gateway: Simulator, token: str | None = None) -> Client:
    http = SafeHttpClient(base_url=gateway.base_url, timeout=2)
    return Client(gateway.account, token or gateway.token, http_client=http)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12", "from_": "+15005550006", "body": "x"}, 21211),
        ({"to": NUMBER, "body": "x"}, 21603),
        ({"to": NUMBER, "from_": "+15005550006"}, 21602),
        ({"to": NUMBER, "from_": "+15005550006", "body": "x" * 1601}, 21617),
        ({"to": NUMBER, "from_": "+1500", "body": "x", "status_callback": "nowhere"}, 21609),
        ({"to": NUMBER, "from_": "+1500", "body": "x", "content_retention": "burn"}, 20001),
        ({"to": NUMBER, "from_": "+1500", "body": "x", "application_sid": "AP1"}, 20001),
    ],
)
def test_a_malformed_request_is_refused_with_its_code(
    gateway: Simulator, fields: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client(gateway).messages.create(**fields)

    assert refused.value.code == code
    assert gateway.book.all() == []


def test_another_token_is_refused(gateway: Simulator) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client(gateway, "wrong").messages.create(to=NUMBER, from_="+15005550006", body="x")

    assert refused.value.status == 401


class Hook:
    """Our side: keeps every call-back with whether the real validator accepts it."""

    def __init__(self, token: str) -> None:
        self.forms: list[dict[str, str]] = []
        self.valid: list[bool] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = dict(parse_qsl(text, keep_blank_values=True))
                url = f"http://127.0.0.1:{hook.port}{self.path}"
                signature = self.headers["X-Twilio-Signature"]
                hook.valid.append(RequestValidator(token).validate(url, form, signature))
                hook.forms.append(form)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hooks/1"
        self.thread = Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.mark.parametrize(
    ("script", "states"),
    [
        (Script.DELIVERED, ["sent", "delivered"]),
        (Script.OUT_OF_REACH, ["sent", "undelivered"]),
        (Script.DUPLICATED, ["sent", "sent", "delivered", "delivered"]),
        (Script.REORDERED, ["delivered", "sent"]),
        (Script.SILENT, []),
    ],
)
def test_call_backs_follow_the_script_and_pass_the_real_validator(
    gateway: Simulator, script: Script, states: list[str]
) -> None:
    hook = Hook(gateway.token)
    gateway.plans.once(NUMBER, script)

    client(gateway).messages.create(
        to=NUMBER, from_="+15005550006", body="您好", status_callback=hook.url
    )
    drained = gateway.settled()
    hook.close()

    assert drained
    assert [form["MessageStatus"] for form in hook.forms] == states
    assert all(hook.valid)


def test_a_message_is_listed_late_when_it_should_be(gateway: Simulator) -> None:
    with Simulator(visibility_lag=60) as late:
        ours = client(late)
        made = ours.messages.create(to=NUMBER, from_="+15005550006", body="x")

        assert ours.messages.list(to=NUMBER) == []
        assert ours.messages(made.sid).fetch().sid == made.sid


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("您" * 70, 1),
        ("您" * 71, 2),
        ("您" * 134, 2),
        ("您" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        # 33 pairs fill a part of 67 but for one unit, which no pair fits into
        ("😀" * 66, 2),
        ("😀" * 67, 3),
    ],
)
def test_parts_are_counted_as_the_network_counts_them(text: str, count: int) -> None:
    assert segments(text) == count


def test_it_runs_by_itself_and_can_be_steered() -> None:
    command = [sys.executable, "-m", "notifiers.simulator", "--fault", "503=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().split()[-1]
        planned = call(base, "POST", "/simulator/plan", number=NUMBER, script="21610")
        counts = call(base, "GET", "/simulator/counts")
        process.terminate()

    assert planned == {"planned": 1}
    assert counts == {"accepted": 0, "texts": 0, "doubled": 0}
    assert process.returncode == 0


def call(base: str, method: str, path: str, **form: str) -> Any:
    connection = HTTPConnection(base.removeprefix("http://"), timeout=5)
    connection.request(method, path, urlencode(form))
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer
