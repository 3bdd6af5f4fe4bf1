"""Learn: what people found out about a trigger's hits, and who mends what."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from proactive.cases.reports import report_counts
from proactive.kernel.states import POLICY_DESK
from proactive.outcomes.service import mark_read
from web.access import Scope, policy, work
from web.policy.learning_view import read_learning, read_learnings
from web.policy.learning_words import between, per_cent, say_missed, say_precision

blueprint = Blueprint("learning", __name__, template_folder="templates")


@blueprint.context_processor
def words() -> dict[str, object]:
    """Give the templates the sentences for counts and shares."""
    return {
        "per_cent": per_cent,
        "between": between,
        "say_precision": say_precision,
        "say_missed": say_missed,
        "days": lambda value: f"{value:.0f}" if value >= 0.5 else "<1",
    }


@blueprint.get("/policy/learn")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def index() -> ResponseReturnValue:
    return render_template("policy/learnings.html", triggers=read_learnings(work()))


@blueprint.get("/policy/triggers/<trigger>/learn")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def page(trigger: str) -> ResponseReturnValue:
    return render_template(
        "policy/learn.html",
        page=read_learning(work(), trigger),
        reports=report_counts(work(), trigger),
    )


@blueprint.post("/policy/triggers/<trigger>/learn/read")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def read(trigger: str) -> ResponseReturnValue:
    """Take the mark off: somebody of the policy desk has read what spoke against the rule."""
    read_learning(work(), trigger)  # refuses a trigger that is not there
    mark_read(work(), trigger)
    return redirect(url_for("learning.page", trigger=trigger), 303)
