"""The simulated gateway itself: takes messages, plays their scripts, remembers everything."""

import re
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from notifiers.simulator.book import API, Book, Taken
from notifiers.simulator.callbacks import CallbackQueue, Posted, Poster
from notifiers.simulator.plans import REFUSED_AT_ONCE, UNDELIVERED, Plans, Script
from notifiers.simulator.server import Reply, Server

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "simulated-auth-token"  # noqa: S105 - opens nothing but this simulator
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
ACCEPTED_FIELDS = frozenset(
    {
        *("To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ContentRetention"),
        *("AddressRetention", "ValidityPeriod", "ProvideFeedback", "MaxPrice", "SmartEncoded"),
        *("Attempt", "RiskCheck"),
    }
)
LONGEST_BODY = 1600


class Simulator:
    """Runs in a thread of this process; `base_url` is what the notifier's setting points to.

    `pace` is the time between one call-back and the next; `hang` how long a timeout lasts.
    """

    def __init__(
        self,
        *,
        account: str = ACCOUNT,
        token: str = TOKEN,
        plans: Plans | None = None,
        port: int = 0,
        pace: float = 0.02,
        hang: float = 15.0,
        visibility_lag: float = 0.0,
        route: tuple[str, str] | None = None,
    ) -> None:
        self.account, self.token = account, token
        self.plans = plans or Plans()
        self.book = Book(visibility_lag=visibility_lag)
        self._pace, self._hang = pace, hang
        self._poster = Poster(token, route=route)
        self._queue = CallbackQueue(self._poster)
        self._server = Server(self, port)

    @property
    def base_url(self) -> str:
        return self._server.base_url

    def start(self) -> "Simulator":
        self._queue.start()
        self._server.start()
        return self

    def stop(self) -> None:
        self._server.stop()
        self._queue.stop()

    def __enter__(self) -> "Simulator":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def doubled(self) -> dict[tuple[str, str], int]:
        """Return every (number, text) taken more than once, with how often."""
        return {key: count for key, count in self.book.copies().items() if count > 1}

    def settled(self, within: float = 10.0) -> bool:
        """Wait until every call-back has been posted."""
        return self._queue.drained(within)

    def reply(
        self, sender: str, text: str, url: str, *, sid: str = "", times: int = 1
    ) -> list[Posted]:
        """Play a person's answer arriving at our inbound address, `times` over."""
        form = {
            "MessageSid": sid or f"SM{time.time_ns():032x}",
            "AccountSid": self.account,
            "From": sender,
            "To": "+15005550006",
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": API,
        }
        return [self._poster.post(url, form) for _ in range(times)]

    def create(self, account: str, form: Mapping[str, str]) -> Reply:
        """Answer POST Messages.json: check, choose a script, play it."""
        wrong = _wrong_with(form)
        if wrong:
            return refusal(400, *wrong)
        script = self.plans.choose(form["To"])
        if script in (Script.TOO_MANY, Script.UNAVAILABLE):
            return refusal(int(script), 20429, "Too busy", {"Retry-After": "1"})
        if script is Script.QUEUE_FULL or script in REFUSED_AT_ONCE:
            return refusal(400, int(script), "Refused by script")
        if script is Script.CUT_BEFORE_ACCEPT:
            return Reply.cut()
        if script is Script.SLOW:
            time.sleep(min(self._hang / 2, 5.0))
        taken = self.book.take(account, form, script)
        self._plan_callbacks(taken)
        if script is Script.ERROR_AFTER_ACCEPT:
            return refusal(500, 20500, "Internal error")
        if script is Script.TIMEOUT_AFTER_ACCEPT:
            return Reply.hang(self._hang)
        return Reply(201, taken.as_json())

    def fetch(self, sid: str) -> Reply:
        taken = self.book.get(sid)
        return Reply(200, taken.as_json()) if taken else refusal(404, 20404, "Not found")

    def listing(self, account: str, query: Mapping[str, str]) -> Reply:
        size = min(int(query.get("PageSize", "50") or 50), 1000)
        found = [taken.as_json() for taken in self.book.listed(query.get("To", ""), size)]
        uri = f"/{API}/Accounts/{account}/Messages.json"
        page: dict[str, Any] = {"messages": found, "page": 0, "page_size": size, "start": 0}
        page |= {"end": max(len(found) - 1, 0), "uri": uri, "first_page_uri": uri}
        return Reply(200, page | {"next_page_uri": None, "previous_page_uri": None})

    def _plan_callbacks(self, taken: Taken) -> None:
        code = int(taken.script) if taken.script in UNDELIVERED else None
        states = ["sent", "undelivered" if code else "delivered"]
        for state in states[:1] if taken.script is Script.SILENT else states:
            self.book.move(taken.sid, state, code if state == "undelivered" else None)
        url = taken.form.get("StatusCallback", "")
        if not url or taken.script is Script.SILENT:
            return
        if taken.script is Script.REORDERED:
            states.reverse()
        if taken.script is Script.DUPLICATED:
            states = [state for state in states for _ in range(2)]
        for place, state in enumerate(states, start=1):
            form = _callback_form(taken, state, code)
            self._queue.add(url, form, after=self._pace * place)


def refusal(status: int, code: int, what: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return an error in the provider's shape."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": what, "more_info": more, "status": status}
    return Reply(status, body, dict(headers or {}))


def _callback_form(taken: Taken, state: str, code: int | None) -> dict[str, str]:
    form = {
        "AccountSid": taken.account,
        "ApiVersion": API,
        "From": taken.form.get("From", ""),
        "MessageSid": taken.sid,
        "MessageStatus": state,
        "SmsSid": taken.sid,
        "SmsStatus": state,
        "To": taken.form["To"],
    }
    return form | {"ErrorCode": str(code)} if code and state == "undelivered" else form


def _wrong_with(form: Mapping[str, str]) -> tuple[int, str] | None:
    """Return error code and sentence for a request the real service would refuse."""
    unknown = sorted(set(form) - ACCEPTED_FIELDS)
    checks = (
        (bool(unknown), 20001, f"Unknown parameter {', '.join(unknown)}"),
        (not form.get("To"), 21604, "A 'To' phone number is required"),
        (not NUMBER.fullmatch(form.get("To", "")), 21211, "Invalid 'To' phone number"),
        (
            not (form.get("From") or form.get("MessagingServiceSid")),
            21603,
            "A 'From' phone number or a messaging service is required",
        ),
        (not form.get("Body"), 21602, "Message body is required"),
        (len(form.get("Body", "")) > LONGEST_BODY, 21617, "The message body is too long"),
        (
            not form.get("StatusCallback", "http://-").startswith(("http://", "https://")),
            21609,
            "Invalid 'StatusCallback' url",
        ),
        (
            form.get("ContentRetention", "retain") not in ("retain", "discard")
            or form.get("AddressRetention", "retain") not in ("retain", "obfuscate"),
            20001,
            "Invalid retention",
        ),
    )
    return next(((code, what) for bad, code, what in checks if bad), None)
