"""May this message go out now? Asked again at the moment of sending, whatever held when queued."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.cases.model import CaseState
from proactive.cases.store import case
from proactive.kernel.work import Work
from proactive.notices.desk import NoticeDesk
from proactive.notices.going_live import is_held
from proactive.notices.holding import mark_of_number, try_hold
from proactive.notices.model import Why
from proactive.notices.recipients import Reached, Unreached, find_recipient
from proactive.notices.store import message, message_budget, notice, suppression

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Go:
    """It may go out, to this number in this language. `to_mark` is the number's blind index."""

    number: str = field(repr=False)
    language: str
    to_mark: bytes = field(repr=False)
    text_mark: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Drop:
    """It must not go out any more."""

    why: Why


@dataclass(frozen=True, slots=True)
class Later:
    """Not before this business time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Contended:
    """Somebody else is busy with the same number this very moment."""


Verdict: TypeAlias = Go | Drop | Later | Contended


def weigh(work: Work, desk: NoticeDesk, row: Row[Any]) -> Verdict:
    """Decide about one queued message joined with its notice, both locked by the caller."""
    over = _no_longer_true(work, desk, row)
    if over:
        return Drop(over)
    found = find_recipient(work, desk, row)
    if isinstance(found, Unreached):
        return Drop(found.why)
    if desk.limits.quiet.covers(work.now, work.zone):
        return Later(desk.limits.quiet.earliest(work.now, work.zone))
    return _weigh_number(work, desk, row, found)


def _weigh_number(work: Work, desk: NoticeDesk, row: Row[Any], found: Reached) -> Verdict:
    """Decide what needs number and person held: a "stop" or a rival sender waits for our commit.

    Everything that a person may have said meanwhile is read here, after the hold.
    """
    to_mark = mark_of_number(work, found.number)
    if not try_hold(work, to_mark, row.subject_key):
        return Contended()
    same = mark_of_content(work, row)
    now = work.db.execute(_standing(work, row, to_mark, same)).one()
    if now.stopped is not None:
        return Drop(Why(now.stopped))
    if now.closed and not row.after_close:
        return Drop(Why.CASE_CLOSED)
    if now.tell_in_person:
        return Drop(Why.WANTS_IN_PERSON)
    if now.held:
        return Drop(Why.NOT_LIVE)
    later = _capped_until(desk, now.same_calls, now.calls)
    if later is None and not _within_budget(work, desk):
        later = desk.limits.quiet.tomorrow(work.now, work.zone)
    if later is not None:
        return Later(later)
    return Go(found.number, found.language, to_mark, same)


def mark_of_content(work: Work, row: Row[Any]) -> bytes:
    """Return the blind index of what a notice says, apart from its own reference."""
    params = work.keys.decrypt(row.params_cipher, aad=f"notice:params:{row.notice_id}")
    return work.keys.blind(f"{row.template}\n{params}", column="message.text")


def _no_longer_true(work: Work, desk: NoticeDesk, row: Row[Any]) -> Why | None:
    """Answer what has overtaken the message: its case is closed, or a later notice says more."""
    if row.case_id is None:
        return _newer_digest(work, row)
    if row.case_state == CaseState.CLOSED and not row.after_close:
        return Why.CASE_CLOSED
    later = notice.alias("later")
    says_more = select(later.c.id).where(
        later.c.case_id == row.case_id,
        later.c.subject_key == row.subject_key,
        later.c.template.in_(desk.templates.replacing(row.template)),
        later.c.created_at >= row.notice_created_at,
    )
    if row.matter:
        says_more = says_more.where(later.c.matter.in_(("", row.matter)))
    if work.db.execute(says_more.limit(1)).first() is not None:
        return Why.SUPERSEDED
    return None


def _newer_digest(work: Work, row: Row[Any]) -> Why | None:
    """A post is told the newest count only."""
    newer = notice.alias("newer")
    query = select(newer.c.id).where(
        newer.c.post_id == row.post_id,
        newer.c.template == row.template,
        newer.c.created_at > row.notice_created_at,
    )
    return Why.SUPERSEDED if work.db.execute(query.limit(1)).first() is not None else None


def _standing(work: Work, row: Row[Any], to_mark: bytes, text_mark: bytes) -> Select[Any]:
    """Ask in one statement all that decides about this number and this person at this moment."""
    called = message.c.called_business
    calls = select(called).where(
        message.c.to_mark == to_mark, called > work.now - DAY, message.c.id != row.id
    )
    same = calls.where(message.c.text_mark == text_mark)
    flags = select(case.c.state, case.c.tell_in_person).where(case.c.id == row.case_id)
    this_case = flags.cte("this_case")
    return select(
        _suppressed(to_mark, row.subject_key).scalar_subquery().label("stopped"),
        select(this_case.c.state == CaseState.CLOSED).scalar_subquery().label("closed"),
        select(this_case.c.tell_in_person).scalar_subquery().label("tell_in_person"),
        is_held(row.area_3, to_mark).label("held"),
        func.array(same.order_by(called.desc()).scalar_subquery()).label("same_calls"),
        func.array(calls.order_by(called.desc()).scalar_subquery()).label("calls"),
    )


def _suppressed(to_mark: bytes, subject_key: int | None) -> Select[Any]:
    """Select why this number may not be used for this person, if so."""
    number_only = (suppression.c.to_mark == to_mark) & suppression.c.subject_key.is_(None)
    person_only = suppression.c.to_mark.is_(None) & (suppression.c.subject_key == subject_key)
    link = (suppression.c.to_mark == to_mark) & (suppression.c.subject_key == subject_key)
    return (
        select(suppression.c.reason)
        .where(suppression.c.lifted_at.is_(None), or_(number_only, person_only, link))
        .limit(1)
    )


def _capped_until(
    desk: NoticeDesk, same: Sequence[datetime], every: Sequence[datetime]
) -> datetime | None:
    """Return when the number may get this text again, None when it may now.

    What networks count: the same text twice, and four texts in all, in any 24 hours; newest first.
    """
    waits = [
        calls[limit - 1] + DAY
        for calls, limit in (
            (same, desk.limits.identical_per_day),
            (every, desk.limits.different_per_day),
        )
        if len(calls) >= limit
    ]
    return max(waits, default=None)


def _within_budget(work: Work, desk: NoticeDesk) -> bool:
    """Use up one of today's calls; exact, because the row is held until this commits."""
    budget = desk.limits.daily_budget
    if budget is None:
        return True
    work.db.execute(insert(message_budget).values(day=work.today, used=0).on_conflict_do_nothing())
    used = work.db.execute(
        update(message_budget)
        .where(message_budget.c.day == work.today, message_budget.c.used < budget)
        .values(used=message_budget.c.used + 1)
    )
    return used.rowcount == 1
