"""Asking offices: what became of a call nobody heard of, and how an item stands after a silence."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from proactive.bundles.store import office
from proactive.connectors.lines import heard, next_call, note_line
from proactive.connectors.model import (
    FIRST_LOOK,
    LARGEST_SILENCE,
    OPEN,
    CallState,
    look_again,
)
from proactive.connectors.parcels import OfficeLines
from proactive.connectors.planning import CALL_STEP
from proactive.connectors.sending import OpenWork, TakeAnswer, sent_values
from proactive.connectors.store import office_call
from proactive.kernel.work import Work
from proactive.plugins.office_connector import Absent, Asked, OfficeConnector, Taken, Unknown


@dataclass(frozen=True, slots=True)
class Question:
    """One question to make about a call."""

    row: Row[Any]
    office: str
    connector: OfficeConnector


def ask_due(open_work: OpenWork, lines: OfficeLines, take: TakeAnswer, *, most: int = 200) -> int:
    """Ask about what is unknown or silent; return how many questions were put."""
    with open_work() as work:
        _lose_expired(work)
    asked = 0
    while asked < most:
        with open_work() as work:
            question = _next(work, lines)
        if question is None:
            break
        ask = partial(question.connector.ask, str(question.row.id))
        answer = heard(question.office, ask)
        with open_work() as work:
            _record(work, question, answer)
        if isinstance(answer, Taken) and answer.said is not None:
            take(question.office, answer.said)
        asked += 1
    return asked


def _lose_expired(work: Work) -> None:
    """Call unknown what was being sent when its sender died."""
    clock = func.clock_timestamp()
    lost = update(office_call).where(
        office_call.c.state == CallState.SENDING, office_call.c.lease_until <= clock
    )
    values = {"state": CallState.UNKNOWN, "code": "lease", "look_at": clock}
    count = work.db.execute(lost.values(**values, lease_token=None, lease_until=None)).rowcount
    if count:
        work.audit("office_call.lost", "office_call", "several", count=count)


def _next(work: Work, lines: OfficeLines) -> Question | None:
    """Take one call whose look is due; moving `look_at` on is the lease."""
    clock = func.clock_timestamp()
    row = next_call(
        work,
        lines.connectors,
        office_call.c.state.in_([CallState.UNKNOWN, CallState.SENT]),
        office_call.c.look_at <= clock,
        first=office_call.c.look_at,
    )
    if row is None:
        return None
    connector = lines.connectors[row.office_code]
    pause = look_again(row.looks)
    if row.state == CallState.SENT:
        pause = min(connector.ask_after * (1 << min(row.looks, 5)), LARGEST_SILENCE)
    work.db.execute(
        update(office_call)
        .where(office_call.c.id == row.id)
        .values(look_at=clock + max(pause, FIRST_LOOK), looks=office_call.c.looks + 1)
    )
    return Question(row, row.office_code, connector)


def _record(work: Work, question: Question, answer: Asked) -> None:
    """An unknown call that is there was sent; one that is not goes again, with the same key."""
    row = question.row
    open_one = office_call.c.id == row.id, office_call.c.state.in_(sorted(OPEN))
    if isinstance(answer, Taken) and row.state == CallState.UNKNOWN:
        work.db.execute(
            update(office_call).where(*open_one).values(**sent_values(row.kind, question.connector))
        )
    if isinstance(answer, Absent):
        again = {"state": CallState.QUEUED, "hold_until": None, "look_at": None}
        work.db.execute(update(office_call).where(*open_one).values(**again))
        work.step(CALL_STEP)
    note_line(work, row.office_id, well=not isinstance(answer, Unknown))
    work.audit("office_call.asked", "office_call", row.id, answer=type(answer).__name__)


def note_problem(work: Work, call_id: UUID, office_code: str, code: str) -> None:
    """Keep why an answer could not be taken: the office's page shows it. Of the own calls only."""
    mine = select(office.c.id).where(office.c.code == office_code).scalar_subquery()
    named = update(office_call).where(office_call.c.id == call_id, office_call.c.office_id == mine)
    if work.db.execute(named.values(problem=code)).rowcount:
        work.audit("office_answer.refused", "office_call", call_id, code=code)
