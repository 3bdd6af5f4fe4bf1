"""Cool-downs: after an outcome a trigger keeps quiet about its subject for a while.

A case that people reported stands on no trigger's hit: there the triggers of its need keep quiet
about what was there to be seen, and a record of a later day is found all the same.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from proactive.cases.store import case, case_hit, cool_down
from proactive.kernel.periods import Period, add
from proactive.kernel.work import Work

# Which outcome an action of the case table is, in the words of a trigger's `cool_down.after`.
OUTCOMES = {"not_confirm": "not_confirmed", "decline": "declined", "complete": "completed"}
ALREADY_HELPED = "already_helped"

# What was raised is looked at again at every run, and is raised anew when the quiet time is over
# and the condition still holds; not while somebody works on such a case already.
LOOK_AGAIN = """
UPDATE hit SET fate = 'cool_down' FROM case_hit AS ch JOIN "case" AS c ON c.id = ch.case_id
WHERE ch.case_id = :case_id AND hit.id = ch.hit_id AND hit.fate IN ('raised', 'joined')
  AND NOT EXISTS (SELECT FROM "case" AS other WHERE other.subject_key = c.subject_key
    AND other.need = c.need AND other.state <> 'closed')
"""


def refresh_cool_down(work: Work, case_id: UUID) -> None:
    """After a case that grew through a cool-down was closed: growth counts from here on."""
    newest = (
        select(case.c.subject_key, case_hit.c.trigger, case_hit.c.measures)
        .ext(distinct_on(case_hit.c.trigger))
        .join(case_hit, case_hit.c.case_id == case.c.id)
        .where(case.c.id == case_id)
        .order_by(case_hit.c.trigger, case_hit.c.as_of.desc())
        .subquery()
    )
    work.db.execute(
        update(cool_down)
        .where(
            cool_down.c.trigger == newest.c.trigger,
            cool_down.c.subject_key == newest.c.subject_key,
            cool_down.c.case_id != case_id,
        )
        .values(measures=newest.c.measures)
    )


def leave_alone(work: Work, case_id: UUID, until: Mapping[str, date | None]) -> int:
    """Keep the case's triggers quiet because the subject is helped already, each until its day.

    None means never again. Afterwards the subject comes back to the list by itself if the
    condition still holds. A second call changes nothing; returns how many triggers keep quiet.
    """
    started = _start(work, case_id, ALREADY_HELPED, until)
    work.db.execute(text(LOOK_AGAIN), {"case_id": case_id})
    return started


def cool_down_reported(
    work: Work, case_id: UUID, outcome: str, until: Mapping[str, date | None], seen_on: date | None
) -> int:
    """Keep triggers, each until its day (None: never again), quiet about a reported case's person.

    `seen_on` is the day up to which everything was looked at: a hit with a record of a later day
    is raised; None lets none by. A quiet time that is as long already stays as it is, with its own
    case and day. A second call changes nothing; returns how many keep quiet.
    """
    row = work.db.execute(select(case.c.subject_key).where(case.c.id == case_id)).one()
    for trigger, day in until.items():
        statement = insert(cool_down).values(
            trigger=trigger,
            subject_key=row.subject_key,
            until=day,
            outcome=outcome,
            seen_on=seen_on,
            case_id=case_id,
        )
        fresh = statement.excluded
        names = ("until", "outcome", "seen_on", "case_id")  # what had been measured still counts
        work.db.execute(
            statement.on_conflict_do_update(
                index_elements=["trigger", "subject_key"],
                set_={name: fresh[name] for name in names},
                where=longer(fresh.until),
            )
        )
    return len(until)


def longer(until: ColumnElement[Any]) -> ColumnElement[bool]:
    """Does quiet until this day (null: never again) outlast the row that is there?"""
    ends = cool_down.c.until.is_not(None)
    return and_(ends, or_(until.is_(None), until > cool_down.c.until))


def start_cool_down(
    work: Work, case_id: UUID, outcome: str, spans: Mapping[str, Period | None], today: date
) -> int:
    """Start the cool-down of each trigger the case stands on; a second call changes nothing.

    `spans` maps trigger to its period after this outcome, None meaning never again; a trigger
    that is not in it has none. Returns how many were started.
    """
    until = {name: add(today, span) if span else None for name, span in spans.items()}
    return _start(work, case_id, outcome, until)


def _start(work: Work, case_id: UUID, outcome: str, until: Mapping[str, date | None]) -> int:
    query = (
        select(case.c.subject_key, case_hit.c.trigger, case_hit.c.measures)
        .join(case_hit, case_hit.c.case_id == case.c.id)
        .where(case.c.id == case_id)
        .order_by(case_hit.c.trigger, case_hit.c.as_of)
    )
    newest = {row.trigger: row for row in work.db.execute(query)}
    started = 0
    for trigger, row in newest.items():
        if trigger not in until:
            continue
        statement = insert(cool_down).values(
            trigger=trigger,
            subject_key=row.subject_key,
            until=until[trigger],
            outcome=outcome,
            measures=row.measures,
            case_id=case_id,
        )
        fresh = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=["trigger", "subject_key"],
            set_={
                "until": fresh.until,
                "outcome": fresh.outcome,
                "measures": fresh.measures,
                "case_id": fresh.case_id,
                "seen_on": None,
            },
        )
        work.db.execute(statement)
        started += 1
    return started


# Back to what they were before the answer that was taken back.
_HITS_BACK = """
UPDATE hit SET fate = 'raised' FROM case_hit AS ch
WHERE ch.case_id = :case_id AND hit.id = ch.hit_id AND hit.fate = 'cool_down'
"""


def end_cool_down(work: Work, case_id: UUID) -> None:
    """The answer that started it was taken back: the case's triggers need not keep quiet."""
    work.db.execute(delete(cool_down).where(cool_down.c.case_id == case_id))
    work.db.execute(text(_HITS_BACK), {"case_id": case_id})
