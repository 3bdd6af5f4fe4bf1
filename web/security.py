"""Headers and limits that every answer gets: no inline code, no framing, no caching of people."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from web.uploads import allow_files

MAX_BODY = 256 * 1024
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
VISITOR_COOKIE = "visitor"
READER = "X-Reader"


def init_security(app: Flask, *, https: bool) -> None:
    """Set the limits, check the token of every write, and add the headers to every answer."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.config["MAX_FORM_PARTS"] = 200
    app.before_request(check_token)
    app.jinja_env.globals["token"] = token_field

    @app.after_request
    def add_headers(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if https:
            answer.headers["Strict-Transport-Security"] = "max-age=31536000"
        answer.headers[READER] = reader()
        if request.endpoint != "static":
            answer.headers["Cache-Control"] = "no-store"
        token = g.get("new_visitor")
        if token:
            set_cookie(answer, VISITOR_COOKIE, token, https=https)
        return answer


def reader() -> str:
    """Return whose answer this is, for the worker: a coordinator's mark, or who else it is.

    A server in front of ours that answers in its place does not say it.
    """
    signed_in = g.get("signed_in")
    if signed_in is None:
        return "-"
    return str(signed_in.mark) if signed_in.actor.role is Role.COORDINATOR else "desk"


def believe_proxies(app: Flask, hops: int) -> None:
    """Take the caller's address and scheme from so many proxies of our own, from none with 0.

    Each adds itself at the end, so what a caller makes up stands further left and is not read.
    """
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0
        )


def set_cookie(
    answer: Response, name: str, value: str, *, https: bool, seconds: int | None = None
) -> None:
    """Set a cookie that no script reads and no other site sends along."""
    answer.set_cookie(
        name, value, max_age=seconds, secure=https, httponly=True, samesite="Lax", path="/"
    )


def csrf_token() -> str:
    """Return the token that this browser's forms must carry."""
    signed_in = g.get("signed_in")
    if signed_in is not None:
        return str(signed_in.csrf)
    token: str = request.cookies.get(VISITOR_COOKIE, "") or g.get("new_visitor", "")
    if not token:
        token = g.new_visitor = secrets.token_urlsafe(24)
    return token


def token_field() -> Markup:
    """Return the hidden field that every posting form holds."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token())


def check_token() -> None:
    """Refuse a write that did not come from a form of ours.

    Call-backs of message providers carry a signature instead and say so on their view.
    """
    if request.method in SAFE_METHODS or request.url_rule is None or _is_signed_hook():
        return
    allow_files(current_app.view_functions.get(request.endpoint or ""))
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise bad_token()
    origin = request.headers.get("Origin", "")
    if origin and urlsplit(origin).netloc != request.host:
        raise bad_token()
    known = g.signed_in.csrf if g.get("signed_in") else request.cookies.get(VISITOR_COOKIE, "")
    sent = request.form.get("csrf_token", "")
    if not known or not secrets.compare_digest(sent.encode(), known.encode()):
        raise bad_token()


def bad_token() -> Refused:
    return Refused(
        "bad_token",
        "Nothing was saved, because the page was too old or came from elsewhere.",
        todo="Go back, open the page again and repeat the step.",
    )


def _is_signed_hook() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, "checks_signature", False))


def local_path(wanted: str, otherwise: str) -> str:
    """Return `wanted` if it is a path of this site, so that no link can lead a user away."""
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or "\n" in wanted:
        return otherwise
    return wanted
