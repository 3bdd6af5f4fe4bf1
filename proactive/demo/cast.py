"""Who plays: accounts for the desks, and real sessions through which they act."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select

from proactive.accounts.service import account_by_login, create_account, grant_role
from proactive.accounts.sessions import create_sign_in_link, look_up, sign_in_by_link
from proactive.bootstrap import Platform
from proactive.bundles.store import office
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.routing.queries import narrowed, posts_of

DIRECTOR = Actor.operator_on_server("demo-operator")
APPROVER = Actor.operator_on_server("demo-approver")
VISITOR = Actor.visitor()
LINK_HOURS = timedelta(days=7)
MANY = 1000


def hire(work: Work) -> None:
    """Make the accounts that the county's own list of posts does not bring."""
    for row in work.db.execute(select(office.c.id, office.c.code, office.c.name)).all():
        account = create_account(work, clerk_of(row.code), row.name)
        grant_role(work, account, Role.CLERK, office_id=row.id)
    for login, name, role in (
        ("policy", "政策研究岗", Role.POLICY),
        ("policy-2", "政策审核岗", Role.POLICY),
        ("fairness", "公平性复核岗", Role.FAIRNESS),
        ("operator", "系统管理员", Role.OPERATOR),
    ):
        account = create_account(work, login, name)
        grant_role(work, account, role)


def clerk_of(office_code: str) -> str:
    """Return the login of an office's clerk."""
    return f"clerk-{office_code}".lower()


def link(platform: Platform, login: str) -> str:
    """Return an address that signs this account in; in the demo it may be used many times."""
    with platform.work(DIRECTOR) as work:
        account = account_by_login(work, login)
        if account is None:
            raise LookupError(login)
        token = create_sign_in_link(work, account, LINK_HOURS, uses=MANY)
    return f"{platform.settings.public_url}/enter/{token}"


@contextmanager
def acting(platform: Platform, login: str) -> Iterator[Work]:
    """Yield a unit of work in the name of an account, by a session as the pages use it."""
    token = link(platform, login).rpartition("/")[2]
    with platform.work(VISITOR) as work:
        session = sign_in_by_link(work, token)
    if session is None:
        raise LookupError(login)
    with platform.work(VISITOR) as work:
        signed_in = look_up(work, session, posts_of)
        if signed_in is None:
            raise LookupError(login)
        actor = narrowed(work.db, signed_in.actor)
    with platform.work(actor) as work:
        yield work
