"""The page on which a desk plans who stands in for a post, and ends a plan."""

from datetime import date
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from proactive.kernel.errors import Refused
from proactive.kernel.states import DESKS
from proactive.routing.queries import PostLine
from proactive.routing.standing_in import (
    Away,
    able,
    end_stand_in,
    plan_stand_in,
    planned,
)
from web.access import Scope, policy, work
from web.errors import UNPROCESSABLE, bad_request, not_found
from web.reading import field_errors, posted_day, posted_text, undone_if_refused
from web.say import gettext
from web.say import lazy as _l
from web.town.lists import posts_beneath
from web.town.views import blueprint

WHY = {
    Away.LEAVE: _l("leave"),
    Away.TRAINING: _l("training or other duty"),
    Away.VACANT: _l("the post is vacant"),
    Away.OTHER: _l("another reason"),
}
WRONG = {
    "is the holder": _l("This is the holder. Choose somebody else."),
    "choose somebody": _l("Please choose who stands in."),
    "is away then": _l("Somebody stands in for this person on these days. Choose another."),
    "is past": _l("The first day is past. Choose today or later."),
    "is before the first": _l("The last day is before the first."),
    "is too far": _l("At most one year. Choose an earlier last day."),
    "overlaps": _l("Somebody stands in on some of these days already. End that first."),
    "choose a reason": _l("Please choose why."),
}


@blueprint.get("/town/posts/<uuid:post_id>/stand-in")
@policy(roles=DESKS, scope=Scope.AREA)
def stand_in(post_id: UUID) -> ResponseReturnValue:
    return _page(_post(post_id))


@blueprint.post("/town/posts/<uuid:post_id>/stand-in")
@policy(roles=DESKS, scope=Scope.AREA)
def plan(post_id: UUID) -> ResponseReturnValue:
    """Keep a plan; a form that is not complete comes back with what was typed."""
    line = _post(post_id)
    given = {name: posted_text(name, 60) for name in ("account", "from_day", "to_day", "why")}
    days: dict[str, date] = {}
    errors: dict[str, str] = {}
    for name in ("from_day", "to_day"):
        day = posted_day(name)
        if day is None:
            errors[name] = gettext("Please choose a day.")
        else:
            days[name] = day
    if errors:
        return _page(line, errors=errors, given=given), UNPROCESSABLE
    try:
        with undone_if_refused():
            plan_stand_in(work(), post_id, given["account"], why=given["why"], **days)
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _page(line, errors=field_errors(refusal, WRONG), given=given), UNPROCESSABLE
    return redirect(url_for("town.stand_in", post_id=post_id), 303)


@blueprint.post("/town/posts/<uuid:post_id>/stand-in/end")
@policy(roles=DESKS, scope=Scope.AREA)
def end_plan(post_id: UUID) -> ResponseReturnValue:
    _post(post_id)
    from_day = posted_day("from_day")
    if from_day is None:
        raise bad_request()
    end_stand_in(work(), post_id, posted_text("account", 60), from_day)
    return redirect(url_for("town.stand_in", post_id=post_id), 303)


def _post(post_id: UUID) -> PostLine:
    """Return a post of the reader's areas; another is not there."""
    found = next((line for line in posts_beneath(work()) if line.id == post_id), None)
    if found is None:
        raise not_found()
    return found


def _people(post_id: UUID) -> dict[bool, list[tuple[str, str]]]:
    """Return who may stand in with their posts: those near by, then the others."""
    found: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for account, one in able(work(), post_id).items():
        found[one.near].append(
            (account, gettext("%(name)s (%(post)s)", name=one.name, post=one.post))
        )
    return found


def _page(line: PostLine, **more: object) -> str:
    empty = {"account": "", "from_day": str(work().today), "to_day": "", "why": ""}
    return render_template(
        "town/stand_in.html",
        post=line,
        plans=planned(work().db, [line.id], work().today),
        people=_people(line.id),
        why_words=WHY,
        reasons=[(str(code), str(words)) for code, words in WHY.items()],
        today=work().today,
        **{"given": empty, "errors": {}, **more},
    )
