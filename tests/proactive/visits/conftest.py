"""A village with two posts, and cases to visit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select

from proactive.accounts.store import account
from proactive.areas.store import area
from proactive.bootstrap import Platform
from proactive.cases.store import case, case_event
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.routing.store import post
from proactive.visits.form_versions import load_forms

FORMS = Path(__file__).resolve().parents[3] / "triggers" / "findings"
PATH = ("370000000000", "371400000000", "371422000000", "371422001000", "371422001001")
AREAS = {f"area_{n}": code for n, code in enumerate(PATH, start=1)}
MACHINE = Actor.machine("test")


@dataclass
class Village:
    """Each call is one transaction of one actor; `hers` and `his` are posts of one village."""

    platform: Platform
    hers: UUID
    his: UUID

    @property
    def coordinator(self) -> Actor:
        return Actor(
            Role.COORDINATOR, "coord-qian", areas=(PATH[4],), level=5, posts=(str(self.hers),)
        )

    @property
    def neighbour(self) -> Actor:
        return Actor(
            Role.COORDINATOR, "coord-sun", areas=(PATH[4],), level=5, posts=(str(self.his),)
        )

    @property
    def stranger(self) -> Actor:
        return Actor(Role.COORDINATOR, "coord-far", areas=("371422009009",), level=5)

    def do(self, actor: Actor, action: Callable[[Work], Any]) -> Any:
        with self.platform.work(actor) as work:
            return action(work)

    def case(self, need: str = "medical_cost_relief", **more: Any) -> UUID:
        """Put a case into the database that has been routed to her post (version 2)."""
        case_id = new_id()
        values = {
            "id": case_id, "ref": public_ref(), "subject_key": 1000 + hash(case_id) % 10**9,
            "kind": "person", "need": need, "trigger": "any", "state": "assigned", "version": 2,
            "owner_post_id": self.hers, "next_step": "visit", "due_on": date(2026, 11, 27),
            "raised_by": "test", "lead_feed": "medical_bill", **AREAS, **more,
        }  # fmt: skip

        def put(work: Work) -> None:
            work.db.execute(case.insert().values(raised_at=work.now, **values))
            for seq, action in enumerate(("raise", "route"), start=1):
                work.db.execute(
                    case_event.insert().values(
                        case_id=case_id, seq=seq, at=work.now, actor_role="machine",
                        actor_id="test", action=action, state="assigned", **AREAS,
                    )
                )  # fmt: skip

        self.do(MACHINE, put)
        return case_id

    def row(self, case_id: UUID) -> Row[Any]:
        query = select(case).where(case.c.id == case_id)
        found: Row[Any] = self.do(MACHINE, lambda work: work.db.execute(query).one())
        return found

    def rows(self, table: Any, *where: Any) -> list[Row[Any]]:
        query = select(table).where(*where)
        return list(self.do(MACHINE, lambda work: work.db.execute(query).all()))


@pytest.fixture
def village(platform: Platform) -> Village:
    hers, his = new_id(), new_id()
    with platform.work(MACHINE) as work:
        for level, code in enumerate(PATH, start=1):
            own = {f"area_{n}": PATH[n - 1] if n <= level else "" for n in range(1, 6)}
            parent = PATH[level - 2] if level > 1 else ""
            work.db.execute(
                area.insert().values(
                    code=code, parent=parent, name=code, level=level, source="test", **own
                )
            )
        for post_id, code in ((hers, "P-1"), (his, "P-2")):
            work.db.execute(
                account.insert().values(
                    id=f"holder-{code}",
                    name=code,
                    login=code.lower(),
                    password_hash="x",
                    created_at=work.now,
                )
            )
            work.db.execute(
                post.insert().values(
                    id=post_id, code=code, kind="coordinator", name=code, area_code=PATH[4],
                    area_level=5, holder_id=f"holder-{code}", **AREAS,
                )
            )  # fmt: skip
        load_forms(work, FORMS)
    return Village(platform, hers, his)
