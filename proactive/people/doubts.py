"""Doubtful identities: the offices' readings side by side, and what a person decides about them.

A decision stands against what is delivered later: the same readings again change nothing. Only a
name that was not seen then opens the question anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, any_, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import DESKS
from proactive.kernel.work import Work
from proactive.people.intake_sql import IS_DOUBTFUL
from proactive.people.store import identity, identity_decision, subject


class Verdict(StrEnum):
    SAME = "same"  # one person, written differently: messages may go out again
    NOT_SAME = "not_same"  # one office's record belongs to somebody else: it must set that right


@dataclass(frozen=True, slots=True)
class Reading:
    """What one feed says of a subject; `two_names`: it gave another name on the same day too."""

    feed: str
    name: str
    phone: str
    address: str
    seen_on: date
    two_names: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom and why."""

    verdict: Verdict
    wrong_feed: str | None
    reason: str
    decided_by: str
    decided_at: datetime


def readings(work: Work, subject_key: int) -> list[Reading]:
    """What each feed says of a subject, the newest first; the look is audited."""
    rows = _rows(work, subject_key)
    areas = [str(getattr(rows[0], column)) for column in AREA_COLUMNS] if rows else None
    work.audit("read_identity", "subject", subject_key, areas=areas, purpose="settle_identity")
    return [_reading(work, row) for row in rows]


def present_decision(work: Work, subject_key: int) -> Decision | None:
    """The decision that holds; None when nobody has decided, or another name has come since."""
    row = work.db.execute(_present(subject_key)).one_or_none()
    if row is None or _news(row, _rows(work, subject_key)):
        return None
    reason = work.keys.decrypt(row.reason_cipher, aad=f"identity_decision:reason:{row.id}")
    return Decision(Verdict(row.verdict), row.wrong_feed, reason, row.decided_by, row.decided_at)


def settle_identity(
    work: Work, subject_key: int, verdict: Verdict, *, reason: str, wrong_feed: str | None = None
) -> None:
    """A desk says whether the differing names are one person.

    One person: the subject is not doubtful any more. Not one: it stays doubtful, so that nothing is
    sent, until the office of `wrong_feed` has set its record right. Refused without a reason, for a
    feed that says nothing of the subject, and where there is no doubt.
    """
    if work.actor.role not in DESKS:
        raise Refused("needs_a_desk", "Only a town or county desk settles who somebody is.")
    rows = _rows(work, subject_key, lock=True)
    _check(work, rows, subject_key, verdict, reason, wrong_feed)
    decision_id = new_id()
    before = identity_decision.c.subject_key == subject_key
    present = before & identity_decision.c.replaced_at.is_(None)
    work.db.execute(update(identity_decision).where(present).values(replaced_at=work.now))
    areas = {column: getattr(rows[0], column) for column in AREA_COLUMNS}
    sealed = work.keys.encrypt(reason.strip(), aad=f"identity_decision:reason:{decision_id}")
    work.db.execute(
        insert(identity_decision)
        .values(
            id=decision_id,
            subject_key=subject_key,
            verdict=verdict,
            wrong_feed=wrong_feed if verdict is Verdict.NOT_SAME else None,
            marks=sorted({row.name_mark for row in rows if row.name_mark}),
            differing=sorted(row.feed for row in rows if row.names_differ),
            reason_cipher=sealed,
            decided_by=work.actor.id,
            decided_at=work.now,
            **areas,
        )
        .inline()
    )
    _judge_again(work, subject_key)
    work.audit(
        "settle_identity",
        "subject",
        subject_key,
        areas=list(areas.values()),
        verdict=verdict,
        decision=decision_id,
    )


def open_doubts(work: Work, subject_keys: Sequence[int]) -> set[int]:
    """Which of these subjects a person must still decide about."""
    wanted = subject.c.key == _one_of(subject_keys)
    asked = select(subject.c.key).where(wanted, subject.c.identity_doubtful)
    doubtful = work.db.execute(asked).scalars().all()
    mine = identity_decision.c.subject_key == _one_of(doubtful)
    present = select(identity_decision).where(mine, identity_decision.c.replaced_at.is_(None))
    decided = {row.subject_key: row for row in work.db.execute(present)}
    said: dict[int, list[Row[Any]]] = {}
    columns = (identity.c[name] for name in ("subject_key", "feed", "name_mark", "names_differ"))
    for row in work.db.execute(
        select(*columns).where(identity.c.subject_key == _one_of(list(decided)))
    ):
        said.setdefault(row.subject_key, []).append(row)
    return {key for key in doubtful if key not in decided or _news(decided[key], said.get(key, []))}


def _one_of(keys: Sequence[int]) -> Any:
    """Return `keys` as one value of a statement, however many they are."""
    return any_(literal(list(keys), ARRAY(BigInteger)))


def present_decision_holds(work: Work, subject_key: int) -> UUID | None:
    """The id of the decision that still covers all readings; without opening the vault."""
    row = work.db.execute(_present(subject_key)).one_or_none()
    return None if row is None or _news(row, _rows(work, subject_key)) else row.id


def _check(
    work: Work,
    rows: Sequence[Row[Any]],
    subject_key: int,
    verdict: Verdict,
    reason: str,
    wrong_feed: str | None,
) -> None:
    doubtful = select(subject.c.identity_doubtful).where(subject.c.key == subject_key)
    if not rows or not work.db.execute(doubtful).scalar_one_or_none():
        raise Refused(
            "not_possible_now",
            "There is no doubt about this person any more.",
            why="Somebody settled it, or a corrected record has come.",
            todo="Go back to the list.",
        )
    if not reason.strip():
        raise Refused("reason_missing", "Say why.", todo="Give a reason in a few words.")
    if verdict is Verdict.NOT_SAME and wrong_feed not in {row.feed for row in rows}:
        raise Refused(
            "feed_missing",
            "Say whose record is about somebody else.",
            todo="Choose the office that must set it right.",
        )


def _judge_again(work: Work, subject_key: int) -> None:
    judged = IS_DOUBTFUL.format(keys=":key")
    query = f"UPDATE subject s SET identity_doubtful = d.doubtful FROM ({judged}) d"
    work.db.execute(text(f"{query} WHERE d.subject_key = s.key"), {"key": subject_key})


def _rows(work: Work, subject_key: int, *, lock: bool = False) -> Sequence[Row[Any]]:
    query = (
        select(identity)
        .where(identity.c.subject_key == subject_key)
        .order_by(identity.c.seen_on.desc(), identity.c.feed)
    )
    return work.db.execute(query.with_for_update() if lock else query).all()


def _present(subject_key: int) -> Any:
    mine = identity_decision.c.subject_key == subject_key
    return select(identity_decision).where(mine, identity_decision.c.replaced_at.is_(None))


def _news(decision: Row[Any], rows: Sequence[Row[Any]]) -> bool:
    """Is there a name, or a feed with two names, that was not seen when it was decided?"""
    seen = {bytes(mark) for mark in decision.marks}
    names = {bytes(row.name_mark) for row in rows if row.name_mark}
    differing = {row.feed for row in rows if row.names_differ}
    return not (names <= seen and differing <= set(decision.differing))


def _reading(work: Work, row: Row[Any]) -> Reading:
    def opened(part: str) -> str:
        blob: bytes | None = getattr(row, f"{part}_cipher")
        aad = f"identity:{part}:{row.subject_key}:{row.feed}"
        return work.keys.decrypt(blob, aad=aad) if blob else ""

    name = opened("name")
    return Reading(
        feed=row.feed,
        name=name,
        phone=opened("phone"),
        address=opened("address"),
        seen_on=row.seen_on,
        two_names=row.names_differ,
    )
