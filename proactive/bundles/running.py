"""A running bundle as rows: read whole, and an item moved with its event and audit at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from proactive.areas.calendar import add_working_days, working_days_between
from proactive.bundles.definition import BundleDefinition, Item
from proactive.bundles.model import (
    FAVOURABLE,
    ItemState,
    ItemView,
    Wait,
)
from proactive.bundles.store import bundle, form_value, item, material, request_line
from proactive.bundles.versions import pinned_definition
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work

AnyRow = Row[Any]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of the database, as `clocks` wants them."""

    work: Work

    def add(self, start: date, days: int) -> tuple[date, bool]:
        due = add_working_days(self.work, start, days)
        return due.day, due.provisional

    def count(self, after: date, until: date) -> int:
        return working_days_between(self.work, after, until)


@dataclass(frozen=True, slots=True)
class Running:
    """A bundle with its pinned definition and everything that belongs to it.

    A clerk sees the items of the own office only; the machine and the area sees all.
    """

    row: AnyRow
    definition: BundleDefinition
    items: Mapping[str, AnyRow]
    materials: Mapping[str, AnyRow]
    filled: Mapping[str, date | None]
    asked: Mapping[UUID, int]

    @property
    def chosen(self) -> tuple[str, ...]:
        states = (ItemState.NOT_SELECTED, ItemState.CANCELLED, ItemState.WITHDRAWN)
        return tuple(code for code, row in self.items.items() if row.state not in states)

    @property
    def areas(self) -> dict[str, str]:
        return areas_of(self.row)

    def view(self, code: str) -> ItemView:
        """Return what the decisions of `model` need of one item."""
        row, item_definition = self.items[code], self.definition.item(code)
        papers = [paper.material for paper in item_definition.materials]
        lenient = [c for c in papers if self._paper_state(c) in ("lenient", "missing")]
        return ItemView(
            code=code,
            state=ItemState(row.state),
            needs=tuple(
                Wait(need.item, need.until == "granted")
                for need in item_definition.needs
                if need.item in self.items
            ),
            satisfied_by=row.satisfied_by,
            asked=self.asked.get(row.id, 0),
            lenient_open=len(lenient),
        )

    def views(self) -> dict[str, ItemView]:
        return {code: self.view(code) for code in self.items}

    def granted(self) -> dict[str, date | None]:
        """Return the items whose result is there, with its day."""
        return {
            code: row.decided_on
            for code, row in self.items.items()
            if row.state in FAVOURABLE or row.satisfied_by
        }

    def papers_missing(self, wanted: Item) -> tuple[str, ...]:
        """Return the papers of one item that are neither held nor given."""
        return tuple(
            paper.material
            for paper in wanted.materials
            if self._paper_state(paper.material) in ("missing", "lenient")
        )

    def _paper_state(self, code: str) -> str:
        row = self.materials.get(code)
        return row.state if row is not None else "missing"


def load_running(work: Work, bundle_id: UUID, *, lock: bool = False) -> Running:
    """Return the bundle as it stands, or Refused `not_found`."""
    query = select(bundle).where(bundle.c.id == bundle_id)
    row = work.db.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise not_found()
    items = work.db.execute(
        select(item).where(item.c.bundle_id == bundle_id).order_by(item.c.position)
    )
    materials = work.db.execute(select(material).where(material.c.bundle_id == bundle_id))
    filled = work.db.execute(
        select(form_value.c.code, form_value.c.source_on).where(form_value.c.bundle_id == bundle_id)
    )
    asked = work.db.execute(
        select(request_line.c.item_id, func.count().label("n"))
        .where(request_line.c.bundle_id == bundle_id, ~request_line.c.answered)
        .group_by(request_line.c.item_id)
    )
    return Running(
        row=row,
        definition=pinned_definition(work.db, row.bundle_version_id),
        items={each.code: each for each in items},
        materials={each.code: each for each in materials},
        filled={row.code: row.source_on for row in filled},
        asked={row.item_id: row.n for row in asked},
    )


def get_item(work: Work, item_id: UUID) -> AnyRow:
    """Return the item, or Refused `not_found`: another office's item is not there at all."""
    row = work.db.execute(select(item).where(item.c.id == item_id)).one_or_none()
    if row is None:
        raise not_found()
    return row


def areas_of(row: AnyRow) -> dict[str, str]:
    """Return the area columns of a row, for the rows that belong to it."""
    return {column: getattr(row, column) for column in AREA_COLUMNS}


def not_found() -> Refused:
    return Refused("not_found", "There is no such item.", todo="Go back to your list.")


def changed_meanwhile() -> Refused:
    return Refused(
        "changed_meanwhile",
        "Somebody has worked on this since you opened it.",
        why="Your page shows an older state.",
        todo="Open it again and look at its present state.",
    )
