"""Cool-downs: after an outcome a trigger keeps quiet about its subject for a while."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.cases.store import case, case_hit, cool_down
from proactive.kernel.periods import Period, add
from proactive.kernel.work import Work

# Which outcome an action of the case table is, in the words of a trigger's `cool_down.after`.
OUTCOMES = {"not_confirm": "not_confirmed", "decline": "declined", "complete": "completed"}


def refresh_cool_down(work: Work, case_id: UUID) -> None:
    """After a case that grew through a cool-down was closed: growth counts from here on."""
    newest = (
        select(case.c.subject_key, case_hit.c.trigger, case_hit.c.measures)
        .distinct(case_hit.c.trigger)
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


def start_cool_down(
    work: Work, case_id: UUID, outcome: str, spans: Mapping[str, Period | None], today: date
) -> int:
    """Start the cool-down of each trigger the case stands on; a second call changes nothing.

    `spans` maps trigger to its period after this outcome, None meaning never again; a trigger
    that is not in it has none. Returns how many were started.
    """
    query = (
        select(case.c.subject_key, case_hit.c.trigger, case_hit.c.measures)
        .join(case_hit, case_hit.c.case_id == case.c.id)
        .where(case.c.id == case_id)
        .order_by(case_hit.c.trigger, case_hit.c.as_of)
    )
    newest = {row.trigger: row for row in work.db.execute(query)}
    started = 0
    for trigger, row in newest.items():
        if trigger not in spans:
            continue
        span = spans[trigger]
        statement = insert(cool_down).values(
            trigger=trigger,
            subject_key=row.subject_key,
            until=add(today, span) if span else None,
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
            },
        )
        work.db.execute(statement)
        started += 1
    return started
