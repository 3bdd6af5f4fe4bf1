"""Objections and "could not get it done": kept with a clock, laid before somebody else, answered.

An objection moves no case. It goes to the desk above whoever decided, and nobody answers one to a
decision of his own.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.areas.calendar import add_working_days
from proactive.areas.store import path_in
from proactive.bundles.store import item, item_event
from proactive.cases.model import CaseState
from proactive.cases.service import CaseRow, add_note, apply, area_path, get_case
from proactive.cases.store import case, case_event
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.routing.board import read_posts
from proactive.routing.model import RANK, PostKind, desk_above
from proactive.voice.model import (
    DECISIONS,
    LONGEST_WORDS,
    OBJECTION_TABLE,
    WORKING_DAYS,
    Answer,
    Kind,
    ObjectionState,
)
from proactive.voice.store import objection

RANK_OF_ROLE = {
    Role.TOWN: RANK[PostKind.TOWN_DESK],
    Role.COUNTY: RANK[PostKind.COUNTY_DESK],
}
TO_COUNTY = RANK[PostKind.COUNTY_DESK] - 1


@dataclass(frozen=True, slots=True)
class Said:
    """One objection with its words opened."""

    id: UUID
    case_id: UUID
    kind: Kind
    state: ObjectionState
    words: str
    made_at: datetime
    due_on: date
    post_id: UUID
    answer: str
    answer_words: str
    answered_at: datetime | None


def bring(work: Work, case_id: UUID, kind: Kind, words: str) -> UUID:
    """Keep what the person objects to, or could not get done; return its id.

    While one of its kind is open a second tap gives the same id and changes nothing. Raises
    Refused `not_found` or `no_words`.
    """
    if not words.strip() or len(words) > LONGEST_WORDS:
        raise Refused(
            "no_words",
            "Please say in a few words what is wrong.",
            todo="Write it down, or call and say it.",
            fields={"words": "say it in a few words"},
        )
    row = _locked(work, case_id)
    known = _open_one(work, case_id, kind)
    if known is not None:
        return known
    objection_id = new_id()
    due = add_working_days(work, work.today, WORKING_DAYS[kind])
    post_id = _reviewer(work, row, kind)
    work.db.execute(
        insert(objection).values(
            id=objection_id,
            case_id=case_id,
            kind=kind,
            words_cipher=work.keys.encrypt(words.strip(), aad=_aad(objection_id, "words")),
            made_at=work.now,
            made_by=f"{work.actor.role}:{work.actor.id}",
            due_on=due.day,
            post_id=post_id,
            **dict(zip(AREA_COLUMNS, path_in(row), strict=True)),
        )
    )
    detail = {"objection": str(objection_id), "due_on": str(due.day), "post": str(post_id)}
    apply(work, case_id, "object", reason=kind, detail=detail)
    return objection_id


def answer_objection(work: Work, objection_id: UUID, answer: str, words: str) -> None:
    """Keep the reviewer's answer, which the person reads on the own page.

    Raises Refused `not_found`, `not_possible_now` (answered already), `not_yours`,
    `decided_it_yourself`, or `bad_answer` with the fields.
    """
    row = get_objection(work, objection_id, lock=True)
    OBJECTION_TABLE.check(row.state, "answer", work.actor.role)
    if work.actor.id in deciders(work, row.case_id):
        raise Refused(
            "decided_it_yourself",
            "Somebody else must answer this.",
            why="You had a part in the decision.",
            todo="Leave it to another person of your desk or of the level above.",
        )
    wrong = {} if answer in set(Answer) else {"answer": "choose an answer"}
    if not words.strip() or len(words) > LONGEST_WORDS:
        wrong["words"] = "say it in a few words"
    if wrong:
        raise Refused(
            "bad_answer",
            "The answer is not complete yet.",
            todo="Mend what is marked and send it again.",
            fields=wrong,
        )
    work.db.execute(
        update(objection)
        .where(objection.c.id == objection_id)
        .values(
            state=ObjectionState.ANSWERED,
            answer=answer,
            answer_cipher=work.keys.encrypt(words.strip(), aad=_aad(objection_id, "answer")),
            answered_at=work.now,
            answered_by=work.actor.id,
        )
    )
    work.audit("answer_objection", "objection", objection_id, areas=path_in(row), answer=answer)
    if get_case(work, row.case_id).state != CaseState.CLOSED:
        add_note(work, row.case_id, "objection_answered", objection=str(objection_id))


def get_objection(work: Work, objection_id: UUID, *, lock: bool = False) -> Row[Any]:
    """Return one objection; Refused `not_found` where the reader may not see it."""
    query = select(objection).where(objection.c.id == objection_id)
    row = work.db.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such objection.", todo="Go back to the list.")
    return row


def open_objections(work: Work) -> list[Row[Any]]:
    """Return what the reader's areas must answer with its case, the earliest due first."""
    query = (
        select(
            objection.c.id,
            objection.c.kind,
            objection.c.due_on,
            objection.c.made_at,
            objection.c.post_id,
            *(case.c[name] for name in ("ref", "need", "subject_key", *AREA_COLUMNS)),
        )
        .join(case, case.c.id == objection.c.case_id)
        .where(objection.c.state == ObjectionState.OPEN)
        .order_by(objection.c.due_on, objection.c.id)
    )
    return list(work.db.execute(query))


def said_of_case(work: Work, case_id: UUID) -> list[Said]:
    """Return everything brought in a case, oldest first, with its words."""
    query = select(objection).where(objection.c.case_id == case_id).order_by(objection.c.made_at)
    return [opened(work, row) for row in work.db.execute(query)]


def opened(work: Work, row: Row[Any]) -> Said:
    """Return an objection with its words."""
    answer = row.answer_cipher
    return Said(
        id=row.id,
        case_id=row.case_id,
        kind=Kind(row.kind),
        state=ObjectionState(row.state),
        words=work.keys.decrypt(row.words_cipher, aad=_aad(row.id, "words")),
        made_at=row.made_at,
        due_on=row.due_on,
        post_id=row.post_id,
        answer=row.answer,
        answer_words=work.keys.decrypt(answer, aad=_aad(row.id, "answer")) if answer else "",
        answered_at=row.answered_at,
    )


def deciders(work: Work, case_id: UUID) -> frozenset[str]:
    """Return the accounts that decided something in a case or about an item of it."""
    of_case = select(case_event.c.actor_id).where(
        case_event.c.case_id == case_id, case_event.c.action.in_(DECISIONS)
    )
    of_items = (
        select(item_event.c.actor_id)
        .join(item, item.c.id == item_event.c.item_id)
        .where(item.c.case_id == case_id, item_event.c.action.in_(("refuse", "return")))
    )
    return frozenset(work.db.execute(of_case.union(of_items)).scalars())


def _reviewer(work: Work, row: CaseRow, kind: Kind) -> UUID:
    """Return the desk above whoever decided last; what could not be got done goes to the county."""
    rank = TO_COUNTY if kind is Kind.NOT_DONE else _rank_of_decision(work, row.id)
    posts = read_posts(work.db, work.today)
    path = area_path(row)
    desk = desk_above(posts, path, rank=rank) or desk_above(posts, path, rank=TO_COUNTY)
    found: UUID = desk.id if desk is not None else row.owner_post_id
    return found


def _rank_of_decision(work: Work, case_id: UUID) -> int:
    """Return the rank of who decided last; an office's refusal is looked at by the county."""
    refused = select(item.c.id).where(item.c.case_id == case_id, item.c.state == "refused")
    if work.db.execute(refused.limit(1)).first() is not None:
        return TO_COUNTY
    last = (
        select(case_event.c.actor_role)
        .where(case_event.c.case_id == case_id, case_event.c.action.in_(DECISIONS))
        .order_by(case_event.c.seq.desc())
        .limit(1)
    )
    role = work.db.execute(last).scalar_one_or_none()
    return RANK_OF_ROLE.get(Role(role), 0) if role else 0


def _locked(work: Work, case_id: UUID) -> CaseRow:
    """Return the case, its row locked, so that two taps of one button are one after the other."""
    work.db.execute(select(case.c.id).where(case.c.id == case_id).with_for_update())
    return get_case(work, case_id)


def _open_one(work: Work, case_id: UUID, kind: Kind) -> UUID | None:
    query = select(objection.c.id).where(
        objection.c.case_id == case_id,
        objection.c.kind == kind,
        objection.c.state == ObjectionState.OPEN,
    )
    return work.db.execute(query).scalar_one_or_none()


def _aad(objection_id: UUID, part: str) -> str:
    return f"objection:{part}:{objection_id}"
