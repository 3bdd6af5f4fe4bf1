"""An office's answer becomes its officer's act: same checks, same rights, same row policies."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.bundles.model import ItemState
from proactive.bundles.requests import ask_for_more
from proactive.bundles.running import areas_of, get_item, load_running
from proactive.bundles.service import act_on_item
from proactive.bundles.store import office
from proactive.connectors.model import (
    CLOSING,
    LARGEST_SILENCE,
    NEW,
    CallKind,
    CallState,
    data_of,
    officer_id,
)
from proactive.connectors.store import office_answer, office_call, officer
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.plugins.office_connector import Said, Word


@dataclass(frozen=True, slots=True)
class TakenAnswer:
    """How the item stands after an answer; `again`: this very answer had been taken before."""

    item_id: UUID
    state: str
    version: int
    again: bool


def note_officer(work: Work, office_code: str, said: Said) -> Actor:
    """Remember who answers and return them as the actor, with the rights of that office's clerk."""
    row = work.db.execute(select(office).where(office.c.code == office_code)).one_or_none()
    if row is None or not row.active:
        raise Refused("not_found", "There is no such office.", todo="Check the office's code.")
    name = officer_id(office_code, said.officer_no)
    known = insert(officer).values(
        id=name,
        office_id=row.id,
        number=said.officer_no,
        name=said.officer_name,
        seen_at=work.now,
    )
    work.db.execute(
        known.on_conflict_do_update(
            index_elements=["id"], set_={"name": said.officer_name, "seen_at": work.now}
        )
    )
    work.audit("note_officer", "officer", name)
    return Actor(Role.CLERK, name, office_id=str(row.id))


def take_answer(work: Work, said: Said) -> TakenAnswer:
    """Do what the officer answered; the same `answer_id` again changes nothing.

    Raises Refused `not_found` for another office's call, `old_hand_in` where the item has been
    handed in anew since, and whatever the page would refuse. Nothing is changed then.
    """
    call = _call(work, said)
    row = get_item(work, call.item_id)
    if not _first_time(work, call, said):
        return TakenAnswer(row.id, row.state, row.version, again=True)
    if call.kind != CallKind.HAND_IN or call.round != _newest(work, call.item_id):
        raise Refused(
            "old_hand_in",
            "This item has been handed in anew since.",
            todo="Answer the newest hand-in.",
        )
    moved = _act(work, row, said)
    state = CallState.ANSWERED if said.word in CLOSING else CallState.SENT
    later = func.clock_timestamp() + LARGEST_SILENCE  # an answer may overtake its own call
    work.db.execute(
        update(office_call)
        .where(office_call.c.id == call.id)
        .values(
            state=state,
            problem="",
            item_version=moved.version,
            looks=0,
            lease_token=None,
            lease_until=None,
            look_at=None
            if state == CallState.ANSWERED
            else func.coalesce(office_call.c.look_at, later),
        )
    )
    return TakenAnswer(moved.id, moved.state, moved.version, again=False)


def _call(work: Work, said: Said) -> Row[Any]:
    try:
        call_id = UUID(said.hand_in)
    except ValueError:
        call_id = UUID(int=0)
    query = select(office_call).where(office_call.c.id == call_id).with_for_update()
    row = work.db.execute(query).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such hand-in.", todo="Check 'hand_in'.")
    return row


def _newest(work: Work, item_id: UUID) -> int:
    query = select(func.max(office_call.c.round)).where(
        office_call.c.item_id == item_id, office_call.c.kind == CallKind.HAND_IN
    )
    return int(work.db.execute(query).scalar_one())


def _first_time(work: Work, call: Row[Any], said: Said) -> bool:
    statement = insert(office_answer).values(
        id=new_id(),
        case_id=call.case_id,
        office_id=call.office_id,
        answer_id=said.answer_id,
        call_id=call.id,
        word=said.word,
        officer_id=work.actor.id,
        at=work.now,
        **areas_of(call),
    )
    once = statement.on_conflict_do_nothing(index_elements=["office_id", "answer_id"])
    return work.db.execute(once.returning(office_answer.c.id)).first() is not None


def _act(work: Work, row: Row[Any], said: Said) -> Row[Any]:
    if said.word is Word.MORE_WANTED:
        return ask_for_more(
            work,
            row.id,
            base_version=row.version,
            papers=said.papers,
            fields=said.fields,
            note=said.note,
        )
    if said.word is Word.ACCEPTED:
        return _accept(work, row, said)
    if said.word is Word.GRANTED and ItemState(row.state) in NEW:
        row = _accept(work, row, said)
    action = {Word.RETURNED: "return", Word.GRANTED: "grant", Word.REFUSED: "refuse"}[said.word]
    return act_on_item(work, row.id, action, base_version=row.version, **data_of(said))


def _accept(work: Work, row: Row[Any], said: Said) -> Row[Any]:
    """Accept as the page does: leniently exactly where papers are missing and may follow."""
    running = load_running(work, row.bundle_id)
    missing = running.papers_missing(running.definition.item(row.code))
    return act_on_item(
        work,
        row.id,
        "accept_lenient" if missing else "accept",
        base_version=row.version,
        receipt_no=said.receipt_no,
    )
