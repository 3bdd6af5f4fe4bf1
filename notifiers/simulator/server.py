"""The HTTP face of the simulator: Twilio's paths, and a few of its own to steer and to count."""

import base64
import hmac
import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from notifiers.simulator.plans import Script

if TYPE_CHECKING:
    from notifiers.simulator.gateway import Simulator

HERE = "127.0.0.1"
MESSAGES = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages(?:/(\w+))?\.json")
LARGEST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer; `silence` seconds without a word, then the line is cut."""

    status: int
    body: dict[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    silence: float | None = None

    @classmethod
    def cut(cls) -> "Reply":
        return cls(0, {}, silence=0.0)

    @classmethod
    def hang(cls, seconds: float) -> "Reply":
        return cls(0, {}, silence=seconds)


class Server:
    """Listens on the loopback address only."""

    def __init__(self, simulator: "Simulator", port: int) -> None:
        handler = type("Handler", (_Handler,), {"simulator": simulator})
        self._http = QuietServer((HERE, port), handler)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def base_url(self) -> str:
        return f"http://{HERE}:{self._http.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)


class QuietServer(ThreadingHTTPServer):
    """A server that says nothing of clients that vanish: killed ones are what it is for."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that are killed in mid-call are what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    simulator: "Simulator"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    timeout = 60

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            return
        text = self.rfile.read(length).decode("utf-8", "replace")
        self._serve(dict(parse_qsl(text, keep_blank_values=True)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Log nothing: addresses of requests hold phone numbers."""

    def _serve(self, form: dict[str, str]) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path.startswith("/simulator/"):
            reply = _steer(self.simulator, self.command, parts.path, form)
        else:
            reply = self._api(parts.path, query, form)
        if reply.silence is not None:
            time.sleep(reply.silence)
            self.close_connection = True
            return
        data = json.dumps(reply.body, ensure_ascii=False).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _api(self, path: str, query: dict[str, str], form: dict[str, str]) -> Reply:
        match = MESSAGES.fullmatch(path)
        if match is None or match[1] != self.simulator.account:
            return _problem(404, 20404, "The requested resource was not found")
        if not self._signed_in():
            return _problem(401, 20003, "Authenticate")
        if self.command == "POST":
            return self.simulator.create(match[1], form)
        if match[2]:
            return self.simulator.fetch(match[2])
        return self.simulator.listing(match[1], query)

    def _signed_in(self) -> bool:
        pair = f"{self.simulator.account}:{self.simulator.token}".encode()
        wanted = b"Basic " + base64.b64encode(pair)
        return hmac.compare_digest(wanted, self.headers.get("Authorization", "").encode())


def _steer(simulator: "Simulator", method: str, path: str, form: dict[str, str]) -> Reply:
    """Answer the simulator's own paths: what it took, what it should play, replies to send."""
    if (method, path) == ("GET", "/simulator/messages"):
        return Reply(200, {"messages": [taken.as_json() for taken in simulator.book.all()]})
    if (method, path) == ("GET", "/simulator/counts"):
        copies = simulator.book.copies()
        doubled = sum(count > 1 for count in copies.values())
        return Reply(200, {"accepted": copies.total(), "texts": len(copies), "doubled": doubled})
    if (method, path) == ("POST", "/simulator/plan"):
        return _plan(simulator, form)
    if (method, path) == ("POST", "/simulator/reply"):
        posted = simulator.reply(form.get("from", ""), form.get("text", ""), form.get("url", ""))
        return Reply(200, {"status": posted[0].status, "body": posted[0].body})
    return _problem(404, 20404, "The simulator has no such page")


def _plan(simulator: "Simulator", form: dict[str, str]) -> Reply:
    try:
        scripts = [Script(part) for part in form.get("script", "").split(",")]
    except ValueError:
        known = ", ".join(Script)
        return _problem(400, 20001, f"Unknown script; known are: {known}")
    if form.get("always"):
        simulator.plans.always(form.get("number", ""), scripts[0])
    else:
        simulator.plans.once(form.get("number", ""), *scripts)
    return Reply(200, {"planned": len(scripts)})


def _problem(status: int, code: int, what: str) -> Reply:
    return Reply(status, {"code": code, "message": what, "status": status})
