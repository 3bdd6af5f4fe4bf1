"""Tokens: what another system shows at the API's door; each is for named feeds and revocable.

A token is `pb_<id>_<secret>`; only a fingerprint of the secret is kept. The secret has 256 random
bits, so a plain hash is enough (a password would need a slow one).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.feeds.contracts import Contracts
from proactive.feeds.store import feed_token
from proactive.kernel.errors import Refused
from proactive.kernel.ids import public_ref
from proactive.kernel.work import Work

SHAPE = re.compile(r"pb_([0-9A-Z]{8})_([0-9A-Za-z_-]{43})")
CALLS_A_MINUTE = 60
MINUTE = timedelta(minutes=1)
NOBODY = b"\0" * 32


@dataclass(frozen=True, slots=True)
class Source:
    """The system behind a valid token."""

    token_id: str
    name: str
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One token of a list; the secret is nowhere."""

    id: str
    source: str
    feeds: tuple[str, ...]
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None


def add_token(work: Work, contracts: Contracts, feeds: Sequence[str], source: str) -> str:
    """Make a token for these feeds and return it; it is shown this once and never again."""
    names = [contracts.named(feed).feed for feed in dict.fromkeys(feeds)]
    if not source.strip():
        raise Refused("source_missing", "Say which system the token is for.", todo="Name it.")
    token_id, secret = public_ref(), secrets.token_urlsafe(32)
    work.db.execute(
        insert(feed_token).values(
            id=token_id,
            secret_hash=_fingerprint(secret),
            source=source.strip()[:100],
            feeds=names,
            created_at=work.now,
            created_by=work.actor.id,
        )
    )
    work.audit("add_token", "feed_token", token_id, feeds=" ".join(names))
    return f"pb_{token_id}_{secret}"


def revoke_token(work: Work, token_id: str) -> None:
    """The token opens nothing from now on."""
    revoked = work.db.execute(
        update(feed_token)
        .where(feed_token.c.id == token_id, feed_token.c.revoked_at.is_(None))
        .values(revoked_at=work.now, revoked_by=work.actor.id)
    )
    if not revoked.rowcount:
        raise Refused(
            "no_such_token",
            "There is no valid token '{token}'.",
            todo="'proactive feed token list' shows them.",
            token=token_id[:20],
        )
    work.audit("revoke_token", "feed_token", token_id)


def list_tokens(work: Work) -> list[TokenLine]:
    """All tokens, revoked ones too, the newest first."""
    rows = work.db.execute(select(feed_token).order_by(feed_token.c.created_at.desc()))
    return [
        TokenLine(
            row.id,
            row.source,
            tuple(row.feeds),
            row.created_at,
            row.created_by,
            row.last_used_at,
            row.revoked_at,
        )
        for row in rows
    ]


def enter(work: Work, token: str) -> Source:
    """The source that shows this token; each call counts against its minute.

    Refused `bad_token_shown` for a token that is not valid, whatever is wrong with it, and
    `too_many_calls` after `CALLS_A_MINUTE`. The caller commits in both cases.
    """
    found = SHAPE.fullmatch(token)
    query = select(feed_token).where(feed_token.c.id == (found[1] if found else ""))
    row = work.db.execute(query).one_or_none()
    known = row.secret_hash if row is not None else NOBODY
    same = hmac.compare_digest(_fingerprint(found[2] if found else ""), known)
    if row is None or not same or row.revoked_at is not None:
        raise Refused(
            "bad_token_shown",
            "The token is not valid.",
            why="It is missing, mistyped, or has been revoked.",
            todo="Send 'Authorization: Bearer <token>'; an operator makes one with "
            "'proactive feed token add'.",
        )
    calls = _count(work, row.id)
    if calls > CALLS_A_MINUTE:
        raise Refused(
            "too_many_calls",
            "This source has called more than {most} times in a minute.",
            todo="Wait a minute; put more records into one call.",
            most=CALLS_A_MINUTE,
        )
    return Source(row.id, row.source, tuple(row.feeds))


def _count(work: Work, token_id: str) -> int:
    """Count one call in the present minute of the token; concurrent calls wait for each other."""
    fresh = feed_token.c.minute.is_(None) | (feed_token.c.minute <= work.now - MINUTE)
    counted = (
        update(feed_token)
        .where(feed_token.c.id == token_id)
        .values(
            calls=case((fresh, 1), else_=feed_token.c.calls + 1),
            minute=case((fresh, work.now), else_=feed_token.c.minute),
            last_used_at=work.now,
        )
    )
    return int(work.db.execute(counted.returning(feed_token.c.calls)).scalar_one())


def _fingerprint(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
