"""SMS through Twilio's real client.

Twilio's message call has no idempotency key, so a lost answer is looked up, never repeated: by
our message id in the status call-back's address, by the list of messages to the number, by body.
Into mainland China this way is one-way, and a transfer abroad (PIPL art. 36): never a default.
"""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from notifiers.twilio_codes import STATES, reason_of
from notifiers.twilio_http import PUBLIC_API, FarSideBusy, SafeHttpClient
from proactive.plugins.notifier import (
    PASSING,
    Absent,
    Accepted,
    Answer,
    Busy,
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

OPTIONS = (
    "account_sid",
    "auth_token",
    "from_number",
    "messaging_service_sid",
    "callback_url",
    "base_url",
    "timeout",
    "settle_seconds",
    "two_way",
    "discard_content",
    "obfuscate_address",
)
ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
# Slack for clocks that differ, when asking which messages are new enough to be ours.
CLOCK_SLACK = timedelta(minutes=5)
LOOK_BACK = 200
SET_UP_PAUSE = timedelta(minutes=15)


class TwilioNotifier:
    """`sender` is a number or a messaging service; `callback_url` gets '/<message id>' added."""

    name = "twilio_sms"
    idempotent = False

    def __init__(
        self,
        client: Client,
        *,
        token: str,
        sender: Mapping[str, str],
        callback_url: str,
        settle_time: timedelta,
        two_way: bool,
        retention: Mapping[str, str],
    ) -> None:
        self._client = client
        self._token = token
        self._sender = dict(sender)
        self._callback_url = callback_url.rstrip("/")
        self._retention = dict(retention)
        self.settle_time = settle_time
        self.two_way = two_way

    def send(self, message: OutgoingMessage) -> Answer:
        try:
            sent = self._client.messages.create(
                to=message.to,
                body=message.text,
                status_callback=f"{self._callback_url}/{message.message_id}",
                **self._sender,
                **self._retention,
            )
        except FarSideBusy as busy:
            return Busy(busy.wait, str(busy.status))
        except ConnectTimeout:
            return Busy(code="no connection")
        except TwilioRestException as error:
            return _refusal(error)
        except (TwilioException, RequestException, ValueError, KeyError) as error:
            return Unknown(type(error).__name__)
        return Accepted(sent.sid) if sent.sid else Unknown("answer names no message")

    def look_up(self, message: OutgoingMessage) -> LookUp:
        """Ask by provider id where we have it, else among the number's messages by body.

        The list is not narrowed by DateSent: a message that still waits in the far side's queue
        (up to ten hours) has no such date and would seem absent.
        """
        try:
            if message.provider_id:
                return _found(self._client.messages(message.provider_id).fetch())
            if "address_retention" in self._retention or "content_retention" in self._retention:
                return NoAnswer("the far side keeps neither number nor text")
            listed = self._client.messages.list(to=message.to, limit=LOOK_BACK, page_size=LOOK_BACK)
        except FarSideBusy as busy:
            return NoAnswer(f"status {busy.status}")
        except (TwilioException, RequestException, ValueError, KeyError) as error:
            return NoAnswer(type(error).__name__)
        return _match(listed, message)

    def read(self, webhook: Webhook) -> Receipt | Reply | Forged:
        """Check the signature over the exact public address and say what the request means."""
        signature = {k.lower(): v for k, v in webhook.headers.items()}.get("x-twilio-signature", "")
        if not verify_twilio(self._token, webhook.url, webhook.form, signature):
            return Forged("signature")
        form = webhook.form
        sid = form.get("MessageSid") or form.get("SmsSid") or ""
        if not sid:
            return Forged("names no message")
        status = form.get("MessageStatus") or form.get("SmsStatus") or ""
        if status == "received":
            return Reply(sid, form.get("From", ""), form.get("Body", ""))
        code = form.get("ErrorCode", "")
        return Receipt(
            sid, webhook.message_id, STATES.get(status), status, reason_of(code), code=code
        )

    def answer(self, text: str) -> HttpAnswer:
        """Return TwiML that replies with `text`, or with nothing."""
        inside = f"<Message>{html.escape(text)}</Message>" if text else ""
        return HttpAnswer("text/xml", f"<Response>{inside}</Response>")


def verify_twilio(auth_token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Answer whether Twilio signed this request. `url` is the public one, from configuration."""
    return bool(signature) and bool(RequestValidator(auth_token).validate(url, form, signature))


def build(options: Mapping[str, str]) -> TwilioNotifier:
    given = Options("twilio_sms", options, known=OPTIONS)
    account = _matching(given, "account_sid", ACCOUNT)
    token = given.text("auth_token")
    http = SafeHttpClient(
        base_url=_address(given, "base_url", PUBLIC_API),
        timeout=given.number("timeout", 10, low=1, high=20),
    )
    # A filled environment, so that TWILIO_EDGE and its like cannot redirect us.
    client = Client(account, token, http_client=http, environment={"TWILIO_ACCOUNT_SID": account})
    return TwilioNotifier(
        client,
        token=token,
        sender=_sender(given),
        callback_url=_address(given, "callback_url", None),
        settle_time=timedelta(seconds=given.number("settle_seconds", 900, low=1, high=3600)),
        two_way=given.flag("two_way", default=False),
        retention=_retention(given),
    )


def _sender(given: Options) -> dict[str, str]:
    if given.text("messaging_service_sid", ""):
        return {"messaging_service_sid": _matching(given, "messaging_service_sid", SERVICE)}
    return {"from_": _matching(given, "from_number", NUMBER)}


def _retention(given: Options) -> dict[str, str]:
    kept = {}
    if given.flag("discard_content", default=False):
        kept["content_retention"] = "discard"
    if given.flag("obfuscate_address", default=False):
        kept["address_retention"] = "obfuscate"
    return kept


def _matching(given: Options, name: str, pattern: re.Pattern[str]) -> str:
    value = given.text(name)
    if not pattern.fullmatch(value):
        raise SetUpError(f"twilio_sms: {name!r} does not have its usual form.")
    return value


def _address(given: Options, name: str, default: str | None) -> str:
    """Return a web address; plain http only to this very machine."""
    url = given.text(name, default)
    parts = urlsplit(url)
    here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise SetUpError(f"twilio_sms: {name!r} must begin with https://.")
    return url


def _refusal(error: TwilioRestException) -> Answer:
    reason = reason_of(error.code)
    if not 400 <= error.status < 500 or error.status == 408:
        return Unknown(f"status {error.status}")
    if reason is Reason.NOT_SET_UP or error.status in (401, 403):
        # Our account is wrong, not the message: it must not be used up.
        return Busy(SET_UP_PAUSE, str(error.code or error.status))
    if reason in PASSING:
        return Busy(code=str(error.code))
    return Rejected(reason, str(error.code or error.status))


def _found(found: Any) -> LookUp:
    state = STATES.get(str(found.status))
    if state is None:
        return NoAnswer("unknown status")
    code = str(found.error_code or "")
    return Found(state, found.sid, reason_of(code), code)


def _match(listed: Iterable[Any], message: OutgoingMessage) -> LookUp:
    """Find ours by its body, which is unique: it holds the notice's own reference.

    A text that the far side no longer shows leaves the question open.
    """
    blank = False
    for candidate in listed:
        if not str(candidate.direction or "").startswith("outbound"):
            continue
        made = candidate.date_created
        if made and message.since and made < message.since - CLOCK_SLACK:
            continue
        if candidate.body == message.text or message.reference in (candidate.body or ""):
            return _found(candidate)
        blank = blank or not candidate.body
    return NoAnswer("a text is not shown") if blank else Absent()
