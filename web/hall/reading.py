"""What who hands in for all offices sees: one queue by due day, one item, its receipt."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from proactive.accounts.queries import account_names
from proactive.bundles.desk import DeskFilter, desk_counts, desk_ids, desk_lines
from proactive.bundles.model import ITEM_TABLE
from proactive.bundles.offices import get_office
from proactive.bundles.queries import ItemSheet, item_sheet
from proactive.bundles.versions import pinned_definition
from proactive.kernel.work import Work
from proactive.people.vault import cards
from web.language import chosen_language
from web.naming import name_of
from web.office.items import Prepared
from web.office.parts import FieldView, PaperView, field_view, paper_view
from web.office.queue import PAGE, Tab
from web.say import gettext
from web.words import word

PARTS = ("hand_in", "bring", "with_office")


@dataclass(frozen=True, slots=True)
class HallEntry:
    """One item of any office of the place."""

    item_id: UUID
    title: str
    office: str
    name: str
    ref: str
    state: str
    due_on: date | None
    late: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the one queue. `first` counts from 1."""

    part: str
    tabs: tuple[Tab, ...]
    entries: tuple[HallEntry, ...]
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1


@dataclass(frozen=True, slots=True)
class HallItem(Prepared):
    """One item before or after it is handed in. `handed_in_by`: the last who did, as a name."""

    item_id: UUID
    bundle_id: UUID
    title: str
    office: str
    office_phone: str
    office_address: str
    name: str
    ref: str
    state: str
    reason: str
    version: int
    due_on: date | None
    fields: tuple[FieldView, ...]
    papers: tuple[PaperView, ...]
    may_hand_in: bool
    handed_in_at: datetime | None
    handed_in_by: str

    @property
    def ready(self) -> bool:
        return all(mark.good for mark in self.marks)


def read_queue(work: Work, part: str, page: int) -> Queue:
    """Return a page of the queue across all offices, earliest due first."""
    part = part if part in PARTS else PARTS[0]
    ids = desk_ids(work, DeskFilter(part))
    pages = max(-(-len(ids) // PAGE), 1)
    page = min(page, pages)
    lines = desk_lines(work, ids[(page - 1) * PAGE : page * PAGE], chosen_language())
    people = cards(work, sorted({line.bundle.subject_key for line in lines}), purpose="hall")
    counts, words = desk_counts(work), part_words()
    entries = tuple(
        HallEntry(
            line.item.id,
            line.title,
            get_office(work.db, line.item.office_id).name,
            name_of(people[line.bundle.subject_key], work.today),
            line.bundle.ref,
            line.item.state,
            line.item.due_on,
            line.overdue,
        )
        for line in lines
    )
    tabs = tuple(Tab(each, words[each], counts[each], here=each == part) for each in PARTS)
    return Queue(part, tabs, entries, len(ids), page, pages)


def part_words() -> dict[str, str]:
    """Return the parts of the queue in words."""
    return {
        "hand_in": gettext("To hand in"),
        "bring": gettext("Papers still to come"),
        "with_office": gettext("With the office"),
    }


def next_to(work: Work, part: str, item_id: UUID) -> tuple[UUID | None, UUID | None]:
    """Return the items before and after this one in a part of the queue."""
    ids = desk_ids(work, DeskFilter(part if part in PARTS else PARTS[0]))
    if item_id not in ids:
        return None, None
    at = ids.index(item_id)
    return ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None


def first_of(work: Work, part: str) -> UUID | None:
    """Return the most urgent item of a part of the queue."""
    ids = desk_ids(work, DeskFilter(part if part in PARTS else PARTS[0]))
    return ids[0] if ids else None


def read_hall_item(work: Work, item_id: UUID) -> HallItem:
    """Return one item of the place; Refused `not_found` for any other."""
    sheet = item_sheet(work, item_id, chosen_language())
    row, key = sheet.item, sheet.bundle.subject_key
    whole = pinned_definition(work.db, sheet.bundle.bundle_version_id)
    place = get_office(work.db, row.office_id)
    at, by = _handed_in(work, sheet)
    return HallItem(
        item_id=row.id,
        bundle_id=row.bundle_id,
        title=sheet.title,
        office=place.name,
        office_phone=place.phone,
        office_address=place.address,
        name=name_of(cards(work, [key], purpose="hall")[key], work.today),
        ref=sheet.bundle.ref,
        state=row.state,
        reason=word("item_reason", row.reason) if row.reason else "",
        version=row.version,
        due_on=row.due_on,
        fields=tuple(field_view(whole.fields[line.code], line) for line in sheet.fields),
        papers=tuple(paper_view(line) for line in sheet.papers),
        may_hand_in=ITEM_TABLE.can(row.state, "submit", work.actor.role),
        handed_in_at=at,
        handed_in_by=by,
    )


def _handed_in(work: Work, sheet: ItemSheet) -> tuple[datetime | None, str]:
    events = [event for event in sheet.history if event.action == "submit"]
    if not events:
        return None, ""
    last = events[-1]
    return last.at, account_names(work.db, {last.actor_id}).get(last.actor_id, "")
