"""Whom a notice goes to, and by which number: the person, a guardian, or who holds a post."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Row, select

from proactive.accounts.store import account
from proactive.feeds.phones import check_phone, is_mobile
from proactive.kernel.work import Work
from proactive.notices.desk import NoticeDesk
from proactive.notices.model import Why
from proactive.people.model import NoPhone
from proactive.people.vault import reachable_phone
from proactive.routing.queries import on_duty, post_phone
from proactive.routing.store import post


@dataclass(frozen=True, slots=True)
class Reached:
    number: str = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True)
class Unreached:
    why: Why


Recipient: TypeAlias = Reached | Unreached

NO_PHONE = {
    NoPhone.NONE: Why.NO_PHONE,
    NoPhone.NOT_MOBILE: Why.LANDLINE,
    NoPhone.SHARED: Why.SHARED_PHONE,
    NoPhone.DEAD: Why.DEAD,
    NoPhone.DOUBTFUL: Why.IDENTITY_DOUBTFUL,
    NoPhone.MINOR: Why.MINOR,
}


def find_recipient(work: Work, desk: NoticeDesk, row: Row[Any]) -> Recipient:
    """Return number and language, or why there is none. Read anew at every sending.

    `row` is one of `claiming.message_with_notice`.
    """
    found = _post(work, row) if row.post_id is not None else _person(work, desk, row)
    if isinstance(found, Reached) and not desk.is_guest(found.number):
        return Unreached(Why.NOT_LIVE)
    return found


def _person(work: Work, desk: NoticeDesk, row: Row[Any]) -> Recipient:
    """A person's number; of somebody under 14 the guardian's."""
    if row.subject_language is None:
        return Unreached(Why.IDENTITY_DOUBTFUL)
    if row.tell_in_person:
        return Unreached(Why.WANTS_IN_PERSON)
    phone = reachable_phone(work, row.subject_key)
    if phone.reason is not None or not phone.number:
        return Unreached(NO_PHONE.get(phone.reason or NoPhone.NONE, Why.NO_PHONE))
    return Reached(phone.number, row.subject_language or desk.language)


def _post(work: Work, row: Row[Any]) -> Recipient:
    """The number of who answers for the post today: its holder, else a stand-in's own post's."""
    for account_id in on_duty(work.db, row.post_id, work.today):
        for post_id in _posts_held(work, account_id, first=row.post_id):
            phone = check_phone(post_phone(work, post_id), work.region)
            if phone.value and is_mobile(phone.value):
                return Reached(phone.value, _language_of(work, account_id))
    return Unreached(Why.NO_PHONE)


def _posts_held(work: Work, account_id: str, *, first: UUID) -> list[UUID]:
    query = (
        select(post.c.id)
        .where(post.c.holder_id == account_id, post.c.phone_cipher.is_not(None))
        .order_by(post.c.id != first, post.c.code)
    )
    return list(work.db.execute(query).scalars())


def _language_of(work: Work, account_id: str) -> str:
    query = select(account.c.language).where(account.c.id == account_id)
    language: str = work.db.execute(query).scalar_one()
    return language
