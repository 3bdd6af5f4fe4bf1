"""The desk of an office as a work list: what to look at, one line an item, and what comes next."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import request

from proactive.bundles.desk import (
    SOON,
    DeskFilter,
    DeskLine,
    SavedFilter,
    desk_counts,
    desk_ids,
    desk_kinds,
    desk_lines,
    saved_filters,
)
from proactive.bundles.offices import get_office
from proactive.kernel.work import Work
from proactive.people.vault import cards
from web.language import chosen_language
from web.naming import name_of
from web.say import gettext

PAGE = 50
ALL = DeskFilter()


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """One item on the work list."""

    item_id: UUID
    title: str
    bundle_title: str
    name: str
    ref: str
    state: str
    due_on: date | None
    late: bool
    soon: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the desk with how much lies there."""

    part: str
    words: str
    count: int
    here: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of the work list and the ways to look at the others. `first` counts from 1."""

    office: str
    shown: DeskFilter
    tabs: tuple[Tab, ...]
    late: int
    kinds: tuple[tuple[str, str], ...]
    saved: tuple[SavedFilter, ...]
    entries: tuple[DeskEntry, ...]
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1

    @property
    def narrowed(self) -> bool:
        return bool(self.shown.due or self.shown.kind or self.shown.number)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands in the work list it was opened from; `number` counts from 1."""

    number: int
    total: int
    before: UUID | None
    after: UUID | None
    page: int


def asked_filter() -> DeskFilter | None:
    """Return the work list that the address names, None where it names none."""
    given = request.args
    if "part" not in given:
        return None
    return DeskFilter(
        given["part"], given.get("due", ""), given.get("kind", ""), given.get("number", "")
    ).cleaned()


def filter_args(shown: DeskFilter | None) -> dict[str, Any]:
    """Return a work list as the address has it; without one nothing."""
    if shown is None:
        return {}
    values = {
        "part": shown.part,
        "due": shown.due,
        "kind": shown.kind,
        "number": shown.number,
    }
    return {name: value for name, value in values.items() if value}


def asked_page() -> int:
    text = request.args.get("page", "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def read_desk(work: Work, shown: DeskFilter, page: int) -> Desk:
    """Return a page of the reader's work list; a page beyond the end is the last one."""
    ids = desk_ids(work, shown)
    pages = max(-(-len(ids) // PAGE), 1)
    page = min(page, pages)
    lines = desk_lines(work, ids[(page - 1) * PAGE : page * PAGE], chosen_language())
    people = cards(work, sorted({line.bundle.subject_key for line in lines}), purpose="office_desk")
    names = {key: name_of(card, work.today) for key, card in people.items()}
    counts = desk_counts(work)
    words = part_words()
    return Desk(
        office=own_office(work),
        shown=shown,
        tabs=tuple(Tab(part, words[part], counts[part], here=part == shown.part) for part in words),
        late=counts["late"],
        kinds=tuple(desk_kinds(work, chosen_language())),
        saved=tuple(saved_filters(work)),
        entries=tuple(_entry(work, line, names[line.bundle.subject_key]) for line in lines),
        total=len(ids),
        page=page,
        pages=pages,
    )


def own_office(work: Work) -> str:
    """Return the name of the reader's office."""
    return str(get_office(work.db, UUID(work.actor.office_id)).name)


def part_words() -> dict[str, str]:
    """Return the parts of the desk in words, in their order."""
    return {
        "todo": gettext("All to do"),
        "new": gettext("New: to be accepted"),
        "decide": gettext("To be decided"),
        "deliver": gettext("To be handed over"),
        "waiting": gettext("Waiting for the person"),
    }


def place_of(work: Work, shown: DeskFilter | None, item_id: UUID) -> Place | None:
    """Return where the item stands in the work list; None where it is not (any more) in it."""
    if shown is None:
        return None
    ids = desk_ids(work, shown)
    if item_id not in ids:
        return None
    at = ids.index(item_id)
    return Place(
        number=at + 1,
        total=len(ids),
        before=ids[at - 1] if at else None,
        after=ids[at + 1] if at + 1 < len(ids) else None,
        page=at // PAGE + 1,
    )


def _entry(work: Work, line: DeskLine, name: str) -> DeskEntry:
    due = line.item.due_on
    late = line.overdue and line.our_turn
    return DeskEntry(
        line.item.id,
        line.title,
        line.bundle_title,
        name,
        line.bundle.ref,
        line.item.state,
        due,
        late,
        due is not None and not line.overdue and line.our_turn and due <= work.today + SOON,
    )
