"""Finding one person of the own area by name and one thing more; never a list of a place."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.people.model import compared_name
from proactive.people.store import identity, subject
from proactive.people.typed import REPORTED
from proactive.people.vault import permanent_key

MOST_SHOWN = 5
MOST_NAMESAKES = 500  # whose numbers are opened to compare their last signs
ENDING = 4


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """Keys of those who fit, at most five; `more` says that others fit as well."""

    keys: tuple[int, ...] = ()
    more: bool = False


def search_people(
    work: Work, *, name: str, ending: str = "", born_on: date | None = None
) -> PeopleFound:
    """Return the people of the actor's areas with this name and number's end or birth date.

    Who was typed in and whose number or birth date nobody knows yet is found by the name.
    Names are found by their blind index, so nobody's name is opened who does not bear it. The look
    is audited without what was looked for. Raises Refused `search_incomplete` with the fields.
    """
    plain, last = compared_name(name), ending.strip().upper()
    wrong = {} if plain else {"name": "write the name"}
    if last and (len(last) != ENDING or not last[:-1].isdigit() or last[-1] not in "0123456789X"):
        wrong["ending"] = "the last four signs"
    if not last and born_on is None:
        wrong["ending"] = "one of the two"
    if wrong:
        raise Refused(
            "search_incomplete",
            "This is not enough to find one person.",
            todo="Give the name, and the last four characters of the number or the birth date.",
            fields=wrong,
        )
    fitting = _fitting(work, plain, last, born_on)
    work.audit("search_person", "subject", "by_name", found=len(fitting))
    return PeopleFound(tuple(fitting[:MOST_SHOWN]), more=len(fitting) > MOST_SHOWN)


def _fitting(work: Work, plain: str, last: str, born_on: date | None) -> list[int]:
    mark = work.keys.blind(plain, column="identity.name")
    named = select(identity.c.subject_key).where(identity.c.name_mark == mark)
    typed = subject.c.scheme == REPORTED
    query = select(subject).where(subject.c.key.in_(named), subject.c.kind == "person")
    if born_on is not None:
        unknown = typed & subject.c.born_on.is_(None)
        query = query.where((subject.c.born_on == born_on) | unknown)
    rows = work.db.execute(query.order_by(typed, subject.c.key).limit(MOST_NAMESAKES)).all()
    fitting = (_present(work, row, last, born_on) for row in rows)
    return list(dict.fromkeys(key for key in fitting if key is not None))


def _present(work: Work, row: Row[Any], last: str, born_on: date | None) -> int | None:
    """Return whom a namesake is now, None for another one.

    Of a typed person that a desk has joined with a number only the birth date still tells.
    """
    present = permanent_key(work, row.key)
    if row.scheme == REPORTED:
        told = row.born_on is not None and row.born_on == born_on
        return present if told or present == row.key else None
    return present if not last or _ends(work, row, last) else None


def _ends(work: Work, row: Row[Any], last: str) -> bool:
    return work.keys.decrypt(row.id_cipher, aad=f"subject:id:{row.key}").upper().endswith(last)
