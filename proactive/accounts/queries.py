"""Accounts as operator pages and other stages list them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, or_, select

from proactive.accounts.store import account, activation_slip, device, role_grant
from proactive.areas.queries import paths_of


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant of one account; `holds` says whether it counts on the asked day."""

    id: str
    role: str
    area_code: str
    office_id: str
    from_day: date | None
    to_day: date | None
    source: str
    holds: bool


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account; `locked` is for some minutes after wrong tries, `active` is a person's word."""

    id: str
    login: str
    name: str
    language: str
    active: bool
    locked: bool
    grants: tuple[GrantLine, ...]


@dataclass(frozen=True, slots=True)
class AccountToBegin:
    """Somebody who has a duty and no device yet."""

    id: str
    language: str
    area_code: str


def account_names(db: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return account id → name; every role may read these two columns."""
    rows = db.execute(select(account.c.id, account.c.name).where(account.c.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def accounts(
    db: Connection, now: datetime, today: date, *, words: str = "", role: str = "", limit: int = 100
) -> tuple[AccountLine, ...]:
    """Return accounts with their grants, by login; `words` narrows by login or name."""
    query = select(account, (account.c.locked_until > now).label("locked"))
    if words.strip():
        wanted = words.strip().lower()
        query = query.where(
            or_(
                account.c.login.contains(wanted, autoescape=True),
                func.lower(account.c.name).contains(wanted, autoescape=True),
            )
        )
    if role:
        query = query.where(
            account.c.id.in_(select(role_grant.c.account_id).where(role_grant.c.role == role))
        )
    rows = db.execute(query.order_by(account.c.login).limit(limit)).all()
    grants = _grants(db, [row.id for row in rows], today)
    return tuple(
        AccountLine(
            row.id,
            row.login,
            row.name,
            row.language,
            row.active,
            bool(row.locked),
            tuple(grants.get(row.id, ())),
        )
        for row in rows
    )


def _grants(db: Connection, ids: Collection[str], today: date) -> dict[str, list[GrantLine]]:
    found: dict[str, list[GrantLine]] = {}
    rows = db.execute(
        select(role_grant).where(role_grant.c.account_id.in_(ids)).order_by(role_grant.c.id)
    )
    for row in rows:
        holds = (row.from_day is None or row.from_day <= today) and (
            row.to_day is None or row.to_day >= today
        )
        found.setdefault(row.account_id, []).append(
            GrantLine(
                str(row.id),
                row.role,
                row.area_code,
                str(row.office_id or ""),
                row.from_day,
                row.to_day,
                row.source,
                holds,
            )
        )
    return found


def logins(db: Connection, ids: Collection[str | None]) -> dict[str | None, str]:
    """Return account id → login."""
    rows = db.execute(select(account.c.id, account.c.login).where(account.c.id.in_(set(ids))))
    return {row.id: row.login for row in rows}


def waiting_for_device(
    db: Connection, now: datetime, today: date, *, role: str, within: str = ""
) -> tuple[AccountToBegin, ...]:
    """Return who has this role today, no device that opens and no slip that still lives.

    By area and login; `within` narrows to grants inside an area.
    """
    holds = (
        (role_grant.c.from_day.is_(None) | (role_grant.c.from_day <= today))
        & (role_grant.c.to_day.is_(None) | (role_grant.c.to_day >= today))
        & (role_grant.c.role == role)
    )
    opens = select(device.c.account_id).where(
        device.c.ended_at.is_(None), device.c.expires_at > now
    )
    waits = select(activation_slip.c.account_id).where(
        activation_slip.c.used_at.is_(None), activation_slip.c.expires_at > now
    )
    rows = db.execute(
        select(account.c.id, account.c.language, role_grant.c.area_code)
        .join(role_grant, role_grant.c.account_id == account.c.id)
        .where(holds, account.c.active, account.c.id.not_in(opens), account.c.id.not_in(waits))
        .order_by(role_grant.c.area_code, account.c.login)
    ).all()
    inside = paths_of(db, {row.area_code for row in rows if row.area_code}, on=today)
    found = {
        row.id: AccountToBegin(row.id, row.language, row.area_code)
        for row in reversed(rows)
        if not within or within in inside.get(row.area_code, ())
    }
    return tuple(reversed(found.values()))
