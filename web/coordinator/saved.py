"""What the page says after a visit was saved: what was kept and what happens next."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from proactive.cases.model import CaseState
from proactive.cases.queries import events_of
from proactive.cases.service import get_case
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.outcomes.model import MENDERS, Mender
from proactive.visits.model import KEPT_WORDS, NO_NEED_WORDS, Kept, NoNeed, Outcome
from proactive.visits.queries import EarlierVisit, earlier_visits, household_sheet
from proactive.visits.service import VisitKept, VisitTaken
from web.coordinator.photo_lines import PhotoLine, photo_lines
from web.coordinator.sheets import CHECKABLE
from web.display import day
from web.errors import not_found
from web.language import chosen_language, joined
from web.say import gettext
from web.words import word


@dataclass(frozen=True, slots=True)
class SavedPage:
    """The heading, one sentence on what was saved, the steps to come, what waits in this home."""

    taken: bool
    heading: str
    summary: str
    next_steps: tuple[str, ...]
    next_case_id: UUID | None
    waiting: int
    may_undo: bool
    case_id: UUID
    visit_id: UUID
    photos: tuple[PhotoLine, ...]
    photo_id: UUID


def read_saved(work: Work, case_id: UUID) -> SavedPage:
    """Return the page after the reader's own last visit to a case; Refused `not_found` else."""
    row = get_case(work, case_id)
    own = [each for each in earlier_visits(work, case_id) if each.account_id == work.actor.id]
    if not own:
        raise not_found()
    last = own[0]
    left = _left_in_home(work, case_id)
    return SavedPage(
        taken=last.taken,
        heading=gettext("Saved") if last.taken else gettext("Kept as a note"),
        summary=_summary(row, last),
        next_steps=_next_steps(row, last, _quiet_until(work, case_id)),
        next_case_id=left[0] if left else None,
        waiting=len(left),
        case_id=case_id,
        visit_id=last.id,
        photos=photo_lines(work, case_id, [last.id]),
        photo_id=new_id(),
        may_undo=last.taken and last.outcome == Outcome.NO_NEED and row.state == CaseState.CLOSED,
    )


def said_of(work: Work, done: VisitTaken | VisitKept) -> dict[str, str]:
    """Return what became of a visit as its worker is told: taken or a note, and the words."""
    if isinstance(done, VisitKept):
        words = gettext("Kept as a note") + gettext(": ") + _kept(done.why)
        return {"answer": "note", "words": words}
    page = read_saved(work, done.case_id)
    return {"answer": "taken", "words": joined((page.summary, *page.next_steps[:1]))}


def _kept(why: Kept) -> str:
    english, chinese = KEPT_WORDS[why]
    return chinese if chosen_language() == "zh" else english


def _left_in_home(work: Work, case_id: UUID) -> list[UUID]:
    """Return the other cases of the household that wait for the reader's answer."""
    sheet = household_sheet(work, case_id, chosen_language())
    return [
        each.case.id
        for each in sheet.cases
        if each.mine and each.case.id != case_id and each.case.state in CHECKABLE
    ]


def _summary(row: Row[Any], last: EarlierVisit) -> str:
    what = {
        Outcome.CONFIRMED: gettext("help is needed"),
        Outcome.NO_NEED: gettext("no need (%(reason)s)", reason=say_no_need(last.reason)),
        Outcome.UNREACHABLE: gettext("nobody was reached"),
        Outcome.HANDED_OVER: gettext("handed over"),
    }[Outcome(last.outcome)]
    return gettext("%(need)s: %(what)s.", need=word("need", row.need), what=what)


def say_no_need(reason: str) -> str:
    """Return the words of a "no need" reason; an unknown one stays as it is."""
    if reason not in set(NoNeed):
        return reason
    english, chinese = NO_NEED_WORDS[NoNeed(reason)]
    return chinese if chosen_language() == "zh" else english


def _next_steps(row: Row[Any], last: EarlierVisit, quiet: date | None) -> tuple[str, ...]:
    if not last.taken:
        return (_kept(Kept(last.kept_why)),)
    if last.outcome == Outcome.CONFIRMED:
        return (
            gettext("Where the town office must agree, it is asked now."),
            gettext("Then all offices begin at once. The family has to apply for nothing."),
            gettext("They get a text message when a paper is missing and when it is done."),
            gettext("Who has no mobile phone appears under “Tell in person”."),
        )
    if last.outcome == Outcome.NO_NEED:
        return (gettext("The matter is closed and has left your list."), *_mended_by(last, quiet))
    return (
        gettext("The matter stays on your list until %(day)s.", day=day(row.due_on)),
        gettext("If nobody can be reached in time, the town office is asked to help."),
    )


def _quiet_until(work: Work, case_id: UUID) -> date | None:
    """Return the day the last visit chose for those who are helped already, None where none."""
    days = [event.detail.get("quiet_until") for event in events_of(work, case_id)]
    chosen = [text for text in days if text]
    return date.fromisoformat(chosen[-1]) if chosen else None


def _mended_by(last: EarlierVisit, quiet: date | None) -> tuple[str, ...]:
    """Return what becomes of the reason: who is asked, who reads it, or until when it is quiet."""
    mender = MENDERS[NoNeed(last.reason)] if last.reason in set(NoNeed) else None
    if mender is Mender.STEWARD:
        return (
            gettext("The office that owns the record is asked to check it."),
            gettext("Its answer appears under “Records being checked”."),
        )
    if mender is Mender.QUIET and quiet is not None:
        return (
            gettext(
                "Nobody is sent because of this before %(day)s, as they are helped already.",
                day=day(quiet),
            ),
            gettext("If the records still point there then, the family comes back to the list."),
        )
    return (gettext("Your reason is counted, so that the trigger can be made better."),)
