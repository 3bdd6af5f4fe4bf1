"""Coming in by number and code: the cookie of the own page, and the guard of what is done there."""

from functools import wraps
from typing import Any, cast
from uuid import UUID

from flask import Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.voice.codes import enter, leave, look_up
from web.access import Policy, Scope, View, platform
from web.language import SCALE_COOKIE, chosen_scale
from web.security import set_cookie

DOOR = Actor.machine("own_page")
LARGE = "125"


def show(template: str, **values: object) -> str:
    """Return a page of the person in large print, unless another size was chosen."""
    chosen = g.get("signed_in") is not None or SCALE_COOKIE in request.cookies
    return render_template(template, scale=chosen_scale() if chosen else LARGE, **values)


def cookie_name() -> str:
    return "__Host-own" if current_app.config["HTTPS"] else "own"


def case_here() -> UUID | None:
    """Return the case that this browser gave number and code of, None when it is to give them."""
    token = request.cookies.get(cookie_name(), "")
    if not token:
        return None
    with platform().work(DOOR) as unit:
        return look_up(unit, token)


def by_code(view: View) -> View:
    """Open a form's address to whoever gave number and code; anybody else is asked for them.

    The view gets the case as `g.own_case`. A page that was left open too long loses nothing but
    the session: the browser comes back to the door.
    """

    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        case_id = case_here()
        if case_id is None:
            return redirect(url_for("person.mine", again="1"), 303)
        g.own_case = case_id
        return view(**values)

    cast("Any", guarded).policy = Policy(frozenset({Role.RECIPIENT}), Scope.CASE)
    return guarded


def come_in(number: str, code: str) -> str | None:
    """Return the token of a new session, or None where number and code do not fit."""
    with platform().work(DOOR) as unit:
        return enter(unit, number, code, request.remote_addr or "")


def remember(answer: Response, token: str) -> None:
    """Keep the session until the browser is closed; it ends by itself much earlier."""
    set_cookie(answer, cookie_name(), token, https=current_app.config["HTTPS"])


def go_out(answer: Response) -> None:
    """End the session and forget its cookie."""
    token = request.cookies.get(cookie_name(), "")
    if token:
        with platform().work(DOOR) as unit:
            leave(unit, token)
    answer.delete_cookie(
        cookie_name(),
        path="/",
        secure=current_app.config["HTTPS"],
        httponly=True,
        samesite="Lax",
    )
