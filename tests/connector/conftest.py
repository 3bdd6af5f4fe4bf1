"""The small county of the bundles' tests, with one office that works in a system of its own."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from werkzeug.serving import make_server

from proactive.bootstrap import Platform
from proactive.connectors.store import office_call
from proactive.handlers.connecting import ask_offices, call_offices
from proactive.handlers.telling import settle
from tests.connector.office_system import SECRET, OfficeSystem
from tests.proactive.bundles.conftest import MACHINE, Desk, desk, template_database
from web.app import create_app

__all__ = ["desk", "template_database"]
OFFICE = "C-disabled_federation"
ITEM = "grade_assessment"


@dataclass
class Line:
    """A county desk, the office's running system, and our own door for its call-backs."""

    desk: Desk
    platform: Platform
    office: OfficeSystem

    def hand_in(self) -> UUID:
        """Open a bundle; its first item goes out to the office's system."""
        bundle_id = self.desk.open(self.desk.case())
        self.go_on(bundle_id)
        return bundle_id

    def go_on(self, bundle_id: UUID) -> None:
        """Do what follows by itself, then make the calls that this planned."""
        settle(self.platform, str(bundle_id))
        call_offices(self.platform, "")

    def also(self, other: str) -> Platform:
        """Return the platform with one more office whose items go to the same running system."""
        systems = self.platform.settings.office_systems
        both = {**systems, other: systems[OFFICE]}
        settings = self.platform.settings.model_copy(update={"office_systems": both})
        return replace(self.platform, settings=settings)

    def ask(self) -> None:
        """Let every lease and every silence be over, and ask."""
        now = {"look_at": func.clock_timestamp()}
        self.do(update(office_call).where(office_call.c.look_at.is_not(None)).values(**now))
        late = {"lease_until": func.clock_timestamp()}
        self.do(update(office_call).where(office_call.c.lease_until.is_not(None)).values(**late))
        ask_offices(self.platform, "")

    def do(self, statement: Any) -> None:
        self.desk.do(MACHINE, lambda work: work.db.execute(statement))

    def calls(self) -> list[tuple[str, str, int]]:
        rows = self.desk.do(
            MACHINE,
            lambda work: work.db.execute(
                select(office_call.c.kind, office_call.c.state, office_call.c.round).order_by(
                    office_call.c.id
                )
            ).all(),
        )
        return [tuple(row) for row in rows]

    def history(self, bundle_id: UUID) -> list[tuple[str, str]]:
        """Return who did what with the item, without the machine's own steps."""
        query = text(
            "SELECT action, actor_id FROM item_event WHERE item_id = :id"
            " AND actor_role = 'clerk' ORDER BY seq"
        )
        item_id = self.desk.item(bundle_id, ITEM).id
        rows = self.desk.do(MACHINE, lambda work: work.db.execute(query, {"id": item_id}).all())
        return [tuple(row) for row in rows]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeSystem]:
    system = OfficeSystem(tmp_path)
    yield system
    system.stop()


@pytest.fixture
def line(desk: Desk, platform: Platform, office: OfficeSystem) -> Iterator[Line]:
    given = {
        "connector": "webhook",
        "url": office.base_url,
        "hosts": "127.0.0.1",
        "networks": "127.0.0.0/8",
        "secret": SECRET,
        "timeout": "0.3",
    }
    door = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    settings = platform.settings.model_copy(
        update={
            "office_systems": {OFFICE: given},
            "public_url": f"http://127.0.0.1:{door.server_port}",
        }
    )
    connected = replace(platform, settings=settings)
    door.app = create_app(connected, hooks_only=True)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    yield Line(replace(desk, platform=connected), connected, office)
    door.shutdown()
    door.server_close()
