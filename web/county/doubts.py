"""Differing names: what each office holds side by side, and a desk's word on who it is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.cases.doubts import doubtful_cases, doubtful_subject
from proactive.kernel.errors import Refused
from proactive.kernel.states import DESKS
from proactive.people.doubts import Verdict, present_decision, readings, settle_identity
from proactive.people.typed import only_typed
from web.access import Scope, platform, policy, work
from web.county.views import blueprint
from web.errors import UNPROCESSABLE, bad_request
from web.language import joined, say_refusal
from web.reading import page_number, posted_text, undone_if_refused
from web.reasons import feed_title
from web.say import gettext
from web.town.lists import A_PAGE, Listed, case_lines
from web.words import word

FIELDS = {"reason_missing": "reason", "feed_missing": "wrong_feed"}


@blueprint.get("/doubts")
@policy(roles=DESKS, scope=Scope.AREA)
def doubts() -> ResponseReturnValue:
    waiting, being_mended = doubtful_cases(work())
    return render_template(
        "county/doubts.html",
        waiting=_listed(waiting, page_number()),
        being_mended=_listed(being_mended, page_number("mended")),
        today=work().today,
    )


def _listed(rows: Sequence[Row[Any]], page: int) -> Listed:
    shown = rows[(page - 1) * A_PAGE : page * A_PAGE]
    return Listed(len(rows), case_lines(work(), shown), page)


@blueprint.get("/doubts/<uuid:case_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def doubt(case_id: UUID) -> ResponseReturnValue:
    if only_typed(work(), doubtful_subject(work(), case_id).subject_key):
        return redirect(url_for("coordinator.who_is_it", case_id=case_id), 303)
    return _page(case_id, {})


@blueprint.post("/doubts/<uuid:case_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def settle(case_id: UUID) -> ResponseReturnValue:
    """Keep what the desk found out; later deliveries of the same names do not undo it."""
    row = doubtful_subject(work(), case_id)
    said = posted_text("verdict", 20)
    if not said:
        return _page(case_id, {"verdict": gettext("Say whether it is one person.")}), UNPROCESSABLE
    if said not in set(Verdict):
        raise bad_request()
    try:
        with undone_if_refused():
            settle_identity(
                work(),
                row.subject_key,
                Verdict(said),
                reason=posted_text("reason", 500),
                wrong_feed=posted_text("wrong_feed", 60) or None,
            )
    except Refused as refusal:
        if refusal.code not in FIELDS:
            raise
        sentence = joined(say_refusal(refusal))
        return _page(case_id, {FIELDS[refusal.code]: sentence}), UNPROCESSABLE
    return redirect(url_for("county.doubts"), 303)


def _page(case_id: UUID, errors: dict[str, str]) -> str:
    row = doubtful_subject(work(), case_id)
    said = readings(work(), row.subject_key)
    contracts = platform().contracts
    offices = {
        one.feed: word("office", contracts[one.feed].owner) for one in said if one.feed in contracts
    }
    return render_template(
        "county/doubt.html",
        case=row,
        readings=said,
        offices=offices,
        feeds=[(one.feed, f"{feed_title(one.feed)} ({offices.get(one.feed, '')})") for one in said],
        decision=present_decision(work(), row.subject_key),
        verdicts=[
            (Verdict.SAME, gettext("It is one person; the names are only written differently")),
            (Verdict.NOT_SAME, gettext("It is not one person; one record is about somebody else")),
        ],
        feed_title=feed_title,
        given=request.form,
        errors=errors,
    )
