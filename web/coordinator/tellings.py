"""What post holders tell in person because no text message can or may."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.notices.claiming import read_params
from proactive.notices.model import NEXT_HOW, How, Why
from proactive.notices.queries import notice_scripts
from proactive.notices.reaching import confirm_number, not_reached
from proactive.notices.service import mark_told, open_tellings
from proactive.notices.words import HOW_WORDS
from proactive.people.vault import cards
from proactive.routing.queries import my_cases
from web.access import platform
from web.coordinator.lists import place_names, place_of
from web.errors import bad_request, not_found
from web.language import chosen_language
from web.naming import name_of
from web.words import in_language, word


@dataclass(frozen=True, slots=True)
class TellingView:
    """One thing to tell one person: how and by when, what to say, and why no message went out.

    `way` is the code of `how`; `last` says that no other way is left. `wrong_number`: somebody at
    the number said that it is not theirs.
    """

    id: UUID
    case_id: UUID
    subject_key: int
    name: str
    place: str
    phone: str
    way: str
    how: str
    due_on: date | None
    last: bool
    wrong_number: bool
    words: str
    why: str


def count_tellings(work: Work) -> int:
    """Return how much there is to tell for the cases of the reader's posts."""
    rows = my_cases(work.db, work.actor.posts, work.today)
    return len(open_tellings(work, [row.id for row in rows]))


def read_tellings(work: Work) -> list[TellingView]:
    """Return what is to be told for the cases of the reader's posts, most urgent first."""
    cases = {row.id: row for row in my_cases(work.db, work.actor.posts, work.today)}
    rows = open_tellings(work, list(cases))
    people = cards(work, sorted({row.subject_key for row in rows}), purpose="tell_in_person")
    places = place_names(work, (cases[row.case_id] for row in rows))
    scripts = _scripts(work, {row.notice_id for row in rows})
    return [
        TellingView(
            id=row.id,
            case_id=row.case_id,
            subject_key=row.subject_key,
            name=name_of(people[row.subject_key], work.today),
            place=place_of(cases[row.case_id], places),
            phone=people[row.subject_key].phone,
            way=row.how,
            how=in_language(HOW_WORDS[row.how]),
            due_on=row.due_on,
            last=How(row.how) not in NEXT_HOW,
            wrong_number=row.reason == Why.WRONG_PERSON,
            words=scripts.get(row.notice_id, ""),
            why=word("why", row.reason),
        )
        for row in rows
    ]


def tell(work: Work, telling_id: UUID, what: str) -> None:
    """Note what came of it: `told`, `not_reached` (the next way begins) or `right_number`.

    The last joins person and number again. Raises Refused `not_found` for what is another post's.
    """
    telling = next((one for one in read_tellings(work) if one.id == telling_id), None)
    if telling is None:
        raise not_found()
    if what == "told":
        mark_told(work, telling_id)
    elif what == "not_reached":
        not_reached(work, telling_id)
    elif what == "right_number" and telling.wrong_number:
        confirm_number(work, telling.subject_key)
        mark_told(work, telling_id)
    else:
        raise bad_request()


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
