"""Telling somebody without a message: call, then visit, then letter; and the number set right."""

from uuid import UUID

from sqlalchemy import select, update

from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.notices.holding import hold_number, hold_person, mark_of_number
from proactive.notices.model import NEXT_HOW, How, Why
from proactive.notices.moving import areas_of, day_to_tell, note_on_case
from proactive.notices.store import needs_telling, notice, suppression
from proactive.people.vault import reachable_phone


def not_reached(work: Work, telling_id: UUID) -> How:
    """Record that somebody could not be reached in this way; return the next, with a new day.

    Raises Refused `not_found`, `already_told`, `last_way` (after a letter there is no other).
    """
    query = (
        select(needs_telling, notice.c.ref)
        .join(notice, notice.c.id == needs_telling.c.notice_id)
        .where(needs_telling.c.id == telling_id)
        .with_for_update(of=needs_telling)
    )
    row = work.db.execute(query).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such entry.", todo="Go back to the list.")
    if row.told_at is not None:
        raise Refused("already_told", "This has been done already.", todo="Nothing more to do.")
    following = NEXT_HOW.get(How(row.how))
    if following is None:
        raise Refused(
            "last_way",
            "A letter is the last way to tell somebody.",
            todo="Send the letter, then say that they have been told.",
        )
    moved = update(needs_telling).where(needs_telling.c.id == telling_id)
    work.db.execute(moved.values(how=following, due_on=day_to_tell(work, following)))
    work.audit(
        "notice.not_reached",
        "needs_telling",
        telling_id,
        areas=areas_of(row),
        how=row.how,
        following=following,
    )
    if row.case_id is not None:
        note_on_case(work, row.case_id, "not_reached", how=row.how, following=str(following))
    return following


def confirm_number(work: Work, subject_key: int) -> int:
    """Join a person to the number on record again after somebody there had said "wrong person".

    Only a person may say so; messages made from now on may go to this number again. Returns how
    many such cuts were lifted. Raises Refused `not_yours`, `no_number`.
    """
    if work.actor.role is Role.MACHINE:
        raise Refused("not_yours", "Only a person may confirm a number.")
    phone = reachable_phone(work, subject_key, purpose="confirm_number")
    if not phone.number:
        raise Refused(
            "no_number",
            "There is no number on record that could be confirmed.",
            todo="Ask the person, and have the number corrected where it is kept.",
        )
    to_mark = mark_of_number(work, phone.number)
    hold_number(work, to_mark)
    hold_person(work, subject_key)
    lifted = work.db.execute(
        update(suppression)
        .where(
            suppression.c.subject_key == subject_key,
            suppression.c.to_mark == to_mark,
            suppression.c.reason == Why.WRONG_PERSON,
            suppression.c.lifted_at.is_(None),
        )
        .values(lifted_at=work.now)
    ).rowcount
    work.audit("notice.confirm_number", "subject", "one", count=lifted)
    return lifted
