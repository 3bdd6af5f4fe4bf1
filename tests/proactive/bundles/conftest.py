"""A small county with its offices, and a confirmed case to open bundles for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Row, select

from proactive.areas.calendar import refresh_calendar
from proactive.areas.store import area
from proactive.bootstrap import Platform, build
from proactive.bundles.offices import load_offices
from proactive.bundles.opening import open_bundle
from proactive.bundles.running import Running, load_running
from proactive.bundles.service import act_on_item, settle_bundle
from proactive.bundles.store import office
from proactive.bundles.versions import activate_bundle, load_bundles
from proactive.cases.store import case, case_event
from proactive.config import Settings
from proactive.embedded import Servers
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.offices import OfficeKind
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.people.intake import Intake
from proactive.people.model import Identity, Place
from proactive.visits.form_versions import live_form, load_forms
from proactive.visits.store import visit
from tests.databases import copy_database, database_name

ROOT = Path(__file__).resolve().parents[3]
PATH = ("370000000000", "371400000000", "371422000000", "371422001000", "371422001001")
NAMES = ("示例省", "示例市", "示例县", "甲镇", "东村")
AREAS = {f"area_{n}": code for n, code in enumerate(PATH, start=1)}
SUBJECT = 4611686018427387904

MACHINE = Actor.machine("test")
OPERATOR = Actor.operator_on_server("op-li")
TOWN = Actor(Role.TOWN, "town-zhao", areas=(PATH[3],), level=4)
POST = new_id()
COORDINATOR = Actor(Role.COORDINATOR, "coord-qian", areas=(PATH[4],), level=5, posts=(str(POST),))
STRANGER = Actor(Role.COORDINATOR, "coord-far", areas=("371422009009",), level=5)


@dataclass
class Desk:
    """A county one can act in: each call is one transaction of one actor."""

    platform: Platform
    offices: dict[str, Row[Any]]
    coordinator: Actor = COORDINATOR
    town: Actor = TOWN
    stranger: Actor = STRANGER

    def clerk(self, kind: str, who: str = "clerk-sun") -> Actor:
        return Actor(Role.CLERK, who, office_id=str(self.offices[kind].id))

    def do(self, actor: Actor, action: Callable[[Work], Any]) -> Any:
        with self.platform.work(actor) as work:
            return action(work)

    def settle(self, bundle_id: UUID) -> None:
        self.do(MACHINE, lambda work: settle_bundle(work, bundle_id))

    def running(self, bundle_id: UUID) -> Running:
        found: Running = self.do(MACHINE, lambda work: load_running(work, bundle_id))
        return found

    def states(self, bundle_id: UUID) -> dict[str, str]:
        return {code: row.state for code, row in self.running(bundle_id).items.items()}

    def item(self, bundle_id: UUID, code: str) -> Row[Any]:
        return self.running(bundle_id).items[code]

    def act(
        self, bundle_id: UUID, code: str, action: str, actor: Actor | None = None, **data: Any
    ) -> Any:
        """Let a clerk of the item's own office act on its present version, then settle."""
        row = self.item(bundle_id, code)
        kind = next(k for k, o in self.offices.items() if o.id == row.office_id)
        who = actor or self.clerk(kind)
        data.setdefault("base_version", row.version)
        moved = self.do(who, lambda work: act_on_item(work, row.id, action, **data))
        self.settle(bundle_id)
        return moved

    def forward(self, **span: int) -> None:
        self.platform.clock.advance(timedelta(**span))  # type: ignore[attr-defined]

    def case(
        self,
        need: str = "disability_assistance",
        *,
        state: str = "approved",
        findings: Mapping[str, str] | None = None,
        kind: str = "person",
        areas: Mapping[str, str] = AREAS,
        subject: int = SUBJECT,
    ) -> UUID:
        """Put a confirmed case into the database, with the confirmation's event."""
        case_id, visit_id = new_id(), new_id()

        def put(work: Work) -> None:
            work.db.execute(
                case.insert().values(
                    id=case_id,
                    ref=public_ref(),
                    subject_key=subject,
                    kind=kind,
                    need=need,
                    trigger="any",
                    state=state,
                    owner_post_id=POST,
                    next_step="prepare",
                    due_on=date(2026, 11, 30),
                    raised_at=work.now,
                    raised_by="test",
                    lead_feed="disability_register",
                    **areas,
                )
            )
            if state == "assigned":
                return
            work.db.execute(
                case_event.insert().values(
                    case_id=case_id,
                    seq=1,
                    at=work.now,
                    actor_role="coordinator",
                    actor_id="coord-qian",
                    action="confirm",
                    state="confirmed",
                    detail={"visit": str(visit_id)},
                    **areas,
                )
            )
            work.db.execute(
                visit.insert().values(
                    id=visit_id,
                    case_id=case_id,
                    form_id=live_form(work.db, need).id,
                    base_version=1,
                    account_id="coord-qian",
                    outcome="confirmed",
                    how="visit",
                    findings=dict(findings or {}),
                    told_at=work.now,
                    received_at=work.now,
                    taken=True,
                    case_version=2,
                    **areas,
                )
            )

        self.do(MACHINE, put)
        return case_id

    def open(self, case_id: UUID, code: str = "disability_assistance", **more: Any) -> UUID:
        row = self.do(MACHINE, lambda work: open_bundle(work, case_id, code, **more))
        self.settle(row.id)
        bundle_id: UUID = row.id
        return bundle_id

    def rows(self, table: Any, *where: Any) -> list[Row[Any]]:
        return list(
            self.do(MACHINE, lambda work: list(work.db.execute(select(table).where(*where))))
        )


def put_person(work: Work) -> None:
    intake = Intake(work, "resident_register", uuid4())
    intake.add(
        [
            Identity(
                key=SUBJECT,
                kind="person",
                scheme="cn_resident_id",
                number="371422199001011234",
                name="王小明",
                phone="+8613900000000",
                address="示例路1号",
                born_on=date(1990, 1, 1),
                place=Place(living=PATH[4], registered=PATH[4], authority=50),
                seen_on=date(2026, 1, 2),
            )
        ]
    )
    intake.finish()


def put_areas(work: Work) -> None:
    for level, (code, name) in enumerate(zip(PATH, NAMES, strict=True), start=1):
        own = {f"area_{n}": PATH[n - 1] if n <= level else "" for n in range(1, 6)}
        work.db.execute(
            area.insert().values(
                code=code,
                parent=PATH[level - 2] if level > 1 else "",
                name=name,
                level=level,
                source="test",
                **own,
            )
        )


def put_county(work: Work) -> None:
    put_areas(work)
    put_person(work)
    refresh_calendar(work, "CN", 2026, 2027)
    rows = [
        {
            "code": f"C-{kind}",
            "kind": str(kind),
            "name": f"示例县{kind}",
            "area_code": PATH[2],
            "phone": "0534-1234567",
        }
        for kind in OfficeKind
    ]
    load_offices(work, rows)
    findings = ROOT / "triggers" / "findings"
    load_forms(work, findings)
    for each in load_bundles(work, ROOT / "triggers" / "bundles", findings=findings):
        activate_bundle(work, each.bundle, each.version)


@pytest.fixture(scope="session")
def template_database(
    servers: Servers, template_database: str, keyring: Keyring, tmp_path_factory: Any
) -> str:
    """Fill a county once; every test of this folder then starts from a copy of it."""
    url = copy_database(servers, template_database, "county")
    var = tmp_path_factory.mktemp("county")
    keyring.write(var / "keys.json")
    settings = Settings(var=var, database_url=url)
    built = build(settings, clock=ManualClock(datetime(2026, 11, 1, tzinfo=UTC)))
    with built.work(OPERATOR) as work:
        put_county(work)
    built.close()
    return database_name(url)


@pytest.fixture
def desk(platform: Platform) -> Desk:
    with platform.work(MACHINE) as work:
        offices = {row.kind: row for row in work.db.execute(select(office))}
    return Desk(platform, offices)
