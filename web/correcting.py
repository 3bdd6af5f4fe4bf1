"""Correction requests in words: what is said to be wrong, how far it is, what the office found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from proactive.bundles.offices import get_office
from proactive.kernel.work import Work
from proactive.outcomes.faults import ANSWER_WORDS, FAULT_WORDS, Answer, Fault
from web.language import chosen_language
from web.reasons import feed_title
from web.say import gettext


@dataclass(frozen=True, slots=True)
class AskedView:
    """One request as the people of its case see it."""

    request_id: UUID
    feed: str
    fault: str
    office: str
    state: str
    answer: str
    answer_note: str
    due_on: date
    arrived: bool


def say_fault(code: str) -> str:
    return _in_language(FAULT_WORDS[Fault(code)]) if code in set(Fault) else code


def say_answer(code: str) -> str:
    return _in_language(ANSWER_WORDS[Answer(code)]) if code in set(Answer) else code


def fault_choices() -> list[tuple[str, str]]:
    """Return what may be said to be wrong, the unsaid left out."""
    return [(str(code), say_fault(code)) for code in Fault if code is not Fault.NOT_SAID]


def answer_choices() -> list[tuple[str, str]]:
    return [(str(code), say_answer(code)) for code in Answer]


def _in_language(words: tuple[str, str]) -> str:
    return words[1] if chosen_language() == "zh" else words[0]


def asked_views(work: Work, rows: Sequence[Row[Any]]) -> tuple[AskedView, ...]:
    return tuple(
        AskedView(
            request_id=row.id,
            feed=feed_title(row.feed),
            fault=say_fault(row.fault),
            office=get_office(work.db, row.office_id).name
            if row.office_id
            else gettext("no office is set up for it yet"),
            state=row.state,
            answer=say_answer(row.answer),
            answer_note=row.answer_note,
            due_on=row.due_on,
            arrived=row.arrived_at is not None,
        )
        for row in rows
    )
