"""Pages of one's own account: sign in, sign out, role, language, text size."""

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from proactive.accounts.model import TEXT_SCALES
from proactive.accounts.service import set_preferences
from proactive.accounts.sessions import sign_in as open_session
from proactive.accounts.sessions import sign_in_by_link, switch_grant
from proactive.accounts.sessions import sign_out as end_session
from proactive.kernel.work import Actor
from web.access import platform, public
from web.device import opens_by_pin
from web.errors import UNPROCESSABLE, not_found
from web.language import LANGUAGE_COOKIE, LANGUAGES, SCALE_COOKIE, chosen_language, chosen_scale
from web.places import home_of
from web.say import gettext
from web.say import lazy as _l
from web.security import local_path, set_cookie
from web.session import SignedIn, forget, own_actor, remember

blueprint = Blueprint("account", __name__, template_folder="templates")
SCALE_WORDS = {
    100: _l("Normal"),
    125: _l("Larger"),
    150: _l("Large"),
    200: _l("Very large"),
}
YEAR = 365 * 24 * 3600
LONGEST_SECRET = 200


@blueprint.get("/")
@public("only sends people to their own first page")
def home() -> ResponseReturnValue:
    me: SignedIn | None = g.signed_in
    if me is None:
        return redirect(url_for("account.sign_in"), 303)
    return redirect(url_for(home_of(me.actor.role)), 303)


@blueprint.get("/sign-in")
@public("the door itself")
def sign_in() -> ResponseReturnValue:
    back = local_path(request.args.get("back", ""), "/")
    if opens_by_pin() and "other" not in request.args:
        return redirect(url_for("account.unlock", back=back), 303)
    return render_template("account/sign_in.html", back=back, login="")


@blueprint.post("/sign-in")
@public("the door itself; tries are counted and locked")
def do_sign_in() -> ResponseReturnValue:
    login = request.form.get("login", "")[:LONGEST_SECRET]
    password = request.form.get("password", "")[:LONGEST_SECRET]
    back = local_path(request.form.get("back", ""), "/")
    with platform().work(Actor.visitor()) as work:
        token = open_session(work, login, password)
    if token is None:
        errors = {
            "login": gettext(
                "User name and password do not fit, or there were too many wrong tries. "
                "After ten wrong tries the account rests for half an hour."
            )
        }
        page = render_template("account/sign_in.html", back=back, login=login, errors=errors)
        return page, UNPROCESSABLE
    return _welcome(token, back)


@blueprint.get("/enter/<token>")
@public("shows one button; the token itself is checked when it is pressed")
def enter(token: str) -> ResponseReturnValue:
    return render_template("account/enter.html", link=token)


@blueprint.post("/enter/<token>")
@public("a link made by an operator signs in the person it was made for")
def do_enter(token: str) -> ResponseReturnValue:
    with platform().work(Actor.visitor()) as work:
        session = sign_in_by_link(work, token[:LONGEST_SECRET])
    if session is None:
        raise not_found()
    return _welcome(session, "/")


def _welcome(token: str, back: str) -> Response:
    answer = make_response(redirect(back, 303))
    remember(answer, token)
    return answer


@blueprint.post("/sign-out")
@public("ends only the caller's own session")
def sign_out() -> ResponseReturnValue:
    me: SignedIn | None = g.signed_in
    if me is not None:
        with platform().work(own_actor(me.actor.id)) as work:
            end_session(work, me.token)
    answer = make_response(redirect(url_for("account.sign_in"), 303))
    forget(answer)
    # Pages that the browser kept must not be readable by the next person at this device.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@blueprint.get("/role")
@public("shows only the caller's own roles")
def choose_role() -> ResponseReturnValue:
    me: SignedIn | None = g.signed_in
    if me is None:
        return redirect(url_for("account.sign_in"), 303)
    grants = [
        {"id": grant.id, "role": grant.role, "place": me.place_of(grant)}
        for grant in me.session.grants
    ]
    return render_template("account/choose_role.html", grants=grants)


@blueprint.post("/role")
@public("switches only the caller's own session, to a role that is theirs")
def do_choose_role() -> ResponseReturnValue:
    me: SignedIn | None = g.signed_in
    if me is None:
        return redirect(url_for("account.sign_in"), 303)
    try:
        grant_id = UUID(request.form.get("grant", ""))
    except ValueError:
        raise not_found() from None
    with platform().work(own_actor(me.actor.id)) as work:
        switch_grant(work, me.token, grant_id)
    return redirect(url_for("account.home"), 303)


@blueprint.get("/display")
@public("language and text size hold nothing personal")
def display() -> ResponseReturnValue:
    back = local_path(request.args.get("back", ""), "/")
    scales = [(str(scale), str(SCALE_WORDS.get(scale, f"{scale} %"))) for scale in TEXT_SCALES]
    return render_template("account/display.html", back=back, scale_words=scales)


@blueprint.post("/display")
@public("language and text size hold nothing personal")
def set_display() -> ResponseReturnValue:
    language = request.form.get("language") or chosen_language()
    scale = request.form.get("scale") or chosen_scale()
    if language not in LANGUAGES or not scale.isdigit() or int(scale) not in TEXT_SCALES:
        raise not_found()
    me: SignedIn | None = g.signed_in
    if me is not None:
        with platform().work(own_actor(me.actor.id)) as work:
            set_preferences(work, me.actor.id, language=language, text_scale=int(scale))
    answer = make_response(redirect(local_path(request.form.get("back", ""), "/"), 303))
    https = current_app.config["HTTPS"]
    set_cookie(answer, LANGUAGE_COOKIE, language, https=https, seconds=YEAR)
    set_cookie(answer, SCALE_COOKIE, scale, https=https, seconds=YEAR)
    return answer
