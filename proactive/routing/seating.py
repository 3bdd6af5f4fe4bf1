"""Who may take a post from a list of accounts: vacant ones only; the list of posts stays above."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update

from proactive.accounts.loading import Seat
from proactive.accounts.queries import logins
from proactive.accounts.service import grant_role
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.routing.loading import PHONE, phone_of
from proactive.routing.model import ROLE_OF, PostKind
from proactive.routing.store import post, post_stand_in


def seats(work: Work, codes: Collection[str]) -> dict[str, Seat]:
    """Return code → what an open post gives and who has it now."""
    rows = work.db.execute(select(post).where(post.c.code.in_(set(codes)), post.c.active)).all()
    beside = work.db.execute(
        select(post_stand_in.c.post_id, post_stand_in.c.account_id).where(
            post_stand_in.c.post_id.in_([row.id for row in rows])
        )
    ).all()
    called = logins(work.db, {row.holder_id for row in rows} | {row.account_id for row in beside})
    return {
        row.code: Seat(
            role=ROLE_OF[PostKind(row.kind)].value,
            area_code=row.area_code,
            holder=called.get(row.holder_id, ""),
            stand_ins=frozenset(
                called[each.account_id] for each in beside if each.post_id == row.id
            ),
        )
        for row in rows
    }


def take_seats(work: Work, wanted: Sequence[tuple[str, str, str]]) -> int:
    """Seat (post code, account id, phone) where the post is vacant; renew a holder's phone.

    Returns how many posts changed. An empty phone leaves the one that stands.
    """
    changed = 0
    for code, account_id, phone in wanted:
        row = work.db.execute(select(post).where(post.c.code == code).with_for_update()).one()
        values: dict[str, object] = {}
        if row.holder_id is None:
            values["holder_id"] = account_id
            grant_role(
                work,
                account_id,
                Role(ROLE_OF[PostKind(row.kind)]),
                area_code=row.area_code,
                source=f"post:{code}",
            )
        if phone and row.holder_id in (None, account_id) and phone_of(work, row) != phone:
            values["phone_cipher"] = work.keys.encrypt(phone, aad=f"{PHONE}{row.id}")
        if values:
            work.db.execute(update(post).where(post.c.id == row.id).values(values))
            work.audit("keep_post", "post", code)
            changed += 1
    if changed:
        work.step("route_raised")
    return changed
