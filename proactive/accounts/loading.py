"""Accounts in bulk from a list (CSV, Excel): every mistake named at once, or all rows kept."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from proactive.accounts.holders import ensure_accounts
from proactive.accounts.model import GRANTABLE, LANGUAGES, check_grant
from proactive.accounts.service import grant_role, normal_login
from proactive.accounts.store import account
from proactive.areas.queries import paths_of
from proactive.areas.sheets import read_sheet
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work

REQUIRED = ("login", "name")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One row as text. A post names role and area by itself; a person may have several rows."""

    login: str
    name: str
    role: str = ""
    post: str = ""
    area: str = ""
    office: str = ""
    language: str = ""
    phone: str = ""


COLUMNS = tuple(field.name for field in fields(AccountRow))
NumberedRow = tuple[int, AccountRow]


@dataclass(frozen=True, slots=True)
class Seat:
    """An open post: the role it gives on its area, and the logins of who has it now."""

    role: str
    area_code: str
    holder: str = ""
    stand_ins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may name: open posts and offices by code, and phones that can be used."""

    posts: Mapping[str, Seat]
    offices: Mapping[str, UUID]
    good_phones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where; names columns and codes, never a person."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccountReport:
    """What a load did or would do; `ids`: login → account id of all rows."""

    rows: int
    new: int
    renamed: int
    grants: int
    ids: Mapping[str, str]


def read_accounts(file: Path) -> list[NumberedRow]:
    """Return the rows by their line; Refused `unknown_column`, or those of `areas.sheets`."""
    sheet = read_sheet(file)
    return [(line, AccountRow(**cells)) for line, cells in sheet.named(COLUMNS, REQUIRED)]


def mistakes_in(work: Work, rows: Sequence[NumberedRow], known: Known) -> list[Mistake]:
    """Return everything that is wrong with a list, by row; empty where it can be kept."""
    areas = set(paths_of(work.db, {row.area for _, row in rows if row.area}, on=work.today))
    takers = Counter(row.post for _, row in rows if row.post)
    names: dict[str, str] = {}
    seen: set[AccountRow] = set()
    found = []
    for line, row in rows:
        wrong = [*_about_person(row, names, known), *_about_duty(row, areas, known, takers)]
        if row in seen:
            wrong.append(("login", "the same row stands twice"))
        seen.add(row)
        found += [Mistake(line, column, reason) for column, reason in wrong]
    return found


def _about_person(
    row: AccountRow, names: dict[str, str], known: Known
) -> Iterable[tuple[str, str]]:
    login = normal_login(row.login)
    if not login:
        yield "login", "is empty"
    elif any(sign.isspace() for sign in login):
        yield "login", "has a space in it"
    if not row.name:
        yield "name", "is empty"
    elif login and names.setdefault(login, row.name) != row.name:
        yield "name", "is another one than in an earlier row of this login"
    if row.language and row.language not in LANGUAGES:
        yield "language", f"is none of {', '.join(LANGUAGES)}"
    if row.phone and not row.post:
        yield "phone", "is kept for holders of posts only; leave it empty here"
    elif row.phone and row.phone not in known.good_phones:
        yield "phone", "is no phone number"


def _about_duty(
    row: AccountRow, areas: set[str], known: Known, takers: Counter[str]
) -> Iterable[tuple[str, str]]:
    if row.post:
        yield from _about_post(row, known, takers)
        return
    if row.role not in set(GRANTABLE):
        yield "role", f"is none of {', '.join(sorted(GRANTABLE))}"
        return
    try:
        check_grant(Role(row.role), row.area, row.office)
    except Refused as refusal:
        clerks = row.office or row.role == Role.CLERK
        yield "office" if clerks else "area", refusal.why
    if row.area and row.area not in areas:
        yield "area", f"the code '{row.area[:20]}' is not known; load the areas first"
    if row.office and row.office not in known.offices:
        yield "office", f"the code '{row.office[:40]}' is not known; load the offices first"


def _about_post(row: AccountRow, known: Known, takers: Counter[str]) -> Iterable[tuple[str, str]]:
    seat = known.posts.get(row.post)
    if seat is None:
        yield "post", f"the code '{row.post[:40]}' is not known or closed; load the posts first"
        return
    if takers[row.post] > 1:
        yield "post", f"'{row.post}' stands in more than one row"
    login = normal_login(row.login)
    if seat.holder and login != seat.holder and login not in seat.stand_ins:
        yield "post", f"'{row.post}' is held by somebody else; change that in the list of posts"
    if row.role and row.role != seat.role:
        yield "role", f"this post gives the role {seat.role}"
    if row.area and row.area != seat.area_code:
        yield "area", f"this post lies in {seat.area_code}"
    if row.office:
        yield "office", "does not belong to a post"


def new_logins(work: Work, rows: Sequence[NumberedRow]) -> set[str]:
    """Return the logins of a list that no account has yet."""
    wanted = {normal_login(row.login) for _, row in rows}
    known = select(account.c.login).where(account.c.login.in_(wanted))
    return wanted - set(work.db.execute(known).scalars())


def keep_accounts(
    work: Work, rows: Sequence[NumberedRow], known: Known, *, language: str
) -> AccountReport:
    """Make or rename the accounts of a list without mistakes and grant what it names.

    A language holds for new accounts only: later it is the person's own choice. The same list
    again changes nothing. Posts are taken by `routing.seating`.
    """
    ids: dict[str, str] = {}
    new = renamed = grants = 0
    by_language: dict[str, dict[str, str]] = {}
    for _, row in rows:
        by_language.setdefault(row.language or language, {})[row.login] = row.name
    for each, names in sorted(by_language.items()):
        kept = ensure_accounts(work, names, language=each)
        ids |= kept.ids
        new, renamed = new + kept.created, renamed + kept.renamed
    for _, row in rows:
        if row.post:
            continue
        grant_role(
            work,
            ids[normal_login(row.login)],
            Role(row.role),
            area_code=row.area,
            office_id=known.offices[row.office] if row.office else None,
        )
        grants += 1
    work.audit("load_accounts", "account", "list", rows=len(rows), new=new)
    return AccountReport(len(rows), new, renamed, grants, ids)
