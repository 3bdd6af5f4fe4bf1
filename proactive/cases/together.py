"""Two open matters of one need turn out to be one person's: a desk puts them together.

The typed person's matter closes by the desk's word, and what people reported there stands on the
other one, with all that the other one stands on already.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from proactive.areas.store import path_in
from proactive.cases.model import CASE_TABLE, CaseState
from proactive.cases.service import add_note, apply
from proactive.cases.store import case, case_report
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work

REASON = "put_together"


@dataclass(frozen=True, slots=True)
class OpenTwice:
    """A matter of the typed person, and the one of the same need that is open already.

    `in_sight`: both lie in the desk's areas, so it may know of the other one. `can_join`: nothing
    has been confirmed in the typed person's matter yet.
    """

    own: Row[Any]
    other: Row[Any]
    in_sight: bool
    can_join: bool


def open_twice(work: Work, rows: Sequence[Row[Any]], key: int) -> tuple[OpenTwice, ...]:
    """Return those of a typed person's open cases whose need is open for the subject `key` too."""
    query = select(case).where(case.c.subject_key == key, case.c.state != CaseState.CLOSED)
    others = {row.need: row for row in work.db.execute(query)}
    return tuple(_twice(work, row, others[row.need]) for row in rows if row.need in others)


def _twice(work: Work, own: Row[Any], other: Row[Any]) -> OpenTwice:
    seen = all(not set(path_in(row)).isdisjoint(work.actor.areas) for row in (own, other))
    asleep = own.state == CaseState.SNOOZED
    can_join = asleep or CASE_TABLE.can(own.state, "close", work.actor.role)
    return OpenTwice(own, other, in_sight=seen, can_join=can_join)


def check_together(found: Sequence[OpenTwice], together: Collection[UUID]) -> None:
    """Refuse `already_open` unless the desk has said of each that it goes to the other one."""
    for one in found:
        if one.own.id not in together or not one.can_join:
            raise _refused(one)


def _refused(one: OpenTwice) -> Refused:
    if not one.in_sight:
        return Refused(
            "already_open",
            "For this person a matter of the same kind is open already in a place not yours.",
            todo="Put them together, or call the county desk: it can see both.",
        )
    return Refused(
        "already_open",
        "For this person a matter of the same kind is open already: {ref}.",
        todo="Put them together, or close one of the two first.",
        ref=one.other.ref,
    )


def put_together(work: Work, one: OpenTwice) -> None:
    """Move the reports of the typed person's matter to the other one and close it."""
    own, other = one.own, one.other
    mine = case_report.c.case_id == own.id
    reports = work.db.execute(select(case_report.c.id).where(mine)).scalars().all()
    moved = {"case_id": other.id, "subject_key": other.subject_key, "joined": True}
    areas = dict(zip(AREA_COLUMNS, path_in(other), strict=True))
    work.db.execute(update(case_report).where(mine).values(**moved, **areas))
    for report in reports:
        add_note(work, other.id, "reported_too", report=str(report))
    if own.state == CaseState.SNOOZED:
        apply(work, own.id, "wake", reason=REASON)
    apply(work, own.id, "close", reason=REASON, close_reason=REASON)
