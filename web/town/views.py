"""Pages of the town and county desks: approve one by one, and who carries what."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.cases.model import CaseState
from proactive.cases.service import apply
from proactive.kernel.states import DESKS
from proactive.routing.desks import Lying, count_lying, need_another
from proactive.routing.model import PostKind
from proactive.routing.queries import PostLine
from web.access import Scope, policy, work
from web.errors import UNPROCESSABLE, bad_request
from web.reading import page_number, posted_number, posted_text
from web.say import gettext
from web.say import lazy as _l
from web.town.decision import read_decision
from web.town.lists import A_PAGE, beneath, listed, posts_beneath

blueprint = Blueprint("town", __name__, template_folder="templates")
TOWN_DESK = PostKind.TOWN_DESK
SEND_BACK_REASONS = {
    "person_not_met": _l("The person was not met"),
    "answers_unclear": _l("The answers do not fit together"),
    "need_unclear": _l("It is not clear what is needed"),
    "wrong_person": _l("It may be the wrong person"),
}
# What a desk looks for among its posts.
SOME_POSTS: Mapping[str, tuple[object, Callable[[PostLine], bool]]] = {
    "nobody": (_l("Nobody there"), lambda post: not post.staffed),
    "late": (_l("With late cases"), lambda post: post.overdue > 0),
    "full": (_l("Full this week"), lambda post: not post.has_room),
}


@blueprint.get("/town")
@policy(roles=DESKS, scope=Scope.AREA)
def gate() -> ResponseReturnValue:
    """Show what the reader may decide, and apart from it what the reader confirmed."""
    only = Lying.ANOTHER if request.args.get("only") == Lying.ANOTHER else Lying.GATE
    return render_template(
        "town/gate.html",
        cases=listed(work(), only, page_number()),
        counts=count_lying(work(), Lying.GATE, Lying.ANOTHER),
        only=only,
        own=listed(work(), Lying.OWN),
        alone=frozenset(need_another(work())),
        today=work().today,
    )


@blueprint.get("/town/cases/<uuid:case_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def decide(case_id: UUID) -> ResponseReturnValue:
    return _decision_page(case_id)


def _decision_page(case_id: UUID, **more: object) -> str:
    return render_template(
        "town/decide.html",
        decision=read_decision(work(), case_id),
        reasons=list(SEND_BACK_REASONS.items()),
        today=work().today,
        **more,
    )


@blueprint.post("/town/cases/<uuid:case_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def do_decide(case_id: UUID) -> ResponseReturnValue:
    """Approve one case, or send it back with a reason; there is no way to approve several."""
    action, reason = posted_text("action"), posted_text("reason", 40)
    if action not in {"approve", "send_back"}:
        raise bad_request()
    if action == "send_back" and reason not in SEND_BACK_REASONS:
        errors = {"reason": gettext("Please choose what is still missing.")}
        return _decision_page(case_id, errors=errors), UNPROCESSABLE
    if action == "approve":
        reason = ""
    apply(work(), case_id, action, base_version=posted_number("base_version"), reason=reason)
    return redirect(url_for("town.decided", case_id=case_id), 303)


@blueprint.get("/town/cases/<uuid:case_id>/decided")
@policy(roles=DESKS, scope=Scope.AREA)
def decided(case_id: UUID) -> ResponseReturnValue:
    decision = read_decision(work(), case_id)
    approved = decision.matter.state != CaseState.ASSIGNED
    return render_template("town/decided.html", decision=decision, approved=approved)


@blueprint.get("/town/posts")
@policy(roles=DESKS, scope=Scope.AREA)
def load() -> ResponseReturnValue:
    """Show what each post has to do, all or of one town, all or of one kind; numbers open lists."""
    only, area, page = request.args.get("only", ""), request.args.get("area", ""), page_number()
    every = posts_beneath(work())
    here = beneath(work(), every, area)
    chosen = [post for post in here if only not in SOME_POSTS or SOME_POSTS[only][1](post)]
    return render_template(
        "town/load.html",
        posts=chosen[(page - 1) * A_PAGE : page * A_PAGE],
        found=len(chosen),
        every=len(here),
        some=[(code, says, sum(map(meant, here))) for code, (says, meant) in SOME_POSTS.items()],
        towns=[(post.area_code, post.area_name) for post in every if post.kind == TOWN_DESK],
        only=only,
        area=area,
        page=page,
        more=page * A_PAGE < len(chosen),
    )
