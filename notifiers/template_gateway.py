"""A template gateway in the shape of Aliyun's SMS service (Dysmsapi 2017-05-25, RPC style).

Only registered texts go out: a template code, values for its variables, a registered signature.
Requests are signed as its public documents say: HMAC-SHA1 with '<secret>&' over method, path and
the sorted parameters. Our message id travels as OutId, which QuerySendDetails shows again, so a
lost answer is looked up exactly. Its pushes carry no signature and are not taken: how a message
fared is asked (`asks_for_receipts`). One-way: a notice there may not offer a reply. No address
is built in; whom it calls stands in the settings.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from notifiers.outgoing import HttpReply, NoReply, NotCalled, OutsideHost
from notifiers.template_codes import SEND_CODES, failed_because
from proactive.plugins.notifier import (
    Absent,
    Accepted,
    Answer,
    Busy,
    DeliveryState,
    Found,
    LookUp,
    NoAnswer,
    OutgoingMessage,
    Reason,
    Rejected,
    SetUpError,
    Unknown,
)
from proactive.plugins.options import Options

OPTIONS = (
    *("url", "hosts", "networks", "access_key_id", "access_key_secret", "sign_name"),
    *("templates", "timeout", "settle_seconds"),
)
VERSION = "2017-05-25"
BEIJING = timezone(timedelta(hours=8))
PAGE = 50
MOST_PAGES = 5
STATES = {1: DeliveryState.SENT, 2: DeliveryState.FAILED, 3: DeliveryState.DELIVERED}
# They stand in the registered text itself: no variable may hold a name of ours or a phone number.
FIXED = frozenset({"sender", "check_phone"})


class TemplateGatewayNotifier:
    """`templates` maps '<notice>.<language>' to the code of the text registered for it."""

    name = "template_gateway"
    two_way = False
    idempotent = False
    asks_for_receipts = True

    def __init__(
        self,
        host: OutsideHost,
        *,
        key_id: str,
        secret: str,
        sign_name: str,
        templates: Mapping[str, str],
        settle_time: timedelta,
    ) -> None:
        self._host = host
        self._key_id = key_id
        self._secret = secret
        self._sign_name = sign_name
        self._templates = dict(templates)
        self.settle_time = settle_time

    def send(self, message: OutgoingMessage) -> Answer:
        code = self._templates.get(f"{message.template}.{_language(message)}")
        if code is None:
            return Rejected(Reason.NOT_SET_UP, "no template code")
        values = {name: value for name, value in message.params.items() if name not in FIXED}
        try:
            reply = self._call(
                "SendSms",
                PhoneNumbers=_local(message.to),
                SignName=self._sign_name,
                TemplateCode=code,
                TemplateParam=json.dumps(values, ensure_ascii=False, sort_keys=True),
                OutId=message.message_id,
            )
        except NotCalled as error:
            return Busy(code=str(error))
        except NoReply as error:
            return Unknown(str(error))
        return _answer(reply)

    def look_up(self, message: OutgoingMessage) -> LookUp:
        """Find ours by OutId among what went to the number on the days it may have gone."""
        since = message.since or _machine_time()
        first = (since - timedelta(minutes=5)).astimezone(BEIJING).date()
        last = _machine_time().astimezone(BEIJING).date()
        days = sorted({first, min(first + timedelta(days=1), last)})
        try:
            for day in days:
                for row in self._details(_local(message.to), f"{day:%Y%m%d}"):
                    if row.get("OutId") == message.message_id:
                        return _found(row, message.provider_id)
        except (NotCalled, NoReply) as error:
            return NoAnswer(str(error))
        return Absent()

    def _details(self, number: str, day: str) -> Iterator[dict[str, Any]]:
        """Yield every record of a number and day; NoReply when the list is not whole."""
        seen = 0
        for page in range(1, MOST_PAGES + 1):
            reply = self._call(
                "QuerySendDetails",
                PhoneNumber=number,
                SendDate=day,
                PageSize=str(PAGE),
                CurrentPage=str(page),
            )
            said = _json(reply.body)
            rows = (said.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO")
            if reply.status != 200 or said.get("Code") != "OK" or not isinstance(rows, list):
                raise NoReply(str(said.get("Code", f"status {reply.status}"))[:60])
            yield from rows
            seen += len(rows)
            if seen >= int(said.get("TotalCount") or 0):
                return
            if not rows:
                break
        raise NoReply("the list is not whole")

    def _call(self, action: str, **params: str) -> HttpReply:
        everything = {
            "AccessKeyId": self._key_id,
            "Action": action,
            "Format": "JSON",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": uuid.uuid4().hex,
            "SignatureVersion": "1.0",
            "Timestamp": f"{_machine_time():%Y-%m-%dT%H:%M:%SZ}",
            "Version": VERSION,
            **params,
        }
        everything["Signature"] = sign(self._secret, "POST", everything)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._host.call("POST", "/", headers=headers, body=urlencode(everything).encode())


def sign(secret: str, method: str, params: Mapping[str, str]) -> str:
    """Return the signature of a request: base64 of HMAC-SHA1 over its canonical form."""
    pairs = (f"{encode(k)}={encode(v)}" for k, v in sorted(params.items()) if k != "Signature")
    text = f"{method}&{encode('/')}&{encode('&'.join(pairs))}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def encode(text: str) -> str:
    """Return `text` percent-encoded after RFC 3986: only letters, digits and -_.~ stay."""
    return quote(text, safe="-_.~")


def build(options: Mapping[str, str]) -> TemplateGatewayNotifier:
    given = Options("template_gateway", options, known=OPTIONS)
    try:
        networks = tuple(ipaddress.ip_network(part) for part in given.words("networks"))
    except ValueError:
        raise SetUpError(
            "template_gateway: 'networks' must be a list such as 10.1.0.0/16."
        ) from None
    host = OutsideHost(
        url=_checked_url(given),
        networks=networks,
        timeout=given.number("timeout", 10, low=1, high=20),
    )
    sign_name = given.text("sign_name")
    if any(mark in sign_name for mark in "【】[]"):
        raise SetUpError("template_gateway: 'sign_name' stands without brackets.")
    return TemplateGatewayNotifier(
        host,
        key_id=given.text("access_key_id"),
        secret=given.text("access_key_secret"),
        sign_name=sign_name,
        templates=_templates(given),
        settle_time=timedelta(seconds=given.number("settle_seconds", 300, low=1, high=3600)),
    )


def _templates(given: Options) -> dict[str, str]:
    """Read 'someone_will_come.zh=SMS_1, done.zh=SMS_2'."""
    found = {}
    for pair in given.words("templates"):
        name, sign_, code = pair.partition("=")
        if not sign_ or "." not in name or not code.strip():
            raise SetUpError(
                "template_gateway: 'templates' must be a list such as done.zh=SMS_1, done.en=SMS_2."
            )
        found[name.strip()] = code.strip()
    if not found:
        raise SetUpError("template_gateway: the option 'templates' is missing.")
    return found


def _checked_url(given: Options) -> str:
    """Return the gateway's address: https (plain only to this machine) and a listed host."""
    url = given.text("url")
    parts = urlsplit(url)
    here = parts.hostname in ("127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise SetUpError("template_gateway: 'url' must begin with https://.")
    if parts.query or parts.fragment or parts.username or parts.path not in ("", "/"):
        raise SetUpError("template_gateway: 'url' must be no more than scheme, host and port.")
    if parts.hostname not in given.words("hosts"):
        raise SetUpError("template_gateway: the host of 'url' is not in the list 'hosts'.")
    return url


def _answer(reply: HttpReply) -> Answer:
    said = _json(reply.body)
    code = str(said.get("Code", ""))
    if reply.status == 200 and code == "OK":
        biz_id = str(said.get("BizId", ""))
        return Accepted(biz_id) if biz_id else Unknown("answer names no message")
    if code in SEND_CODES:
        meaning = SEND_CODES[code]
        return Busy(meaning, code) if isinstance(meaning, timedelta) else Rejected(meaning, code)
    if code.startswith("Throttling") or reply.status in (429, 503):
        return Busy(code=code or str(reply.status))
    if code.startswith("isv.") and reply.status < 500:
        return Rejected(Reason.REFUSED, code)
    return Unknown(code or f"status {reply.status}")


def _found(row: Mapping[str, Any], provider_id: str) -> LookUp:
    """Read one record. The far side names no BizId there: ours stays, else OutId stands for it."""
    state = STATES.get(row.get("SendStatus", 0))
    if state is None:
        return NoAnswer("unknown status")
    code = str(row.get("ErrCode") or "")
    reason = failed_because(code) if state is DeliveryState.FAILED else Reason.NONE
    return Found(state, provider_id or str(row["OutId"]), reason, code)


def _machine_time() -> datetime:
    """Return the machine's time: requests are stamped with it, whatever business time says."""
    return datetime.fromtimestamp(time.time(), UTC)


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):  # nested without end
        return {}
    return said if isinstance(said, dict) else {}


def _local(number: str) -> str:
    """Return a number as the far side writes it: 11 digits at home, no '+' abroad."""
    return number.removeprefix("+86") if number.startswith("+86") else number.removeprefix("+")


def _language(message: OutgoingMessage) -> str:
    return "zh" if message.language.lower().startswith("zh") else "en"
