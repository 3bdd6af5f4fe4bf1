"""Signing in and what a session is worth at each request: grants are read again every time."""

import hashlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, literal, or_, select, update

from proactive.accounts.model import (
    ABSOLUTE,
    IDLE,
    LOCK,
    SEEN_EVERY,
    TRIES,
    Grant,
    alive,
    areas_of,
)
from proactive.accounts.passwords import DEFAULT_COST, PasswordCost, fits
from proactive.accounts.service import normal_login
from proactive.accounts.store import account, role_grant, sign_in_link, web_session
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work

PostsOf = Callable[[Connection, str, date], tuple[str, ...]]
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a living session gives one request."""

    actor: Actor
    account_id: str
    name: str
    language: str
    text_scale: int
    csrf: str
    grants: tuple[Grant, ...]


def sign_in(
    work: Work, login: str, password: str, *, cost: PasswordCost = DEFAULT_COST
) -> str | None:
    """Return a new session token, or None; never says which of login, password, lock was wrong.

    A wrong try is counted in this work, so the answer is a value: raising would undo the count.
    The work is that of a visitor (`Actor.visitor()`).
    """
    row = _begin_try(work, login)
    hashed = row.password_hash if row is not None else ""
    right = fits(password, hashed, cost)
    if row is None:
        return None
    locked = row.locked_until is not None and work.now < row.locked_until
    if not right or locked or not row.active:
        work.audit("sign_in_refused", "account", row.id, locked=locked)
        return None
    work.db.execute(
        update(account).where(account.c.id == row.id).values(failures=0, locked_until=None)
    )
    return open_session(work, row.id, "password")


def _begin_try(work: Work, login: str) -> Row[Any] | None:
    """Count the try as wrong beforehand, so that parallel tries cannot outrun the lock.

    Returns the account with the lock as it was before this try.
    """
    before = select(account).where(account.c.login == normal_login(login)).with_for_update()
    row = work.db.execute(before).one_or_none()
    if row is None:
        return None
    over = row.locked_until is not None and row.locked_until <= work.now
    failures = (0 if over else row.failures) + 1
    locked_until = row.locked_until if not over else None
    if failures >= TRIES and locked_until is None:
        locked_until = work.now + LOCK
    work.db.execute(
        update(account)
        .where(account.c.id == row.id)
        .values(failures=failures, locked_until=locked_until)
    )
    return row


def create_sign_in_link(work: Work, account_id: str, valid_for: timedelta, *, uses: int = 1) -> str:
    """Return a token that signs the account in `uses` times within `valid_for`, once by default.

    Only its hash is kept. More than one use is for a demonstration.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    work.db.execute(
        sign_in_link.insert().values(
            id_hash=token_hash(token),
            account_id=account_id,
            expires_at=work.now + valid_for,
            uses_left=uses,
        )
    )
    work.audit("create_sign_in_link", "account", account_id, uses=uses)
    return token


def sign_in_by_link(work: Work, token: str) -> str | None:
    """Use up a link and return a new session token, or None where the link is worth nothing."""
    used = work.db.execute(
        update(sign_in_link)
        .where(
            sign_in_link.c.id_hash == token_hash(token),
            sign_in_link.c.uses_left > 0,
            sign_in_link.c.expires_at > work.now,
            sign_in_link.c.account_id.in_(select(account.c.id).where(account.c.active)),
        )
        .values(uses_left=sign_in_link.c.uses_left - 1)
        .returning(sign_in_link.c.account_id)
    ).scalar_one_or_none()
    return None if used is None else open_session(work, used, "link")


def open_session(
    work: Work, account_id: str, by: str, *, device_id: UUID | None = None
) -> str | None:
    """Begin a session under a new id; an account without any grant today gets none."""
    grants = grants_of(work, account_id)
    if not grants:
        work.audit("sign_in_refused", "account", account_id, by=by)
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    work.db.execute(
        web_session.insert().values(
            id_hash=token_hash(token),
            account_id=account_id,
            grant_id=grants[0].id,
            csrf=secrets.token_urlsafe(TOKEN_BYTES),
            created_at=work.now,
            seen_at=work.now,
            expires_at=work.now + ABSOLUTE,
            device_id=device_id,
        )
    )
    work.audit("sign_in", "account", account_id, by=by)
    return token


def look_up(work: Work, token: str, posts_of: PostsOf) -> SignedIn | None:
    """Return what the session is worth now, or None where it has ended.

    `posts_of` answers the posts an account holds or stands in for on a day (routing knows them).
    A grant that ended gives way to another that holds; with none left the session ends.
    """
    row = _living(work, token)
    if row is None:
        return None
    grants = grants_of(work, row.account_id)
    if not grants:
        return None
    chosen = next((grant for grant in grants if grant.id == row.grant_id), grants[0])
    if work.now - row.seen_at >= SEEN_EVERY:
        work.db.execute(
            update(web_session)
            .where(web_session.c.id_hash == row.id_hash)
            .values(seen_at=func.greatest(web_session.c.seen_at, literal(work.now)))
        )
    actor = Actor(
        role=chosen.role,
        id=row.account_id,
        areas=areas_of(chosen, grants, work.today),
        level=chosen.area_level,
        office_id=chosen.office_id,
        posts=posts_of(work.db, row.account_id, work.today),
    )
    return SignedIn(
        actor,
        row.account_id,
        row.name,
        row.language,
        row.text_scale,
        row.csrf,
        grants,
    )


def _living(work: Work, token: str) -> Row[Any] | None:
    query = (
        select(web_session, account.c.name, account.c.language, account.c.text_scale)
        .join(account, account.c.id == web_session.c.account_id)
        .where(web_session.c.id_hash == token_hash(token), account.c.active)
    )
    row = work.db.execute(query).one_or_none()
    if row is None or not alive(row.created_at, row.seen_at, row.expires_at, work.now):
        return None
    return row


def grants_of(work: Work, account_id: str) -> tuple[Grant, ...]:
    """Return the grants that hold today, widest area first."""
    return grants_of_all(work, [account_id]).get(account_id, ())


def grants_of_all(work: Work, account_ids: Collection[str]) -> dict[str, tuple[Grant, ...]]:
    """Return `grants_of` for every one of these accounts that has any, in one statement."""
    rows = work.db.execute(
        select(role_grant)
        .where(
            role_grant.c.account_id.in_(account_ids),
            or_(role_grant.c.from_day.is_(None), role_grant.c.from_day <= work.today),
            or_(role_grant.c.to_day.is_(None), role_grant.c.to_day >= work.today),
        )
        .order_by(role_grant.c.area_level, role_grant.c.role, role_grant.c.id)
    )
    found: dict[str, tuple[Grant, ...]] = {}
    for row in rows:
        grant = Grant(
            row.id,
            Role(row.role),
            row.area_code,
            row.area_level,
            str(row.office_id) if row.office_id else "",
            row.from_day,
            row.to_day,
        )
        found[row.account_id] = (*found.get(row.account_id, ()), grant)
    return found


def switch_grant(work: Work, token: str, grant_id: UUID) -> None:
    """Go on with another of one's grants; Refused `no_such_grant` for one that is not held."""
    row = _living(work, token)
    if row is None or grant_id not in {grant.id for grant in grants_of(work, row.account_id)}:
        raise Refused(
            "no_such_grant",
            "You do not hold this role now.",
            why="It has ended or was never yours.",
            todo="Choose one of your roles from the list.",
        )
    work.db.execute(
        update(web_session).where(web_session.c.id_hash == row.id_hash).values(grant_id=grant_id)
    )
    work.audit("switch_grant", "account", row.account_id, grant=grant_id)


def sign_out(work: Work, token: str) -> None:
    """End a session; a copied cookie is worth nothing from here on."""
    work.db.execute(delete(web_session).where(web_session.c.id_hash == token_hash(token)))


def purge_sessions(work: Work) -> int:
    """Delete sessions and links that have ended; returns how many."""
    ended = or_(web_session.c.expires_at <= work.now, web_session.c.seen_at <= work.now - IDLE)
    sessions = work.db.execute(delete(web_session).where(ended)).rowcount
    links = work.db.execute(
        delete(sign_in_link).where(
            or_(sign_in_link.c.expires_at <= work.now, sign_in_link.c.uses_left == 0)
        )
    ).rowcount
    return sessions + links


def token_hash(token: str) -> bytes:
    """A session token has 256 bits of its own, so a plain hash keeps it."""
    return hashlib.sha256(token.encode()).digest()
