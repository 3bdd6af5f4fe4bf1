"""An office's own system as its programmers might build it: Flask, SQLite, a real port.

It checks our signature, takes each key once, keeps what it took, and answers as its `plans` say:
a word of an answer, 'silent', 'busy' (503), 'lose' (kept, then no answer in time), 'kill' (kept,
then the caller dies), 'refuse' (4xx).
"""

import hmac
import json
import os
import signal
import sqlite3
import threading
import time
from collections import deque
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from notifiers.http_gateway import SIGNATURE, TIMESTAMP, sign

SECRET = "a secret of forty characters for the test"
OFFICER = {"officer_no": "0412", "officer_name": "周明"}
GRANT = {
    "word": "granted",
    "legal_basis": "残疾人证管理办法",
    "results": {"disability_kind": "4", "disability_grade": "1"},
}


class OfficeSystem:
    """A running office system; `base_url` is its address, `plans` what it does call by call."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "office.sqlite"
        self.plans: deque[str] = deque()
        self.seen: list[str] = []
        self.victim = 0
        with self._open() as book:
            book.execute("CREATE TABLE call (key TEXT PRIMARY KEY, body TEXT, answer TEXT)")
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/items"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def taken(self) -> list[dict[str, Any]]:
        """Return what it took, oldest first."""
        with self._open() as book:
            rows = book.execute("SELECT body FROM call ORDER BY rowid").fetchall()
        return [json.loads(body) for (body,) in rows]

    def settle(self, key: str, **answer: Any) -> None:
        """Its officer has decided; nobody is told, so it must be asked."""
        with self._open() as book:
            book.execute("UPDATE call SET answer = ? WHERE key = ?", (_answer(key, answer), key))

    def say(
        self, parcel: dict[str, Any], answer: dict[str, Any], *, secret: str = SECRET, age: int = 0
    ) -> tuple[int, dict[str, Any]]:
        """Call back as its contract says; return status and document of what came back."""
        document = json.loads(_answer(parcel["hand_in"], answer))
        return post_signed(parcel["answer_to"], {"answer": document}, secret=secret, age=age)

    def _open(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.file, timeout=5, isolation_level=None))

    def _app(self) -> Flask:
        app = Flask("office_system")
        app.add_url_rule("/items", view_func=self._take, methods=["POST"])
        app.add_url_rule("/items/<key>", view_func=self._show, methods=["GET"])
        return app

    def _take(self) -> tuple[Response, int]:
        if not _signed():
            return jsonify(error="signature"), 401
        plan = self.plans.popleft() if self.plans else "silent"
        self.seen.append(plan)
        if plan in ("busy", "refuse"):
            return jsonify(error=plan), 503 if plan == "busy" else 422
        key = request.headers["Idempotency-Key"]
        with self._open() as book:
            book.execute(
                "INSERT OR IGNORE INTO call (key, body) VALUES (?, ?)",
                (key, request.get_data(as_text=True)),
            )
        if plan == "kill":
            os.kill(self.victim, signal.SIGKILL)
        if plan == "lose":
            time.sleep(0.6)
        if plan in ("silent", "lose"):
            return jsonify({}), 202
        answer = GRANT if plan == "granted" else {"word": plan}
        return jsonify(answer=json.loads(_answer(key, answer))), 200

    def _show(self, key: str) -> tuple[Response, int]:
        if not _signed():
            return jsonify(error="signature"), 401
        with self._open() as book:
            row = book.execute("SELECT answer FROM call WHERE key = ?", (key,)).fetchone()
        if row is None:
            return jsonify(error="never seen"), 404
        return jsonify({"answer": json.loads(row[0])} if row[0] else {}), 200


def post_signed(
    url: str, document: dict[str, Any], *, secret: str, age: int
) -> tuple[int, dict[str, Any]]:
    body = json.dumps(document).encode()
    stamp = str(int(time.time()) - age)
    path = "/" + url.split("/", 3)[3]
    headers = {
        "Content-Type": "application/json",
        TIMESTAMP: stamp,
        SIGNATURE: sign(secret.encode(), stamp, "POST", path, body),
    }
    call = Request(url, body, headers, method="POST")  # noqa: S310 - this machine only
    try:
        with urlopen(call, timeout=5) as reply:  # noqa: S310
            return reply.status, json.load(reply)
    except OSError as error:
        return getattr(error, "code", 0), json.loads(getattr(error, "read", lambda: b"{}")())


def _answer(key: str, answer: dict[str, Any]) -> str:
    return json.dumps({"answer_id": f"{key}-{answer['word']}", "hand_in": key, **OFFICER, **answer})


def _signed() -> bool:
    wanted = sign(
        SECRET.encode(),
        request.headers.get(TIMESTAMP, ""),
        request.method,
        request.path,
        request.get_data(),
    )
    return hmac.compare_digest(wanted, request.headers.get(SIGNATURE, ""))
