"""Reading a list of posts: every row checked on its own, all mistakes named at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from proactive.areas.model import AreaPath
from proactive.areas.sheets import clean, read_sheet
from proactive.kernel.errors import Refused
from proactive.routing.model import PostKind

REQUIRED = ("code", "kind", "area_code")
NOBODY = "-"  # takes away what stands; a blank cell leaves it
MISTAKES_SHOWN = 20
NO = frozenset({"no", "n", "0", "false", "否", "停用"})
YES = frozenset({"", "yes", "y", "1", "true", "是", "启用"})


@dataclass(frozen=True, slots=True)
class PostRow:
    """One row of a list of posts, as text; only code, kind and area_code must be filled.

    A blank cell leaves what stands; `-` takes it away: in `holder_login` the holder himself, in
    `name` a name other than the place's. A new holder brings nothing of the one before. The two
    days of an absence go together: one of them alone leaves the other side open. A post that is
    new and says nothing has no limit, no absence, and is open.
    """

    code: str
    kind: str
    area_code: str
    name: str = ""
    holder_login: str = ""
    holder_name: str = ""
    holder_phone: str = ""
    holder_id_number: str = ""
    public_phone: str = ""
    stand_in_login: str = ""
    stand_in_name: str = ""
    stand_in_from: str = ""
    stand_in_to: str = ""
    absent_from: str = ""
    absent_to: str = ""
    capacity_per_week: str = ""
    active: str = ""


COLUMNS = tuple(field.name for field in fields(PostRow))


@dataclass(frozen=True, slots=True)
class ReadPost:
    """A row that holds: its place found, its days and numbers read. Blank cells are empty."""

    row: PostRow
    kind: PostKind
    path: AreaPath
    area_code: str
    area_level: int
    name: str
    public_phone: str
    capacity: int | None
    absent: tuple[date | None, date | None]
    stand_in: tuple[date | None, date | None]
    active: bool

    def after(self, old: Row[Any] | None) -> "ReadPost":
        """Return what this makes of the post that stands: a blank cell leaves what is there."""
        if old is None:
            return self
        row = self.row
        away = row.absent_from or row.absent_to
        return replace(
            self,
            name=self.name if row.name else old.name,
            public_phone=self.public_phone if row.public_phone else old.public_phone,
            capacity=self.capacity if row.capacity_per_week else old.capacity_per_week,
            absent=self.absent if away else (old.absent_from, old.absent_to),
            active=self.active if row.active else old.active,
        )


Source = Path | str | Sequence[PostRow] | Sequence[Mapping[str, str]]


def read_rows(source: Source) -> list[tuple[int, PostRow]]:
    """Return (line, row) of a CSV or workbook, or of rows given as such.

    Raises Refused for a file that is no table, lacks a needed column or has an unknown one.
    """
    if isinstance(source, (Path, str)):
        sheet = read_sheet(Path(source))
        return [(line, PostRow(**cells)) for line, cells in sheet.named(COLUMNS, REQUIRED)]
    return [(number, _row(each)) for number, each in enumerate(source, 1)]


def _row(given: object) -> PostRow:
    if isinstance(given, PostRow):
        return given
    if not isinstance(given, Mapping):
        raise TypeError("a row of a list of posts is a PostRow or a mapping")
    return PostRow(**{name: clean(str(value)) for name, value in given.items()})


def check_rows(
    rows: Sequence[tuple[int, PostRow]],
    paths: Mapping[str, AreaPath],
    levels: Mapping[str, int],
    area_names: Mapping[str, str],
) -> list[ReadPost]:
    """Return the rows as posts; Refused `bad_posts` names every mistake with its line."""
    doubles = {code for code, n in Counter(row.code for _, row in rows).items() if n > 1}
    names: dict[str, str] = {}
    mistakes: list[str] = []
    found: list[ReadPost] = []
    for line, row in rows:
        wrong = list(_mistakes(row, paths, doubles, names))
        if wrong:
            mistakes += [f"line {line}: {each}" for each in wrong]
            continue
        path = paths[row.area_code]
        code = next(part for part in reversed(path) if part)
        kind = PostKind(row.kind)
        found.append(
            ReadPost(
                row,
                kind,
                path,
                code,
                levels[code],
                _filled(row.name) or area_names.get(code, code),
                _filled(row.public_phone),
                int(row.capacity_per_week) if _filled(row.capacity_per_week) else None,
                (_day(row.absent_from), _day(row.absent_to)),
                (_day(row.stand_in_from), _day(row.stand_in_to)),
                row.active.lower() not in NO,
            )
        )
    if mistakes:
        more = len(mistakes) - MISTAKES_SHOWN
        raise Refused(
            "bad_posts",
            "The list of posts cannot be loaded: {mistakes}",
            why="Nothing was changed.",
            todo="Correct these rows and load the list again.",
            mistakes="; ".join(mistakes[:MISTAKES_SHOWN])
            + (f" … (+{more})" if more > 0 else "")
            + ".",
        )
    return found


def _mistakes(
    row: PostRow, paths: Mapping[str, AreaPath], doubles: set[str], names: dict[str, str]
) -> Iterable[str]:
    """Yield what is wrong with one row; texts name columns and codes, never a person."""
    if not row.code:
        yield "no code"
    if row.code in doubles:
        yield f"the code {row.code} stands more than once"
    if row.kind not in set(PostKind):
        yield f"unknown kind '{row.kind}', use {', '.join(PostKind)}"
    if row.area_code not in paths:
        yield f"unknown area_code '{row.area_code}'"
    if _filled(row.capacity_per_week) and not (
        row.capacity_per_week.isdigit() and 0 < int(row.capacity_per_week) < 10_000
    ):
        yield "capacity_per_week is not a number above 0, nor '-' for no limit"
    if row.active.lower() not in YES | NO:
        yield "active is neither yes nor no"
    yield from _day_mistakes(row)
    yield from _people_mistakes(row, names)


def _people_mistakes(row: PostRow, names: dict[str, str]) -> Iterable[str]:
    for login, name, who in (
        (row.holder_login, row.holder_name, "holder"),
        (row.stand_in_login, row.stand_in_name, "stand_in"),
    ):
        if NOBODY in (login, name) and who == "holder":
            if row.holder_login != NOBODY or row.holder_name not in ("", NOBODY):
                yield "'-' for nobody stands in holder_login, with no name beside it"
            continue
        if bool(login) != bool(name):
            yield f"{who}_login and {who}_name belong together"
        if login and name and names.setdefault(login.lower(), name) != name:
            yield f"{who}_login has another {who}_name in an earlier row"
    told = {row.holder_phone, row.holder_id_number} - {"", NOBODY}
    if told and row.holder_login in ("", NOBODY):
        yield "a holder's phone or id number without a holder"


def _day_mistakes(row: PostRow) -> Iterable[str]:
    for column in ("stand_in_from", "stand_in_to", "absent_from", "absent_to"):
        text = getattr(row, column)
        if column.startswith("absent"):
            text = _filled(text)
        if text and _day(text) is None:
            yield f"{column} is not a day like 2026-11-21"
    for first, last in (
        (row.stand_in_from, row.stand_in_to),
        (row.absent_from, row.absent_to),
    ):
        begin, end = _day(first), _day(last)
        if begin and end and end < begin:
            yield f"the days {first} to {last} end before they begin"
    if (row.stand_in_from or row.stand_in_to) and not row.stand_in_login:
        yield "stand_in days without a stand_in"


def _filled(cell: str) -> str:
    """Return what a cell says, '' where it is blank or takes away."""
    return "" if cell == NOBODY else cell


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
