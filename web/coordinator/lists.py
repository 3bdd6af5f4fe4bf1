"""My list as the page shows it: what is to do now, by household, and what runs elsewhere."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from proactive.areas.queries import names as area_names
from proactive.cases.model import NextStep
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.work import Work
from proactive.visits.queries import ListLine, my_homes, with_names
from web.naming import name_of

A_PAGE = 50  # households; a village has fewer
# What is in the post holder's own hands; the rest runs in an office or waits for the town.
OWN_STEPS = frozenset(
    {
        NextStep.VISIT,
        NextStep.CALL,
        NextStep.DESK,
        NextStep.TRY_AGAIN,
        NextStep.OFFER,
        NextStep.FOLLOW_UP,
        NextStep.CLOSE,
    }
)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to do in a household for a need, and for how many of its people."""

    need: str
    next_step: str
    people: int


@dataclass(frozen=True, slots=True)
class Home:
    """One household on the list."""

    first_case_id: UUID
    case_ids: tuple[UUID, ...]
    name: str
    more_people: int
    place: str
    phone: str
    due_on: date
    due_provisional: bool
    matters: tuple[Matter, ...]


@dataclass(frozen=True, slots=True)
class MyList:
    """A page of what there is to do, and of what the reader has in hand but others work on.

    `found`, `found_elsewhere` and `late` count the households of all pages.
    """

    to_do: tuple[Home, ...]
    elsewhere: tuple[Home, ...]
    found: int
    found_elsewhere: int
    late: int
    page: int = 1
    more: bool = False


def read_my_list(work: Work, page: int | None = None) -> MyList:
    """Return the list of the reader's posts, in the order of due dates; whole without a page.

    A page beyond the end is the last one. Names are opened of the households shown only.
    """
    homes = my_homes(work)
    own = [[row for row in home if row.next_step in OWN_STEPS] for home in homes]
    mine = [(home, rows) for home, rows in zip(homes, own, strict=True) if rows]
    mine.sort(key=lambda each: each[1][0].due_on)
    elsewhere = [(home, list(home)) for home, rows in zip(homes, own, strict=True) if not rows]
    start, end = 0, len(homes)
    if page is not None:
        page = min(max(page, 1), pages_of(len(homes)))
        start, end = (page - 1) * A_PAGE, page * A_PAGE
    shown = [*mine, *elsewhere][start:end]
    lines = with_names(work, [home for home, _ in shown])
    places = place_names(work, (row for home, _ in shown for row in home))
    seen = [_home(work, line, rows, places) for line, (_, rows) in zip(lines, shown, strict=True)]
    to_do = max(len(mine) - start, 0)
    return MyList(
        tuple(seen[:to_do]),
        tuple(seen[to_do:]),
        len(mine),
        len(elsewhere),
        sum(rows[0].due_on < work.today for _, rows in mine),
        page or 1,
        end < len(homes),
    )


def pages_of(households: int) -> int:
    """Return how many pages the list of so many households has."""
    return max(-(-households // A_PAGE), 1)


def _home(work: Work, line: ListLine, rows: list[Row[Any]], places: dict[str, str]) -> Home:
    first = rows[0]
    return Home(
        first_case_id=first.id,
        case_ids=tuple(row.id for row in line.cases),
        name=name_of(line.person, work.today),
        more_people=len({row.subject_key for row in line.cases}) - 1,
        place=" ".join(part for part in (place_of(first, places), line.person.address) if part),
        phone=line.person.phone,
        due_on=first.due_on,
        due_provisional=first.due_provisional,
        matters=_matters(rows),
    )


def _matters(rows: list[Row[Any]]) -> tuple[Matter, ...]:
    counts = Counter((row.need, row.next_step) for row in rows)
    return tuple(Matter(need, step, people) for (need, step), people in counts.items())


def place_names(work: Work, rows: Iterable[Row[Any]]) -> dict[str, str]:
    """Return the names of the areas that the rows lie in, by code."""
    codes = {getattr(row, column) for row in rows for column in AREA_COLUMNS} - {""}
    return area_names(work.db, sorted(codes)) if codes else {}


def place_of(row: Row[Any], places: dict[str, str]) -> str:
    """Return town and village of a row: what people of the county call the place."""
    codes = [getattr(row, column) for column in AREA_COLUMNS[3:]]
    return " ".join(places.get(code, code) for code in codes if code)
