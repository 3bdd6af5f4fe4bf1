"""What a visit can end in, and what that means for the case: plain values, no outside world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from proactive.kernel.errors import Refused
from proactive.kernel.needs import ConfirmBy

LONGEST_NOTE = 2000
LATEST_NEXT_TRY = timedelta(days=30)
LONGEST_QUIET = timedelta(days=3 * 366)


class Outcome(StrEnum):
    CONFIRMED = "confirmed"
    NO_NEED = "no_need"
    UNREACHABLE = "unreachable"
    HANDED_OVER = "handed_over"


class NoNeed(StrEnum):
    """Why there is nothing to do: a fixed list, so that every reason reaches who can mend it."""

    DATA_WRONG = "data_wrong"
    MOVED = "moved"
    DIED = "died"
    NO_NEED = "no_need"
    ABOVE_MEANS = "above_means"
    REFUSED = "refused"
    ALREADY_HELPED = "already_helped"
    NOT_OUR_PERSON = "not_our_person"


NO_NEED_WORDS: Mapping[NoNeed, tuple[str, str]] = {
    NoNeed.NO_NEED: ("They manage; no help is needed", "家里过得去，不需要帮助"),
    NoNeed.ABOVE_MEANS: ("They can carry it from their own means", "家里自己负担得起"),
    NoNeed.ALREADY_HELPED: ("They already receive this help", "已经在享受这项帮助"),
    NoNeed.REFUSED: ("They do not want it", "本人不想办"),
    NoNeed.DATA_WRONG: ("The record is wrong", "记录不对"),
    NoNeed.MOVED: ("They have moved away", "已经搬走"),
    NoNeed.NOT_OUR_PERSON: ("This is not our person", "不是我们这里的人"),
    NoNeed.DIED: ("The person has died", "本人已去世"),
}


class Kept(StrEnum):
    """Why a recorded visit could not move its case and was kept as a note."""

    CASE_CLOSED = "case_closed"
    NOT_YOURS_NOW = "not_yours_now"
    CASE_CHANGED = "case_changed"
    RECORDED_BEFORE = "recorded_before"


KEPT_WORDS: Mapping[Kept, tuple[str, str]] = {
    Kept.CASE_CLOSED: (
        "The case had been closed before your visit arrived. What you found is kept with it.",
        "您的记录送到之前，这件事已经办结。您写的内容已作为备注留下。",
    ),
    Kept.NOT_YOURS_NOW: (
        "The case was handed to somebody else before your visit arrived. It is kept for them.",
        "您的记录送到之前，这件事已经转给别人。您写的内容已作为备注留下，接手的人看得到。",
    ),
    Kept.CASE_CHANGED: (
        "The case was changed while you were away. Your visit is kept; open the case and check it.",
        "您走访的时候，这件事有了变动。您写的内容已作为备注留下，请重新打开核对一下。",
    ),
    Kept.RECORDED_BEFORE: (
        "Already recorded by another device of yours. What you wrote here is kept with it.",
        "这次走访您已在另一台设备上记过。这里写的内容也已作为备注留下。",
    ),
}


@dataclass(frozen=True, slots=True)
class VisitForm:
    """One filled-in visit as the phone sends it; `id` is made by the phone, so twice is once.

    `told_at` is when the answers were given by the phone's clock; aware. `quiet_until` is for those
    who are helped already: until when nobody need come again; none means the trigger's own time.
    """

    id: UUID
    case_id: UUID
    base_version: int
    outcome: Outcome
    told_at: datetime
    findings: Mapping[str, str] = field(default_factory=dict)
    how: ConfirmBy = ConfirmBy.VISIT
    reason: str = ""
    note: str = ""
    next_try_on: date | None = None
    hand_over_to: UUID | None = None
    quiet_until: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The case action a visit asks for, with the reason and the codes that go beside it."""

    action: str
    reason: str = ""
    next_try_on: date | None = None
    hand_over_to: UUID | None = None
    quiet_until: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of a finding form that the decision needs: answers that may be given.

    Going there in person is always good enough, whatever `confirm_by` says.
    """

    confirm_by: ConfirmBy
    answers: Mapping[str, frozenset[str]]
    required: frozenset[str]
    confirm_needs: Mapping[str, str]


def decide(asked: Asked, visit: VisitForm, *, today: date, usual_next_try: date) -> Decision:
    """Return what the visit means for its case.

    Raises Refused `visit_incomplete` naming each question that is missing or answered with what
    is not offered, and with it everything else the coordinator can put right.
    """
    wrong = _wrong_answers(asked, visit.findings)
    if len(visit.note) > LONGEST_NOTE:
        wrong["note"] = "too long"
    if visit.outcome is Outcome.CONFIRMED:
        wrong |= _confirming(asked, visit)
        decision = Decision("confirm")
    elif visit.outcome is Outcome.NO_NEED:
        if visit.reason not in set(NoNeed):
            wrong["reason"] = "choose a reason"
        quiet = visit.quiet_until if visit.reason == NoNeed.ALREADY_HELPED else None
        if quiet is not None and not today < quiet <= today + LONGEST_QUIET:
            wrong["quiet_until"] = "choose a day within the next three years"
        decision = Decision("not_confirm", reason=visit.reason, quiet_until=quiet)
    elif visit.outcome is Outcome.UNREACHABLE:
        next_try = visit.next_try_on or usual_next_try
        if not today <= next_try <= today + LATEST_NEXT_TRY:
            wrong["next_try_on"] = "choose a day within the next 30 days"
        decision = Decision("could_not_reach", reason="not_reached", next_try_on=next_try)
    else:
        if visit.hand_over_to is None:
            wrong["hand_over_to"] = "choose who takes it over"
        decision = Decision(
            "hand_over", reason=visit.reason or "handed_over", hand_over_to=visit.hand_over_to
        )
    if wrong:
        raise Refused(
            "visit_incomplete",
            "The visit is not complete yet.",
            todo="Answer what is marked and send it again.",
            fields=wrong,
        )
    return decision


def _wrong_answers(asked: Asked, findings: Mapping[str, str]) -> dict[str, str]:
    wrong = {code: "not asked here" for code in findings if code not in asked.answers}
    wrong |= {
        code: "choose one of the answers"
        for code, answer in findings.items()
        if code in asked.answers and answer and answer not in asked.answers[code]
    }
    return wrong


def _confirming(asked: Asked, visit: VisitForm) -> dict[str, str]:
    wrong = {code: "answer this" for code in asked.required if not visit.findings.get(code)}
    wrong |= {
        code: "without this the case cannot be confirmed; choose 'no need' instead"
        for code, needed in asked.confirm_needs.items()
        if visit.findings.get(code, needed) != needed
    }
    if visit.how not in (asked.confirm_by, ConfirmBy.VISIT):
        wrong["how"] = f"this is confirmed by {asked.confirm_by}"
    return wrong


def reason_to_keep(
    *, closed: bool, mine: bool, base_version: int, oldest_fitting_version: int
) -> Kept | None:
    """Return why a visit must be kept as a note, or None when it may move the case.

    `oldest_fitting_version` is the version since which only the machine wrote to the case: a
    reminder that came in between is no reason to throw a visit away.
    """
    if closed:
        return Kept.CASE_CLOSED
    if not mine:
        return Kept.NOT_YOURS_NOW
    if base_version < oldest_fitting_version:
        return Kept.CASE_CHANGED
    return None
