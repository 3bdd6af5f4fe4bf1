"""The guide for a first county, walked through as it stands: its own commands, its own answers."""

import json
import re
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from proactive.bootstrap import Platform, build
from proactive.config import read_settings
from proactive.embedded import Servers
from proactive.kernel.clock import SystemClock
from proactive.scheduler import tick
from proactive.stepping import run_due_steps
from tests.conftest import drop_database
from tests.journeys.walking import Console, parts_of
from tests.web.browsing import Browser
from web.app import create_app

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = DOCS / "first-county.md"
MONDAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
PIN = "194026"
CASE = re.compile(r'href="/visits/([0-9a-f-]{36})"')
HIDDEN = re.compile(r'name="(visit_id|base_version)" value="([^"]+)"')


class Server:
    """The empty server: its settings, its time, and what its services would do."""

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        self.now = MONDAY
        self.var = folder / "var"
        self.console = Console(
            folder,
            {
                "PROACTIVE_VAR": str(self.var),
                "PROACTIVE_DATABASE_URL": database_url,
                "PROACTIVE_REDIS_URL": redis_url,
                "PROACTIVE_PUBLIC_URL": "http://localhost",
                "PROACTIVE_CHANNEL": "file",
                "PROACTIVE_CHANNELS": json.dumps(
                    {"file": {"path": str(self.var / "messages.jsonl")}}
                ),
            },
        )
        self._platform: Platform | None = None

    @property
    def platform(self) -> Platform:
        """The platform of the services; there once the schema is."""
        if self._platform is None:
            self._platform = build(read_settings())
        return self._platform

    def settle(self) -> None:
        """Do what clock and workers would do by now."""
        tick(self.platform)
        run_due_steps(self.platform)

    def close(self) -> None:
        if self._platform is not None:
            self._platform.close()

    def walk(self, what: str) -> None:
        {"four days later": self.wait, "first visit": self.visit}[what]()

    def wait(self) -> None:
        """Let four mornings pass; what was missed is caught up once."""
        self.now += timedelta(days=4)
        self.settle()

    def visit(self) -> None:
        """Begin with a slip of the sheet, open the list, confirm what is really so."""
        folder = self.console.folder
        truth = json.loads((folder / "practice" / "truth.json").read_text(encoding="utf-8"))
        app = create_app(self.platform)
        slips = (folder / "slips.html").read_text(encoding="utf-8").split("<section")[1:]
        assert len(slips) == coordinators(folder)
        for slip in slips:  # the coordinators of the town begin, each on the own phone
            phone = Browser(app.test_client())
            begin(phone, slip.split("<b>")[1].split("</b>")[0])
            cases = CASE.findall(phone.get("/visits").text)
            if cases:
                confirm(phone, cases[0], truth)
        self.settle()


def coordinators(folder: Path) -> int:
    """Return how many coordinators the list of posts names."""
    lines = (folder / "practice" / "posts.csv").read_text(encoding="utf-8-sig").splitlines()
    return sum(",coordinator," in line for line in lines)


def begin(phone: Browser, code: str) -> None:
    """Type in the code of a slip and choose a PIN."""
    page = phone.post("/start", {"code": code})
    assert page.status_code == 200, page.text
    started = phone.post("/start/pin", {"code": code, "pin": PIN, "again": PIN})
    assert started.status_code == 303, started.text


def confirm(phone: Browser, case_id: str, truth: dict[str, Any]) -> None:
    """Confirm on the sheet what is so with the person of the practice county's story."""
    number = truth["roles"]["central_story"]["number"]
    need = "medical_cost_relief"
    given = next(a for a in truth["answers"] if (a["number"], a["need"]) == (number, need))
    hidden = dict(HIDDEN.findall(phone.get(f"/visits/{case_id}").text))
    said = {f"q-{name}": value for name, value in given["findings"].items()}
    form = {**hidden, **said, "outcome": "confirmed", "how": "visit"}
    answer = phone.post(f"/visits/{case_id}", form)
    assert answer.status_code == 303, answer.text


@pytest.fixture
def server(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    name = f"first_{uuid.uuid4().hex}"
    owner = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = make_url(servers.database_url).set(database=name)
    made = Server(tmp_path, url.render_as_string(hide_password=False), servers.redis_url)
    for key, value in made.console.variables.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(SystemClock, "now", lambda _self: made.now)
    monkeypatch.chdir(tmp_path)
    yield made
    made.close()
    owner.dispose()
    drop_database(servers, name)
    shutil.rmtree(made.var, ignore_errors=True)


def test_the_guide_leads_from_an_empty_server_to_a_confirmed_case(server: Server) -> None:
    ran = 0
    for part in parts_of(GUIDE):
        if part.kind == "sh":
            server.console.run(part.text)
            ran += 1
        elif part.kind == "text":
            server.console.expect(part.text)
        elif part.kind == "walk":
            server.walk(part.text)

    assert ran > 10
    lines = (server.var / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    assert {each["to"] for each in told} == {f"+86{server.console.variables['GUEST']}"}
    assert "someone_will_come" in {each["template"] for each in told}
