"""The signed-in person of a request: cookie to session to what they may do now."""

import hashlib
from dataclasses import dataclass, field, replace
from uuid import UUID

from flask import Response, current_app, g, request

from proactive.accounts.model import ABSOLUTE, Grant
from proactive.accounts.sessions import SignedIn as Session
from proactive.accounts.sessions import look_up
from proactive.areas.queries import names as area_names
from proactive.bundles.offices import get_office
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.routing.queries import narrowed, posts_of
from web.access import platform
from web.security import set_cookie

MARK_LENGTH = 16


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What pages need to know of the person, beside the session itself."""

    session: Session
    token: str
    place_names: dict[str, str] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return self.session.actor

    @property
    def name(self) -> str:
        return self.session.name

    @property
    def language(self) -> str:
        return self.session.language

    @property
    def text_scale(self) -> int:
        return self.session.text_scale

    @property
    def csrf(self) -> str:
        return self.session.csrf

    @property
    def mark(self) -> str:
        """Return the account as devices know it, by which nobody else knows it."""
        return hashlib.sha256(self.actor.id.encode()).hexdigest()[:MARK_LENGTH]

    @property
    def many_roles(self) -> bool:
        return len(self.session.grants) > 1

    @property
    def place(self) -> str:
        """Return the names of the areas, or of the office, that this person works for now."""
        codes = self.actor.areas or (self.actor.office_id,)
        return " ".join(self.place_names.get(code, code) for code in codes if code)

    def place_of(self, grant: Grant) -> str:
        code = grant.area_code or grant.office_id
        return self.place_names.get(code, code)


def own_actor(account_id: str) -> Actor:
    """Return the actor of what somebody does to their own account, whatever their role is now."""
    return Actor(role=Role.RECIPIENT, id=account_id)


def cookie_name() -> str:
    """Return the session cookie's name; the prefix binds it to this host where TLS allows it."""
    return "__Host-session" if current_app.config["HTTPS"] else "session"


def load_session() -> None:
    """Look the session up anew at every request, so that a right that ended is gone at once."""
    g.signed_in = None
    token = request.cookies.get(cookie_name(), "")
    if not token or request.endpoint == "static":
        return
    with platform().work(Actor.visitor()) as work:
        session = look_up(work, token, posts_of)
        if session is not None:
            session = replace(session, actor=narrowed(work.db, session.actor))
            g.signed_in = SignedIn(session, token, _places(work, session))


def _places(work: Work, session: Session) -> dict[str, str]:
    """Return the names of all areas and offices the person may work for."""
    codes = {*session.actor.areas, *(grant.area_code for grant in session.grants)} - {""}
    names = dict(area_names(work.db, sorted(codes))) if codes else {}
    for grant in session.grants:
        if grant.office_id:
            names[grant.office_id] = str(get_office(work.db, UUID(grant.office_id)).name)
    return names


def remember(answer: Response, token: str) -> None:
    """Set the session cookie; it ends with the session at the latest."""
    set_cookie(
        answer,
        cookie_name(),
        token,
        https=current_app.config["HTTPS"],
        seconds=int(ABSOLUTE.total_seconds()),
    )


def forget(answer: Response) -> None:
    answer.delete_cookie(
        cookie_name(),
        path="/",
        secure=current_app.config["HTTPS"],
        httponly=True,
        samesite="Lax",
    )
