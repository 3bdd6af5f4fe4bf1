"""Accounts and grants that follow from a list of posts, kept in bulk."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.accounts.service import end_grants, normal_login
from proactive.accounts.store import account, role_grant
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work

SOURCE = "post:"


@dataclass(frozen=True, slots=True)
class PostGrant:
    """What a post gives somebody: its role on its area, for a stand-in between two days."""

    post_code: str
    account_id: str
    role: str
    area_code: str
    area_level: int
    from_day: date | None = None
    to_day: date | None = None


@dataclass(frozen=True, slots=True)
class AccountsKept:
    """`ids`: login → account id; how many accounts are new, how many got another name."""

    ids: dict[str, str]
    created: int
    renamed: int


def ensure_accounts(work: Work, names: Mapping[str, str], *, language: str) -> AccountsKept:
    """Return login → account id; missing accounts are made, without a password, in one statement.

    A login whose name differs is renamed: the list of posts is where names are kept right.
    """
    wanted = {normal_login(login): name for login, name in names.items()}
    if not wanted:
        return AccountsKept({}, 0, 0)
    made = work.db.execute(
        insert(account).on_conflict_do_nothing(index_elements=["login"]).returning(account.c.id),
        [
            {
                "id": str(new_id()),
                "login": login,
                "name": name,
                "language": language,
                "created_at": work.now,
            }
            for login, name in sorted(wanted.items())
        ],
    ).scalars()
    created = 0
    for account_id in made.all():
        work.audit("create_account", "account", account_id)
        created += 1
    rows = work.db.execute(
        select(account.c.login, account.c.id, account.c.name).where(account.c.login.in_(wanted))
    ).all()
    other = [row for row in rows if wanted[row.login] != row.name]
    for row in other:
        work.db.execute(
            update(account).where(account.c.id == row.id).values(name=wanted[row.login])
        )
        work.audit("rename_account", "account", row.id)
    return AccountsKept({row.login: row.id for row in rows}, created, len(other))


def keep_post_grants(
    work: Work,
    post_codes: Collection[str],
    wanted: Collection[PostGrant],
    *,
    prefix: str = SOURCE,
) -> tuple[int, int]:
    """Make the grants of these posts those that are wanted; returns how many began and ended.

    Grants that are not wanted any more end with yesterday; grants given by hand are not touched,
    nor those that stand under another `prefix`.
    """
    sources = [prefix + code for code in post_codes]
    rows = work.db.execute(
        select(role_grant).where(role_grant.c.source.in_(sources)).with_for_update()
    ).all()
    standing = {_grant(row, prefix): row for row in rows}
    listed = set(wanted)
    fresh = [grant for grant in listed if grant not in standing]
    over = [
        row.id
        for grant, row in standing.items()
        if grant not in listed and (row.to_day is None or row.to_day >= work.today)
    ]
    end_grants(work, over, work.today - timedelta(days=1))
    begun = [
        _values(grant, prefix)
        for grant in sorted(fresh, key=lambda each: (each.post_code, each.account_id))
    ]
    if begun:
        work.db.execute(role_grant.insert(), begun)
    for values in begun:
        work.audit(
            "grant_role",
            "account",
            values["account_id"],
            role=values["role"],
            area=values["area_code"],
            grant=values["id"],
        )
    return len(fresh), len(over)


def _grant(row: Row[Any], prefix: str) -> PostGrant:
    return PostGrant(
        row.source.removeprefix(prefix),
        row.account_id,
        row.role,
        row.area_code,
        row.area_level,
        row.from_day,
        row.to_day,
    )


def _values(grant: PostGrant, prefix: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "account_id": grant.account_id,
        "role": grant.role,
        "area_code": grant.area_code,
        "area_level": grant.area_level,
        "from_day": grant.from_day,
        "to_day": grant.to_day,
        "source": prefix + grant.post_code,
    }
