"""Tell the office more exactly what is wrong with its record, or take the request back."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from proactive.kernel.errors import Refused
from proactive.kernel.states import FIELD
from proactive.kernel.work import Work
from proactive.outcomes.correction_lists import asked_corrections, correction_records
from proactive.outcomes.corrections import get_correction, specify_correction, withdraw_correction
from proactive.outcomes.faults import LONGEST_NOTE
from web.access import Scope, policy, work
from web.coordinator.sheets import reader_had_it
from web.coordinator.views import blueprint
from web.correcting import asked_views, fault_choices
from web.display import day
from web.errors import UNPROCESSABLE, bad_request, not_found
from web.reading import field_errors, posted_text, undone_if_refused
from web.reasons import Record, records_of
from web.say import gettext
from web.say import lazy as _l

WRONG = {
    "choose what is wrong": _l("Please choose what is wrong."),
    "choose one of the records": _l("Please choose one of the records."),
    "too long": _l("This is too long."),
    "no names, no numbers": _l(
        "Please leave out names and numbers of people: the office knows who it is about."
    ),
}


@dataclass(frozen=True, slots=True)
class RecordChoice:
    """One record that may be meant, with what tells it from the others."""

    evidence_id: UUID
    words: str


@blueprint.get("/visits/corrections")
@policy(roles=FIELD, scope=Scope.AREA)
def corrections() -> ResponseReturnValue:
    """Show what offices were asked to check after the reader's visits, and what they answered."""
    rows = asked_corrections(work())
    cases = {row.id: row.case_id for row in rows}
    return render_template(
        "coordinator/corrections.html",
        asked=[(cases[each.request_id], each) for each in asked_views(work(), rows)],
    )


@blueprint.get("/visits/<uuid:case_id>/correction/<uuid:request_id>")
@policy(roles=FIELD, scope=Scope.AREA)
def correction(case_id: UUID, request_id: UUID) -> ResponseReturnValue:
    return _page(case_id, request_id)


@blueprint.post("/visits/<uuid:case_id>/correction/<uuid:request_id>")
@policy(roles=FIELD, scope=Scope.AREA)
def specify(case_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """Keep which record is meant and what is wrong with it, or withdraw the request."""
    _of_case(case_id, request_id)
    if posted_text("action", 20) == "withdraw":
        withdraw_correction(work(), request_id)
        return redirect(
            url_for("coordinator.correction", case_id=case_id, request_id=request_id), 303
        )
    given = {name: posted_text(name, 2 * LONGEST_NOTE) for name in ("record", "fault", "note")}
    try:
        with undone_if_refused():
            specify_correction(
                work(),
                request_id,
                evidence_id=_id(given["record"]),
                fault=given["fault"],
                note=given["note"],
            )
    except Refused as refusal:
        if not refusal.fields:
            raise
        errors = field_errors(refusal, WRONG)
        return _page(case_id, request_id, errors=errors, given=given), UNPROCESSABLE
    return redirect(url_for("coordinator.correction", case_id=case_id, request_id=request_id), 303)


def _id(value: str) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        raise bad_request() from None


def _of_case(case_id: UUID, request_id: UUID) -> None:
    reader_had_it(work(), case_id)
    if get_correction(work(), request_id).case_id != case_id:
        raise not_found()


def _page(case_id: UUID, request_id: UUID, **more: object) -> str:
    _of_case(case_id, request_id)
    row = get_correction(work(), request_id)
    (asked,) = asked_views(work(), [row])
    return render_template(
        "coordinator/correction.html",
        case_id=case_id,
        asked=asked,
        records=[(str(each.evidence_id), each.words) for each in _records(work(), request_id)],
        faults=fault_choices(),
        **{"given": {"record": "", "fault": row.fault, "note": row.note}, **more},
    )


def _records(unit: Work, request_id: UUID) -> list[RecordChoice]:
    found = correction_records(unit, request_id)
    shown = records_of([fact for _, fact in found])
    return [
        RecordChoice(evidence_id, _words(record))
        for (evidence_id, _), record in zip(found, shown, strict=True)
    ]


def _words(record: Record) -> str:
    when: date | None = record.event_on
    parts = [day(when)] if when else []
    parts += [
        gettext("%(label)s %(value)s", label=fact.label, value=fact.value)
        for fact in record.facts[:3]
    ]
    return gettext(", ").join(parts) or record.source
