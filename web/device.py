"""The device cookie of a request: what it is worth, and what happens when it is worth nothing."""

from flask import Flask, Response, current_app, g, request

from proactive.accounts.devices import DEVICE_DAYS, Standing, standing_of
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from web.access import from_worker, platform
from web.security import set_cookie

OPEN_TO_ALL = frozenset({"static", "coordinator.worker", "coordinator.manifest"})


def device_cookie() -> str:
    """Return the device cookie's name; the prefix binds it to this host where TLS allows it."""
    return "__Host-device" if current_app.config["HTTPS"] else "device"


def device_token() -> str:
    return request.cookies.get(device_cookie(), "")


def opens_by_pin() -> bool:
    """Answer whether this browser is a registered device that its PIN opens."""
    if not device_token():
        return False
    with platform().work(Actor.visitor()) as work:
        return standing_of(work, device_token()) is Standing.OPEN


def remember_device(answer: Response, token: str) -> None:
    set_cookie(
        answer,
        device_cookie(),
        token,
        https=current_app.config["HTTPS"],
        seconds=int(DEVICE_DAYS.total_seconds()),
    )


def init_device(app: Flask) -> None:
    """Tell a device that was taken away so at its next request, and let the browser clear it."""
    app.before_request(refuse_gone)

    @app.after_request
    def clear(answer: Response) -> Response:
        # The browser would stop the worker before it could tell; it clears its own and the next
        # page clears the rest.
        if g.get("device_gone") and not from_worker():
            answer.headers["Clear-Site-Data"] = '"cache", "storage"'
            answer.delete_cookie(
                device_cookie(),
                path="/",
                secure=current_app.config["HTTPS"],
                httponly=True,
                samesite="Lax",
            )
        return answer


def refuse_gone() -> None:
    """Refuse `device_gone` where the device was taken away or its person has no task any more.

    Asked only where no session holds: with a device its sessions end.
    """
    if g.get("signed_in") or not device_token() or request.endpoint in OPEN_TO_ALL:
        return
    with platform().work(Actor.visitor()) as work:
        gone = standing_of(work, device_token()) is Standing.GONE
    if gone:
        g.device_gone = True
        raise Refused(
            "device_gone",
            "This device is not registered any more.",
            why="It was taken off the list, its PIN was wrong too often, or your task has ended. "
            "What was kept on it is deleted.",
            todo="Ask your county for a new slip, or sign in with your password.",
        )
