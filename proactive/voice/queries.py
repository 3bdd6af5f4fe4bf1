"""What the own page reads beside the case itself: who comes, who looked, what was rated."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, literal, or_, select

from proactive.bundles.store import bundle, item
from proactive.cases.service import get_case
from proactive.cases.store import case
from proactive.kernel.states import Role
from proactive.kernel.tables import audit
from proactive.kernel.work import Work
from proactive.notices.model import Why
from proactive.notices.store import message, needs_telling, notice, suppression
from proactive.routing.store import post
from proactive.voice.model import How
from proactive.voice.store import access_code, rating

READS = frozenset({"read_identity", "read_phone", "read_item_sheet"})
MOST_LOOKS = 50


@dataclass(frozen=True, slots=True)
class Comer:
    """The post that answers for the case, as it is known outside: no name of its holder."""

    kind: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Genuine:
    """What a number of ours stands in; `template` is '' in a letter with number and code."""

    at: datetime
    template: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody in a role looked at something of the person, for a purpose."""

    at: datetime
    role: str
    what: str
    purpose: str


def genuine(work: Work, number: str) -> Genuine | None:
    """Return where a number stands that reached somebody, None where none did.

    That is a message that was called out for, whatever became of it; something told by letter or
    in person; a letter with number and code. What was made and never left the house is not known.
    """
    called = (
        select(message.c.called_business.label("at"), notice.c.template)
        .join(notice, notice.c.id == message.c.notice_id)
        .where(notice.c.ref == number, message.c.called_business.is_not(None))
    )
    told = (
        select(needs_telling.c.told_at, notice.c.template)
        .join(notice, notice.c.id == needs_telling.c.notice_id)
        .where(notice.c.ref == number, needs_telling.c.told_at.is_not(None))
    )
    written = (
        select(access_code.c.issued_at, literal(""))
        .join(case, case.c.id == access_code.c.case_id)
        .where(case.c.ref == number, access_code.c.how != How.SMS)
    )
    earliest = called.union_all(told, written).order_by("at").limit(1)
    row = work.db.execute(earliest).one_or_none()
    return Genuine(row.at, row.template) if row is not None else None


def wants_no_messages(work: Work, case_id: UUID) -> bool:
    """Answer whether the person of a case asked for no more text messages."""
    query = (
        select(suppression.c.id)
        .join(case, case.c.subject_key == suppression.c.subject_key)
        .where(
            case.c.id == case_id,
            suppression.c.to_mark.is_(None),
            suppression.c.reason == Why.OPTED_OUT,
            suppression.c.lifted_at.is_(None),
        )
    )
    return work.db.execute(query.limit(1)).first() is not None


def who_answers(work: Work, post_id: UUID) -> Comer | None:
    """Return the post as the person may know it."""
    query = select(post.c.kind, post.c.name, post.c.public_phone).where(post.c.id == post_id)
    row = work.db.execute(query).one_or_none()
    return Comer(row.kind, row.name, row.public_phone) if row is not None else None


def looks_at(work: Work, case_id: UUID) -> list[Look]:
    """Return who opened something of the person of a case, newest first, once for each day.

    Asked in the machine's name: the audit is readable for nobody else.
    """
    row = get_case(work, case_id)
    bundles = _texts(work, select(bundle.c.id).where(bundle.c.case_id == case_id))
    items = _texts(work, select(item.c.id).where(item.c.case_id == case_id))
    latest = func.max(audit.c.business_at).label("at")
    purpose = func.coalesce(audit.c.detail["purpose"].astext, "").label("purpose")
    day = func.date_trunc("day", audit.c.business_at)
    query = (
        select(latest, audit.c.actor_role, audit.c.action, purpose)
        .where(
            audit.c.action.in_(READS),
            audit.c.actor_role.not_in((Role.MACHINE, Role.RECIPIENT)),
            or_(
                _about("subject", [str(row.subject_key)]),
                _about("bundle", bundles),
                _about("item", items),
            ),
        )
        .group_by(day, audit.c.actor_role, audit.c.actor_id, audit.c.action, purpose)
        .order_by(latest.desc())
        .limit(MOST_LOOKS)
    )
    return [
        Look(each.at, each.actor_role, each.action, each.purpose) for each in work.db.execute(query)
    ]


def rate_of(work: Work, case_id: UUID) -> int | None:
    """Return how the person rated the case."""
    query = select(rating.c.rate).where(rating.c.case_id == case_id)
    return work.db.execute(query).scalar_one_or_none()


def _about(entity: str, ids: Collection[str]) -> Any:
    return and_(audit.c.entity == entity, audit.c.entity_id.in_(ids))


def _texts(work: Work, query: Any) -> list[str]:
    rows: list[Row[Any]] = list(work.db.execute(query))
    return [str(row[0]) for row in rows]
