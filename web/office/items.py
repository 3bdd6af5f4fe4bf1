"""One item of an office whole, as its page shows it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from proactive.accounts.queries import account_names
from proactive.attachments.service import KeptFile
from proactive.bundles.certificates import certificates_of
from proactive.bundles.clocks import add
from proactive.bundles.definition import Item
from proactive.bundles.item_clocks import span
from proactive.bundles.model import ITEM_TABLE
from proactive.bundles.queries import ItemSheet, item_sheet
from proactive.bundles.running import Calendar
from proactive.bundles.versions import pinned_definition
from proactive.connectors.queries import officer_names
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.people.vault import cards
from web.language import chosen_language
from web.naming import name_of
from web.office.line import LineView, line_view
from web.office.parts import FieldView, PaperView, field_view, given_view, paper_view
from web.say import gettext
from web.words import in_language, word

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
    "take_back",
    "refuse",
    "overturn",
    "withdraw",
)


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One thing that was done with the item."""

    words: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that was looked at before the clerk: is it there, and what is missing."""

    good: bool
    words: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LastStep:
    """What a person did last with the item."""

    action: str
    by: str
    at: datetime


class Prepared:
    """An item with its form and papers as far as they are known; the base of an item's pages."""

    __slots__ = ()
    fields: tuple[FieldView, ...]
    papers: tuple[PaperView, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Return what is complete and what is not, before anything is decided."""
        return marks_of(self.fields, self.papers)

    @property
    def missing_papers(self) -> list[PaperView]:
        return [paper for paper in self.papers if paper.state in ("missing", "lenient")]

    @property
    def missing_fields(self) -> list[FieldView]:
        return [field for field in self.fields if not field.value]


@dataclass(frozen=True, slots=True)
class ItemPage(Prepared):
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
    delivery_mode: str
    pickup_wanted: bool
    acceptance_no: str
    accepted_on: date | None
    tracking_no: str
    fields: tuple[FieldView, ...]
    papers: tuple[PaperView, ...]
    may_follow: tuple[tuple[str, date], ...]
    actions: tuple[str, ...]
    gives: tuple[FieldView, ...]
    modes: tuple[tuple[str, str], ...]
    refusals: tuple[tuple[str, str], ...]
    legal_bases: dict[str, str]
    history: tuple[HistoryStep, ...]
    last: LastStep | None
    line: LineView | None
    files: tuple[KeptFile, ...]

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


def marks_of(fields: Collection[FieldView], papers: Collection[PaperView]) -> tuple[Mark, ...]:
    """Return which answers and papers are there, and which are missing."""
    needed = [field for field in fields if field.required]
    empty = tuple(field.title for field in needed if not field.value)
    absent = tuple(paper.title for paper in papers if paper.state in ("missing", "lenient"))
    answers = gettext(
        "Answers: %(there)d of %(all)d", there=len(needed) - len(empty), all=len(needed)
    )
    there = gettext(
        "Papers: %(there)d of %(all)d", there=len(papers) - len(absent), all=len(papers)
    )
    return (Mark(not empty, answers, empty), Mark(not absent, there, absent))


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
        delivery_mode=row.delivery_mode,
        pickup_wanted=bool(row.pickup_code),
        acceptance_no=row.acceptance_no,
        accepted_on=row.accepted_on,
        tracking_no=row.tracking_no,
        fields=tuple(field_view(whole.fields[line.code], line) for line in sheet.fields),
        papers=papers,
        may_follow=_may_follow(work, sheet, papers),
        actions=_actions(work, sheet, papers),
        gives=tuple(given_view(code, whole.fields[code]) for code in definition.gives),
        modes=tuple((str(mode), word("delivery", mode)) for mode in definition.delivery),
        refusals=tuple(
            (reason.code, reason.text.in_language(chosen_language()))
            for reason in definition.refusal_reasons
        ),
        legal_bases={reason.code: reason.legal_basis for reason in definition.refusal_reasons},
        history=_history(work, sheet),
        last=_last(sheet),
        line=line_view(work, row.id, row.state),
        files=tuple(certificates_of(work, row.id)),
    )


def _may_follow(
    work: Work, sheet: ItemSheet, papers: Collection[PaperView]
) -> tuple[tuple[str, date], ...]:
    """Return the missing papers that may come later, with the day until when."""
    limits = {paper.material: paper.lenient for paper in sheet.definition.materials}
    days = []
    for paper in papers:
        lenient = limits.get(paper.code)
        if paper.state == "missing" and lenient is not None:
            due = add(work.today, span(lenient.limit), Calendar(work))
            days.append((paper.title, due.day))
    return tuple(days)


def _last(sheet: ItemSheet) -> LastStep | None:
    steps = [event for event in sheet.history if event.actor_role != Role.MACHINE]
    return LastStep(steps[-1].action, steps[-1].actor_id, steps[-1].at) if steps else None


def _actions(work: Work, sheet: ItemSheet, papers: Collection[PaperView]) -> tuple[str, ...]:
    """Return what the clerk may do now; lenient only where a paper is missing and may follow."""
    possible = {row.action for row in sheet.actions}
    missing = [paper for paper in papers if paper.state in ("missing", "lenient")]
    if missing:
        possible.discard("accept")
    if not missing or not all(paper.may_come_later for paper in missing):
        possible.discard("accept_lenient")
    if (sheet.item.accepted_by, sheet.item.accepted_on) != (work.actor.id, work.today):
        possible.discard("take_back")
    return tuple(action for action in OFFERED if action in possible)


def _reason(definition: Item, code: str) -> str:
    found = definition.reason(code)
    return found.text.in_language(chosen_language()) if found else word("item_reason", code)


def _history(work: Work, sheet: ItemSheet) -> tuple[HistoryStep, ...]:
    words = {row.action: {"en": row.en, "zh": row.zh} for row in ITEM_TABLE.transitions}
    ids = {event.actor_id for event in sheet.history}
    who = account_names(work.db, ids) | officer_names(work.db, ids)
    return tuple(
        HistoryStep(
            in_language(words.get(event.action, {}), word("item_event", event.action)),
            who.get(event.actor_id) or word("role", event.actor_role),
            event.at,
        )
        for event in sheet.history
    )
