"""A code by SMS for who has the number only: it goes to the phone on record and nowhere else.

Whoever asks learns nothing. The page remembers the same step for a number that exists and for one
that does not; what becomes of it is decided here, where nobody looks on.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from proactive.cases.store import case
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.notices.desk import NoticeDesk
from proactive.notices.holding import hold_person
from proactive.notices.model import OWN_CODE
from proactive.notices.service import take_back, tell
from proactive.people.vault import reachable_phone
from proactive.voice.codes import case_of_number, count_tries, issue_code, mark, network_of
from proactive.voice.model import (
    ASKS_AN_ADDRESS,
    CODES_BY_SMS_A_DAY,
    SMS_CODE_LASTS,
    How,
    as_kept,
)
from proactive.voice.store import access_code

GIVE_STEP = "give_code"
DAY = timedelta(hours=24)


def ask_for_code(work: Work, number: str, address: str) -> None:
    """Remember that somebody wants a code for this number; alike whether there is such a case."""
    theirs = mark(work, "ask", network_of(address))
    case_id = case_of_number(work, as_kept(number))
    if count_tries(work, [theirs])[theirs] <= ASKS_AN_ADDRESS:
        work.step(GIVE_STEP, str(case_id or new_id()))


def give_code(work: Work, desk: NoticeDesk, case_id: UUID) -> bool:
    """Send a fresh code to the phone on record, through the outbox and all its rules.

    False where nothing is sent: no such case, no phone of their own, dead or doubtful, or as many
    codes in 24 hours as a person may get for all matters together. A code of this matter that
    still waits to be sent is taken back.
    """
    known = select(case.c.subject_key).where(case.c.id == case_id)
    subject_key = work.db.execute(known).scalar_one_or_none()
    if subject_key is None:
        return False
    hold_person(work, subject_key)  # two askers come one after the other
    if _given_today(work, subject_key) >= CODES_BY_SMS_A_DAY:
        return False
    if not reachable_phone(work, subject_key, purpose="access_code").number:
        return False
    try:
        issued = issue_code(work, case_id, How.SMS, lasts=SMS_CODE_LASTS)
    except Refused:
        return False
    take_back(work, case_id=case_id, matter=OWN_CODE)
    tell(
        work,
        desk,
        subject_key=subject_key,
        event_id=f"code:{new_id()}",
        template=OWN_CODE,
        params={"code": issued.code},
        case_id=case_id,
        matter=OWN_CODE,
    )
    return True


def _given_today(work: Work, subject_key: int) -> int:
    query = (
        select(func.count())
        .join(case, case.c.id == access_code.c.case_id)
        .where(
            case.c.subject_key == subject_key,
            access_code.c.how == How.SMS,
            access_code.c.issued_at > work.now - DAY,
        )
    )
    return work.db.execute(query).scalar_one()
