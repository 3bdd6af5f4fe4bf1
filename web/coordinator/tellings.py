"""What post holders tell in person because no text message can or may."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.notices.claiming import read_params
from proactive.notices.queries import notice_scripts
from proactive.notices.service import mark_told, open_tellings
from proactive.notices.words import HOW_WORDS
from proactive.people.vault import cards
from proactive.routing.queries import my_cases
from web.access import platform
from web.coordinator.lists import place_names, place_of
from web.errors import not_found
from web.language import chosen_language
from web.words import in_language, word


@dataclass(frozen=True, slots=True)
class TellingView:
    """One thing to tell one person: how, what to say, and why no message went out."""

    id: UUID
    case_id: UUID
    name: str
    place: str
    phone: str
    how: str
    words: str
    why: str


def count_tellings(work: Work) -> int:
    """Return how much there is to tell for the cases of the reader's posts."""
    rows = my_cases(work.db, work.actor.posts, work.today)
    return len(open_tellings(work, [row.id for row in rows]))


def read_tellings(work: Work) -> list[TellingView]:
    """Return what is to be told for the cases of the reader's posts, oldest first."""
    cases = {row.id: row for row in my_cases(work.db, work.actor.posts, work.today)}
    rows = open_tellings(work, list(cases))
    people = cards(work, sorted({row.subject_key for row in rows}), purpose="tell_in_person")
    places = place_names(work, (cases[row.case_id] for row in rows))
    scripts = _scripts(work, {row.notice_id for row in rows})
    return [
        TellingView(
            id=row.id,
            case_id=row.case_id,
            name=people[row.subject_key].name,
            place=place_of(cases[row.case_id], places),
            phone=people[row.subject_key].phone,
            how=in_language(HOW_WORDS[row.how]),
            words=scripts.get(row.notice_id, ""),
            why=word("why", row.reason),
        )
        for row in rows
    ]


def tell(work: Work, telling_id: UUID) -> None:
    """Note that somebody has been told; Refused `not_found` for what is another post's."""
    if telling_id not in {telling.id for telling in read_tellings(work)}:
        raise not_found()
    mark_told(work, telling_id)


def _scripts(work: Work, notice_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the words of each notice in the reader's language."""
    rows = notice_scripts(work.db, notice_ids)
    return {row.notice_id: _script(work, row) for row in rows}


def _script(work: Work, row: Row[Any]) -> str:
    """Return what to say; a text that cannot be made any more leaves the matter to the sheet."""
    desk = platform().desk
    try:
        filled = desk.templates.fill(
            row.template,
            read_params(work, row),
            voice=desk.voice,
            language=chosen_language(),
            reference=row.ref,
        )
    except Refused:
        return ""
    return filled.text
