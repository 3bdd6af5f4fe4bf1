"""An office's items as its pages show them: groups of the desk, and one item whole."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from proactive.accounts.queries import account_names
from proactive.bundles.definition import Item
from proactive.bundles.model import ITEM_TABLE, ItemState
from proactive.bundles.offices import get_office
from proactive.bundles.queries import DeskLine, ItemSheet, item_sheet, my_items
from proactive.bundles.versions import pinned_definition
from proactive.kernel.work import Work
from proactive.people.vault import cards
from web.language import chosen_language
from web.naming import name_of
from web.office.parts import FieldView, PaperView, field_view, given_view, paper_view
from web.say import gettext
from web.words import in_language, word

NEW = frozenset({ItemState.READY, ItemState.SUBMITTED})
IN_WORK = frozenset({ItemState.ACCEPTED, ItemState.ACCEPTED_LENIENT})
# What a clerk may do on the page, in the order of the buttons.
OFFERED = (
    "accept",
    "accept_lenient",
    "grant",
    "deliver",
    "resume",
    "ask",
    "return",
    "extend",
    "refuse",
    "overturn",
    "withdraw",
)


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """One item on the desk's list."""

    item_id: UUID
    title: str
    bundle_title: str
    name: str
    state: str
    due_on: date | None
    late: bool


@dataclass(frozen=True, slots=True)
class DeskGroup:
    """Items that ask for the same kind of work."""

    heading: str
    entries: tuple[DeskEntry, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """The whole desk of an office."""

    office: str
    groups: tuple[DeskGroup, ...]

    @property
    def late(self) -> int:
        return sum(entry.late for group in self.groups for entry in group.entries)


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One thing that was done with the item."""

    words: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One item with everything its clerk needs, and nothing of other offices."""

    item_id: UUID
    bundle_id: UUID
    title: str
    name: str
    ref: str
    state: str
    reason: str
    version: int
    due_on: date | None
    provisional: bool
    legal_due_on: date | None
    pickup_wanted: bool
    fields: tuple[FieldView, ...]
    papers: tuple[PaperView, ...]
    actions: tuple[str, ...]
    gives: tuple[FieldView, ...]
    modes: tuple[tuple[str, str], ...]
    refusals: tuple[tuple[str, str], ...]
    legal_bases: dict[str, str]
    history: tuple[HistoryStep, ...]

    @property
    def missing_papers(self) -> list[PaperView]:
        return [paper for paper in self.papers if paper.state in ("missing", "lenient")]

    @property
    def missing_fields(self) -> list[FieldView]:
        return [field for field in self.fields if not field.value]

    @property
    def paper_options(self) -> list[tuple[str, str]]:
        return [(paper.code, paper.title) for paper in self.missing_papers]

    @property
    def field_options(self) -> list[tuple[str, str]]:
        return [(field.code, field.title) for field in self.missing_fields]

    @property
    def return_options(self) -> list[tuple[str, str]]:
        """Return what a return can be about: every field and paper of the item."""
        fields = [(field.code, field.title) for field in self.fields]
        return [*fields, *((paper.code, paper.title) for paper in self.papers)]

    def titles(self) -> dict[str, str]:
        """Return code → title of every field and paper, for sentences that name them."""
        fields = {field.code: field.title for field in (*self.fields, *self.gives)}
        return fields | {paper.code: paper.title for paper in self.papers}


def read_desk(work: Work) -> Desk:
    """Return the items of the reader's office, grouped by what is to be done."""
    lines = my_items(work, chosen_language())
    people = cards(work, sorted({line.bundle.subject_key for line in lines}), purpose="office_desk")
    entries = {
        line.item.id: _entry(line, name_of(people[line.bundle.subject_key], work.today))
        for line in lines
    }

    def group(heading: str, states: Collection[str]) -> DeskGroup:
        wanted = [entries[line.item.id] for line in lines if line.item.state in states]
        return DeskGroup(heading, tuple(wanted))

    return Desk(
        office=get_office(work.db, UUID(work.actor.office_id)).name,
        groups=(
            group(gettext("New: to be accepted"), NEW),
            group(gettext("To be decided"), IN_WORK),
            group(gettext("To be handed over"), {ItemState.GRANTED}),
            group(gettext("Waiting for the person"), {ItemState.SUSPENDED, ItemState.RETURNED}),
        ),
    )


def _entry(line: DeskLine, name: str) -> DeskEntry:
    return DeskEntry(
        line.item.id,
        line.title,
        line.bundle_title,
        name,
        line.item.state,
        line.item.due_on,
        line.overdue and line.our_turn,
    )


def read_item(work: Work, item_id: UUID) -> ItemPage:
    """Return one item of the reader's office; Refused `not_found` for any other."""
    sheet = item_sheet(work, item_id, chosen_language())
    row, definition = sheet.item, sheet.definition
    key = sheet.bundle.subject_key
    whole = pinned_definition(work.db, sheet.bundle.bundle_version_id)
    papers = tuple(paper_view(line) for line in sheet.papers)
    return ItemPage(
        item_id=row.id,
        bundle_id=row.bundle_id,
        title=sheet.title,
        name=name_of(cards(work, [key], purpose="office_item")[key], work.today),
        ref=sheet.bundle.ref,
        state=row.state,
        reason=_reason(definition, row.reason),
        version=row.version,
        due_on=row.due_on,
        provisional=row.due_provisional,
        legal_due_on=row.legal_due_on,
        pickup_wanted=bool(row.pickup_code),
        fields=tuple(field_view(whole.fields[line.code], line) for line in sheet.fields),
        papers=papers,
        actions=_actions(sheet, papers),
        gives=tuple(given_view(code, whole.fields[code]) for code in definition.gives),
        modes=tuple((str(mode), word("delivery", mode)) for mode in definition.delivery),
        refusals=tuple(
            (reason.code, reason.text.in_language(chosen_language()))
            for reason in definition.refusal_reasons
        ),
        legal_bases={reason.code: reason.legal_basis for reason in definition.refusal_reasons},
        history=_history(work, sheet),
    )


def _actions(sheet: ItemSheet, papers: Collection[PaperView]) -> tuple[str, ...]:
    """Return what the clerk may do now; lenient only where a paper is missing and may follow."""
    possible = {row.action for row in sheet.actions}
    missing = [paper for paper in papers if paper.state in ("missing", "lenient")]
    if missing:
        possible.discard("accept")
    if not missing or not all(paper.may_come_later for paper in missing):
        possible.discard("accept_lenient")
    return tuple(action for action in OFFERED if action in possible)


def _reason(definition: Item, code: str) -> str:
    found = definition.reason(code)
    return found.text.in_language(chosen_language()) if found else word("item_reason", code)


def _history(work: Work, sheet: ItemSheet) -> tuple[HistoryStep, ...]:
    words = {row.action: {"en": row.en, "zh": row.zh} for row in ITEM_TABLE.transitions}
    who = account_names(work.db, {event.actor_id for event in sheet.history})
    return tuple(
        HistoryStep(
            in_language(words.get(event.action, {}), word("item_event", event.action)),
            who.get(event.actor_id) or word("role", event.actor_role),
            event.at,
        )
        for event in sheet.history
    )
