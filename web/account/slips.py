"""Slips of the county: the desk lets the coordinators of its villages begin on their phones."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from proactive.accounts import devices as registry
from proactive.accounts.queries import account_names
from proactive.accounts.sessions import grants_of_all
from proactive.areas.queries import paths_of
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.routing.model import PostKind
from proactive.routing.queries import all_on_duty, list_posts
from web.access import Scope, platform, policy, work
from web.account.views import blueprint
from web.reading import page_number, posted_text

COUNTY = frozenset({Role.COUNTY})
LONGEST_ID = 64
A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a post of the county today or stands in for it."""

    account_id: str
    name: str
    posts: tuple[str, ...]


@blueprint.get("/posts/slips")
@policy(roles=COUNTY, scope=Scope.AREA)
def post_slips() -> ResponseReturnValue:
    holders, page = read_holders(work()), page_number()
    return render_template(
        "account/post_slips.html",
        holders=holders[(page - 1) * A_PAGE : page * A_PAGE],
        page=page,
        more=page * A_PAGE < len(holders),
    )


@blueprint.post("/posts/slips")
@policy(roles=COUNTY, scope=Scope.AREA)
def make_post_slip() -> ResponseReturnValue:
    """Make a slip and show it for printing, this once; in the desk's own name."""
    account_id = posted_text("account", LONGEST_ID)
    if account_id not in {holder.account_id for holder in read_holders(work())}:
        raise Refused("no_such_account", "There is no such account.", todo="Open the list again.")
    with platform().work(replace(work().actor, on_server=True)) as unit:
        made = registry.make_slip(unit, account_id)
    address = f"{platform().settings.public_url}{url_for('account.start')}"
    return render_template(
        "account/slip.html", slip=made, address=address, back=url_for("account.post_slips")
    )


def read_holders(unit: Work) -> list[Holder]:
    """Return the coordinators of the reader's areas who are nothing else and nowhere else.

    A slip opens everything an account may do: whoever is a desk, an office or the operator too, or
    works in another county, gets it from the operator.
    """
    posts: dict[str, list[str]] = {}
    for code in unit.actor.areas:
        lines = list_posts(unit.db, unit.today, within=code, kind=PostKind.COORDINATOR)
        duties = all_on_duty(unit.db, [line.id for line in lines], unit.today)
        for line in lines:
            for account_id in duties.get(line.id, ()):
                posts.setdefault(account_id, []).append(line.name)
    with platform().work(replace(unit.actor, on_server=True)) as reading:
        able = _only_here(reading, posts)
    names = account_names(unit.db, able)
    holders = [Holder(each, names.get(each, ""), tuple(posts[each])) for each in able]
    return sorted(holders, key=lambda holder: (holder.posts, holder.name))


def _only_here(unit: Work, account_ids: Collection[str]) -> list[str]:
    """Return those whose every grant today is a coordinator's, within the reader's areas."""
    granted = grants_of_all(unit, account_ids)
    codes = {grant.area_code for grants in granted.values() for grant in grants if grant.area_code}
    paths = paths_of(unit.db, codes)
    mine = {code for code in codes if set(paths.get(code, ())) & set(unit.actor.areas)}
    return [
        account_id
        for account_id, grants in granted.items()
        if all(grant.role is Role.COORDINATOR and grant.area_code in mine for grant in grants)
    ]
