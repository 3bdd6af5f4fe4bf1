"""What a list of posts says of the people: who holds each post, and who stands in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.accounts.service import normal_login
from proactive.kernel.work import Work
from proactive.routing.reading import NOBODY, PostRow, ReadPost
from proactive.routing.store import post_stand_in

StandIn = tuple[UUID, str, date | None, date | None]


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a post after a list: account, key as a subject, phone ('' where there is none)."""

    account_id: str | None
    subject_key: int | None
    phone: str

    def after(self, row: PostRow, accounts: Mapping[str, str], subject_key: int | None) -> "Held":
        """Return what a row makes of this: a blank cell leaves what stands, `-` takes it away.

        `subject_key` is that of the row's id number. A new holder keeps nothing of the one before.
        """
        if row.holder_login == NOBODY:
            return VACANT
        holder = self.account_id
        if row.holder_login:
            holder = accounts[normal_login(row.holder_login)]
        before = self if holder == self.account_id else VACANT
        return Held(
            holder,
            None if row.holder_id_number == NOBODY else subject_key or before.subject_key,
            "" if row.holder_phone == NOBODY else row.holder_phone or before.phone,
        )


VACANT = Held(None, None, "")


def keep_stand_ins(
    work: Work, posts: Sequence[ReadPost], ids: Mapping[str, UUID], accounts: Mapping[str, str]
) -> tuple[set[str], set[str]]:
    """Make the stand-ins of these posts the list's; past ones and what a desk planned stay.

    Returns the codes of posts that changed, and of those among them left without any.
    """
    wanted: set[StandIn] = {
        (ids[each.row.code], accounts[normal_login(each.row.stand_in_login)], *each.stand_in)
        for each in posts
        if each.row.stand_in_login
    }
    rows = work.db.execute(
        select(post_stand_in).where(
            post_stand_in.c.post_id.in_(ids.values()), post_stand_in.c.planned_by == ""
        )
    ).all()
    standing: set[StandIn] = {
        (row.post_id, row.account_id, row.from_day, row.to_day)
        for row in rows
        if row.to_day is None or row.to_day >= work.today
    }
    past = {(row.post_id, row.account_id, row.from_day, row.to_day) for row in rows} - standing
    for key in standing - wanted:
        _end_stand_in(work, key)
    fresh = wanted - standing - past
    if fresh:
        work.db.execute(
            insert(post_stand_in).on_conflict_do_nothing(),
            [
                {"post_id": key[0], "account_id": key[1], "from_day": key[2], "to_day": key[3]}
                for key in sorted(fresh, key=str)
            ],
        )
    touched = {key[0] for key in (standing - wanted) | fresh}
    left = {key[0] for key in standing - wanted} - {key[0] for key in wanted}
    changed = {code for code, post_id in ids.items() if post_id in touched}
    return changed, {code for code in changed if ids[code] in left}


def _end_stand_in(work: Work, key: StandIn) -> None:
    mine = (
        (post_stand_in.c.post_id == key[0])
        & (post_stand_in.c.account_id == key[1])
        & post_stand_in.c.from_day.is_not_distinct_from(key[2])
        & post_stand_in.c.to_day.is_not_distinct_from(key[3])
    )
    yesterday = work.today - timedelta(days=1)
    if key[2] is not None and key[2] <= yesterday:
        work.db.execute(update(post_stand_in).where(mine).values(to_day=yesterday))
    else:
        work.db.execute(delete(post_stand_in).where(mine))
