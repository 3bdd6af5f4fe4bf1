"""One journey of four triggers: found in the data, confirmed by people, done in the offices."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select, text

from proactive.bundles.queries import bundles_of_case
from proactive.bundles.store import item
from proactive.cases.service import apply, get_case
from proactive.cases.store import case
from proactive.demo.cast import DIRECTOR, acting
from proactive.demo.offices import work_items
from proactive.kernel.ids import new_id
from proactive.kernel.needs import CONFIRM_BY, Need
from proactive.kernel.states import Role
from proactive.kernel.tables import audit
from proactive.notices.queries import messages_of_case
from proactive.visits.model import Outcome, VisitForm
from proactive.visits.service import record_visit
from tests.journeys.conftest import County

BUNDLES = {
    "medical_cost_relief": "medical_cost_relief",
    "disability_assistance": "disability_assistance",
    "newborn_services": "newborn",
    "credit_repair": "credit_repair",
}


def test_four_needs_are_found_confirmed_by_people_done_in_the_offices_and_told(
    county: County,
) -> None:
    found = {need: first_case(county, need) for need in BUNDLES}
    for given, row in found.values():
        visit(county, row, given)
        approve(county, row.id)
    rows = [row for _, row in found.values()]
    work_off(county, rows)

    for need, (_, row) in found.items():
        bundles = opened(county, row.id)
        states = set(item_states(county, [one.id for one in bundles])) - {"not_selected"}
        assert now(county, row.id).state == "completed", need
        assert states <= {"delivered"}, need
        assert BUNDLES[need] in {one.bundle for one in bundles}
        told(county, row.id)


def first_case(county: County, need: str) -> tuple[dict[str, Any], Row[Any]]:
    """Return a case with whom a truthful coordinator confirms, and what he finds."""
    with county.platform.work(DIRECTOR) as work:
        for given in county.answer(need):
            key = county.platform.keys.subject_key(given["scheme"], given["number"])
            row = work.db.execute(
                select(case).where(
                    case.c.subject_key == key, case.c.need == need, case.c.state == "assigned"
                )
            ).one_or_none()
            if row is not None:
                return given, row
    pytest.fail(f"no case of {need} was raised and routed")


def visit(county: County, row: Row[Any], given: dict[str, Any]) -> None:
    form = VisitForm(
        id=new_id(),
        case_id=row.id,
        base_version=row.version,
        outcome=Outcome.CONFIRMED,
        told_at=county.clock.now(),
        findings=given["findings"],
        how=CONFIRM_BY[Need(row.need)],
    )
    with acting(county.platform, holder(county, row.owner_post_id)) as work:
        record_visit(work, form)
    county.settle()


def approve(county: County, case_id: UUID) -> None:
    row = now(county, case_id)
    if row.state == "confirmed":
        with acting(county.platform, holder(county, row.owner_post_id)) as work:
            assert work.actor.role in (Role.TOWN, Role.COUNTY)
            apply(work, case_id, "approve", base_version=row.version)
        county.settle()


def work_off(county: County, rows: list[Row[Any]]) -> None:
    """Let the offices work day by day until all cases are completed."""
    for _ in range(14):
        still = [row for row in rows if now(county, row.id).state != "completed"]
        if not still:
            return
        for row in still:
            bundle_ids = [one.id for one in opened(county, row.id)]
            work_items(county.platform, bundle_ids, holder(county, row.owner_post_id))
        county.on(1)


def opened(county: County, case_id: UUID) -> list[Row[Any]]:
    with county.platform.work(DIRECTOR) as work:
        return bundles_of_case(work, case_id)


def item_states(county: County, bundle_ids: list[UUID]) -> list[str]:
    with county.platform.work(DIRECTOR) as work:
        query = select(item.c.state).where(item.c.bundle_id.in_(bundle_ids))
        return list(work.db.execute(query).scalars())


def told(county: County, case_id: UUID) -> None:
    """See that everything the person was to hear has left once, or waits to be told in person."""
    with county.platform.work(DIRECTOR) as work:
        lines = messages_of_case(work.db, case_id)
        for line in lines:
            assert line.state in ("sent", "delivered", "cancelled"), line
        actors = set(
            work.db.execute(
                select(audit.c.actor_role).where(
                    audit.c.entity == "case",
                    audit.c.entity_id == str(case_id),
                    audit.c.action.in_(("confirm", "approve", "close")),
                )
            ).scalars()
        )
    assert lines
    assert "machine" not in actors


def now(county: County, case_id: UUID) -> Row[Any]:
    with county.platform.work(DIRECTOR) as work:
        return get_case(work, case_id)


def holder(county: County, post_id: UUID) -> str:
    """Return the login of who holds a post."""
    with county.platform.work(DIRECTOR) as work:
        query = "SELECT a.login FROM post p JOIN account a ON a.id = p.holder_id WHERE p.id = :id"
        found: str = work.db.execute(text(query), {"id": post_id}).scalar_one()
    return found
