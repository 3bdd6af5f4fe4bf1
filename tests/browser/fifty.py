"""Fifty items on one office's desk, made in one transaction from one that came the usual way."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, insert, select

from proactive.bundles.papers import aad
from proactive.bundles.store import bundle, form_value, item, item_event, material
from proactive.cases.store import case
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.work import Work
from proactive.people.intake import Intake
from tests.web.story import person

FIRST_KEY = 1000
NEW = {
    "version": 1,
    "state": "ready",
    "accepted_by": None,
    "accepted_on": None,
    "acceptance_no": "",
}


def fill_desk(work: Work, item_id: UUID, count: int) -> list[UUID]:
    """Copy the case behind an item for `count` other people, each with that item alone."""
    first = work.db.execute(select(item).where(item.c.id == item_id)).one()
    _put_people(work, count)
    made = []
    for number in range(count):
        key, ids = FIRST_KEY + number, {"case": new_id(), "bundle": new_id(), "item": new_id()}
        for table, row_id in ((case, first.case_id), (bundle, first.bundle_id), (item, first.id)):
            _copy_one(work, table, row_id, ids, key)
        for table in (material, form_value):
            _copy_parts(work, table, first.bundle_id, ids)
        _copy_parts(work, item_event, first.bundle_id, ids, item_event.c.item_id == first.id)
        made.append(ids["item"])
    return made


def _put_people(work: Work, count: int) -> None:
    intake = Intake(work, "resident_register", uuid4())
    intake.add([person(FIRST_KEY + number, f"周{number:02d}") for number in range(count)])
    intake.finish()


def _copy_one(work: Work, table: Table, row_id: UUID, ids: dict[str, UUID], key: int) -> None:
    row = work.db.execute(select(table).where(table.c.id == row_id)).one()._asdict()
    changes: dict[str, Any] = {"id": ids[table.name]}
    if table is item:
        changes |= {"case_id": ids["case"], "bundle_id": ids["bundle"], **NEW}
    else:
        changes |= {"ref": public_ref(), "subject_key": key}
    if table is bundle:
        changes |= {"case_id": ids["case"]}
    work.db.execute(insert(table), [row | changes])


def _copy_parts(
    work: Work, table: Table, bundle_id: UUID, ids: dict[str, UUID], *where: Any
) -> None:
    rows = work.db.execute(select(table).where(table.c.bundle_id == bundle_id, *where)).all()
    copies = []
    for row in rows:
        part = row._asdict() | {"id": new_id(), "case_id": ids["case"], "bundle_id": ids["bundle"]}
        if table is item_event:
            part["item_id"] = ids["item"]
        if table is form_value:
            value = work.keys.decrypt(row.value_cipher, aad=aad(row.id))
            part["value_cipher"] = work.keys.encrypt(value, aad=aad(part["id"]))
        copies.append(part)
    if copies:
        work.db.execute(insert(table), copies)
