"""Shadows: a candidate version looks beside the one in use for a while, and raises nothing.

Begun and ended by people; each full run of the version in use plans a look (`beside` does it).
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.kernel.clock import local_date
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import POLICY_DESK
from proactive.kernel.work import Work
from proactive.rules.model import IN_USE, TriggerState
from proactive.rules.service import rule_of, version_row
from proactive.rules.store import trigger_version
from proactive.scans.slots import last_slot
from proactive.scans.store import scan_run
from proactive.tuning.store import shadow, shadow_run

LONGEST_DAYS = 366


def start_shadow(work: Work, trigger: str, version: int, until: date) -> UUID:
    """Let a version run as a shadow to the end of a day; the same one again gets the new day.

    Raises Refused: `no_named_person`, `no_such_version`, `bad_until`, `already_in_use`.
    """
    if work.actor.role not in POLICY_DESK:
        raise Refused("no_named_person", "A shadow is started by a named person.")
    row = version_row(work, trigger, version)
    if not 0 <= (until - work.today).days <= LONGEST_DAYS:
        raise Refused(
            "bad_until",
            "A shadow cannot run until {day}.",
            todo="Choose a day from today to a year from now.",
            day=until.isoformat(),
        )
    if row.state == TriggerState.LIVE:
        raise Refused(
            "already_in_use",
            "Version {version} is in use itself, so there is nothing to compare it with.",
            todo="Choose another version.",
            version=version,
        )
    end_passed(work)
    statement = insert(shadow).values(
        id=new_id(),
        trigger=trigger,
        version_id=row.id,
        started_by=work.actor.id,
        started_at=work.now,
        until=until,
    )
    shadow_id: UUID = work.db.execute(
        statement.on_conflict_do_update(
            index_elements=["trigger", "version_id"],
            index_where=shadow.c.ended_at.is_(None),
            set_={"until": until},
        ).returning(shadow.c.id)
    ).scalar_one()
    work.audit("start_shadow", "shadow", shadow_id, trigger=trigger, version=version, until=until)
    return shadow_id


def stop_shadow(work: Work, shadow_id: UUID) -> bool:
    """End a shadow now; what it found stays. False when it had ended."""
    if work.actor.role not in POLICY_DESK:
        raise Refused("no_named_person", "A shadow is stopped by a named person.")
    ended = _end(work, shadow.c.id == shadow_id)
    if ended:
        work.audit("stop_shadow", "shadow", shadow_id)
    return bool(ended)


def end_passed(work: Work) -> int:
    """End the shadows whose last day is over."""
    return _end(work, shadow.c.until < work.today)


def _end(work: Work, condition: Any) -> int:
    statement = update(shadow).where(shadow.c.ended_at.is_(None), condition)
    return work.db.execute(statement.values(ended_at=work.now)).rowcount


# planning


def plan_beside(work: Work, run_id: UUID) -> int:
    """Plan a look of each shadow beside a full run that was just closed; return how many."""
    run = work.db.execute(
        select(scan_run, trigger_version.c.state.label("version_state"))
        .join(trigger_version, trigger_version.c.id == scan_run.c.trigger_version_id)
        .where(scan_run.c.id == run_id, scan_run.c.kind == "full", scan_run.c.state != "waiting")
    ).one_or_none()
    if run is None or (run.version_state == TriggerState.PILOT and _is_live(work, run.trigger)):
        return 0
    slot = f"run:{run_id}"
    return sum(
        _plan(work, one.id, slot=slot, as_of=run.as_of, known_at=run.known_at, run_id=run_id)
        for one in _running(work, run.as_of)
        if one.trigger == run.trigger and one.version_id != run.trigger_version_id
    )


def plan_alone(work: Work) -> int:
    """Plan the due slot of each shadow whose trigger has no version in use; end those passed."""
    end_passed(work)
    planned = 0
    for one in _running(work, work.today):
        schedule = rule_of(work, one.version_id).schedule
        if not schedule.cron or _is_in_use(work, one.trigger):
            continue
        zone = ZoneInfo(schedule.timezone)
        slot = last_slot(schedule.cron, zone, work.now)
        if slot is not None and slot >= one.started_at:
            planned += _plan(
                work,
                one.id,
                slot=f"{slot:%Y-%m-%dT%H:%MZ}",
                as_of=local_date(slot, zone),
                known_at=work.now,
                run_id=None,
            )
    return planned


def _running(work: Work, day: date) -> Iterable[Row[Any]]:
    return work.db.execute(
        select(shadow).where(shadow.c.ended_at.is_(None), shadow.c.until >= day)
    ).all()


def _plan(
    work: Work,
    shadow_id: UUID,
    *,
    slot: str,
    as_of: date,
    known_at: datetime,
    run_id: UUID | None,
) -> bool:
    row_id = new_id()
    statement = insert(shadow_run).values(
        id=row_id, shadow_id=shadow_id, run_id=run_id, slot=slot, as_of=as_of, known_at=known_at
    )
    made = work.db.execute(
        statement.on_conflict_do_nothing(index_elements=["shadow_id", "slot"]).returning(
            shadow_run.c.id
        )
    ).one_or_none()
    if made is not None:
        work.step("shadow", str(row_id))
    return made is not None


def _is_live(work: Work, trigger: str) -> bool:
    return _has(work, trigger, (TriggerState.LIVE,))


def _is_in_use(work: Work, trigger: str) -> bool:
    return _has(work, trigger, IN_USE)


def _has(work: Work, trigger: str, states: tuple[str, ...]) -> bool:
    found = select(func.count()).where(
        trigger_version.c.trigger == trigger, trigger_version.c.state.in_(states)
    )
    return bool(work.db.execute(found).scalar_one())
