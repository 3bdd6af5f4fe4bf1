"""What every step in the life of a trigger version shares: the lock, the person, the move."""

from typing import Any

from sqlalchemy import Row, update

from proactive.accounts.queries import account_names
from proactive.kernel.errors import Refused
from proactive.kernel.states import POLICY_DESK, Transition
from proactive.kernel.work import Work
from proactive.rules.model import TRIGGER_TABLE
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
    if work.actor.role not in POLICY_DESK or not work.actor.id.strip():
        raise Refused(
            "no_named_person",
            "What a trigger does is decided by a named person.",
            todo="Sign in as policy staff or operator.",
        )


def is_same_person(work: Work, one: str, *others: str | None) -> bool:
    """Answer whether `one` is among `others`, however typed: as an account or by its name.

    A page knows the account, the command line only a name: there the name decides. Two accounts
    are two people, even of one name.
    """
    names = account_names(work.db, {one, *(other for other in others if other)})
    for other in (other for other in others if other):
        if one == other:
            return True
        both_are_accounts = one in names and other in names
        if not both_are_accounts and _plain(names.get(one, one)) == _plain(names.get(other, other)):
            return True
    return False


def _plain(name: str) -> str:
    return name.strip().casefold()


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
