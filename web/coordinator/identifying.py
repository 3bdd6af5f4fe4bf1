"""Who is a person that was typed in from below? A desk's word, by the number or by acquaintance."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from proactive.cases.identifying import (
    identify,
    is_typed,
    matters_open_twice,
    name_on_record,
)
from proactive.cases.queries import open_cases_of
from proactive.cases.reports import reports_of
from proactive.cases.together import OpenTwice
from proactive.kernel.errors import Refused
from proactive.kernel.states import DESKS
from proactive.kernel.work import Actor
from proactive.people.doubts import Verdict, settle_identity
from proactive.people.vault import card
from web.access import Scope, platform, policy, work
from web.coordinator.lists import place_names, place_of
from web.coordinator.sheets import person_of, reader_may_act
from web.coordinator.views import blueprint
from web.errors import UNPROCESSABLE, bad_request
from web.language import joined, say_refusal
from web.reading import posted_text, posted_texts, undone_if_refused
from web.say import gettext


@blueprint.get("/report/<uuid:case_id>/who")
@policy(roles=DESKS, scope=Scope.AREA)
def who_is_it(case_id: UUID) -> ResponseReturnValue:
    return _page(case_id, {})


@blueprint.post("/report/<uuid:case_id>/who")
@policy(roles=DESKS, scope=Scope.AREA)
def say_who(case_id: UUID) -> ResponseReturnValue:
    """Join the person with the subject of a number, or keep that there is none to be had."""
    reader_may_act(work(), case_id)
    try:
        if posted_text("certain", 5):
            with undone_if_refused():
                _certain(case_id)
        else:
            _identify(case_id)
    except Refused as refusal:
        if refusal.code == "reason_missing":
            words = {"reason": joined(say_refusal(refusal))}
            return _page(case_id, words), UNPROCESSABLE
        if refusal.code == "names_differ":
            return _other_name(case_id), UNPROCESSABLE
        if refusal.code == "already_open":
            return _open_twice(case_id), UNPROCESSABLE
        if not refusal.fields:
            raise
        words = {"number": joined(say_refusal(refusal))}
        return _page(case_id, words, number=posted_text("number", 30)), UNPROCESSABLE
    return redirect(url_for("coordinator.my_list"), 303)


def _certain(case_id: UUID) -> None:
    row = reader_may_act(work(), case_id)
    settle_identity(work(), row.subject_key, Verdict.SAME, reason=posted_text("reason", 500))


def _identify(case_id: UUID) -> None:
    """Join them; what was asked beside a number holds for that number, and for no other."""
    number = posted_text("number", 30)
    together = _together() if posted_text("put_together", 30) == number else ()
    with platform().work(_with_all_places()) as unit:
        identify(
            unit,
            case_id,
            number,
            same_person=_same_person(number),
            together=together,
            scheme=platform().contracts.person_scheme,
        )


def _together() -> tuple[UUID, ...]:
    try:
        return tuple(UUID(value) for value in posted_texts("together"))
    except ValueError:
        raise bad_request() from None


def _same_person(number: str) -> bool:
    return bool(number) and posted_text("same_person", 30) == number


def _with_all_places() -> Actor:
    """Return the desk in its own name with the worker's rights: the register may know any place."""
    return replace(work().actor, on_server=True)


def _other_name(case_id: UUID) -> str:
    """Show whose number it is, so far as tells a mistake, and ask for the desk's word."""
    number = posted_text("number", 30)
    with platform().work(_with_all_places()) as unit:
        name = name_on_record(unit, case_id, number, scheme=platform().contracts.person_scheme)
    words = {"number": gettext("In the records this number does not belong to the typed name.")}
    return _page(case_id, words, number=number, name=name)


def _open_twice(case_id: UUID) -> str:
    """Name the matters that are open already, as far as the desk may know, and offer the step."""
    number = posted_text("number", 30)
    with platform().work(_with_all_places()) as unit:
        found = matters_open_twice(unit, case_id, number, scheme=platform().contracts.person_scheme)
    words = {"twice": gettext("For this person a matter of the same kind is open already.")}
    return _page(case_id, words, number=number, twice=found, same_person=_same_person(number))


def _page(
    case_id: UUID,
    errors: dict[str, str],
    *,
    number: str = "",
    name: str | None = None,
    twice: Sequence[OpenTwice] = (),
    same_person: bool = False,
) -> str:
    row = reader_may_act(work(), case_id)
    known = card(work(), row.subject_key, purpose="identify")
    person = person_of(work(), known, place_of(row, place_names(work(), [row])))
    together = {one.own.id for one in twice}
    others = any(one.id not in together for one in open_cases_of(work(), row.subject_key))
    return render_template(
        "coordinator/who_is_it.html",
        case=row,
        person=replace(person, typed=False, doubtful=False),  # the page itself says so
        reports=reports_of(work(), [case_id])[case_id],
        by_number=is_typed(work(), row.subject_key),
        errors=errors,
        number=number,
        other_name=name,
        twice=twice,
        others=others,
        same_person=same_person,
    )
