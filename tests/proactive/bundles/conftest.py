"""A small county with its offices, and a confirmed case to open bundles for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select

from proactive.areas.calendar import refresh_calendar
from proactive.areas.store import area
from proactive.bootstrap import Platform
from proactive.bundles.offices import load_offices
from proactive.bundles.opening import open_bundle
from proactive.bundles.parts import OfficeKind
from proactive.bundles.running import Running, load_running
from proactive.bundles.service import act_on_item, settle_bundle
from proactive.bundles.store import office
from proactive.bundles.versions import activate_bundle, load_bundles
from proactive.cases.store import case, case_event
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.visits.form_versions import live_form, load_forms
from proactive.visits.store import visit

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

    def act(self, bundle_id: UUID, code: str, action: str, actor: Actor | None = None, **data: Any) -> Any:
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

    def case(self, need: str = "disability_assistance", *, state: str = "approved",
             findings: Mapping[str, str] | None = None, kind: str = "person",
             areas: Mapping[str, str] = AREAS) -> UUID:
        """Put a confirmed case into the database, with the confirmation's event."""
        case_id, visit_id = new_id(), new_id()

        def put(work: Work) -> None:
            work.db.execute(
                case.insert().values(
                    id=case_id, ref=public_ref(), subject_key=SUBJECT, kind=kind, need=need,
                    trigger="any", state=state, owner_post_id=POST, next_step="prepare",
                    due_on=date(2026, 11, 30), raised_at=work.now, raised_by="test",
                    lead_feed="disability_register", **areas,
                )
            )
            if state == "assigned":
                return
            work.db.execute(
                case_event.insert().values(
                    case_id=case_id, seq=1, at=work.now, actor_role="coordinator",
                    actor_id="coord-qian", action="confirm", state="confirmed",
                    detail={"visit": str(visit_id)}, **areas,
                )
            )
            work.db.execute(
                visit.insert().values(
                    id=visit_id, case_id=case_id, form_id=live_form(work.db, need).id,
                    base_version=1, account_id="coord-qian", outcome="confirmed", how="visit",
                    findings=dict(findings or {}), told_at=work.now, received_at=work.now,
                    taken=True, case_version=2, **areas,
                )
            )

        self.do(MACHINE, put)
        return case_id

    def open(self, case_id: UUID, code: str = "disability_assistance", **more: Any) -> UUID:
        row = self.do(MACHINE, lambda work: open_bundle(work, case_id, code, **more))
        self.settle(row.id)
        bundle_id: UUID = row.id
        return bundle_id

    def events(self, table: Any, *where: Any) -> list[Row[Any]]:
        return list(self.do(MACHINE, lambda work: list(work.db.execute(select(table).where(*where)))))


def put_areas(work: Work) -> None:
    for level, (code, name) in enumerate(zip(PATH, NAMES, strict=True), start=1):
        own = {f"area_{n}": PATH[n - 1] if n <= level else "" for n in range(1, 6)}
        work.db.execute(
            area.insert().values(
                code=code, parent=PATH[level - 2] if level > 1 else "", name=name, level=level,
                source="test", **own,
            )
        )


@pytest.fixture
def desk(platform: Platform) -> Desk:
    with platform.work(OPERATOR) as work:
        put_areas(work)
        refresh_calendar(work, "CN", 2026, 2027)
        load_offices(
            work,
            [
                {"code": f"C-{kind}", "kind": str(kind), "name": f"示例县{kind}",
                 "area_code": PATH[2], "phone": "0534-1234567"}
                for kind in OfficeKind
            ],
        )
        load_forms(work, ROOT / "triggers" / "findings")
        loaded = load_bundles(
            work, ROOT / "triggers" / "bundles", findings=ROOT / "triggers" / "findings"
        )
        for each in loaded:
            activate_bundle(work, each.bundle, each.version)
        offices = {row.kind: row for row in work.db.execute(select(office))}
    return Desk(platform, offices)
