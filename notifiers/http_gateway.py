"""A generic gateway: signed JSON over HTTPS, with our message id as idempotency key.

For a city's own SMS platform. Both directions are signed alike: HMAC-SHA256 with a shared secret
over timestamp, method, path and body, joined by line feeds. The far side:

    POST <url>              {"id", "to", "text", "language", "template", "params", "reference"}
                            -> 200/201/202 {"provider_id"}; 4xx {"reason"}; 429, 503 Retry-After
    GET  <url>/<id>         -> 200 {"provider_id", "state": "sent|delivered|failed", "reason"}; 404
    and calls us back with  {"id", "provider_id", "state", "reason"} or {"reply", "from", "text"}
"""

import hashlib
import hmac
import ipaddress
import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from notifiers.outgoing import HttpReply, NoReply, NotCalled, OutsideHost
from proactive.plugins.notifier import (
    Absent,
    Accepted,
    Answer,
    Busy,
    DeliveryState,
    Forged,
    Found,
    HttpAnswer,
    LookUp,
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
from proactive.plugins.options import Options

OPTIONS = ("url", "secret", "hosts", "networks", "timeout", "settle_seconds", "two_way")
SHORTEST_SECRET = 32
FRESH = timedelta(minutes=5)
LONGEST_STAMP = 12
SET_UP_PAUSE = timedelta(minutes=15)
SIGNATURE, TIMESTAMP = "x-proactive-signature", "x-proactive-timestamp"


class HttpGatewayNotifier:
    """Sends through an `OutsideHost`; the far side takes the same message id only once."""

    name = "http_gateway"
    idempotent = True

    def __init__(
        self, host: OutsideHost, secret: bytes, *, settle_time: timedelta, two_way: bool = False
    ) -> None:
        self._host = host
        self._secret = secret
        self.settle_time = settle_time
        self.two_way = two_way

    def send(self, message: OutgoingMessage) -> Answer:
        body = {
            "id": message.message_id,
            "to": message.to,
            "text": message.text,
            "language": message.language,
            "template": message.template,
            "params": dict(message.params),
            "reference": message.reference,
        }
        try:
            reply = self._call("POST", "", json.dumps(body, ensure_ascii=False).encode(), message)
        except NotCalled as error:
            return Busy(code=str(error))
        except NoReply as error:
            return Unknown(str(error))
        return _answer(reply)

    def look_up(self, message: OutgoingMessage) -> LookUp:
        try:
            reply = self._call("GET", f"/{quote(message.message_id, safe='')}", b"", message)
        except (NotCalled, NoReply) as error:
            return NoAnswer(str(error))
        if reply.status == 404:
            return Absent()
        said = _json(reply.body)
        state = _state(said.get("state"))
        provider_id = str(said.get("provider_id", ""))
        if reply.status != 200 or state is None or not provider_id:
            return NoAnswer(f"status {reply.status}")
        return Found(state, provider_id, _reason(said.get("reason")))

    def read(self, webhook: Webhook) -> Receipt | Reply | Forged:
        """Check a call-back's signature and freshness and say what it means."""
        why = self._wrong_with(webhook)
        if why:
            return Forged(why)
        said = _json(webhook.body)
        if said.get("reply"):
            return Reply(str(said["reply"]), str(said.get("from", "")), str(said.get("text", "")))
        provider_id = str(said.get("provider_id", ""))
        message_id = str(said.get("id", "")) or webhook.message_id
        if not (provider_id or message_id):
            return Forged("names no message")
        raw = str(said.get("state", ""))
        return Receipt(
            provider_id, message_id, _state(raw), raw, reason=_reason(said.get("reason"))
        )

    def answer(self, text: str) -> HttpAnswer:
        return HttpAnswer("application/json", json.dumps({"text": text}, ensure_ascii=False))

    def _call(self, method: str, path: str, body: bytes, message: OutgoingMessage) -> HttpReply:
        stamp = str(int(time.time()))
        full = urlsplit(self._host.url).path.rstrip("/") + path
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.message_id,
            TIMESTAMP: stamp,
            SIGNATURE: sign(self._secret, stamp, method, full, body),
        }
        return self._host.call(method, path, headers=headers, body=body)

    def _wrong_with(self, webhook: Webhook) -> str:
        headers = {name.lower(): value for name, value in webhook.headers.items()}
        stamp = headers.get(TIMESTAMP, "")
        path = urlsplit(webhook.url).path
        wanted = sign(self._secret, stamp, "POST", path, webhook.body)
        if not hmac.compare_digest(wanted.encode(), headers.get(SIGNATURE, "").encode()):
            return "signature"
        if webhook.received_at is None or not _fresh(stamp, webhook.received_at):
            return "too old"
        return ""


def sign(secret: bytes, stamp: str, method: str, path: str, body: bytes) -> str:
    """Return 'v1=' and the hex HMAC-SHA256 over the parts joined by line feeds."""
    text = b"\n".join([stamp.encode(), method.encode(), path.encode(), body])
    return "v1=" + hmac.new(secret, text, hashlib.sha256).hexdigest()


def build(options: Mapping[str, str]) -> HttpGatewayNotifier:
    given = Options("http_gateway", options, known=OPTIONS)
    secret = given.text("secret").encode()
    if len(secret) < SHORTEST_SECRET:
        raise SetUpError(f"http_gateway: 'secret' must be at least {SHORTEST_SECRET} characters.")
    try:
        networks = tuple(ipaddress.ip_network(part) for part in given.words("networks"))
    except ValueError:
        raise SetUpError("http_gateway: 'networks' must be a list such as 10.1.0.0/16.") from None
    host = OutsideHost(
        url=given.listed_url(),
        networks=networks,
        timeout=given.number("timeout", 10, low=1, high=30),
    )
    settle = timedelta(seconds=given.number("settle_seconds", 60, low=1, high=3600))
    return HttpGatewayNotifier(
        host, secret, settle_time=settle, two_way=given.flag("two_way", default=False)
    )


def _answer(reply: HttpReply) -> Answer:
    said = _json(reply.body)
    if reply.status in (200, 201, 202):
        provider_id = str(said.get("provider_id", ""))
        return Accepted(provider_id) if provider_id else Unknown("answer names no message")
    if reply.status in (429, 503):
        return Busy(retry_after(reply.headers.get("retry-after", "")), str(reply.status))
    if reply.status in (401, 403):  # our keys are wrong, not the message
        return Busy(SET_UP_PAUSE, str(reply.status))
    if 400 <= reply.status < 500 and reply.status != 408:
        return Rejected(_reason(said.get("reason")) or Reason.REFUSED, str(reply.status))
    return Unknown(f"status {reply.status}")


def retry_after(value: str) -> timedelta | None:
    """Return the Retry-After header as a span; only whole seconds up to a day are believed."""
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value), 86_400))
    return None


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):  # nested without end
        return {}
    return said if isinstance(said, dict) else {}


def _state(value: object) -> DeliveryState | None:
    return next((state for state in DeliveryState if state == value), None)


def _reason(value: object) -> Reason:
    return next((reason for reason in Reason if reason == value), Reason.NONE)


def _fresh(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= LONGEST_STAMP):
        return False
    return abs(now.timestamp() - int(stamp)) <= FRESH.total_seconds()
