"""Senders killed -9 at random, a gateway full of faults, call-backs lost, doubled and reordered."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import insert

from notifiers.simulator import Plans, Script, Simulator
from notifiers.simulator.templates import SIGN_NAME, TemplateSimulator
from notifiers.twilio_sms import TwilioNotifier
from notifiers.twilio_sms import build as build_twilio
from proactive.bootstrap import Platform
from proactive.cases.store import case
from proactive.kernel.ids import new_id, public_ref
from proactive.notices.desk import NoticeDesk
from proactive.notices.receiving import take_callback
from proactive.notices.registering import registrations
from proactive.notices.service import tell
from proactive.notices.templates import Templates
from proactive.people.intake import Intake
from proactive.people.model import Identity
from proactive.plugins.notifier import Receipt, Webhook
from tests.fullness import in_full
from tests.proactive.notices.conftest import MACHINE, TODAY, VOICE, Office

MESSAGES = in_full(400, 5000)
TEMPLATE_MESSAGES = in_full(200, 5000)
STORM_SECONDS = in_full(4.0, 60.0)
PATIENCE_SECONDS = in_full(120, 1800)
LEAST_KILLS = in_full(10, 100)
LOST_CALLBACKS = 0.8
RUNNER = Path(__file__).with_name("chaos_runner.py")
FAULTS = {
    Script.TIMEOUT_AFTER_ACCEPT: 0.01,
    Script.ERROR_AFTER_ACCEPT: 0.01,
    Script.UNAVAILABLE: 0.01,
    Script.CUT_BEFORE_ACCEPT: 0.01,
    Script.DUPLICATED: 0.1,
    Script.REORDERED: 0.1,
}


class Door:
    """Our side of the call-backs: most are lost on the way, the rest are checked and taken."""

    def __init__(self, platform: Platform, desk: NoticeDesk) -> None:
        self.platform, self.desk = platform, desk
        self.notifier: TwilioNotifier | None = None
        self.chance = random.Random(7)
        self.forged = 0
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send_response(door.take(self.path, dict(parse_qsl(body)), dict(self.headers)))
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/status"
        self.thread = Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def take(self, path: str, form: dict[str, str], headers: dict[str, str]) -> int:
        if self.notifier is None or self.chance.random() < LOST_CALLBACKS:
            return 500
        message_id = path.rpartition("/")[2]
        webhook = Webhook(f"{self.url}/{message_id}", form, headers, message_id=message_id)
        said = self.notifier.read(webhook)
        if not isinstance(said, Receipt):
            self.forged += 1
            return 403
        with self.platform.work(MACHINE) as work:
            take_callback(work, self.desk, "twilio_sms", said)
        return 204

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def door(office: Office) -> Iterator[Door]:
    opened = Door(office.platform, office.desk)
    yield opened
    opened.close()


def tell_many(office: Office, count: int) -> None:
    """Tell `count` people of the end of their cases, in one transaction."""
    keys = [office.platform.keys.subject_key("opaque", f"p{n}") for n in range(count)]
    with office.platform.work(MACHINE) as work:
        intake = Intake(work, "resident_register", new_id())
        intake.add(
            Identity(
                key=key,
                kind="person",
                scheme="opaque",
                number=f"p{n}",
                seen_on=TODAY,
                phone=f"+86138{n:08d}",
            )
            for n, key in enumerate(keys)
        )
        intake.finish()
        for key in keys:
            case_id = new_id()
            work.db.execute(
                insert(case).values(
                    id=case_id,
                    ref=public_ref(),
                    subject_key=key,
                    kind="person",
                    need="medical_cost_relief",
                    trigger="t",
                    state="assigned",
                    next_step="visit",
                    owner_post_id=new_id(),
                    due_on=TODAY,
                    raised_at=work.now,
                    raised_by="scan",
                )
            )
            tell(work, office.desk, subject_key=key, event_id="e", template="done", case_id=case_id)


def storm(
    office: Office, database_url: str, channel: str, options: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Send all that waits with senders that are killed at random, in a process of its own."""
    given = {
        "now": office.clock.now().isoformat(),
        "var": str(office.platform.settings.var),
        "database_url": database_url,
        "channel": channel,
        "options": options,
        "senders": 3,
        "seed": 11,
        "storm": STORM_SECONDS,
        "until": time.time() + PATIENCE_SECONDS,
    }
    return subprocess.run(
        [sys.executable, str(RUNNER), json.dumps(given)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS + 30,
    )


def test_killed_senders_lose_nothing_and_double_nothing(
    office: Office, door: Door, database_url: str
) -> None:
    tell_many(office, MESSAGES)
    with Simulator(plans=Plans(faults=FAULTS, seed=3), hang=2.0, pace=0.05) as gateway:
        twilio = {
            "account_sid": gateway.account,
            "auth_token": gateway.token,
            "from_number": "+15005550006",
            "callback_url": door.url,
            "base_url": gateway.base_url,
            "timeout": "1",
            "settle_seconds": "3",
        }
        door.notifier = build_twilio(twilio)
        done = storm(office, database_url, "twilio_sms", twilio)
        gateway.settled()
        copies = gateway.book.copies()
        doubled = gateway.doubled()

    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) >= LEAST_KILLS
    assert len(copies) == MESSAGES  # none lost
    assert doubled == {}
    assert door.forged == 0
    assert {row.state for row in office.messages()} <= {"sent", "delivered"}
    assert sum(row.resends for row in office.messages()) > 0  # the second attempt was needed


def test_a_template_gateway_full_of_faults_gets_each_message_once(
    office: Office, templates: Templates, database_url: str
) -> None:
    tell_many(office, TEMPLATE_MESSAGES)
    found = list(registrations(templates, VOICE, signature=SIGN_NAME))
    texts = {f"SMS_{n}": one.text for n, one in enumerate(found)}
    codes = {one.code_name: f"SMS_{n}" for n, one in enumerate(found)}
    with TemplateSimulator(texts, plans=Plans(faults=FAULTS, seed=5), hang=2.0) as gateway:
        options = gateway.options(codes) | {"timeout": "1", "settle_seconds": "3"}
        done = storm(office, database_url, "template_gateway", options)
        copies = gateway.copies()

    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) >= LEAST_KILLS
    assert len(copies) == TEMPLATE_MESSAGES  # none lost
    assert set(copies.values()) == {1}  # none doubled
    assert {row.state for row in office.messages()} <= {"sent", "delivered"}
