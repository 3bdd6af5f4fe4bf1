"""What the reader has answered a short while ago, and taking a mistaken answer back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from proactive.kernel.states import FIELD
from proactive.kernel.work import Work
from proactive.outcomes.taking_back import RecentAnswer, recent_answers, take_back
from proactive.people.vault import cards
from web.access import Scope, platform, policy, work
from web.coordinator.saved import say_no_need
from web.coordinator.sheets import reader_may_act
from web.coordinator.views import blueprint
from web.naming import name_of
from web.reading import posted_number
from web.say import gettext, ngettext

SHOWN = 20


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer on the list: of whom, what was said, how long ago, until when it can be undone."""

    case_id: UUID
    version: int
    name: str
    need: str
    said: str
    ago: str
    until: datetime


def window() -> timedelta:
    return timedelta(hours=platform().settings.take_back_hours)


@blueprint.get("/visits/answers")
@policy(roles=FIELD, scope=Scope.AREA)
def answers() -> ResponseReturnValue:
    return render_template("coordinator/answers.html", answers=read_answers(work()))


@blueprint.post("/visits/<uuid:case_id>/take-back")
@policy(roles=FIELD, scope=Scope.AREA)
def undo(case_id: UUID) -> ResponseReturnValue:
    """Bring the matter back to where it was before the reader's own answer."""
    reader_may_act(work(), case_id)
    take_back(work(), case_id, base_version=posted_number("base_version"), window=window())
    return redirect(url_for("coordinator.sheet", case_id=case_id), 303)


def read_answers(unit: Work) -> list[AnswerLine]:
    """Return the answers of the reader that can still be taken back, newest first."""
    found = recent_answers(unit, window())[:SHOWN]
    people = cards(unit, sorted({each.subject_key for each in found}), purpose="visit_list")
    return [
        AnswerLine(
            case_id=each.case_id,
            version=each.version,
            name=name_of(people[each.subject_key], unit.today),
            need=each.need,
            said=_said(each),
            ago=_ago(unit.now - each.at),
            until=each.until,
        )
        for each in found
    ]


def _said(each: RecentAnswer) -> str:
    if each.action == "decline":
        return gettext("The person does not want it")
    return gettext("no need (%(reason)s)", reason=say_no_need(each.reason))


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return ngettext("recorded %(num)d minute ago", "recorded %(num)d minutes ago", minutes)
    return ngettext("recorded %(num)d hour ago", "recorded %(num)d hours ago", minutes // 60)
