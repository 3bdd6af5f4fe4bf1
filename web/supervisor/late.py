"""What the desk's people owe somebody and is past its date: answers, and things to be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import Row

from proactive.kernel.work import Work
from proactive.notices.queries import late_tellings
from proactive.notices.words import HOW_WORDS
from proactive.people.vault import cards
from proactive.voice.model import Kind
from proactive.voice.objections import open_objections
from proactive.voice.queries import who_answers
from web.coordinator.lists import place_names, place_of
from web.naming import name_of
from web.person.reviews import KINDS
from web.words import in_language, word


@dataclass(frozen=True, slots=True)
class LateLine:
    """One thing owed: what, to whom, since when, and on whose desk its clock runs."""

    what: str
    name: str
    need: str
    place: str
    due_on: date
    desk: str
    mine: bool
    link: str


def late_lines(work: Work, most: int) -> tuple[list[LateLine], int]:
    """Return the longest late of the reader's areas with names, at most so many, and their number.

    An answer comes before a telling of the same day: somebody waits for it.
    """
    answers = [row for row in open_objections(work) if row.due_on < work.today]
    rows = [*answers, *late_tellings(work.db, work.today)]
    shown = sorted(rows, key=lambda row: row.due_on)[:most]
    return list(_lines(work, shown)), len(rows)


def _lines(work: Work, rows: list[Row[Any]]) -> Iterable[LateLine]:
    people = cards(work, sorted({row.subject_key for row in rows}), purpose="desk_list")
    places = place_names(work, rows)
    desks = {row.post_id: who_answers(work, row.post_id) for row in rows}
    for row in rows:
        desk = desks[row.post_id]
        answer = hasattr(row, "kind")
        yield LateLine(
            what=str(KINDS[Kind(row.kind)]) if answer else in_language(HOW_WORDS[row.how]),
            name=name_of(people[row.subject_key], work.today),
            need=word("need", row.need),
            place=place_of(row, places),
            due_on=row.due_on,
            desk=desk.name if desk else "",
            mine=str(row.post_id) in work.actor.posts,
            link=url_for("person.review", objection_id=row.id)
            if answer
            else url_for("coordinator.sheet", case_id=row.case_id),
        )
