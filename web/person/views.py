"""The page for whoever got a message: is it from us? It knows a reference, and no person."""

import re

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from proactive.kernel.clock import local_date
from proactive.kernel.ids import REFERENCE_ALPHABET, REFERENCE_LENGTH
from proactive.kernel.work import Actor
from proactive.notices.queries import message_by_ref
from web.access import platform, public
from web.errors import UNPROCESSABLE
from web.reading import posted_text
from web.say import gettext

blueprint = Blueprint("person", __name__, template_folder="templates")
REFERENCE = re.compile(f"[{REFERENCE_ALPHABET}]{{{REFERENCE_LENGTH}}}")
WENT_OUT = frozenset({"sending", "unknown", "parked", "sent", "delivered"})
# A reader that may see messages but no identity: the machine's own, for this one question.
CHECKER = Actor.machine("check")


@blueprint.get("/check")
@public("asks for a reference only")
def check() -> ResponseReturnValue:
    return render_template("person/check.html", answer="", sent_on=None, sender="")


@blueprint.post("/check")
@public("answers yes or no to a reference; never who or what")
def do_check() -> ResponseReturnValue:
    reference = "".join(posted_text("reference", 40).upper().split())
    if not REFERENCE.fullmatch(reference):
        errors = {
            "reference": gettext(
                "The number has %(count)s letters and digits. Please look again.",
                count=REFERENCE_LENGTH,
            )
        }
        page = render_template(
            "person/check.html", answer="", sent_on=None, sender="", errors=errors
        )
        return page, UNPROCESSABLE
    with platform().work(CHECKER) as unit:
        attempts = [m for m in message_by_ref(unit.db, reference) if m.state in WENT_OUT]
        sent_on = local_date(attempts[0].not_before, unit.zone) if attempts else None
    return render_template(
        "person/check.html",
        answer="genuine" if attempts else "unknown",
        sent_on=sent_on,
        sender=platform().settings.sender_name,
    )
