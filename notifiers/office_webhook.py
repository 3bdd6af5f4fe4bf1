"""The line to an office's own system: signed JSON over HTTPS; docs/connector.md is its contract.

Both directions are signed alike: HMAC-SHA256 with a shared secret over timestamp, method, path and
body, joined by line feeds.

    POST <url>          the item, Idempotency-Key: our key -> 200/201/202 {} or {"answer": {...}}
    GET  <url>/<key>    -> 200 {} or {"answer": {...}}; 404: never seen
    and calls us back   POST <our address>/hooks/offices/<office>  {"answer": {...}}
"""

import hmac
import ipaddress
import json
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from notifiers.http_gateway import SHORTEST_SECRET, SIGNATURE, TIMESTAMP, retry_after, sign
from notifiers.outgoing import HttpReply, NoReply, NotCalled, OutsideHost
from proactive.plugins.notifier import Forged, SetUpError, Webhook
from proactive.plugins.office_connector import (
    Absent,
    Asked,
    Busy,
    CallAnswer,
    Declined,
    Malformed,
    Parcel,
    Said,
    Taken,
    Unknown,
    Word,
)
from proactive.plugins.options import Options

OPTIONS = ("url", "secret", "hosts", "networks", "timeout", "ask_after_minutes")
FRESH_SECONDS = 300
SET_UP_PAUSE = timedelta(minutes=15)
LONGEST_TEXT = 500
MOST_CODES = 50
NEVER_KEPT = re.compile(r"[\x00\ud800-\udfff]")  # no database takes them
TEXTS = (
    "officer_no",
    "officer_name",
    "reason",
    "legal_basis",
    "receipt_no",
    "mode",
    "note",
)
LISTS = ("codes", "papers", "fields")


class OfficeWebhook:
    """Calls one office's system through an `OutsideHost`."""

    name = "webhook"

    def __init__(self, host: OutsideHost, secret: bytes, *, ask_after: timedelta) -> None:
        self._host = host
        self._secret = secret
        self.ask_after = ask_after

    def call(self, parcel: Parcel) -> CallAnswer:
        body = json.dumps(parcel.body, ensure_ascii=False).encode()
        try:
            reply = self._call("POST", "", body, parcel.key)
        except NotCalled as error:
            return Busy(str(error))
        except NoReply as error:
            return Unknown(str(error))
        if reply.status in (200, 201, 202):
            return Taken(_said(_json(reply.body)))
        if reply.status in (429, 503):
            return Busy(str(reply.status), retry_after(reply.headers.get("retry-after", "")))
        if reply.status in (401, 403):  # our keys are wrong, not the item
            return Busy(str(reply.status), SET_UP_PAUSE)
        if 400 <= reply.status < 500 and reply.status != 408:
            return Declined(str(reply.status))
        return Unknown(f"status {reply.status}")

    def ask(self, key: str) -> Asked:
        try:
            reply = self._call("GET", f"/{quote(key, safe='')}", b"", key)
        except (NotCalled, NoReply) as error:
            return Unknown(str(error))
        if reply.status == 404:
            return Absent()
        if reply.status != 200:
            return Unknown(f"status {reply.status}")
        return Taken(_said(_json(reply.body)))

    def read(self, webhook: Webhook) -> Said | Malformed | Forged:
        """Check signature and age of a call-back, then what it says."""
        headers = {name.lower(): value for name, value in webhook.headers.items()}
        stamp = headers.get(TIMESTAMP, "")
        wanted = sign(self._secret, stamp, "POST", urlsplit(webhook.url).path, webhook.body)
        if not hmac.compare_digest(wanted.encode(), headers.get(SIGNATURE, "").encode()):
            return Forged("signature")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > FRESH_SECONDS:
            return Forged("too old")
        return _said(_json(webhook.body)) or Malformed("answer")

    def _call(self, method: str, path: str, body: bytes, key: str) -> HttpReply:
        stamp = str(int(time.time()))
        full = urlsplit(self._host.url).path.rstrip("/") + path
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            TIMESTAMP: stamp,
            SIGNATURE: sign(self._secret, stamp, method, full, body),
        }
        return self._host.call(method, path, headers=headers, body=body)


def build(options: Mapping[str, str]) -> OfficeWebhook:
    given = Options("webhook", options, known=OPTIONS)
    secret = given.text("secret").encode()
    if len(secret) < SHORTEST_SECRET:
        raise SetUpError(f"webhook: 'secret' must be at least {SHORTEST_SECRET} characters.")
    try:
        networks = tuple(ipaddress.ip_network(part) for part in given.words("networks"))
    except ValueError:
        raise SetUpError("webhook: 'networks' must be a list such as 10.1.0.0/16.") from None
    host = OutsideHost(
        url=given.listed_url(),
        networks=networks,
        timeout=given.number("timeout", 10, low=0.2, high=20),
    )
    minutes = given.number("ask_after_minutes", 360, low=1, high=10_080)
    return OfficeWebhook(host, secret, ask_after=timedelta(minutes=minutes))


def _json(body: bytes) -> object:
    try:
        return json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        return None


def _said(document: object) -> Said | Malformed | None:
    """Return the answer of a document, None where it holds none yet."""
    if not isinstance(document, dict):
        return Malformed("body")
    answer = document.get("answer")
    if answer is None:
        return None
    if not isinstance(answer, dict):
        return Malformed("answer")
    word = next((each for each in Word if each == answer.get("word")), None)
    if word is None:
        return Malformed("answer.word")
    for name in ("answer_id", "hand_in"):
        if not _text(answer.get(name)) or answer.get(name) == "":
            return Malformed(f"answer.{name}")
    return _read(answer, word)


def _read(answer: dict[str, Any], word: Word) -> Said | Malformed:
    texts = {name: answer.get(name, "") for name in TEXTS}
    lists = {name: answer.get(name, []) for name in LISTS}
    results = answer.get("results", {})
    for name, text in texts.items():
        if not _text(text):
            return Malformed(f"answer.{name}")
    for name, codes in lists.items():
        if not isinstance(codes, list) or len(codes) > MOST_CODES or not all(map(_text, codes)):
            return Malformed(f"answer.{name}")
    if not isinstance(results, dict) or not all(map(_text, results.values())):
        return Malformed("answer.results")
    codes, papers, fields = (tuple(lists[name]) for name in LISTS)
    return Said(
        answer_id=answer["answer_id"],
        hand_in=answer["hand_in"],
        word=word,
        codes=codes,
        papers=papers,
        fields=fields,
        results=results,
        **{name: text.strip() for name, text in texts.items()},
    )


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and not NEVER_KEPT.search(value)
