"""Pages of the town and county desks: approve one by one, see what is late and who carries what."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.cases.model import CaseState
from proactive.cases.service import apply
from proactive.kernel.states import Role
from web.access import Scope, policy, work
from web.errors import UNPROCESSABLE, bad_request
from web.reading import posted_number, posted_text
from web.say import gettext
from web.say import lazy as _l
from web.town.decision import read_decision
from web.town.lists import at_gate, late, posts_beneath

blueprint = Blueprint("town", __name__, template_folder="templates")
DESKS = frozenset({Role.TOWN, Role.COUNTY})
SEND_BACK_REASONS = {
    "person_not_met": _l("The person was not met"),
    "answers_unclear": _l("The answers do not fit together"),
    "need_unclear": _l("It is not clear what is needed"),
    "wrong_person": _l("It may be the wrong person"),
}


@blueprint.get("/town")
@policy(roles=DESKS, scope=Scope.AREA)
def gate() -> ResponseReturnValue:
    return render_template("town/gate.html", cases=at_gate(work()), today=work().today)


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


@blueprint.get("/town/late")
@policy(roles=DESKS, scope=Scope.AREA)
def escalations() -> ResponseReturnValue:
    cases = late(work(), posts_beneath(work()))
    return render_template("town/escalations.html", cases=cases, today=work().today)


@blueprint.get("/town/posts")
@policy(roles=DESKS, scope=Scope.AREA)
def load() -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    posts = [post for post in posts_beneath(work()) if kind in ("", post.kind)]
    return render_template("town/load.html", posts=posts)
