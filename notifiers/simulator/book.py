"""The gateway's memory: which messages it took, in what state, and how often it took each."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from notifiers.simulator.plans import Script

API = "2010-04-01"
# Extension table of GSM 03.38: these cost two of the 160.
_DOUBLE = frozenset("^{}\\[~]|€\f")
_SINGLE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


@dataclass(slots=True)
class Taken:
    """One message the gateway accepted."""

    sid: str
    account: str
    form: Mapping[str, str] = field(repr=False)
    script: Script
    visible_at: float
    made_at: float
    status: str = "queued"
    error_code: int | None = None
    seen: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the message resource as the provider's API shows it."""
        uri = f"/{API}/Accounts/{self.account}/Messages/{self.sid}.json"
        body = "" if self.form.get("ContentRetention") == "discard" else self.form["Body"]
        to = self.form["To"]
        if self.form.get("AddressRetention") == "obfuscate":
            to = to[:-4] + "XXXX"
        made = formatdate(self.made_at)
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "api_version": API,
            "body": body,
            "date_created": made,
            "date_updated": made,
            "date_sent": None if self.status in ("accepted", "queued") else made,
            "direction": "outbound-api",
            "error_code": self.error_code,
            "error_message": None,
            "from": self.form.get("From"),
            "messaging_service_sid": self.form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": str(segments(self.form["Body"])),
            "price": None,
            "price_unit": "USD",
            "status": self.status,
            "subresource_uris": {"media": uri.replace(".json", "/Media.json")},
            "to": to,
            "uri": uri,
        }


class Book:
    """Thread-safe. `visibility_lag` delays when a look-up by list shows a message."""

    def __init__(self, *, visibility_lag: float = 0.0) -> None:
        self._lag = visibility_lag
        self._by_sid: dict[str, Taken] = {}
        self._lock = threading.Lock()

    def take(self, account: str, form: Mapping[str, str], script: Script) -> Taken:
        now = time.time()
        taken = Taken(
            sid="SM" + secrets.token_hex(16),
            account=account,
            form=dict(form),
            script=script,
            visible_at=now + self._lag,
            made_at=now,
            status="accepted" if form.get("MessagingServiceSid") else "queued",
        )
        with self._lock:
            self._by_sid[taken.sid] = taken
        return taken

    def get(self, sid: str) -> Taken | None:
        with self._lock:
            return self._by_sid.get(sid)

    def listed(self, to: str, limit: int) -> list[Taken]:
        """Return the visible messages to a number ('' = all), newest first."""
        now = time.time()
        return [
            taken
            for taken in reversed(self.all())
            if taken.visible_at <= now and to in ("", taken.as_json()["to"])
        ][:limit]

    def all(self) -> list[Taken]:
        with self._lock:
            return list(self._by_sid.values())

    def copies(self) -> Counter[tuple[str, str]]:
        """Return how often each (number, text) was taken; more than once is a doubled message."""
        return Counter((taken.form["To"], taken.form["Body"]) for taken in self.all())

    def move(self, sid: str, status: str, error_code: int | None = None) -> None:
        with self._lock:
            taken = self._by_sid[sid]
            taken.status, taken.error_code = status, error_code
            taken.seen.append(status)


def segments(text: str) -> int:
    """Return how many parts a text is sent in: filled one sign at a time, none is ever split."""
    if all(sign in _SINGLE or sign in _DOUBLE for sign in text):
        sizes, whole, part = [2 if sign in _DOUBLE else 1 for sign in text], 160, 153
    else:
        sizes, whole, part = [len(sign.encode("utf-16-le")) // 2 for sign in text], 70, 67
    if sum(sizes) <= whole:
        return 1
    count, room = 1, part
    for size in sizes:
        if size > room:
            count, room = count + 1, part
        room -= size
    return count
