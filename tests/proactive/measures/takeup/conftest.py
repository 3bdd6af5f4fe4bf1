"""The county of the bundle tests, with a second town, for counting take-up by hand."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from proactive.areas.store import area
from proactive.bundles.requests import ask_for_more
from proactive.cases.store import case
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.people.intake import Intake
from proactive.people.model import Identity, Place
from tests.proactive.bundles import conftest as bundles
from tests.proactive.bundles.conftest import NAMES, PATH, Desk, desk, template_database
from tests.proactive.bundles.walking import accept

__all__ = ["Town", "desk", "template_database"]

OTHER = (*PATH[:3], "371422002000", "371422002001")
HERE = dict(zip([f"area_{n}" for n in range(1, 6)], PATH, strict=True))
THERE = dict(zip([f"area_{n}" for n in range(1, 6)], OTHER, strict=True))
HARD = {"agrees": "yes", "hard_to_pay": "yes"}


class Town:
    """Opens and works off bundles for medical costs, in either town."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.number = desk, 0
        self.here: set[UUID] = set()

    def open(self, areas: dict[str, str] | None = None, household: int | None = None) -> UUID:
        self.number += 1
        case_id = self.desk.case(
            "medical_cost_relief",
            findings=HARD,
            areas=areas or HERE,
            subject=bundles.SUBJECT if self.number == 1 else self._neighbour(areas or HERE),
        )
        if household is not None:
            change = case.update().where(case.c.id == case_id).values(household_key=household)
            self.desk.do(bundles.MACHINE, lambda work: work.db.execute(change))
        bundle_id = self.desk.open(case_id, "medical_cost_relief")
        if areas is None:
            self.here.add(bundle_id)
        return bundle_id

    def _neighbour(self, areas: dict[str, str]) -> int:
        key = bundles.SUBJECT + self.number
        self.desk.do(bundles.OPERATOR, lambda work: _put(work, key, areas["area_5"]))
        return key

    def grant(self, bundle_id: UUID, code: str, mode: str = "") -> None:
        accept(self.desk, bundle_id, code)
        self.desk.act(bundle_id, code, "grant", mode=mode)

    def field_of(self, bundle_id: UUID) -> Actor:
        """Return the town office in whose place the bundle lies."""
        place = HERE if bundle_id in self.here else THERE
        return Actor(Role.TOWN, "town", areas=(place["area_4"],), level=4)

    def ask(self, bundle_id: UUID, code: str, papers: list[str]) -> None:
        row = self.desk.item(bundle_id, code)
        clerk = self.desk.clerk("civil_affairs")
        asked = {"papers": papers, "fields": [], "note": "", "base_version": row.version}
        self.desk.do(clerk, lambda work: ask_for_more(work, row.id, **asked))
        self.desk.settle(bundle_id)

    def refuse(self, bundle_id: UUID, code: str) -> None:
        accept(self.desk, bundle_id, code)
        reason = self.desk.running(bundle_id).definition.item(code).refusal_reasons[0]
        self.desk.act(bundle_id, code, "refuse", reason=reason.code, legal_basis=reason.legal_basis)

    def deliver(self, bundle_id: UUID, code: str) -> None:
        pickup = self.desk.item(bundle_id, code).pickup_code
        self.desk.act(bundle_id, code, "deliver", pickup_code=pickup, tracking_no="EM1CN")


def _put(work: Any, key: int, village: str) -> None:
    intake = Intake(work, "resident_register", uuid4())
    place = Place(living=village, registered=village, authority=50)
    intake.add(
        [
            Identity(
                key=key,
                kind="person",
                scheme="opaque",
                number=f"P-{key}",
                name="陈大山",
                place=place,
            )
        ]
    )
    intake.finish()


@pytest.fixture
def town(desk: Desk) -> Town:
    def put(work: Any) -> None:
        for level, name in ((4, "乙镇"), (5, "南村")):
            own = {f"area_{n}": OTHER[n - 1] if n <= level else "" for n in range(1, 6)}
            values = {"code": OTHER[level - 1], "parent": OTHER[level - 2], "name": name}
            work.db.execute(area.insert().values(**values, level=level, source="test", **own))

    desk.do(bundles.MACHINE, put)
    assert NAMES[3] == "甲镇"
    return Town(desk)
