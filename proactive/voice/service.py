"""What a person does at the own page: say yes or no, choose, rate, stop messages, "not me"."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from proactive.areas.store import path_in
from proactive.bundles.choosing import choose_items, end_items
from proactive.bundles.model import ITEM_TABLE
from proactive.bundles.queries import bundles_of_case
from proactive.bundles.store import item
from proactive.cases.model import CASE_TABLE, CaseState
from proactive.cases.queries import facts_of
from proactive.cases.service import add_note, apply, get_case
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.notices.model import HOW_TO_TELL, OWN_CODE, Why
from proactive.notices.moving import list_for_telling, suppress
from proactive.notices.service import allow_messages, stop_messages
from proactive.notices.store import message, notice
from proactive.outcomes.corrections import ask_about
from proactive.outcomes.faults import Fault
from proactive.voice.codes import end_codes
from proactive.voice.model import RATES
from proactive.voice.store import rating

SAID_BY_PERSON = "said_by_person"
# What a person can know of a record; that somebody moved or died is for the register of homes.
FAULTS = (Fault.AMOUNT, Fault.DAY, Fault.OTHER_PERSON, Fault.TWICE, Fault.ENDED)


def answer_offer(work: Work, case_id: UUID, action: str, *, base_version: int) -> None:
    """Say yes to the offer, or no to everything at any time; no takes nothing away.

    What offices still work on is withdrawn with a no; what is granted stays. Saying the same
    twice changes nothing.
    """
    row = get_case(work, case_id)
    said = {"accept": CaseState.FULFILLING, "decline": CaseState.DECLINED}[action]
    if row.state == said:
        return
    CASE_TABLE.check(row.state, action, work.actor.role)
    if action == "decline":
        for each in bundles_of_case(work, case_id):
            end_items(work, each.id, action="withdraw", reason="declined")
    apply(work, case_id, action, base_version=base_version)


def choose(
    work: Work,
    case_id: UUID,
    bundle_id: UUID,
    wanted: Collection[str],
    *,
    base_version: int,
    cascade: bool,
) -> None:
    """Bring the menu of a bundle to what the person ticked; the same ticks change nothing.

    Raises Refused `not_found`, `draws_others_along`, `changed_meanwhile`.
    """
    if bundle_id not in {row.id for row in bundles_of_case(work, case_id)}:
        raise Refused("not_found", "There is no such bundle.")
    rows = work.db.execute(select(item.c.code, item.c.state).where(item.c.bundle_id == bundle_id))
    may = {row.code: row.state for row in rows}
    on = [c for c, state in may.items() if c in wanted and _can(state, "choose")]
    off = [c for c, state in may.items() if c not in wanted and _can(state, "drop")]
    if on or off:
        choose_items(
            work, bundle_id, base_version=base_version, choose=on, drop=off, cascade=cascade
        )


def rate(work: Work, case_id: UUID, value: int) -> None:
    """Keep how the person found it, once; Refused `bad_rate`."""
    if value not in RATES:
        raise Refused("bad_rate", "Please choose one of the five answers.")
    row = get_case(work, case_id)
    areas = dict(zip(AREA_COLUMNS, path_in(row), strict=True))
    statement = insert(rating).values(case_id=case_id, rate=value, at=work.now, **areas)
    work.db.execute(statement.on_conflict_do_nothing(index_elements=["case_id"]))
    work.audit("rate", "case", case_id, areas=path_in(row))


def record_is_wrong(work: Work, case_id: UUID, feed: str, fault: str, *, owner: str) -> None:
    """Have the office that keeps a record look at it; asked once for each kind of record.

    Raises Refused `not_found` where the case stands on no such record, `bad_fault`.
    """
    if fault not in FAULTS:
        raise Refused("bad_fault", "Please choose what is wrong.")
    row = get_case(work, case_id)
    if feed not in {fact.source for fact in facts_of(work, case_id)}:
        raise Refused("not_found", "There is no such record.")
    asked = ask_about(
        work,
        row,
        feed,
        Fault(fault),
        reason=SAID_BY_PERSON,
        asked_by=work.actor.id,
        owner=owner,
    )
    if asked is not None and row.state != CaseState.CLOSED:
        add_note(work, case_id, "record_wrong", feed=feed)


def want_no_messages(work: Work, case_id: UUID) -> None:
    """Stop all text messages to the person of a case, at once; a second tap changes nothing."""
    row = get_case(work, case_id)
    if stop_messages(work, row.subject_key) and row.state != CaseState.CLOSED:
        add_note(work, case_id, "reply_stop")


def want_messages(work: Work, case_id: UUID) -> None:
    """Take back that the person wants no text messages; what a number itself stopped stays."""
    row = get_case(work, case_id)
    if allow_messages(work, row.subject_key) and row.state != CaseState.CLOSED:
        add_note(work, case_id, "reply_start")


def not_me(work: Work, case_id: UUID) -> None:
    """Cut a case off from whoever holds its code and its messages, who is somebody else.

    The codes end, and no number that got a message of this case gets another one about its person.
    What was told last reached nobody: it is to be told in person.
    """
    row = get_case(work, case_id)
    numbers = (
        select(message.c.to_mark)
        .join(notice, notice.c.id == message.c.notice_id)
        .where(notice.c.subject_key == row.subject_key, message.c.to_mark.is_not(None))
        .distinct()
    )
    for to_mark in sorted(work.db.execute(numbers).scalars()):
        suppress(
            work,
            Why.WRONG_PERSON,
            source="own_page",
            to_mark=to_mark,
            subject_key=row.subject_key,
            areas=list(path_in(row)),
        )
    end_codes(work, case_id)
    last = select(notice).where(notice.c.case_id == case_id, notice.c.template != OWN_CODE)
    told = work.db.execute(last.order_by(notice.c.created_at.desc()).limit(1)).one_or_none()
    if told is not None:
        list_for_telling(work, told, Why.WRONG_PERSON, HOW_TO_TELL[Why.WRONG_PERSON])
    if row.state != CaseState.CLOSED:
        add_note(work, case_id, "reply_wrong_person")


def _can(state: str, action: str) -> bool:
    return ITEM_TABLE.can(state, action, Role.RECIPIENT)
