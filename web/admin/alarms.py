"""Alarms about feeds: what is the matter, what to do, and closing one with a reason."""

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from proactive.feeds.alarms import close_alarm, open_alarms
from proactive.kernel.errors import Refused
from web.access import Scope, policy, work
from web.admin.views import OPERATOR, blueprint
from web.admin.words import ALARMS, title_of
from web.language import chosen_language
from web.reading import posted_text
from web.say import gettext


@blueprint.get("/operator/alarms")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def alarms() -> ResponseReturnValue:
    return _page({})


@blueprint.post("/operator/alarms/<uuid:alarm_id>")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def close(alarm_id: UUID) -> ResponseReturnValue:
    """Close an alarm in this person's name; the reason stays with it."""
    try:
        close_alarm(work(), alarm_id, posted_text("reason", 500))
    except Refused as refusal:
        if refusal.code != "reason_missing":
            raise
        return _page({f"reason-{alarm_id}": gettext("Say why all is well.")}), 422
    return redirect(url_for("admin.alarms"), 303)


def _page(errors: dict[str, str]) -> str:
    return render_template(
        "admin/alarms.html",
        alarms=open_alarms(work()),
        language=chosen_language(),
        title_of=title_of,
        words=ALARMS,
        errors=errors,
    )
