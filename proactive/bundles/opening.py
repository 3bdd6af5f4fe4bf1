"""Opening a bundle for a confirmed case: version pinned, items copied, form and papers laid out."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from proactive.bundles.clocks import add
from proactive.bundles.definition import BundleDefinition
from proactive.bundles.form import Known, Sourced, prefilled
from proactive.bundles.item_clocks import span
from proactive.bundles.model import ItemState
from proactive.bundles.moving import record_event
from proactive.bundles.offices import OfficeFinder
from proactive.bundles.papers import keep_values, lay_out_papers
from proactive.bundles.records import SubjectRecords, as_text
from proactive.bundles.running import AnyRow, Calendar, areas_of, load_running
from proactive.bundles.selection import ticked
from proactive.bundles.store import bundle, item
from proactive.bundles.versions import LiveDefinition, live_definitions
from proactive.cases.model import CaseState
from proactive.cases.queries import facts_of, grounds_of
from proactive.cases.service import get_case
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.work import Work
from proactive.people.model import PersonCard
from proactive.people.vault import card
from proactive.visits.queries import Confirmation, confirmation_of

OPENABLE = frozenset({CaseState.APPROVED, CaseState.OFFERED, CaseState.FULFILLING})


def open_bundle(
    work: Work,
    case_id: UUID,
    bundle_code: str,
    *,
    choices: Collection[str] | None = None,
    lead_kind: str = "",
    records: SubjectRecords | None = None,
) -> AnyRow:
    """Open a bundle for a case that a named person confirmed; a second time returns the first.

    `choices` are the items wanted, None = what the findings tick. `lead_kind` is the kind of
    office whose feed sensed first (the case's `lead_feed`, by its contract); where no such office
    serves the place, the bundle's own leads. `records` is what `records_of` found in the feeds
    beside those the case stands on; an item that such a register already fulfils is not asked
    for again.

    Raises Refused `not_found`, `not_confirmed`, `no_live_bundle`, `no_office`, `unknown_item`.
    """
    known = _existing(work, case_id, bundle_code)
    if known is not None:
        return known
    case_row = get_case(work, case_id)
    live = _live(work, bundle_code)
    confirmation = _confirmed(work, case_row, live.definition)
    found = records or SubjectRecords()
    held = {**found.registers, **_registers(work, case_id)}
    chosen = _chosen(live.definition, confirmation.findings, choices, held)
    finder = OfficeFinder(work.db, areas_of(case_row).values())
    row = _insert_bundle(work, case_row, live, confirmation, finder, lead_kind)
    if row is None:
        return _must_exist(work, case_id, bundle_code)
    _insert_items(work, row, live.definition, chosen, held, finder, confirmation)
    _fill_in(work, row.id, chosen, _known(work, case_row, confirmation, found, held))
    work.audit(
        "open_bundle", "bundle", row.id, areas=list(areas_of(row).values()), code=bundle_code
    )
    work.step("settle_bundle", str(row.id))
    return row


def _existing(work: Work, case_id: UUID, code: str) -> AnyRow | None:
    query = select(bundle).where(bundle.c.case_id == case_id, bundle.c.bundle == code)
    return work.db.execute(query).one_or_none()


def _must_exist(work: Work, case_id: UUID, code: str) -> AnyRow:
    """Return the bundle that somebody else opened in the same moment."""
    query = select(bundle).where(bundle.c.case_id == case_id, bundle.c.bundle == code)
    return work.db.execute(query).one()


def _live(work: Work, code: str) -> LiveDefinition:
    live = live_definitions(work.db).get(code)
    if live is None:
        raise Refused(
            "no_live_bundle",
            "The bundle '{code}' is not switched on.",
            todo="'proactive bundle list' shows the versions; a named person activates one.",
            code=code[:60],
        )
    return live


def _confirmed(work: Work, case_row: AnyRow, definition: BundleDefinition) -> Confirmation:
    """Return who confirmed the case with which findings, or refuse to open anything for it."""
    confirmation = confirmation_of(work, case_row.id)
    gate_open = not definition.town_gate and case_row.state == CaseState.CONFIRMED
    if confirmation is None or not (case_row.state in OPENABLE or gate_open):
        raise Refused(
            "not_confirmed",
            "Nothing can be opened for this case yet.",
            why="A named person must have confirmed it first, and the town where it asks for that.",
            todo="Finish the visit, or the town's confirmation, first.",
        )
    return confirmation


def _registers(work: Work, case_id: UUID) -> dict[str, date | None]:
    facts = [fact for fact in facts_of(work, case_id) if not fact.gone]
    return {fact.source: fact.recorded_on or fact.event_on for fact in reversed(facts)}


def _chosen(
    definition: BundleDefinition,
    findings: Mapping[str, str],
    choices: Collection[str] | None,
    registers: Collection[str],
) -> tuple[str, ...]:
    """Return the items to begin with: without what a register fulfils, with what is needed."""
    done = {i.code for i in definition.items if set(i.done_when) & set(registers)}
    if choices is None:
        return tuple(code for code in ticked(definition, findings) if code not in done)
    unknown = [code for code in choices if code not in definition.codes]
    lacking = [
        need.item
        for code in choices
        if code in definition.codes
        for need in definition.item(code).needs
        if need.until == "granted" and need.item not in choices and need.item not in done
    ]
    if unknown or lacking:
        raise Refused(
            "unknown_item",
            "The choice of items does not work out: {items}.",
            why="Items that are not on the menu, or that others need.",
            todo="Choose again from the menu.",
            items=", ".join(dict.fromkeys((*unknown, *lacking))),
        )
    return tuple(code for code in definition.codes if code in choices)


def _insert_bundle(
    work: Work,
    case_row: AnyRow,
    live: LiveDefinition,
    confirmation: Confirmation,
    finder: OfficeFinder,
    lead_kind: str,
) -> AnyRow | None:
    definition, calendar = live.definition, Calendar(work)
    sensed = finder.find(lead_kind) if lead_kind else None
    lead = sensed or finder.must_find(definition.lead_office)
    promised = add(work.today, span(definition.limits.promised), calendar)
    legal = definition.limits.legal
    statement = insert(bundle).values(
        id=new_id(),
        ref=public_ref(),
        case_id=case_row.id,
        bundle_version_id=live.version_id,
        bundle=definition.bundle,
        subject_key=case_row.subject_key,
        lead_office_id=lead.id,
        lead_why="first_sensor" if sensed else "bundle_default",
        findings=dict(confirmation.findings),
        opened_at=work.now,
        confirmed_by=confirmation.by,
        promised_on=promised.day,
        legal_on=add(work.today, span(legal), calendar).day if legal else None,
        provisional=promised.provisional,
        **areas_of(case_row),
    )
    statement = statement.on_conflict_do_nothing(index_elements=["case_id", "bundle"])
    return work.db.execute(statement.returning(*bundle.c)).one_or_none()


def _insert_items(
    work: Work,
    row: AnyRow,
    definition: BundleDefinition,
    chosen: Collection[str],
    registers: Mapping[str, date | None],
    finder: OfficeFinder,
    confirmation: Confirmation,
) -> None:
    """Copy the menu as rows. What is chosen waits; the machine then makes ready what can be."""
    for position, each in enumerate(definition.items):
        done_by = next((feed for feed in each.done_when if feed in registers), "")
        state = ItemState.WAITING if each.code in chosen else ItemState.NOT_SELECTED
        inserted = work.db.execute(
            insert(item)
            .values(
                id=new_id(),
                bundle_id=row.id,
                case_id=row.case_id,
                code=each.code,
                position=position,
                office_id=finder.must_find(each.office, each.level).id,
                state=state,
                satisfied_by=f"register:{done_by}" if done_by else "",
                decided_on=registers.get(done_by) if done_by else None,
                **areas_of(row),
            )
            .returning(*item.c)
        ).one()
        reason = "already_there" if done_by else ("" if each.code in chosen else "not_ticked")
        record_event(
            work,
            inserted,
            action="open",
            reason=reason,
            detail={"confirmed_by": confirmation.by, "done_by": done_by},
        )


def _fill_in(work: Work, bundle_id: UUID, chosen: Iterable[str], known: Known) -> None:
    running = load_running(work, bundle_id)
    values = prefilled(running.definition, running.definition.codes, known)
    keep_values(work, running, values, by="")
    running = load_running(work, bundle_id)
    lay_out_papers(work, running, known.registers, tuple(chosen))


def _known(
    work: Work,
    case_row: AnyRow,
    confirmation: Confirmation,
    found: SubjectRecords,
    registers: Mapping[str, date | None],
) -> Known:
    """Gather what is known before anybody is asked: the vault, the records, the visit."""
    person = card(work, case_row.subject_key, purpose="bundle_form")
    vault = {
        "name": person.name,
        "id_number": person.id_number,
        "phone": person.phone,
        "address": person.address,
        "born_on": person.born_on.isoformat() if person.born_on else "",
    }
    source, seen_on = _said_by(person)
    facts = dict(found.facts)
    for fact in facts_of(work, case_row.id):
        for name, value in fact.values.items():
            on = fact.recorded_on or fact.event_on
            if value is not None and not fact.gone:
                register = f"register:{fact.source}"
                facts.setdefault(f"{fact.source}.{name}", Sourced(as_text(value), register, on))
    measures = {
        name: Sourced(as_text(value), f"trigger:{ground.trigger}", ground.as_of)
        for ground in reversed(grounds_of(work, [case_row.id])[case_row.id])
        for name, value in ground.measures.items()
        if value is not None
    }
    return Known(
        vault={name: Sourced(value, source, seen_on) for name, value in vault.items() if value},
        facts=facts,
        measures=measures,
        findings={
            code: Sourced(answer, "visit", confirmation.on)
            for code, answer in confirmation.findings.items()
        },
        registers={**dict.fromkeys(person.sources), **registers},
    )


def _said_by(person: PersonCard) -> tuple[str, date | None]:
    """Return which register a card's parts come from, where it is certain: only one saw them."""
    if len(person.sources) != 1:
        return "vault", None
    feed, seen_on = next(iter(person.sources.items()))
    return f"register:{feed}", seen_on
