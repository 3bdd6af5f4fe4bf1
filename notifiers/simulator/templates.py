"""A stateful template gateway on this machine that speaks Dysmsapi's RPC shape, faults included.

It checks what the real one checks: signature, freshness, a nonce only once, registered signature
and template, exactly the template's variables, no link, long number or bracket in a value.
"""

import hmac
import json
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from notifiers.simulator.plans import Plans, Script
from notifiers.simulator.server import HERE, QuietServer, Reply
from notifiers.template_gateway import BEIJING, sign

KEY_ID, SECRET = "simulated-key-id", "simulated-key-secret"
SIGN_NAME = "云岭便民"
VARIABLE = re.compile(r"\$\{(\w+)\}")
BAD_VALUE = re.compile(r"https?:|www\.|1\d{10}|[【】]")
LONGEST_VALUE = 35
FRESH = timedelta(minutes=15)
NOT_DELIVERED = {
    Script.OUT_OF_REACH: "UNDELIV",
    Script.NO_SUCH_HANDSET: "MOBILE_NOT_ON_SERVICE",
    Script.FILTERED: "CONTENT_KEYWORD",
}
REFUSED = {
    Script.BAD_NUMBER: "isv.MOBILE_NUMBER_ILLEGAL",
    Script.LANDLINE: "isv.MOBILE_NUMBER_ILLEGAL",
    Script.OPTED_OUT: "isv.BLACK_KEY_CONTROL_LIMIT",
    Script.QUEUE_FULL: "isv.BUSINESS_LIMIT_CONTROL",
}


class TemplateSimulator:
    """`templates` are the registered texts by code, variables written as ${name}."""

    def __init__(
        self,
        templates: Mapping[str, str],
        *,
        plans: Plans | None = None,
        hang: float = 15.0,
        visibility_lag: float = 0.0,
    ) -> None:
        self.templates = dict(templates)
        self.plans = plans or Plans()
        self.taken: list[dict[str, Any]] = []
        self._hang, self._lag = hang, visibility_lag
        self._nonces: set[str] = set()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"simulator": self})
        self._http = QuietServer((HERE, 0), handler)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self._http.server_address[1]}"

    def options(self, codes: Mapping[str, str]) -> dict[str, str]:
        """Return the notifier's options that reach this simulator."""
        return {
            "url": self.url,
            "hosts": HERE,
            "networks": "127.0.0.0/8",
            "access_key_id": KEY_ID,
            "access_key_secret": SECRET,
            "sign_name": SIGN_NAME,
            "templates": ",".join(f"{name}={code}" for name, code in codes.items()),
        }

    def __enter__(self) -> "TemplateSimulator":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def copies(self) -> Counter[str]:
        """Return how often each OutId was taken; more than once is a doubled message."""
        with self._lock:
            return Counter(row["OutId"] for row in self.taken)

    def answer(self, form: Mapping[str, str]) -> Reply:
        """Answer one request: check it, then act on it."""
        wrong = self._wrong_with(form)
        if wrong:
            return problem(400, wrong)
        actions = {"SendSms": self._send, "QuerySendDetails": self._details}
        action = actions.get(form.get("Action", ""))
        return action(form) if action else problem(404, "InvalidAction.NotFound")

    def _wrong_with(self, form: Mapping[str, str]) -> str:
        if form.get("AccessKeyId") != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        if not hmac.compare_digest(sign(SECRET, "POST", form), form.get("Signature", "")):
            return "SignatureDoesNotMatch"
        try:
            at = datetime.strptime(form["Timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except (KeyError, ValueError):
            return "InvalidTimeStamp.Format"
        if abs(time.time() - at.timestamp()) > FRESH.total_seconds():
            return "InvalidTimeStamp.Expired"
        with self._lock:
            if form["SignatureNonce"] in self._nonces:
                return "SignatureNonceUsed"
            self._nonces.add(form["SignatureNonce"])
        return ""

    def _send(self, form: Mapping[str, str]) -> Reply:
        wrong = self._wrong_with_text(form)
        if wrong:
            return problem(200, wrong)
        script = self.plans.choose(form["PhoneNumbers"])
        if script in REFUSED:
            return problem(200, REFUSED[script])
        if script is Script.TOO_MANY:
            return problem(429, "Throttling.User")
        if script is Script.UNAVAILABLE:
            return problem(503, "ServiceUnavailable")
        if script is Script.CUT_BEFORE_ACCEPT:
            return Reply.cut()
        biz_id = self._take(form, script)
        if script is Script.ERROR_AFTER_ACCEPT:
            return problem(500, "isp.SYSTEM_ERROR")
        if script is Script.TIMEOUT_AFTER_ACCEPT:
            return Reply.hang(self._hang)
        return Reply(200, {"Code": "OK", "Message": "OK", "BizId": biz_id, "RequestId": _id()})

    def _wrong_with_text(self, form: Mapping[str, str]) -> str:
        """Return the code for what the real service would refuse in a request to send."""
        text = self.templates.get(form.get("TemplateCode", ""))
        if form.get("SignName") != SIGN_NAME:
            return "isv.SMS_SIGNATURE_ILLEGAL"
        if text is None:
            return "isv.SMS_TEMPLATE_ILLEGAL"
        if not re.fullmatch(r"1\d{10}", form.get("PhoneNumbers", "")):
            return "isv.MOBILE_NUMBER_ILLEGAL"
        try:
            values = json.loads(form.get("TemplateParam") or "{}")
        except ValueError:
            return "isv.INVALID_JSON_PARAM"
        if not all(isinstance(value, str) for value in values.values()):
            return "isv.INVALID_JSON_PARAM"
        if set(VARIABLE.findall(text)) - set(values):
            return "isv.TEMPLATE_MISSING_PARAMETERS"
        if any(len(value) > LONGEST_VALUE for value in values.values()):
            return "isv.PARAM_LENGTH_LIMIT"
        if any(BAD_VALUE.search(value) for value in values.values()):
            return "isv.PARAM_NOT_SUPPORT_URL"
        return ""

    def _take(self, form: Mapping[str, str], script: Script) -> str:
        values = json.loads(form.get("TemplateParam") or "{}")
        text = VARIABLE.sub(lambda found: values[found[1]], self.templates[form["TemplateCode"]])
        failed = NOT_DELIVERED.get(script)
        now = datetime.fromtimestamp(time.time(), BEIJING)
        status = 1 if script is Script.SILENT else 2 if failed else 3
        row = {
            "PhoneNum": form["PhoneNumbers"],
            "SendStatus": status,
            "ErrCode": failed or ("DELIVERED" if status == 3 else ""),
            "TemplateCode": form["TemplateCode"],
            "Content": f"【{form['SignName']}】{text}",
            "SendDate": f"{now:%Y-%m-%d %H:%M:%S}",
            "ReceiveDate": f"{now:%Y-%m-%d %H:%M:%S}",
            "OutId": form.get("OutId", ""),
            "visible_at": time.time() + self._lag,
        }
        with self._lock:
            self.taken.append(row)
        return _id()

    def _details(self, form: Mapping[str, str]) -> Reply:
        size, page = int(form.get("PageSize", "10")), int(form.get("CurrentPage", "1"))
        if not 1 <= size <= 50:
            return problem(200, "isv.INVALID_PARAMETERS")
        day = datetime.strptime(form["SendDate"], "%Y%m%d").replace(tzinfo=UTC)
        with self._lock:
            found = [
                {name: value for name, value in row.items() if name != "visible_at"}
                for row in reversed(self.taken)
                if row["PhoneNum"] == form.get("PhoneNumber")
                and row["SendDate"].startswith(f"{day:%Y-%m-%d}")
                and row["visible_at"] <= time.time()
            ]
        body: dict[str, Any] = {"Code": "OK", "Message": "OK", "RequestId": _id()}
        shown = found[(page - 1) * size : page * size]
        body |= {"TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown}}
        return Reply(200, body)


def problem(status: int, code: str) -> Reply:
    """Return an error in the provider's shape."""
    return Reply(status, {"Code": code, "Message": code, "RequestId": _id()})


def _id() -> str:
    return secrets.token_hex(12)


class _Handler(BaseHTTPRequestHandler):
    simulator: TemplateSimulator
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), 64 * 1024)
        text = self.rfile.read(length).decode("utf-8", "replace")
        reply = self.simulator.answer(dict(parse_qsl(text, keep_blank_values=True)))
        if reply.silence is not None:
            time.sleep(reply.silence)
            self.close_connection = True
            return
        data = json.dumps(reply.body, ensure_ascii=False).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Log nothing: requests hold phone numbers."""
