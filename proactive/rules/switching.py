"""A trigger version is switched on, in chosen areas or everywhere, at once or from a day; and off.

Each step is one transaction of a named person; the machine only starts what was signed for.
Nothing here touches cases: those raised before a roll-back stay, and people decide about them.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from proactive.areas.queries import paths_of
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.rules.approving import Prove
from proactive.rules.life import locked_version, move_version, need_person, stop_version
from proactive.rules.model import IN_USE, TRIGGER_TABLE
from proactive.rules.model import TriggerState as S
from proactive.rules.service import LoadedTrigger, lock_trigger, stored_rule, version_row
from proactive.rules.store import trigger_version


def activate_trigger(
    work: Work,
    trigger: str,
    version: int,
    *,
    prove: Prove,
    live_from: date | None = None,
    areas: Sequence[str] = (),
) -> LoadedTrigger:
    """Switch an approved (or retired) version on: everywhere, or with `areas` as a pilot there.

    With a later `live_from` it waits, and what is in use stays in use until that day. The same
    again changes nothing. Raises Refused `no_named_person`, `no_such_version`, `no_such_area`,
    `not_approved`, `in_use_already`, or what `prove` raises.
    """
    row = locked_version(work, trigger, version)
    chosen = _known_areas(work, areas)
    if row.state == (S.PILOT if chosen else S.LIVE) and list(row.areas) == chosen:
        return LoadedTrigger(row.id, trigger, version, row.state, new=False)
    later = live_from is not None and live_from > work.today
    if later and row.state in IN_USE:
        raise Refused(
            "in_use_already",
            "This version is in use already; where it is used changes at once.",
            todo="Change it without a date, on the day on which it is to hold.",
        )
    if row.state in (S.DRAFT, S.PROPOSED):
        raise Refused(
            "not_approved",
            "Version {version} of '{trigger}' has not been approved.",
            todo="Propose it; another person approves it; then it can be switched on.",
            trigger=trigger,
            version=version,
        )
    action = "schedule" if later else "pilot" if chosen else "activate"
    move = TRIGGER_TABLE.check(row.state, action, work.actor.role)
    prove(stored_rule(row.yaml), row.examples)
    replaced = None if later else _replace(work, row, everywhere=not chosen)
    return move_version(
        work,
        row,
        move,
        areas=chosen,
        activated_by=work.actor.id,
        activated_at=work.now,
        live_from=live_from if later else work.today,
        retired_at=None,
        **({"replaces": replaced} if replaced else {}),
    )


def roll_back_trigger(work: Work, trigger: str, *, seen: int | None = None) -> LoadedTrigger:
    """Take back at once what was switched on last; return what is in use now, or what was stopped.

    A pilot is stopped; else the live version goes and the one it replaced is live again. Cases
    that were raised stay. `seen` names the version that the person wants to take back: where it is
    not in use any more, nothing changes, so that a second tap takes nothing else back. Raises
    Refused `no_such_version`, `nothing_to_go_back_to`.
    """
    rows = _in_use(work, trigger)
    row = rows.get(S.PILOT) or rows[S.LIVE]
    if seen is not None:
        found = next((one for one in rows.values() if one.version == seen), None)
        if found is None:
            old = version_row(work, trigger, seen)
            return LoadedTrigger(old.id, trigger, seen, old.state, new=False)
        row = found
    if row.state == S.PILOT:
        return stop_version(work, row, "roll_back")
    if row.replaces is None:
        raise Refused(
            "nothing_to_go_back_to",
            "Version {version} of '{trigger}' has replaced no other.",
            todo="Switch the trigger off instead.",
            trigger=trigger,
            version=row.version,
        )
    before = version_row(work, trigger, row.replaces)
    back = TRIGGER_TABLE.check(before.state, "restore", work.actor.role)
    stop_version(work, row, "roll_back")
    return move_version(
        work,
        before,
        back,
        areas=[],
        activated_by=work.actor.id,
        activated_at=work.now,
        live_from=work.today,
        retired_at=None,
    )


def retire_trigger(work: Work, trigger: str) -> list[LoadedTrigger]:
    """Switch a trigger off everywhere; Refused `no_such_version` if it is not on."""
    return [stop_version(work, row, "retire") for row in _in_use(work, trigger).values()]


def start_scheduled(work: Work, today: date) -> int:
    """Put to use the versions that a person switched on from a day that has come."""
    due = work.db.execute(
        select(trigger_version.c.trigger, trigger_version.c.version)
        .where(*_is_due(today))
        .order_by(trigger_version.c.live_from, trigger_version.c.version)
    ).all()
    return sum(_start(work, one.trigger, one.version, today) for one in due)


def _start(work: Work, trigger: str, version: int, today: date) -> bool:
    lock_trigger(work, trigger)
    row = work.db.execute(
        select(trigger_version).where(
            trigger_version.c.trigger == trigger,
            trigger_version.c.version == version,
            *_is_due(today),
        )
    ).one_or_none()
    if row is None:  # started, or taken back, while this one waited
        return False
    action = "start_pilot" if row.areas else "start"
    move = TRIGGER_TABLE.check(row.state, action, Role.MACHINE)
    replaced = _replace(work, row, everywhere=not row.areas)
    move_version(work, row, move, retired_at=None, **({"replaces": replaced} if replaced else {}))
    return True


def _is_due(today: date) -> tuple[Any, ...]:
    columns = trigger_version.c
    return (
        columns.state == S.APPROVED,
        columns.activated_by.is_not(None),
        columns.live_from <= today,
    )


def _known_areas(work: Work, areas: Sequence[str]) -> list[str]:
    """Return the codes as they stand today, in order; Refused `no_such_area`."""
    paths = paths_of(work.db, areas)
    missing = sorted(set(areas) - set(paths))
    if missing:
        raise Refused(
            "no_such_area",
            "There is no area with the code {codes}.",
            todo="Choose areas from the list, or see 'proactive area show'.",
            codes=", ".join(code[:20] for code in missing),
        )
    return sorted({standing_code(path) for path in paths.values()})


def standing_code(path: Sequence[str]) -> str:
    """Return the innermost code of a path."""
    return next(code for code in reversed(path) if code)


def _in_use(work: Work, trigger: str) -> dict[str, Row[Any]]:
    """Return what is in use of a trigger by its state, locked, for a person to change."""
    need_person(work)
    lock_trigger(work, trigger)
    rows = work.db.execute(
        select(trigger_version).where(
            trigger_version.c.trigger == trigger, trigger_version.c.state.in_(IN_USE)
        )
    ).all()
    if not rows:
        raise Refused(
            "no_such_version", "The trigger '{trigger}' is not switched on.", trigger=trigger[:60]
        )
    return {row.state: row for row in rows}


def _replace(work: Work, row: Row[Any], *, everywhere: bool) -> int | None:
    """Take out of use what `row` takes the place of; return the live version it replaces.

    Everywhere means everywhere: it ends a pilot of another version too. A pilot replaces a pilot.
    """
    query = select(trigger_version).where(
        trigger_version.c.trigger == row.trigger,
        trigger_version.c.id != row.id,
        trigger_version.c.state.in_(IN_USE if everywhere else (S.PILOT,)),
    )
    replaced = None
    for old in work.db.execute(query).all():
        replaced = old.version if old.state == S.LIVE else replaced
        stop_version(work, old, "replace")
    return replaced
