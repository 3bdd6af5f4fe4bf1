"""Devices: registered by a printed slip, opened by a PIN for thirty days, ended at any time."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update

from proactive.accounts.passwords import DEFAULT_COST, PasswordCost, fits, hash_password
from proactive.accounts.sessions import TOKEN_BYTES, grants_of, open_session, token_hash
from proactive.accounts.store import account, activation_slip, device, web_session
from proactive.kernel.errors import Refused
from proactive.kernel.ids import REFERENCE_ALPHABET, new_id
from proactive.kernel.work import Work

SLIP_DAYS, DEVICE_DAYS = timedelta(days=7), timedelta(days=30)
CODE_LENGTH, PIN_LENGTH, PIN_TRIES = 10, 6, 5
LONGEST_NAME = 60
FORGET_AFTER = timedelta(days=90)  # how long the list shows what has ended


class Standing(StrEnum):
    """What a device's token is worth."""

    UNKNOWN = "unknown"  # nobody's, or its thirty days are over: sign in otherwise
    OPEN = "open"  # its PIN opens it
    GONE = "gone"  # taken away, or its person has no task any more: what it keeps must go


@dataclass(frozen=True, slots=True)
class Slip:
    """A printed slip: the code, to be typed in once until `expires_at`."""

    code: str
    login: str
    name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device as lists show it."""

    id: UUID
    account_id: str
    person: str
    login: str
    name: str
    registered_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_why: str

    def opens(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Registered:
    """A new device: its secret for the cookie, and the session that it begins."""

    device_token: str
    session_token: str


def make_slip(work: Work, account_id: str) -> Slip:
    """Make a slip for an account; an older one of the account opens nothing any more."""
    row = work.db.execute(select(account).where(account.c.id == account_id)).one_or_none()
    if row is None or not row.active:
        raise Refused("no_such_account", "There is no such account.", todo="Check the id.")
    work.db.execute(
        delete(activation_slip).where(
            activation_slip.c.account_id == account_id, activation_slip.c.used_at.is_(None)
        )
    )
    code = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(CODE_LENGTH))
    expires_at = work.now + SLIP_DAYS
    work.db.execute(
        activation_slip.insert().values(
            code_hash=_code_hash(work, code),
            account_id=account_id,
            made_by=work.actor.id,
            made_at=work.now,
            expires_at=expires_at,
        )
    )
    work.audit("make_slip", "account", account_id)
    half = CODE_LENGTH // 2
    return Slip(f"{code[:half]}-{code[half:]}", row.login, row.name, expires_at)


def slip_fits(work: Work, code: str) -> bool:
    """Answer whether a code would register a device now; uses nothing up."""
    return work.db.execute(_living_slip(work, code)).one_or_none() is not None


def register_by_slip(
    work: Work, code: str, pin: str, name: str, *, cost: PasswordCost = DEFAULT_COST
) -> Registered:
    """Use up a slip and register the device; Refused `bad_slip` or `weak_pin`."""
    check_pin(pin)
    account_id = work.db.execute(
        update(activation_slip)
        .where(
            activation_slip.c.code_hash == _code_hash(work, code),
            activation_slip.c.used_at.is_(None),
            activation_slip.c.expires_at > work.now,
            activation_slip.c.account_id.in_(select(account.c.id).where(account.c.active)),
        )
        .values(used_at=work.now)
        .returning(activation_slip.c.account_id)
    ).scalar_one_or_none()
    if account_id is None:
        raise bad_slip()
    return register(work, account_id, pin, name, cost=cost)


def register(
    work: Work, account_id: str, pin: str, name: str, *, cost: PasswordCost = DEFAULT_COST
) -> Registered:
    """Register a device of an account that has shown who it is, and begin a session on it."""
    check_pin(pin)
    device_id, token = new_id(), secrets.token_urlsafe(TOKEN_BYTES)
    work.db.execute(
        device.insert().values(
            id=device_id,
            account_id=account_id,
            token_hash=token_hash(token),
            pin_hash=hash_password(pin, cost),
            name=name.strip()[:LONGEST_NAME],
            registered_at=work.now,
            seen_at=work.now,
            expires_at=work.now + DEVICE_DAYS,
        )
    )
    work.audit("register_device", "account", account_id, device=device_id)
    session = open_session(work, account_id, "device", device_id=device_id)
    if session is None:
        raise bad_slip()
    return Registered(token, session)


def check_pin(pin: str) -> None:
    """Raise Refused `weak_pin` for what is not six digits or is among the first anybody tries."""
    digits = len(pin) == PIN_LENGTH and pin.isascii() and pin.isdigit()
    steps = {int(b) - int(a) for a, b in pairwise(pin)} if digits else {0}
    if steps <= {0} or steps in ({1}, {-1}):
        raise Refused(
            "weak_pin",
            "This PIN cannot be used.",
            why="It must have six digits, not all the same and not one after the other.",
            todo="Choose another one.",
        )


def bad_slip() -> Refused:
    return Refused(
        "bad_slip",
        "This code opens nothing.",
        why="It was mistyped, used before, or is older than seven days.",
        todo="Check the slip, or ask your county for a new one.",
    )


def standing_of(work: Work, token: str) -> Standing:
    """Return what a device's token is worth now; rights are read anew each time."""
    row = _by_token(work, token)
    if row is None:
        return Standing.UNKNOWN
    if row.ended_at is not None or not row.active or not grants_of(work, row.account_id):
        return Standing.GONE
    return Standing.OPEN if work.now < row.expires_at else Standing.UNKNOWN


def device_of(work: Work, token: str) -> UUID | None:
    """Return the device that a token opens, None where it opens none."""
    row = _by_token(work, token) if token else None
    return row.id if row is not None and standing_of(work, token) is Standing.OPEN else None


def holder_of(work: Work, token: str) -> str:
    """Return the name of whose device it is; '' where the token opens nothing."""
    row = _by_token(work, token)
    return str(row.person) if row is not None and row.ended_at is None else ""


def unlock(
    work: Work, token: str, pin: str, *, cost: PasswordCost = DEFAULT_COST
) -> tuple[str | None, int]:
    """Return a new session token, or None and how many tries are left.

    Tries wait for each other, so that many at once cannot outrun the lock; the caller commits in
    both cases. After the last try the device is ended.
    """
    row = work.db.execute(
        select(device).where(device.c.token_hash == token_hash(token)).with_for_update()
    ).one_or_none()
    if row is None or standing_of(work, token) is not Standing.OPEN:
        return None, 0
    if fits(pin, row.pin_hash, cost):
        session = open_session(work, row.account_id, "pin", device_id=row.id)
        if session is not None:
            _set(work, row.id, failures=0, seen_at=work.now)
        return session, PIN_TRIES
    failures = row.failures + 1
    _set(work, row.id, failures=failures)
    work.audit("pin_refused", "account", row.account_id, device=row.id)
    if failures >= PIN_TRIES:
        _end(work, row, "wrong_pins")
    return None, max(0, PIN_TRIES - failures)


def end_device(work: Work, device_id: UUID, why: str, *, account_id: str = "") -> None:
    """Take a device away; its sessions end with it. `account_id` narrows to one's own."""
    query = select(device).where(device.c.id == device_id)
    if account_id:
        query = query.where(device.c.account_id == account_id)
    row = work.db.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise Refused("no_such_device", "There is no such device.", todo="Open the list again.")
    if row.ended_at is None:
        _end(work, row, why)


def devices(work: Work, *, account_id: str = "") -> list[DeviceLine]:
    """Return registered devices, newest first, of one account or of all."""
    query = select(device, account.c.name.label("person"), account.c.login).join(
        account, account.c.id == device.c.account_id
    )
    if account_id:
        query = query.where(device.c.account_id == account_id)
    rows = work.db.execute(query.order_by(device.c.registered_at.desc(), device.c.id).limit(500))
    return [
        DeviceLine(
            row.id,
            row.account_id,
            row.person,
            row.login,
            row.name,
            row.registered_at,
            row.seen_at,
            row.expires_at,
            row.ended_at,
            row.ended_why,
        )
        for row in rows
    ]


def purge_devices(work: Work) -> int:
    """Delete slips that are over and devices that ended long ago; returns how many."""
    old = work.now - FORGET_AFTER
    slips = work.db.execute(
        delete(activation_slip).where(activation_slip.c.expires_at <= work.now)
    ).rowcount
    ended = select(device.c.id).where((device.c.ended_at <= old) | (device.c.expires_at <= old))
    work.db.execute(delete(web_session).where(web_session.c.device_id.in_(ended)))
    return slips + work.db.execute(delete(device).where(device.c.id.in_(ended))).rowcount


def _living_slip(work: Work, code: str) -> Any:
    return select(activation_slip.c.account_id).where(
        activation_slip.c.code_hash == _code_hash(work, code),
        activation_slip.c.used_at.is_(None),
        activation_slip.c.expires_at > work.now,
    )


def _code_hash(work: Work, code: str) -> bytes:
    """A code is short, so it is kept under a key; spaces, dashes and case do not count."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return work.keys.blind(plain, column="activation_slip.code")


def _by_token(work: Work, token: str) -> Row[Any] | None:
    query = select(device, account.c.active, account.c.name.label("person")).join(
        account, account.c.id == device.c.account_id
    )
    return work.db.execute(query.where(device.c.token_hash == token_hash(token))).one_or_none()


def _end(work: Work, row: Row[Any], why: str) -> None:
    _set(work, row.id, ended_at=work.now, ended_by=work.actor.id, ended_why=why)
    work.db.execute(delete(web_session).where(web_session.c.device_id == row.id))
    work.audit("end_device", "account", row.account_id, device=row.id, why=why)


def _set(work: Work, device_id: UUID, **values: object) -> None:
    work.db.execute(update(device).where(device.c.id == device_id).values(**values))
