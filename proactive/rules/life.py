"""What every step in the life of a trigger version shares: the lock, the person, the move."""

from typing import Any

from sqlalchemy import Row, update

from proactive.kernel.errors import Refused
from proactive.kernel.states import Transition
from proactive.kernel.work import Work
from proactive.rules.model import PEOPLE, TRIGGER_TABLE
from proactive.rules.service import LoadedTrigger, lock_trigger, version_row
from proactive.rules.store import trigger_version


def take_version(
    work: Work, trigger: str, version: int, action: str
) -> tuple[Row[Any], Transition]:
    row = locked_version(work, trigger, version)
    return row, TRIGGER_TABLE.check(row.state, action, work.actor.role)


def locked_version(work: Work, trigger: str, version: int) -> Row[Any]:
    need_person(work)
    lock_trigger(work, trigger)
    return version_row(work, trigger, version)


def need_person(work: Work) -> None:
    """Raise Refused `no_named_person` unless policy staff or an operator acts."""
    if work.actor.role not in PEOPLE or not work.actor.id.strip():
        raise Refused(
            "no_named_person",
            "What a trigger does is decided by a named person.",
            todo="Sign in as policy staff or operator.",
        )


def is_same_person(name: str, *others: str | None) -> bool:
    """Answer whether `name` is one of `others`, however it was typed."""
    return name.strip().casefold() in {one.strip().casefold() for one in others if one}


def stop_version(work: Work, row: Row[Any], action: str) -> LoadedTrigger:
    move = TRIGGER_TABLE.check(row.state, action, work.actor.role)
    return move_version(work, row, move, retired_at=work.now)


def move_version(work: Work, row: Row[Any], move: Transition, **values: object) -> LoadedTrigger:
    work.db.execute(
        update(trigger_version)
        .where(trigger_version.c.id == row.id)
        .values(state=move.target, **values)
    )
    work.audit(
        f"{move.action}_trigger",
        "trigger_version",
        row.id,
        trigger=row.trigger,
        version=row.version,
    )
    return LoadedTrigger(row.id, row.trigger, row.version, move.target, new=True)
