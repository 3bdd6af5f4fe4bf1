"""A desk says who a typed person is: the case goes over to the subject with that number."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from proactive.areas.store import path_in
from proactive.cases.service import add_note, get_case
from proactive.cases.store import case
from proactive.feeds.identifiers import check_resident_id
from proactive.kernel.db import metadata
from proactive.kernel.errors import Refused
from proactive.kernel.masking import mask_name
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.people.store import subject
from proactive.people.typed import (
    REPORTED,
    RESIDENT,
    TypedPerson,
    bears_one_of,
    keep_typed,
    make_one,
    name_marks,
)
from proactive.people.vault import card, permanent_key

DESKS = frozenset({Role.TOWN, Role.COUNTY})


def is_typed(work: Work, subject_key: int) -> bool:
    """Answer whether this is a person without a number, typed in from below."""
    query = select(subject.c.scheme).where(subject.c.key == subject_key)
    return work.db.execute(query).scalar_one_or_none() == REPORTED


def identify(work: Work, case_id: UUID, number: str, *, same_person: bool = False) -> int:
    """Join the typed person of a case with the subject of a citizen number; return its key.

    All open cases of the typed person go over, or none. A number that no register has delivered
    makes a new subject, certain because the desk says so. `same_person`: the desk has seen that
    the records give the number to another name, and says that it is this person all the same.
    Needs the worker's rights: the register may know the person in another place, where the cases
    then go. Raises Refused `not_yours`, `not_found`, `not_possible_now`, `bad_number`,
    `names_differ` or `already_open`; nothing is changed then.
    """
    row, checked = _asked(work, case_id, number)
    key = work.keys.subject_key(RESIDENT, checked)
    _check_not_joined(work, row.subject_key, key)
    rows = _open_cases(work, row.subject_key)
    found = _subject(work, key)
    if found is None:
        found = _made(work, row, checked)
    elif not same_person:
        _check_name(work, row.subject_key, key)
    for each in rows:
        _check_free(work, each, key)
    for each in rows:
        _go_over(work, each, found)
    make_one(work, row.subject_key, key)
    for each in rows:
        add_note(work, each.id, "identified")
        work.audit("identify", "subject", key, areas=path_in(each), case=each.id)
    work.step("route_raised")
    return key


def name_on_record(work: Work, case_id: UUID, number: str) -> str:
    """Return the masked name that the records give to a number; '' where they name nobody.

    For a desk that is to say whether it is the typed person of its case; the look is audited.
    Raises Refused as `identify` does, and needs the same rights.
    """
    _, checked = _asked(work, case_id, number)
    key = work.keys.subject_key(RESIDENT, checked)
    return mask_name(card(work, key, purpose="identify").name)


def _asked(work: Work, case_id: UUID, number: str) -> tuple[Row[Any], str]:
    """Return the case of a typed person and the number as it is kept, or refuse."""
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
    return row, checked.value


def _open_cases(work: Work, subject_key: int) -> Sequence[Row[Any]]:
    mine = (case.c.subject_key == subject_key) & (case.c.state != "closed")
    return work.db.execute(select(case).where(mine).order_by(case.c.id).with_for_update()).all()


def _check_not_joined(work: Work, temporary: int, key: int) -> None:
    if permanent_key(work, temporary) in (temporary, key):
        return
    raise Refused(
        "not_possible_now",
        "This person has been joined with another number already.",
        why="A desk has said before who it is.",
        todo="Call the county desk if that number is wrong.",
    )


def _check_name(work: Work, typed: int, key: int) -> None:
    if bears_one_of(work, key, name_marks(work, typed)):
        return
    raise Refused(
        "names_differ",
        "In the records this number does not belong to the name that was typed in.",
        why="The number may come from somebody else's card.",
        todo="Compare number and name with the card; say so if it is the same person all the same.",
        fields={"number": "belongs to another name"},
    )


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
    """Two open cases of one need cannot be one; the other is named to who may see it only."""
    query = select(case).where(
        case.c.subject_key == key, case.c.need == row.need, case.c.state != "closed"
    )
    other = work.db.execute(query).one_or_none()
    if other is None:
        return
    if not (_in_sight(work, other) and _in_sight(work, row)):
        raise Refused(
            "already_open",
            "For this person a matter of the same kind is open already in a place not yours.",
            todo="Call the county desk: it can see both and close one of them.",
        )
    raise Refused(
        "already_open",
        "For this person a matter of the same kind is open already: {ref}.",
        todo="Close {own} as helped already, and go on with the other.",
        ref=other.ref,
        own=row.ref,
    )


def _in_sight(work: Work, row: Row[Any]) -> bool:
    """Answer whether a case lies in the desk's own areas; the worker's rights see every case."""
    return not set(path_in(row)).isdisjoint(work.actor.areas)


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
