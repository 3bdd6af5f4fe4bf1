"""Call-backs and replies, signed as the provider signs them and sent to this machine only."""

import heapq
import http.client
import itertools
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

HERE = frozenset({"127.0.0.1", "::1", "localhost"})
TRIES = 3
AGAIN_AFTER = 0.2


@dataclass(frozen=True, slots=True)
class Posted:
    """What came back for one signed post; status 0 when nobody answered."""

    status: int
    body: str


class Poster:
    """Signs with the account's token over the public address, delivers to a loopback one.

    `route` (public prefix, local prefix) lets a public https address be served by a local port.
    """

    def __init__(self, token: str, *, route: tuple[str, str] | None = None) -> None:
        self._validator = RequestValidator(token)
        self._route = route

    def post(self, url: str, form: Mapping[str, str]) -> Posted:
        local = self._local(url)
        parts = urlsplit(local)
        if parts.hostname not in HERE:
            return Posted(0, "not on this machine")
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=10)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self._validator.compute_signature(url, dict(form)),
            "User-Agent": "TwilioProxy/1.1",
        }
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, urlencode(form), headers)
            response = connection.getresponse()
            return Posted(response.status, response.read(65536).decode("utf-8", "replace"))
        except (OSError, http.client.HTTPException) as error:
            return Posted(0, type(error).__name__)
        finally:
            connection.close()

    def _local(self, url: str) -> str:
        if self._route and url.startswith(self._route[0]):
            return self._route[1] + url[len(self._route[0]) :]
        return url


class CallbackQueue:
    """Posts call-backs when they fall due, on one thread of its own."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._due: list[tuple[float, int, int, str, dict[str, str]]] = []
        self._order = itertools.count()
        self._change = threading.Condition()
        self._stopped = False
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="callbacks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            self._change.notify_all()
        self._thread.join(timeout=15)

    def add(self, url: str, form: dict[str, str], *, after: float, tried: int = 0) -> None:
        with self._change:
            due = time.monotonic() + after
            heapq.heappush(self._due, (due, next(self._order), tried, url, form))
            self._change.notify_all()

    def drained(self, within: float) -> bool:
        """Wait until nothing is left to post; False when that took too long."""
        deadline = time.monotonic() + within
        with self._change:
            while self._due or self._busy:
                if not self._change.wait(max(deadline - time.monotonic(), 0)):
                    return False
        return True

    def _run(self) -> None:
        while (item := self._next()) is not None:
            _, _, tried, url, form = item
            posted = self._poster.post(url, form)
            if posted.status == 0 and tried + 1 < TRIES:
                self.add(url, form, after=AGAIN_AFTER, tried=tried + 1)
            with self._change:
                self._busy = False
                self._change.notify_all()

    def _next(self) -> tuple[float, int, int, str, dict[str, str]] | None:
        with self._change:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._busy = True
                    return heapq.heappop(self._due)
                self._change.wait(wait)
        return None
