"""Giving out the cases of one post to another, several at once; every row is told its fate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.cases.queries import cases_by_id
from proactive.cases.service import area_path
from proactive.kernel.states import DESKS
from proactive.routing.giving import MOST_AT_ONCE, Given, give_many, may_be_given
from proactive.routing.model import RANK, PostKind
from proactive.routing.queries import PostLine
from web.access import Scope, policy, work
from web.errors import UNPROCESSABLE, bad_request, not_found
from web.language import joined, say_refusal
from web.reading import posted_text, posted_texts
from web.say import gettext
from web.say import lazy as _l
from web.supervisor.door import blueprint
from web.town.lists import CaseLine, case_lines, posts_beneath

REASONS = {
    "away": _l("The holder is away or ill"),
    "too_much": _l("The post has too much to do before the due dates"),
    "new_holder": _l("Somebody else looks after these places now"),
    "other_skills": _l("Somebody else can help better"),
}


@dataclass(frozen=True, slots=True)
class Fate:
    """One chosen case after the giving: where it is now, and why where it stayed."""

    case: CaseLine
    given: bool
    says: str


@blueprint.get("/desk/give-out")
@policy(roles=DESKS, scope=Scope.AREA)
def give_out() -> ResponseReturnValue:
    """Choose which cases of a post go where; without a post, its list to choose one from."""
    if not request.args.get("post"):
        return redirect(url_for("town.load"), 303)
    return _page(_post(request.args["post"]), frozenset(), {})


@blueprint.post("/desk/give-out")
@policy(roles=DESKS, scope=Scope.AREA)
def do_give_out() -> ResponseReturnValue:
    """Give the chosen cases away and tell of each; posting it again moves nothing twice."""
    chosen = posted_texts("every" if request.form.get("all") else "case")
    to, reason = posted_text("to", 40), posted_text("reason", 40)
    source = _post(posted_text("post", 40))
    errors = {}
    if not chosen:
        errors["case"] = gettext("Choose at least one case.")
    if reason not in REASONS:
        errors["reason"] = gettext("Please choose a reason.")
    if not to:
        errors["to"] = gettext("Please choose who takes it over.")
    if errors:
        return _page(source, frozenset(chosen), errors), UNPROCESSABLE
    target = _post(to)
    fates = give_many(work(), [_seen(one) for one in chosen], target.id, reason)
    return render_template(
        "supervisor/given.html", source=source, target=target, fates=_fates(fates)
    )


def _page(source: PostLine, chosen: frozenset[str], errors: dict[str, str]) -> str:
    every = may_be_given(work().db, source.id, work().today, work().actor.role)
    rows = every[:MOST_AT_ONCE]
    versions = {row.id: row.version for row in rows}
    return render_template(
        "supervisor/give_out.html",
        source=source,
        cases=[
            (f"{line.case_id}:{versions[line.case_id]}", line) for line in case_lines(work(), rows)
        ],
        all_cases=len(every),
        posts=[(str(post.id), _say_post(post)) for post in _able(source, rows)],
        reasons=list(REASONS.items()),
        chosen=chosen,
        given=request.form,
        errors=errors,
        today=work().today,
    )


def _able(source: PostLine, rows: Sequence[Row[Any]]) -> list[PostLine]:
    """Return the posts there that cover one of the cases: staffed, or desks; not the source."""
    places = {code for row in rows for code in area_path(row)}
    return [
        post
        for post in posts_beneath(work())
        if post.id != source.id
        and post.area_code in places
        and (post.staffed or RANK[PostKind(post.kind)] > 0)
    ]


def _say_post(post: PostLine) -> str:
    room = gettext("%(load)s open", load=post.load)
    if post.capacity is not None:
        room = gettext(
            "%(load)s open, %(week)s of %(capacity)s this week",
            load=post.load,
            week=post.this_week,
            capacity=post.capacity,
        )
    who = gettext("%(post)s (%(holder)s)", post=post.name, holder=post.holder or "–")
    return gettext("%(who)s: %(room)s", who=who, room=room)


def _post(code: str) -> PostLine:
    """Return a post of the reader's areas; any other is not there."""
    found = next((post for post in posts_beneath(work()) if str(post.id) == code), None)
    if found is None:
        raise not_found()
    return found


def _seen(value: str) -> tuple[UUID, int]:
    """Return id and version of a ticked box."""
    case_id, _, version = value.partition(":")
    try:
        return UUID(case_id), int(version)
    except ValueError:
        raise bad_request() from None


def _fates(fates: list[Given]) -> list[Fate]:
    """Return the chosen cases as they stand now; one that cannot be seen has no line to show."""
    lines = {
        line.case_id: line
        for line in case_lines(work(), cases_by_id(work(), [one.case_id for one in fates]))
    }
    return [
        Fate(
            lines[one.case_id],
            one.refusal is None,
            joined(say_refusal(one.refusal)) if one.refusal else "",
        )
        for one in fates
        if one.case_id in lines
    ]
