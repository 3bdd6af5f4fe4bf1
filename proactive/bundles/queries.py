"""What offices, leads and the person read of bundles; row policies decide what a reader sees."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from proactive.bundles.clocks import CriticalPath, Leg, critical_path
from proactive.bundles.definition import Item
from proactive.bundles.form import fields_to_ask, paper_codes
from proactive.bundles.item_clocks import span
from proactive.bundles.lines import FieldLine, PaperLine, form_lines, paper_lines
from proactive.bundles.model import (
    ITEM_TABLE,
    SETTLED,
    BundleState,
    ItemState,
    bundle_state,
    waits_for,
)
from proactive.bundles.requests import AskedThing, asked_things, open_request
from proactive.bundles.running import AnyRow, Calendar, Running, get_item, load_running
from proactive.bundles.store import bundle, item_event, office
from proactive.kernel.states import Transition
from proactive.kernel.work import Work


@dataclass(frozen=True, slots=True)
class ItemSheet:
    """What a clerk needs to work on one item: exactly its own fields and papers."""

    item: AnyRow
    bundle: AnyRow
    definition: Item
    title: str
    fields: tuple[FieldLine, ...]
    papers: tuple[PaperLine, ...]
    actions: tuple[Transition, ...]
    history: tuple[AnyRow, ...]


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """One item as the lead and the person see it: whose turn, what it waits for, by when.

    `why` is the reason of a refusal in words, '' for anything else.
    """

    code: str
    title: str
    state: ItemState
    reason: str
    version: int
    office: str
    office_phone: str
    office_address: str
    waits_for: tuple[str, ...]
    expected_on: date | None
    due_on: date | None
    legal_due_on: date | None
    promised_due_on: date | None
    pickup_code: str
    delivery_mode: str
    tracking_no: str
    why: str
    legal_basis: str
    satisfied_by: str
    item_id: UUID


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a bundle stands. `late_days` is how far the critical path goes beyond the promise."""

    bundle: AnyRow
    title: str
    state: BundleState
    lead_office: str
    items: tuple[ProgressLine, ...]
    to_ask: tuple[FieldLine, ...]
    papers: tuple[PaperLine, ...]
    asked: tuple[AskedThing, ...]
    path: CriticalPath | None
    late_days: int


def item_sheet(work: Work, item_id: UUID, language: str) -> ItemSheet:
    """Return one item with exactly the fields and papers it needs; audited as a sensitive read."""
    row = get_item(work, item_id)
    running = load_running(work, row.bundle_id)
    definition = running.definition.item(row.code)
    work.audit("read_item_sheet", "item", item_id, areas=list(running.areas.values()))
    history = work.db.execute(
        select(item_event).where(item_event.c.item_id == item_id).order_by(item_event.c.seq)
    )
    return ItemSheet(
        item=row,
        bundle=running.row,
        definition=definition,
        title=definition.title.in_language(language),
        fields=tuple(form_lines(work, running, definition.fields, language)),
        papers=tuple(
            paper_lines(running, [paper.material for paper in definition.materials], language)
        ),
        actions=ITEM_TABLE.actions(row.state, work.actor.role),
        history=tuple(history),
    )


def progress(work: Work, bundle_id: UUID, language: str) -> Progress:
    """Return where a bundle stands, who waits on what, and when it is expected to be done."""
    running = load_running(work, bundle_id)
    definition = running.definition
    offices = _offices(work, running)
    path = _path(work, running)
    current = open_request(work, bundle_id)
    to_come = [c for c in running.chosen if running.items[c].state not in SETTLED]
    missing = fields_to_ask(definition, running.chosen, running.filled, to_come=to_come)
    done_on = path.done_on.day if path else None
    return Progress(
        bundle=running.row,
        title=definition.title.in_language(language),
        state=bundle_state(row.state for row in running.items.values()),
        lead_office=offices[running.row.lead_office_id].name,
        items=tuple(
            _progress_line(running, offices, path, each, language)
            for each in definition.items
            if each.code in running.items
        ),
        to_ask=tuple(form_lines(work, running, missing, language)),
        papers=tuple(paper_lines(running, paper_codes(definition, running.chosen), language)),
        asked=tuple(asked_things(work, current.id)) if current is not None else (),
        path=path,
        late_days=max((done_on - running.row.promised_on).days, 0) if done_on else 0,
    )


def bundles_of_case(work: Work, case_id: UUID) -> list[AnyRow]:
    """Return the bundles of a case in the order they were opened."""
    query = select(bundle).where(bundle.c.case_id == case_id).order_by(bundle.c.opened_at)
    return list(work.db.execute(query))


def all_settled(work: Work, case_id: UUID) -> bool:
    """Answer whether a case has bundles and none has anything left to do."""
    rows = bundles_of_case(work, case_id)
    return bool(rows) and all(row.settled_at is not None for row in rows)


def _progress_line(
    running: Running,
    offices: dict[UUID, Row[Any]],
    path: CriticalPath | None,
    each: Item,
    language: str,
) -> ProgressLine:
    row = running.items[each.code]
    views = running.views()
    open_one = row.state not in SETTLED
    place = offices[row.office_id]
    refusal = each.reason(row.reason) if row.state == ItemState.REFUSED else None
    return ProgressLine(
        code=each.code,
        title=each.title.in_language(language),
        state=ItemState(row.state),
        reason=row.reason,
        version=row.version,
        office=place.name,
        office_phone=place.phone,
        office_address=place.address,
        waits_for=waits_for(views[each.code], views) if open_one else (),
        expected_on=path.expected[each.code].on.day if path and open_one else None,
        due_on=row.due_on,
        legal_due_on=row.legal_due_on,
        promised_due_on=row.promised_due_on,
        pickup_code=row.pickup_code,
        delivery_mode=row.delivery_mode,
        tracking_no=row.tracking_no,
        why=refusal.text.in_language(language) if refusal else "",
        legal_basis=row.legal_basis,
        satisfied_by=row.satisfied_by,
        item_id=row.id,
    )


def _path(work: Work, running: Running) -> CriticalPath | None:
    """Return the critical path over the items that are still on their way to a decision."""
    legs = []
    for code, row in running.items.items():
        definition = running.definition.item(code)
        ended = row.state in SETTLED or row.state == ItemState.GRANTED
        legs.append(
            Leg(
                code=code,
                needs=tuple(need.item for need in definition.needs),
                span=span(definition.limits.promised),
                ends_on=row.decided_on if ended else row.promised_due_on,
                ended=ended,
                stopped=row.state in (ItemState.SUSPENDED, ItemState.RETURNED),
            )
        )
    return critical_path(legs, today=work.today, calendar=Calendar(work))


def _offices(work: Work, running: Running) -> dict[UUID, Row[Any]]:
    ids = {row.office_id for row in running.items.values()} | {running.row.lead_office_id}
    return {row.id: row for row in work.db.execute(select(office).where(office.c.id.in_(ids)))}
