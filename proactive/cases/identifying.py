"""A desk says who a typed person is: the case goes over to the subject with that number."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from proactive.areas.store import path_in
from proactive.cases.service import add_note, get_case
from proactive.cases.store import case
from proactive.feeds.identifiers import check_resident_id
from proactive.kernel.db import metadata
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.people.store import subject
from proactive.people.typed import REPORTED, RESIDENT, TypedPerson, keep_typed, make_one
from proactive.people.vault import card

DESKS = frozenset({Role.TOWN, Role.COUNTY})


def is_typed(work: Work, subject_key: int) -> bool:
    """Answer whether this is a person without a number, typed in from below."""
    query = select(subject.c.scheme).where(subject.c.key == subject_key)
    return work.db.execute(query).scalar_one_or_none() == REPORTED


def identify(work: Work, case_id: UUID, number: str) -> int:
    """Join the typed person of a case with the subject of a citizen number; return its key.

    A number that no register has delivered makes a new subject, certain because the desk says so.
    Needs the worker's rights: the register may know the person in another place, where the case
    then goes. Raises Refused `not_yours`, `not_found`, `not_possible_now`, `bad_number` or
    `already_open`; nothing is changed then.
    """
    if work.actor.role not in DESKS:
        raise Refused("not_yours", "Only a town or county desk says who somebody is.")
    row = get_case(work, case_id)
    _check_typed(work, row)
    checked = check_resident_id(number, work.today)
    if checked.reason is not None:
        raise Refused(
            "bad_number",
            "This is not a citizen number.",
            why="Characters are missing, or the last one does not fit the others.",
            todo="Compare it with the card and write it again.",
            fields={"number": "not a citizen number"},
        )
    key = work.keys.subject_key(RESIDENT, checked.value)
    found = _subject(work, key) or _made(work, row, checked.value)
    _check_free(work, row, key)
    _go_over(work, row, found)
    make_one(work, row.subject_key, key)
    add_note(work, case_id, "identified")
    work.audit("identify", "subject", key, areas=path_in(row), case=case_id)
    work.step("route_raised")
    return key


def _subject(work: Work, key: int) -> Row[Any] | None:
    return work.db.execute(select(subject).where(subject.c.key == key)).one_or_none()


def _check_typed(work: Work, row: Row[Any]) -> None:
    if row.state == "closed" or not is_typed(work, row.subject_key):
        raise Refused(
            "not_possible_now",
            "It is known already who this is.",
            why="Somebody has found it out meanwhile, or the matter is closed.",
            todo="Open it again and look at its present state.",
        )


def _made(work: Work, row: Row[Any], number: str) -> Row[Any]:
    said = card(work, row.subject_key, purpose="identify")
    typed = TypedPerson(said.name, number, said.born_on, said.phone, said.address)
    key = keep_typed(work, typed, path_in(row), typed_by=row.id)
    work.db.execute(update(subject).where(subject.c.key == key).values(identity_doubtful=False))
    return work.db.execute(select(subject).where(subject.c.key == key)).one()


def _check_free(work: Work, row: Row[Any], key: int) -> None:
    query = select(case.c.ref).where(
        case.c.subject_key == key, case.c.need == row.need, case.c.state != "closed"
    )
    other = work.db.execute(query).scalar_one_or_none()
    if other is not None:
        raise Refused(
            "already_open",
            "For this person a matter of the same kind is open already: {ref}.",
            todo="Close this one as helped already, and go on with the other.",
            ref=other,
        )


def _go_over(work: Work, row: Row[Any], found: Row[Any]) -> None:
    """Write the new key on the case and on all rows that belong to it."""
    work.db.execute(
        update(case)
        .where(case.c.id == row.id)
        .values(subject_key=found.key, household_key=found.household_key)
    )
    for table in metadata.sorted_tables:
        if {"case_id", "subject_key"} <= set(table.c.keys()) and table.name != "cool_down":
            work.db.execute(
                update(table).where(table.c.case_id == row.id).values(subject_key=found.key)
            )
