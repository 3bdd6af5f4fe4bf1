"""The own page in plain words: where it stands, what comes next, who comes, on which records."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from proactive.bundles.certificates import certificates_of_case
from proactive.cases.model import CASE_TABLE, CaseState
from proactive.cases.queries import facts_of, grounds_of
from proactive.cases.service import CaseRow, get_case
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.notices.queries import messages_of_case
from proactive.voice.model import Kind
from proactive.voice.objections import Said, said_of_case
from proactive.voice.queries import Comer, looks_at, rate_of, wants_no_messages, who_answers
from web.access import platform
from web.person.services import Menu, menus_of
from web.reasons import Reason, Record, reasons_of, records_of
from web.say import lazy as _l
from web.words import word

STANDS = {
    "raised": _l("The records say that help may be due to you. Nobody has decided anything yet."),
    "assigned": _l("The records say that help may be due to you. Somebody will ask you about it."),
    "unreachable": _l("We tried to reach you and could not. We shall try again."),
    "snoozed": _l("We agreed to look at it again later."),
    "confirmed": _l("We have spoken with you and noted that help is needed."),
    "not_confirmed": _l("We noted that no help is needed now."),
    "approved": _l("Help has been approved. We are preparing it."),
    "offered": _l("Help is ready for you. You say whether you want it."),
    "fulfilling": _l("The offices are working on it."),
    "completed": _l("All of it is done."),
    "declined": _l("You said no. Nothing was taken from you."),
    "closed": _l("The matter is closed."),
}
# The same where no record led here: somebody who knows the place told of it.
REPORTED = {
    "raised": _l("Somebody from your village or town said that you may need help."),
    "assigned": _l(
        "Somebody from your village or town said that you may need help. "
        "You will be asked about it."
    ),
}
NEXT = {
    "raised": _l("Somebody responsible for your place will get in touch with you."),
    "unreachable": _l("Somebody will try again, or you call the number below."),
    "snoozed": _l("Somebody will come back to it on the day we agreed."),
    "confirmed": _l("The town office looks at it."),
    "not_confirmed": _l("Nothing more happens. If this is wrong, object below."),
    "approved": _l("Somebody will ask you whether you want it."),
    "offered": _l("Please say yes or no below. You may take your time."),
    "fulfilling": _l("You need do nothing unless something is asked of you below."),
    "completed": _l("Somebody will ask once more how you are."),
    "declined": _l("Nothing more happens. You can ask for help again at any time."),
    "closed": _l("Nothing more happens. If something is wrong, object below."),
}
# The same on paper, where nothing stands "below" and nothing can be tapped.
NEXT_ON_PAPER = {
    "unreachable": _l("Somebody will try again, or you call."),
    "not_confirmed": _l("Nothing more happens. If this is wrong, you may object."),
    "offered": _l("Please say yes or no to the coordinator, or call. You may take your time."),
    "fulfilling": _l("You need do nothing unless something is asked of you here."),
    "closed": _l("Nothing more happens. If something is wrong, you may object."),
}
PLEASE_BRING = _l("Please bring what is named here. The coordinator helps you.")
CONTACT = {
    "visit": _l("Somebody will come to your home."),
    "call": _l("Somebody will call you."),
    "desk": _l("Somebody will ask you to come to the desk."),
}
RATES = {
    5: _l("Very good"),
    4: _l("Good"),
    3: _l("All right"),
    2: _l("Not good"),
    1: _l("Bad"),
}
LOOKED = {
    "read_identity": _l("your name and address"),
    "read_phone": _l("your phone number"),
    "read_item_sheet": _l("what an office needs for one service"),
}
BROUGHT = {
    Kind.OBJECTION: _l("Your objection"),
    Kind.NOT_DONE: _l("What you could not get done"),
}
ANSWERED = {
    "changed": _l("You are right: it is changed."),
    "stands": _l("It stays as it is."),
}
WENT_OUT = frozenset({"sending", "unknown", "parked", "sent", "delivered"})


@dataclass(frozen=True, slots=True)
class SentLine:
    """One message that went out about the case."""

    at: datetime
    what: str
    ref: str


@dataclass(frozen=True, slots=True)
class LookLine:
    """Who looked, in words."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Everything the own page shows."""

    ref: str
    need: str
    state: str
    version: int
    stands: str
    next: str
    due_on: date | None
    provisional: bool
    comer: Comer | None
    reason: Reason
    records: tuple[tuple[str, Record], ...]
    menus: tuple[Menu, ...]
    may_accept: bool
    may_decline: bool
    brought: tuple[Said, ...]
    open_kinds: frozenset[Kind]
    sent: tuple[SentLine, ...]
    stopped: bool
    looks: tuple[LookLine, ...]
    rated: str
    may_rate: bool


def read_own(case_id: UUID) -> OwnPage:
    """Return the own page of a case, read with the rights of its person."""
    with platform().work(Actor.machine("own_page")) as unit:
        looks = tuple(
            LookLine(look.at, word("role", look.role), str(LOOKED[look.what]))
            for look in looks_at(unit, case_id)
        )
        stopped = wants_no_messages(unit, case_id)
    with platform().work(Actor.person(case_id)) as unit:
        return _read(unit, case_id, looks, stopped=stopped)


def _read(work: Work, case_id: UUID, looks: tuple[LookLine, ...], *, stopped: bool) -> OwnPage:
    row = get_case(work, case_id)
    facts = facts_of(work, case_id)
    brought = tuple(said_of_case(work, case_id))
    rated = rate_of(work, case_id)
    menus = menus_of(work, case_id, certificates_of_case(work, case_id))
    over = row.state in (CaseState.COMPLETED, CaseState.CLOSED, CaseState.DECLINED)
    return OwnPage(
        ref=row.ref,
        need=word("need", row.need),
        state=row.state,
        version=row.version,
        stands=stands_of(row),
        next=comes_next(row, menus),
        due_on=row.due_on if row.state in _MOVING else None,
        provisional=row.due_provisional,
        comer=who_answers(work, row.owner_post_id) if row.owner_post_id else None,
        reason=reasons_of(work, grounds_of(work, [case_id])[case_id], facts, to_the_person=True),
        records=tuple(zip((fact.source for fact in facts), records_of(facts), strict=True)),
        menus=menus,
        may_accept=CASE_TABLE.can(row.state, "accept", Role.RECIPIENT),
        may_decline=CASE_TABLE.can(row.state, "decline", Role.RECIPIENT),
        brought=brought,
        open_kinds=frozenset(each.kind for each in brought if each.state == "open"),
        sent=_sent(work, case_id),
        stopped=stopped,
        looks=looks,
        rated=str(RATES[rated]) if rated else "",
        may_rate=over and not rated,
    )


_MOVING = frozenset({CaseState.ASSIGNED, CaseState.UNREACHABLE, CaseState.CONFIRMED})


def stands_of(row: CaseRow) -> str:
    """Return how a case stands; of one that was reported, no record is said to have led here."""
    usual = STANDS[row.state]
    return str(REPORTED.get(row.state, usual) if row.reported else usual)


def comes_next(row: CaseRow, menus: Collection[Menu], *, on_paper: bool = False) -> str:
    """Return what comes next, in words for the page or for a letter; what is asked comes first."""
    if row.state == CaseState.FULFILLING and any(menu.wanted for menu in menus):
        return str(PLEASE_BRING)
    if row.state == CaseState.ASSIGNED:
        return str(CONTACT.get(row.next_step, CONTACT["visit"]))
    return str((NEXT | NEXT_ON_PAPER if on_paper else NEXT)[row.state])


def _sent(work: Work, case_id: UUID) -> tuple[SentLine, ...]:
    lines: list[Any] = [m for m in messages_of_case(work.db, case_id) if m.state in WENT_OUT]
    return tuple(SentLine(m.not_before, word("notice", m.template), m.ref) for m in lines)
