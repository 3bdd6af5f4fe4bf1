"""The only place that knows HTTP numbers: how a refusal or a failure becomes a page."""

from typing import Any

from flask import Flask, current_app, g, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from proactive.feeds.refusal_words import in_chinese
from proactive.kernel.errors import Failed, Refused
from proactive.kernel.ids import public_ref
from proactive.kernel.logs import get_logger
from web.access import from_worker
from web.language import joined, say_refusal

log = get_logger(__name__)

UNPROCESSABLE = 422
STATUS = {
    "not_found": 404,
    "signed_out": 401,
    "device_gone": 401,
    "bad_signature": 403,
    "other_role": 403,
    "not_yours": 403,
    "bad_token": 403,
    "bad_request": 400,
    "not_possible_now": 409,
    "changed_meanwhile": 409,
    "too_large": 413,
    "bad_token_shown": 401,
    "not_granted": 403,
    "unknown_feed": 404,
    "bad_records": 400,
    "too_many_calls": 429,
    "too_many_tries": 429,
    "locked": 429,
}

HTTP_REFUSALS = {
    400: Refused(
        "bad_request",
        "The page could not understand what was sent.",
        todo="Go back, open the page again and repeat the step.",
    ),
    404: Refused(
        "not_found",
        "There is nothing here that you can open.",
        why="The address may be wrong, the matter may have moved on, or it may belong to somebody "
        "else.",
        todo="Go back to your list and open it from there.",
    ),
    405: Refused(
        "bad_request",
        "The page could not understand what was sent.",
        todo="Go back, open the page again and repeat the step.",
    ),
    413: Refused(
        "too_large",
        "What was sent is too large.",
        todo="Shorten the text and send it again.",
    ),
}


def not_found() -> Refused:
    """Return the refusal for what is not there or is somebody else's: the two look the same."""
    return HTTP_REFUSALS[404]


def bad_request() -> Refused:
    """Return the refusal for a form that no page of ours could have sent."""
    return HTTP_REFUSALS[400]


def status_of(refusal: Refused) -> int:
    """Return the HTTP status of a refusal; one the user can mend in the form is 422."""
    if refusal.code == "not_found" or refusal.code.startswith("no_such"):
        return 404
    return STATUS.get(refusal.code, UNPROCESSABLE)


def init_errors(app: Flask) -> None:
    """Turn every error of a request into a page that says what, why and what to do."""
    app.register_error_handler(Refused, show_refusal)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(Failed, show_failure)
    app.register_error_handler(Exception, show_failure)


def show_refusal(refusal: Refused) -> tuple[Any, int]:
    status = status_of(refusal)
    if status == 404 and not request.path.startswith("/api/"):
        refusal = HTTP_REFUSALS[404]
    if _is_api():
        return _told(refusal), status
    return _page(refusal), status


def show_http_error(error: HTTPException) -> tuple[Any, int]:
    status = error.code or 500
    if isinstance(error, SecurityError):
        return "This host name is not served here.\n", status
    if status >= 500:
        return show_failure(error)
    refusal = HTTP_REFUSALS.get(status, HTTP_REFUSALS[400])
    return (_told(refusal) if _is_api() else _page(refusal)), status


def show_failure(error: Exception) -> tuple[Any, int]:
    """Log the failure under a reference number and show that number only."""
    reference = public_ref()
    log.error(
        "A request failed.",
        reference=reference,
        url_rule=str(request.url_rule),
        method=request.method,
        exc_info=error,
    )
    if _is_api():
        return {"error": "failed", "reference": reference}, 500
    if not current_app.config["PAGES"]:
        return f"failed, {reference}\n", 500
    return render_template("base/failure.html", reference=reference), 500


def _page(refusal: Refused) -> str:
    what, why, todo = say_refusal(refusal)
    if not current_app.config["PAGES"]:
        return f"{what}\n"
    return render_template(
        "base/refusal.html", what=what, why=why, todo=todo, signed_out=g.get("signed_in") is None
    )


def _is_api() -> bool:
    """Machines are answered in JSON."""
    return request.path.startswith("/api/") or from_worker()


def _told(refusal: Refused) -> dict[str, str]:
    """A refusal for a program and for whoever reads its log, in both languages."""
    facts = refusal.facts
    if from_worker():
        words = joined(say_refusal(refusal))
        return {"answer": "refused", "code": refusal.code, "words": words}
    return {
        "error": refusal.code,
        "what": refusal.what.format(**facts),
        "why": refusal.why.format(**facts),
        "todo": refusal.todo.format(**facts),
        "sentence": refusal.sentence(),
        "sentence_zh": in_chinese(refusal),
    }
