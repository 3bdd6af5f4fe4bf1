"""The desk of an office: which of its records it is asked to check, and its answers."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.outcomes.correction_lists import desk_corrections
from proactive.outcomes.corrections import answer_correction, who_it_is_about
from proactive.outcomes.faults import LONGEST_NOTE
from web.access import Scope, policy, work
from web.correcting import answer_choices, say_answer, say_fault
from web.errors import bad_request
from web.office.views import blueprint
from web.reading import posted_text
from web.reasons import feed_title

CLERK = frozenset({Role.CLERK})


@dataclass(frozen=True, slots=True)
class DeskCorrection:
    """One request on the desk; who it is about is there as long as it is open."""

    request_id: UUID
    ref: str
    feed: str
    record_id: str
    event_on: date | None
    fault: str
    note: str
    name: str
    number: str
    state: str
    answer: str
    due_on: date
    late: bool
    arrived: bool


@blueprint.get("/office/corrections")
@policy(roles=CLERK, scope=Scope.OFFICE)
def corrections() -> ResponseReturnValue:
    lines = [_line(work(), row) for row in desk_corrections(work())]
    return render_template(
        "office/corrections.html",
        open=[line for line in lines if line.state == "open"],
        answered=[line for line in lines if line.state == "answered"],
        answers=answer_choices(),
        limit=LONGEST_NOTE,
        today=work().today,
    )


@blueprint.post("/office/corrections/<uuid:request_id>")
@policy(roles=CLERK, scope=Scope.OFFICE)
def answer_one(request_id: UUID) -> ResponseReturnValue:
    answer = posted_text("answer", 20)
    if answer not in dict(answer_choices()):
        raise bad_request()
    answer_correction(work(), request_id, answer, note=posted_text("note", LONGEST_NOTE))
    return redirect(url_for("office.corrections"), 303)


def _line(unit: Work, row: Row[Any]) -> DeskCorrection:
    who = who_it_is_about(unit, row)
    return DeskCorrection(
        request_id=row.id,
        ref=row.ref,
        feed=feed_title(row.feed),
        record_id=row.record_id,
        event_on=row.event_on,
        fault=say_fault(row.fault),
        note=row.note,
        name=who.get("name", ""),
        number=who.get("number", ""),
        state=row.state,
        answer=say_answer(row.answer),
        due_on=row.due_on,
        late=row.state == "open" and row.due_on < unit.today,
        arrived=row.arrived_at is not None,
    )
