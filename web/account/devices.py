"""Pages of devices: begin with a printed slip, open by PIN, see and take away one's own."""

from uuid import UUID

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.accounts import devices as registry
from proactive.accounts.service import account_by_login
from proactive.accounts.sessions import sign_out as end_session
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from web.access import Scope, platform, policy, public, work
from web.account.views import LONGEST_SECRET, blueprint
from web.device import device_token, opens_by_pin, remember_device
from web.errors import UNPROCESSABLE
from web.language import joined, say_refusal
from web.reading import posted_text
from web.say import gettext, ngettext
from web.say import lazy as _l
from web.security import local_path
from web.session import SignedIn, own_actor, remember

OPERATOR = frozenset({Role.OPERATOR})
ENDED = {
    "own": _l("taken away by its owner"),
    "operator": _l("taken away by the operator"),
    "wrong_pins": _l("locked after five wrong PINs"),
}
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


@blueprint.get("/start")
@public("the door for who holds a printed slip")
def start() -> ResponseReturnValue:
    return render_template("account/start.html")


@blueprint.post("/start")
@public("a slip's code has 45 bits, is keyed in the database and dies after seven days")
def do_start() -> ResponseReturnValue:
    """Look at the code first, so that nobody thinks up a PIN for one that opens nothing."""
    code = request.form.get("code", "")[:LONGEST_SECRET]
    with platform().work(Actor.visitor()) as unit:
        fits = registry.slip_fits(unit, code)
    if not fits:
        errors = {"code": _sentence(registry.bad_slip())}
        return render_template("account/start.html", errors=errors), UNPROCESSABLE
    return render_template("account/pin.html", code=code)


@blueprint.post("/start/pin")
@public("registers the device of who holds a printed slip, once")
def choose_pin() -> ResponseReturnValue:
    code = request.form.get("code", "")[:LONGEST_SECRET]
    pin, errors = _new_pin()
    if errors:
        return render_template("account/pin.html", code=code, errors=errors), UNPROCESSABLE
    with platform().work(Actor.visitor()) as unit:
        made = registry.register_by_slip(unit, code, pin, device_name())
    return _registered(made)


def _new_pin() -> tuple[str, dict[str, str]]:
    """Return the PIN that was chosen, typed twice, and what is wrong with it by field."""
    pin, again = request.form.get("pin", "").strip(), request.form.get("again", "").strip()
    try:
        registry.check_pin(pin)
    except Refused as refusal:
        return pin, {"pin": _sentence(refusal)}
    if pin != again:
        return pin, {"again": gettext("The two PINs are not the same.")}
    return pin, {}


def _sentence(refusal: Refused) -> str:
    return joined(say_refusal(refusal))


def _registered(made: registry.Registered) -> Response:
    answer = make_response(redirect(url_for("account.home"), 303))
    remember(answer, made.session_token)
    remember_device(answer, made.device_token)
    return answer


@blueprint.get("/unlock")
@public("asks for the PIN of this device")
def unlock() -> ResponseReturnValue:
    back = local_path(request.args.get("back", ""), "/")
    if not opens_by_pin():
        return redirect(url_for("account.sign_in", back=back, other=1), 303)
    return _unlock_page(back, {})


def _unlock_page(back: str, errors: dict[str, str]) -> str:
    with platform().work(Actor.visitor()) as unit:
        name = registry.holder_of(unit, device_token())
    return render_template("account/unlock.html", back=back, name=name, errors=errors)


@blueprint.post("/unlock")
@public("opens this device by its PIN; after five wrong ones it is locked")
def do_unlock() -> ResponseReturnValue:
    back = local_path(request.form.get("back", ""), "/")
    pin = request.form.get("pin", "")[:LONGEST_SECRET].strip()
    with platform().work(Actor.visitor()) as unit:
        session, left = registry.unlock(unit, device_token(), pin)
    if session is not None:
        answer = make_response(redirect(back, 303))
        remember(answer, session)
        return answer
    if not left:
        return redirect(url_for("account.sign_in", other=1), 303)
    words = ngettext(
        "This is not the PIN. %(num)d try is left.",
        "This is not the PIN. %(num)d tries are left.",
        left,
    )
    return _unlock_page(back, {"pin": words}), UNPROCESSABLE


@blueprint.get("/devices")
@public("shows only the caller's own devices")
def own_devices() -> ResponseReturnValue:
    return _own_page({})


def _own_page(errors: dict[str, str]) -> ResponseReturnValue:
    me: SignedIn | None = g.signed_in
    if me is None:
        return redirect(url_for("account.sign_in", back=request.path), 303)
    with platform().work(own_actor(me.actor.id)) as unit:
        lines = registry.devices(unit, account_id=me.actor.id)
        page = render_template(
            "account/devices.html",
            lines=lines,
            now=unit.now,
            ended=ENDED,
            here=registry.device_of(unit, device_token()),
            errors=errors,
        )
    return (page, UNPROCESSABLE) if errors else page


@blueprint.post("/devices")
@public("registers the device in the hands of whoever is signed in")
def register_here() -> ResponseReturnValue:
    me: SignedIn | None = g.signed_in
    pin, errors = _new_pin()
    if me is None or errors:
        return _own_page(errors)
    with platform().work(own_actor(me.actor.id)) as unit:
        made = registry.register(unit, me.actor.id, pin, device_name())
        end_session(unit, me.token)
    return _registered(made)


@blueprint.post("/devices/<uuid:device_id>/end")
@public("takes away only a device of the caller's own")
def end_own(device_id: UUID) -> ResponseReturnValue:
    me: SignedIn | None = g.signed_in
    if me is None:
        return redirect(url_for("account.sign_in"), 303)
    with platform().work(own_actor(me.actor.id)) as unit:
        registry.end_device(unit, device_id, "own", account_id=me.actor.id)
    return redirect(url_for("account.own_devices"), 303)


@blueprint.get("/operator/devices")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def all_devices() -> ResponseReturnValue:
    return _all_page({})


def _all_page(errors: dict[str, str], login: str = "") -> str:
    return render_template(
        "account/all_devices.html",
        lines=registry.devices(work()),
        now=work().now,
        ended=ENDED,
        login=login,
        errors=errors,
    )


@blueprint.post("/operator/devices")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def slip() -> ResponseReturnValue:
    """Make a slip and show it for printing; it is shown this once."""
    login = posted_text("login", LONGEST_SECRET)
    account_id = account_by_login(work(), login)
    if account_id is None:
        errors = {"login": gettext("There is nobody with this user name.")}
        return _all_page(errors, login), UNPROCESSABLE
    made = registry.make_slip(work(), account_id)
    address = f"{platform().settings.public_url}{url_for('account.start')}"
    return render_template(
        "account/slip.html", slip=made, address=address, back=url_for("account.all_devices")
    )


@blueprint.post("/operator/devices/<uuid:device_id>/end")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def end_any(device_id: UUID) -> ResponseReturnValue:
    registry.end_device(work(), device_id, "operator")
    return redirect(url_for("account.all_devices"), 303)


def device_name() -> str:
    """Return what the browser says it is, so that a person knows the device in a list."""
    said = request.headers.get("User-Agent", "")
    system = next((name for name in SYSTEMS if name in said), "")
    browser = next((name for mark, name in BROWSERS if mark in said), "")
    return " · ".join(part for part in (system, browser) if part)
