"""Who may open which page: every route names its policy, and one guard enforces it.

The guard asks "may this role open this page"; which rows it then sees is decided by the database,
because the whole request runs in one unit of work of the signed-in person.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, cast

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from proactive.bootstrap import Platform
from proactive.feeds.tokens import Source, enter
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work

View = Callable[..., ResponseReturnValue]


class Scope(StrEnum):
    """Which rows a page can reach; the database keeps it, this names it."""

    AREA = "area"  # rows of the areas granted to the person
    OFFICE = "office"  # rows of the person's office
    SYSTEM = "system"  # deliveries, runs, messages: no names
    OWN = "own"  # only the person's own account
    CASE = "case"  # only the one case whose number and code were given
    FEED = "feed"  # deliveries to the feeds that a token names; for other systems
    PUBLIC = "public"  # no personal data at all


@dataclass(frozen=True, slots=True)
class Policy:
    """What a route promises: who may come in, how far they see, and why it is open if it is."""

    roles: frozenset[Role]
    scope: Scope
    reason: str = ""


def policy(roles: Collection[Role], scope: Scope) -> Callable[[View], View]:
    """Open a route to the signed-in people of `roles` only."""
    rule = Policy(frozenset(roles), scope)

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> ResponseReturnValue:
            return _guarded(rule, view, values)

        cast("Any", guarded).policy = rule
        return guarded

    return wrap


def public(reason: str) -> Callable[[View], View]:
    """Open a route to everybody; `reason` says why that is safe."""
    rule = Policy(frozenset(), Scope.PUBLIC, reason)

    def wrap(view: View) -> View:
        cast("Any", view).policy = rule
        return view

    return wrap


def by_token(reason: str) -> Callable[[View], View]:
    """Open a route to other systems that show a token; `reason` says what for.

    The source it belongs to is then `g.source`. A session opens nothing here.
    """
    rule = Policy(frozenset(), Scope.FEED, reason)

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> ResponseReturnValue:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            shown = token.strip() if scheme.lower() == "bearer" else ""
            g.source = _entered(shown)
            return view(**values)

        cast("Any", guarded).policy = rule
        return guarded

    return wrap


def _entered(token: str) -> Source:
    """The source of a token; the count of its calls is kept even where it is refused."""
    refused: Refused | None = None
    with platform().work(Actor.machine("api")) as unit:
        try:
            return enter(unit, token)
        except Refused as refusal:
            refused = refusal
    raise refused


def signed_hook(view: View) -> View:
    """Mark a door for machines: it checks a signature itself, so it takes no form token."""
    cast("Any", view).checks_signature = True
    return view


def from_worker() -> bool:
    """Answer whether the coordinator's worker asks, which wants data and no page."""
    return request.headers.get("X-Sent-Later") == "1"


def policy_of(view: object) -> Policy | None:
    """Return the policy a view names, or None when it names none."""
    return cast("Policy | None", getattr(view, "policy", None))


def platform() -> Platform:
    """Return the platform this application was made for."""
    return cast("Platform", current_app.extensions["platform"])


def work() -> Work:
    """Return the unit of work of this request."""
    return cast("Work", g.work)


def _guarded(rule: Policy, view: View, values: dict[str, Any]) -> ResponseReturnValue:
    signed_in = g.get("signed_in")
    if signed_in is None:
        if request.method == "GET" and not from_worker():
            return redirect(url_for("account.sign_in", back=request.path), 303)
        raise Refused(
            "signed_out",
            "You are not signed in any more, so nothing was saved.",
            todo="Sign in again and repeat the step.",
        )
    if signed_in.actor.role not in rule.roles:
        raise Refused(
            "other_role",
            "This page belongs to another role.",
            why="You are signed in as: {role}.",
            todo="Choose another role if you have one, or go back to your own list.",
            role=str(signed_in.actor.role),
        )
    try:
        with platform().work(signed_in.actor) as unit:
            g.work = unit
            return view(**values)
    except Refused as refusal:
        if values and refusal.code == "not_found":
            _note_not_shown(signed_in.actor, values)
        raise
    finally:
        g.pop("work", None)


def _note_not_shown(actor: Actor, values: dict[str, Any]) -> None:
    """Leave an audit row for a page that was asked for by id and not shown to this person.

    In a work of its own: the one that was refused has been undone.
    """
    with platform().work(actor) as unit:
        unit.audit("not_shown", str(request.endpoint), next(iter(values.values())))
