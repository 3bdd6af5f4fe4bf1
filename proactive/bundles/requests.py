"""One consolidated request: what several offices ask is gathered and put to the person once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.bundles.definition import Item
from proactive.bundles.model import ITEM_TABLE, ItemState
from proactive.bundles.moving import move
from proactive.bundles.running import AnyRow, Running, changed_meanwhile, get_item, load_running
from proactive.bundles.store import material, request, request_line
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class AskedThing:
    """One paper or field asked for, once, with the items that want it and their notes."""

    kind: str
    code: str
    items: tuple[str, ...]
    notes: tuple[str, ...]
    answered: bool


def ask_for_more(
    work: Work,
    item_id: UUID,
    *,
    base_version: int,
    papers: Collection[str] = (),
    fields: Collection[str] = (),
    note: str = "",
) -> AnyRow:
    """Ask the person for papers or fields; the item's clocks stop until they are there.

    All offices' questions of one bundle go out together, once the bundle's `merge_hours` are
    over; what is asked already is not asked again. Raises Refused `nothing_asked`, `not_wanted`
    (this item does not use it), `held_already`, or as `act_on_item`.
    """
    row = get_item(work, item_id)
    if row.version != base_version:
        raise changed_meanwhile()
    transition = ITEM_TABLE.check(row.state, "ask", work.actor.role)
    running = load_running(work, row.bundle_id, lock=True)
    wanted = running.definition.item(row.code)
    _check_asked(running, wanted, papers, fields, note)
    moved, event_id = move(
        work,
        running,
        row,
        action="ask",
        target=ItemState(transition.target),
        changes={"reason": "asked_for_more"},
        detail={"papers": sorted(papers), "fields": sorted(fields)},
    )
    things = [("material", code) for code in papers] + [("field", code) for code in fields]
    _add_lines(work, running, moved, event_id, things, note.strip())
    if papers:
        work.db.execute(
            update(material)
            .where(material.c.bundle_id == row.bundle_id, material.c.code.in_(papers))
            .values(state="missing", lenient_due_on=None)
        )
    work.step("settle_bundle", str(row.bundle_id))
    return moved


def open_request(work: Work, bundle_id: UUID) -> Row[Any] | None:
    """Return the bundle's request that is not answered yet."""
    query = select(request).where(request.c.bundle_id == bundle_id, request.c.state != "answered")
    return work.db.execute(query).one_or_none()


def asked_things(work: Work, request_id: UUID) -> list[AskedThing]:
    """Return what a request asks, each thing once."""
    rows = work.db.execute(
        select(request_line)
        .where(request_line.c.request_id == request_id)
        .order_by(request_line.c.kind.desc(), request_line.c.code, request_line.c.id)
    ).all()
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault((row.kind, row.code), []).append(row)
    return [
        AskedThing(
            kind=kind,
            code=code,
            items=tuple(str(row.item_id) for row in lines),
            notes=tuple(_note(work, row) for row in lines if row.note_cipher),
            answered=all(row.answered for row in lines),
        )
        for (kind, code), lines in groups.items()
    ]


def lines_answered(work: Work, bundle_id: UUID, codes: Collection[str]) -> None:
    """Mark what came in as answered, whichever office asked for it."""
    work.db.execute(
        update(request_line)
        .where(request_line.c.bundle_id == bundle_id, request_line.c.code.in_(codes))
        .values(answered=True)
    )


def lines_dropped(work: Work, item_id: UUID) -> None:
    """An item that no longer waits for the person asks nothing any more."""
    work.db.execute(
        update(request_line).where(request_line.c.item_id == item_id).values(answered=True)
    )


def close_if_answered(work: Work, bundle_id: UUID) -> None:
    """Close the bundle's request when nothing of it is open."""
    row = open_request(work, bundle_id)
    if row is None:
        return
    still_open = select(request_line.c.id).where(
        request_line.c.request_id == row.id, ~request_line.c.answered
    )
    if work.db.execute(still_open.limit(1)).one_or_none() is None:
        work.db.execute(
            update(request)
            .where(request.c.id == row.id)
            .values(state="answered", answered_at=work.now)
        )


def mark_told(work: Work, event_id: UUID) -> Row[Any] | None:
    """Return the request that `event_id` announces, as told now; None when it is answered.

    From here on a further question starts a new round with a message of its own.
    """
    return work.db.execute(
        update(request)
        .where(request.c.event_id == event_id, request.c.state != "answered")
        .values(state="told", told_at=work.now)
        .returning(*request.c)
    ).one_or_none()


def _check_asked(
    running: Running, wanted: Item, papers: Collection[str], fields: Collection[str], note: str
) -> None:
    if not papers and not fields:
        raise Refused(
            "nothing_asked",
            "Nothing is asked for.",
            todo="Choose the papers or fields that are missing.",
        )
    known = {paper.material for paper in wanted.materials}
    strange = [code for code in papers if code not in known]
    strange += [code for code in fields if code not in wanted.fields]
    if strange or len(note) > LONGEST_NOTE:
        raise Refused(
            "not_wanted",
            "This item does not use: {codes}.",
            why="Each office asks only for what its own item needs.",
            todo="Choose from the item's own list, with a short note.",
            codes=", ".join(strange) or "a note as long as this",
        )
    held = [c for c in papers if c in running.materials and running.materials[c].state == "held"]
    if held:
        raise Refused(
            "held_already",
            "Nobody needs to bring this: {codes}.",
            why="A register, the form or another item's result holds it: {where}.",
            todo="Look it up there.",
            codes=", ".join(held),
            where=", ".join(running.materials[code].held_by for code in held),
        )


def _add_lines(
    work: Work,
    running: Running,
    row: AnyRow,
    event_id: UUID,
    things: list[tuple[str, str]],
    note: str,
) -> None:
    current = open_request(work, row.bundle_id)
    known = set()
    if current is not None:
        asked = asked_things(work, current.id)
        known = {(thing.kind, thing.code) for thing in asked if not thing.answered}
    request_id, round_no = _request_for(
        work, running, current, event_id, is_new=not set(things) <= known
    )
    for kind, code in things:
        line_id = new_id()
        cipher = work.keys.encrypt(note, aad=_aad(line_id)) if note else None
        statement = insert(request_line).values(
            id=line_id,
            request_id=request_id,
            bundle_id=row.bundle_id,
            case_id=row.case_id,
            item_id=row.id,
            kind=kind,
            code=code,
            note_cipher=cipher,
            round=round_no,
            **running.areas,
        )
        again: Mapping[str, Any] = {"answered": False, "round": round_no}
        work.db.execute(
            statement.on_conflict_do_update(
                index_elements=["request_id", "item_id", "kind", "code"], set_=dict(again)
            )
        )


def _request_for(
    work: Work, running: Running, current: Row[Any] | None, event_id: UUID, *, is_new: bool
) -> tuple[UUID, int]:
    """Return the open request and its round; begin one, or a new round, where that is due."""
    tell_at = work.now + timedelta(hours=running.definition.merge_hours)
    if current is None:
        request_id = new_id()
        work.db.execute(
            request.insert().values(
                id=request_id,
                bundle_id=running.row.id,
                case_id=running.row.case_id,
                state="gathering",
                opened_at=work.now,
                event_id=event_id,
                tell_at=tell_at,
                **running.areas,
            )
        )
        work.step("notice_bundle_event", str(event_id), due_at=tell_at)
        return request_id, 1
    if current.state == "gathering" or not is_new:
        return current.id, current.round
    work.db.execute(
        update(request)
        .where(request.c.id == current.id)
        .values(state="gathering", round=current.round + 1, event_id=event_id, tell_at=tell_at)
    )
    work.step("notice_bundle_event", str(event_id), due_at=tell_at)
    return current.id, current.round + 1


def _aad(line_id: UUID) -> str:
    return f"request_line:note_cipher:{line_id}"


def _note(work: Work, row: Row[Any]) -> str:
    return work.keys.decrypt(row.note_cipher, aad=_aad(row.id))
