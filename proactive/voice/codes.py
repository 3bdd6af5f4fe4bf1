"""The door to the own page: a code given to a person, tried with a number, and a short session.

Who asks is unknown until the code fits, so the door works in the machine's name. Whatever does not
fit gets one answer: unknown number, wrong code, code too old, too many tries.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from uuid import UUID

from sqlalchemy import Select, delete, exists, func, literal, or_, select, update
from sqlalchemy import case as sql_case
from sqlalchemy.dialects.postgresql import insert

from proactive.accounts.sessions import token_hash
from proactive.areas.store import path_in
from proactive.cases.service import CaseRow, get_case
from proactive.cases.store import case
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.notices.model import OWN_CODE, Why
from proactive.notices.store import notice, suppression
from proactive.people.model import PersonCard, is_minor
from proactive.people.vault import card
from proactive.voice.model import (
    CODE_DIGITS,
    CODE_LASTS,
    CODES_ALIVE,
    CODES_BY_SMS_A_DAY,
    SESSION_IDLE,
    SESSION_LONGEST,
    TRIES_A_NUMBER,
    TRIES_AN_ADDRESS,
    TRIES_WINDOW,
    How,
    as_kept,
)
from proactive.voice.store import access_code, door_try, own_session

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh code, to be handed to the person now: it can never be read again."""

    case: CaseRow
    card: PersonCard
    code: str
    expires_at: datetime
    guardian: bool


def issue_code(work: Work, case_id: UUID, how: How, *, lasts: timedelta = CODE_LASTS) -> Issued:
    """Make a code for a case that the actor may see.

    The letter of somebody under 14 goes to whoever stands for the child. Raises Refused
    `not_found`, `no_code_for_the_dead`, `identity_doubtful`.
    """
    row = get_case(work, case_id)
    who = card(work, row.subject_key, purpose="access_code")
    if who.died_on is not None:
        raise Refused(
            "no_code_for_the_dead",
            "According to the records this person has died; no code is made.",
            todo="Speak to the family in person.",
        )
    if who.doubtful:
        raise Refused(
            "identity_doubtful",
            "The offices hold different names for this number; no code is made yet.",
            todo="First make sure that it is the right person.",
        )
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    expires_at = work.now + lasts
    work.db.execute(
        insert(access_code).values(
            id=new_id(),
            case_id=case_id,
            code_mark=_code_mark(work, case_id, code),
            how=how,
            issued_at=work.now,
            issued_by=f"{work.actor.role}:{work.actor.id}",
            expires_at=expires_at,
            **_areas(row),
        )
    )
    work.audit("issue_code", "case", case_id, areas=path_in(row), how=how)
    minor = who.kind == "person" and is_minor(who.born_on, work.today)
    return Issued(row, who, code, expires_at, guardian=minor)


def enter(work: Work, number: str, code: str, address: str) -> str | None:
    """Return the token of a new session, or None; never says what did not fit.

    `number` is that of a case or of a message about it. The try is counted beforehand and in this
    work, so the answer is a value: raising would undo the count.
    """
    number, digits = as_kept(number), as_kept(code)
    found = case_of_number(work, number)
    mine = mark(work, "number", str(found or number))  # a case has many numbers, and one count
    theirs = mark(work, "address", network_of(address))
    counted = count_tries(work, [mine, theirs])
    case_id = found or NOBODY
    given = _code_mark(work, case_id, digits)
    known = [*work.db.execute(_living(work, case_id)).scalars(), b""]
    fits = sum(hmac.compare_digest(given, each) for each in known) > 0  # all are compared
    if not fits or counted[mine] > TRIES_A_NUMBER or counted[theirs] > TRIES_AN_ADDRESS:
        work.audit("own_page_refused", "case", case_id)
        return None
    work.db.execute(delete(door_try).where(door_try.c.mark == mine))
    work.db.execute(
        update(door_try)
        .where(door_try.c.mark == theirs)
        .values(tries=func.greatest(door_try.c.tries - 1, 0))
    )
    return _open_session(work, case_id)


def look_up(work: Work, token: str) -> UUID | None:
    """Return the case that a living session is for."""
    row = work.db.execute(
        select(own_session).where(
            own_session.c.id_hash == token_hash(token),
            own_session.c.seen_at > work.now - SESSION_IDLE,
            own_session.c.began_at > work.now - SESSION_LONGEST,
        )
    ).one_or_none()
    if row is None:
        return None
    work.db.execute(
        update(own_session)
        .where(own_session.c.id_hash == row.id_hash)
        .values(seen_at=func.greatest(own_session.c.seen_at, literal(work.now)))
    )
    case_id: UUID = row.case_id
    return case_id


def leave(work: Work, token: str) -> None:
    """End a session; a copied cookie is worth nothing from here on."""
    work.db.execute(delete(own_session).where(own_session.c.id_hash == token_hash(token)))


def end_codes(work: Work, case_id: UUID) -> None:
    """End every code and session of a case: it is in the wrong hands."""
    work.db.execute(
        update(access_code)
        .where(access_code.c.case_id == case_id, access_code.c.ended_at.is_(None))
        .values(ended_at=work.now)
    )
    work.db.execute(delete(own_session).where(own_session.c.case_id == case_id))


def purge_door(work: Work) -> int:
    """Forget sessions and tries that are over; return how many."""
    over = or_(
        own_session.c.seen_at <= work.now - SESSION_IDLE,
        own_session.c.began_at <= work.now - SESSION_LONGEST,
    )
    sessions = work.db.execute(delete(own_session).where(over)).rowcount
    old = door_try.c.since <= work.now - TRIES_WINDOW
    return sessions + work.db.execute(delete(door_try).where(old)).rowcount


def _open_session(work: Work, case_id: UUID) -> str:
    row = get_case(work, case_id)
    token = secrets.token_urlsafe(32)
    work.db.execute(
        insert(own_session).values(
            id_hash=token_hash(token),
            case_id=case_id,
            began_at=work.now,
            seen_at=work.now,
            **_areas(row),
        )
    )
    work.audit("own_page", "case", case_id, areas=path_in(row))
    return token


def _living(work: Work, case_id: UUID) -> Select[tuple[bytes]]:
    """Select the codes that open a case now, those on paper first: asking by SMS ends none.

    A code sent to a number that was said to be somebody else's afterwards opens nothing.
    """
    of_case = select(case.c.subject_key).where(case.c.id == case_id).scalar_subquery()
    in_wrong_hands = (access_code.c.how == How.SMS) & exists().where(
        suppression.c.subject_key == of_case,
        suppression.c.reason == Why.WRONG_PERSON,
        suppression.c.since >= access_code.c.issued_at,
    )
    return (
        select(access_code.c.code_mark)
        .where(
            access_code.c.case_id == case_id,
            access_code.c.expires_at > work.now,
            access_code.c.ended_at.is_(None),
            ~in_wrong_hands,
        )
        .order_by(access_code.c.how == How.SMS, access_code.c.issued_at.desc())
        .limit(CODES_ALIVE + CODES_BY_SMS_A_DAY)
    )


def case_of_number(work: Work, number: str) -> UUID | None:
    """Return the case of a number on a letter, or of the number in a message about it.

    The number in the message that brings a code does not count: it would be both in one text.
    """
    by_case = select(case.c.id).where(case.c.ref == number)
    by_notice = select(notice.c.case_id).where(
        notice.c.ref == number,
        notice.c.subject_key.is_not(None),
        notice.c.template != OWN_CODE,
    )
    return work.db.execute(by_case.union(by_notice).limit(1)).scalar_one_or_none()


def count_tries(work: Work, marks: list[bytes]) -> dict[bytes, int]:
    """Count one try for each mark and return how many there were within the hour."""
    rows = [{"mark": each, "since": work.now, "tries": 1} for each in sorted(marks)]
    fresh = insert(door_try).values(rows)
    over = door_try.c.since <= work.now - TRIES_WINDOW
    counted = fresh.on_conflict_do_update(
        index_elements=["mark"],
        set_={
            "since": sql_case((over, work.now), else_=door_try.c.since),
            "tries": sql_case((over, 1), else_=door_try.c.tries + 1),
        },
    ).returning(door_try.c.mark, door_try.c.tries)
    return {row.mark: row.tries for row in work.db.execute(counted)}


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the network, for one line has 2^64 addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


def mark(work: Work, kind: str, value: str) -> bytes:
    return work.keys.blind(value, column=f"door:{kind}")


def _code_mark(work: Work, case_id: UUID, code: str) -> bytes:
    return work.keys.blind(f"{case_id}:{code}", column="access_code")


def _areas(row: CaseRow) -> dict[str, str]:
    return dict(zip(AREA_COLUMNS, path_in(row), strict=True))
