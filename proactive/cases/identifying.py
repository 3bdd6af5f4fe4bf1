"""A desk says who a typed person is: the case goes over to the subject with that number."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update
from sqlalchemy.exc import IntegrityError

from proactive.areas.store import path_in
from proactive.cases.reporting import hold_person
from proactive.cases.service import add_note, get_case
from proactive.cases.store import case
from proactive.cases.together import OpenTwice, check_together, open_twice, put_together
from proactive.feeds.identifiers import check_person_number
from proactive.kernel.db import metadata
from proactive.kernel.errors import Refused
from proactive.kernel.masking import mask_name
from proactive.kernel.states import DESKS
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
    only_typed,
)
from proactive.people.vault import card, permanent_key


def is_typed(work: Work, subject_key: int) -> bool:
    """Answer whether this is a person without a number, typed in from below."""
    query = select(subject.c.scheme).where(subject.c.key == subject_key)
    return work.db.execute(query).scalar_one_or_none() == REPORTED


def identify(
    work: Work,
    case_id: UUID,
    number: str,
    *,
    same_person: bool = False,
    together: Collection[UUID] = (),
    scheme: str = RESIDENT,
) -> int:
    """Join the typed person of a case with the subject of a number of `scheme`; return its key.

    All open cases of the typed person go over, or none. A number that no register has delivered
    makes a new subject, certain because the desk says so. `same_person`: the desk has seen that
    the records give the number to another name, and says that it is this person all the same.
    `together`: cases of the typed person that it puts together with an open one of the same need.
    Needs the worker's rights: the register may know the person in another place, where the cases
    then go. Raises Refused `not_yours`, `not_found`, `not_possible_now`, `bad_number`,
    `names_differ` or `already_open`; nothing is changed then.
    """
    hold_person(work, get_case(work, case_id).subject_key)
    row, checked = _asked(work, case_id, number, scheme)
    typed, key = row.subject_key, work.keys.subject_key(scheme, checked)
    _check_not_joined(work, typed, key)
    rows = _open_cases(work, typed)
    found = _subject(work, key) or _made(work, row, checked, scheme)
    if not same_person:
        _check_name(work, typed, key)
    twice = open_twice(work, rows, key)
    check_together(twice, together)
    for one in twice:
        put_together(work, one)
    _go_over(work, rows, found)
    _keep_quiet_too(work, typed, key)
    make_one(work, typed, key)
    joined = {one.own.id for one in twice}
    for each in rows:
        if each.id not in joined:
            add_note(work, each.id, "identified")
        work.audit("identify", "subject", key, areas=path_in(each), case=each.id)
    work.step("route_raised")
    return key


def matters_open_twice(
    work: Work, case_id: UUID, number: str, *, scheme: str = RESIDENT
) -> tuple[OpenTwice, ...]:
    """Return what a desk may put together so that a typed person can be joined with a number.

    Raises Refused as `identify` does, and needs the same rights.
    """
    row, checked = _asked(work, case_id, number, scheme)
    key = work.keys.subject_key(scheme, checked)
    return open_twice(work, _open_cases(work, row.subject_key), key)


def name_on_record(work: Work, case_id: UUID, number: str, *, scheme: str = RESIDENT) -> str:
    """Return the masked name that the records give to a number; '' where they name nobody.

    For a desk that is to say whether it is the typed person of its case; the look is audited.
    Raises Refused as `identify` does, and needs the same rights.
    """
    _, checked = _asked(work, case_id, number, scheme)
    key = work.keys.subject_key(scheme, checked)
    return mask_name(card(work, key, purpose="identify").name)


def _asked(work: Work, case_id: UUID, number: str, scheme: str) -> tuple[Row[Any], str]:
    """Return the case of a typed person and the number as it is kept, or refuse."""
    if work.actor.role not in DESKS:
        raise Refused("not_yours", "Only a town or county desk says who somebody is.")
    row = get_case(work, case_id)
    _check_typed(work, row)
    checked = check_person_number(number, scheme, work.today)
    if not checked.value:
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
    # By need: of desks and scans that come at once, each waits for the same ones in the same order.
    return work.db.execute(select(case).where(mine).order_by(case.c.need).with_for_update()).all()


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


def _made(work: Work, row: Row[Any], number: str, scheme: str) -> Row[Any]:
    said = card(work, row.subject_key, purpose="identify")
    typed = TypedPerson(said.name, number, said.born_on, said.phone, said.address, scheme)
    key = keep_typed(work, typed, path_in(row), typed_by=row.id)
    if only_typed(work, key):  # else a register has delivered it in this very moment
        work.db.execute(update(subject).where(subject.c.key == key).values(identity_doubtful=False))
    return work.db.execute(select(subject).where(subject.c.key == key)).one()


def _go_over(work: Work, rows: Sequence[Row[Any]], found: Row[Any]) -> None:
    """Write the new key on the cases and on all rows that belong to them.

    A case that a scan raises for the subject in this very moment is waited for, and then refused
    as any other that is open already; a scan that comes later waits for this and joins.
    """
    try:
        with work.db.begin_nested():
            for row in rows:
                _to_subject(work, row, found)
    except IntegrityError as error:
        if "uq_case_open" not in str(error.orig):
            raise
        check_together(open_twice(work, rows, found.key), ())
        raise _raised_this_moment() from error


def _to_subject(work: Work, row: Row[Any], found: Row[Any]) -> None:
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


# The longer word of the two holds, of a lapsed one too; never again is the longest.
_SHORTER_GOES = text(
    "DELETE FROM cool_down AS o USING cool_down AS c"
    " WHERE o.subject_key = :key AND c.subject_key = :typed AND c.trigger = o.trigger"
    " AND o.until IS NOT NULL AND (c.until IS NULL OR c.until > o.until)"
)
_QUIET_TOO = text(
    "UPDATE cool_down AS c SET subject_key = :key WHERE subject_key = :typed AND NOT EXISTS"
    " (SELECT FROM cool_down AS o WHERE o.trigger = c.trigger AND o.subject_key = :key)"
)


def _keep_quiet_too(work: Work, typed: int, key: int) -> None:
    """What a visit has said of a closed matter of the typed person holds for the subject."""
    for statement in (_SHORTER_GOES, _QUIET_TOO):
        work.db.execute(statement, {"typed": typed, "key": key})


def _raised_this_moment() -> Refused:
    return Refused(
        "changed_meanwhile",
        "Somebody has worked on a matter of this person in this very moment.",
        todo="Write the number once more.",
    )
