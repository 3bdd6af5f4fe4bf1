"""Bringing posts, their holders, stand-ins and relatives in bulk; again without harm."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.accounts.holders import PostGrant, ensure_accounts, keep_post_grants
from proactive.accounts.service import normal_login
from proactive.areas.model import AreaPath
from proactive.areas.queries import names, paths_of
from proactive.areas.sheets import read_sheet
from proactive.areas.store import areas_by_code
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.routing.model import ROLE_OF
from proactive.routing.reading import ReadPost, Source, check_rows, read_rows
from proactive.routing.store import post, post_relative, post_stand_in

PHONE = "post:phone:"


@dataclass(frozen=True, slots=True)
class PostReport:
    """What a load did; `absent_from_list` are known posts the list does not name: not touched."""

    rows: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: int
    accounts_created: int
    accounts_renamed: int
    grants_begun: int
    grants_ended: int
    absent_from_list: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def load_posts(
    work: Work, source: Source, *, language: str = "zh", id_scheme: str = "cn_resident_id"
) -> PostReport:
    """Bring a list of posts (CSV, workbook, rows), with accounts and grants of those who hold them.

    Columns: see `reading.PostRow`. Accounts come without a password; an operator sets one or
    sends a link. A holder who is replaced loses the post's rights at his next request. The days
    of stand-ins and absences are the list's. A list that names nobody is about places only: who
    holds its posts or stands in is left as it is. Raises Refused `bad_posts` with every mistake by
    line, or the refusals of `areas.sheets`; nothing is changed then.
    """
    rows = read_rows(source)
    paths = paths_of(work.db, {row.area_code for _, row in rows}, on=work.today)
    ends = {next(part for part in reversed(path) if part) for path in paths.values()}
    levels = {code: each.level for code, each in areas_by_code(work.db, ends).items()}
    posts = check_rows(rows, paths, levels, names(work.db, ends))
    people = {each.row.holder_login: each.row.holder_name for each in posts}
    people |= {each.row.stand_in_login: each.row.stand_in_name for each in posts}
    people.pop("", None)
    accounts = ensure_accounts(work, people, language=language)
    new, changed = _keep_posts(work, posts, accounts.ids, id_scheme, bool(people))
    ids = _post_ids(work, [each.row.code for each in posts])
    stand_ins = _keep_stand_ins(work, posts, ids, accounts.ids) if people else set()
    grants = [grant for each in posts for grant in _grants(each, accounts.ids)]
    settled = [each.row.code for each in posts if people or not each.active]
    begun, ended = keep_post_grants(work, settled, grants)
    changed = tuple(sorted({*changed, *stand_ins} - set(new)))
    known = set(work.db.execute(select(post.c.code).where(post.c.active)).scalars())
    work.audit("load_posts", "post", "list", rows=len(posts), new=len(new), changed=len(changed))
    work.step("route_raised")
    return PostReport(
        len(posts),
        new,
        changed,
        len(posts) - len(new) - len(changed),
        accounts.created,
        accounts.renamed,
        begun,
        ended,
        tuple(sorted(known - set(ids))),
    )


def _keep_posts(
    work: Work, posts: Sequence[ReadPost], accounts: Mapping[str, str], scheme: str, seats: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write new and changed posts, with `seats` also who holds them; returns their codes."""
    codes = [each.row.code for each in posts]
    known = {
        row.code: row for row in work.db.execute(select(post).where(post.c.code.in_(codes))).all()
    }
    fresh: list[dict[str, Any]] = []
    changed: list[str] = []
    for each in posts:
        old = known.get(each.row.code)
        values = _values(work, each, accounts, scheme)
        phone = each.row.holder_phone
        if old is not None and not seats:
            values |= {name: getattr(old, name) for name in ("holder_id", "holder_subject_key")}
            phone = phone_of(work, old)
        if old is None:
            post_id = new_id()
            fresh.append({"id": post_id, "phone_cipher": _sealed(work, post_id, phone), **values})
        elif _differs(work, old, values, phone):
            values["phone_cipher"] = _sealed(work, old.id, phone)
            work.db.execute(update(post).where(post.c.id == old.id).values(values))
            changed.append(each.row.code)
    if fresh:
        work.db.execute(post.insert(), fresh)
    new = [values["code"] for values in fresh]
    for code in (*new, *changed):
        work.audit("keep_post", "post", code)
    return tuple(sorted(new)), tuple(sorted(changed))


def _values(
    work: Work, each: ReadPost, accounts: Mapping[str, str], id_scheme: str
) -> dict[str, Any]:
    number = each.row.holder_id_number.upper()
    return {
        "code": each.row.code,
        "kind": each.kind.value,
        "name": each.name,
        "area_code": each.area_code,
        "area_level": each.area_level,
        "holder_id": accounts.get(normal_login(each.row.holder_login)),
        "holder_subject_key": work.keys.subject_key(id_scheme, number) if number else None,
        "public_phone": each.row.public_phone,
        "capacity_per_week": each.capacity,
        "absent_from": each.absent[0],
        "absent_to": each.absent[1],
        "active": each.active,
        **dict(zip(AREA_COLUMNS, each.path, strict=True)),
    }


def _differs(work: Work, old: Row[Any], values: Mapping[str, Any], phone: str) -> bool:
    return phone_of(work, old) != phone or any(
        getattr(old, name) != value for name, value in values.items()
    )


def _sealed(work: Work, post_id: UUID, phone: str) -> bytes | None:
    return work.keys.encrypt(phone, aad=f"{PHONE}{post_id}") if phone else None


def phone_of(work: Work, row: Row[Any]) -> str:
    """Return the holder's phone number of a post row, '' where there is none."""
    if row.phone_cipher is None:
        return ""
    return work.keys.decrypt(bytes(row.phone_cipher), aad=f"{PHONE}{row.id}")


def _post_ids(work: Work, codes: Sequence[str]) -> dict[str, UUID]:
    rows = work.db.execute(select(post.c.code, post.c.id).where(post.c.code.in_(codes)))
    return {row.code: row.id for row in rows}


StandIn = tuple[UUID, str, date | None, date | None]


def _keep_stand_ins(
    work: Work, posts: Sequence[ReadPost], ids: Mapping[str, UUID], accounts: Mapping[str, str]
) -> set[str]:
    """Make the stand-ins of these posts the list's; past ones and what a desk planned stay.

    Returns the codes of posts that changed.
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
    return {code for code, post_id in ids.items() if post_id in touched}


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


def _grants(each: ReadPost, accounts: Mapping[str, str]) -> list[PostGrant]:
    """Return what the post gives its holder and its stand-in; a closed post gives nothing."""
    if not each.active:
        return []
    role = ROLE_OF[each.kind].value
    place = (each.area_code, each.area_level)
    found = []
    if each.row.holder_login:
        holder = accounts[normal_login(each.row.holder_login)]
        found.append(PostGrant(each.row.code, holder, role, *place))
    if each.row.stand_in_login:
        stand_in = accounts[normal_login(each.row.stand_in_login)]
        found.append(PostGrant(each.row.code, stand_in, role, *place, *each.stand_in))
    return found


def load_relatives(
    work: Work, file: Path | str, *, id_scheme: str = "cn_resident_id"
) -> tuple[int, int]:
    """Bring who is related to whom (CSV: post_code, id_number); returns new and removed rows.

    For every post the file names, its rows are the whole truth. Only subject keys are kept.
    Raises Refused `bad_relatives` naming the lines of unknown posts; nothing is changed then.
    """
    sheet = read_sheet(Path(file))
    rows = list(sheet.records(("post_code", "id_number")))
    ids = _post_ids(work, [code for _, (code, _) in rows])
    wrong = [str(line) for line, (code, number) in rows if code not in ids or not number]
    if wrong:
        raise Refused(
            "bad_relatives",
            "Some rows of {file} cannot be used: lines {lines}.",
            why="Each names a known post and an id number.",
            todo="Load the posts first, or correct the rows; nothing was changed.",
            file=sheet.name,
            lines=", ".join(wrong),
        )
    wanted = {
        (ids[code], work.keys.subject_key(id_scheme, number.upper())) for _, (code, number) in rows
    }
    return _keep_relatives(work, set(ids.values()), wanted)


def _keep_relatives(work: Work, posts: set[UUID], wanted: set[tuple[UUID, int]]) -> tuple[int, int]:
    known = {
        (row.post_id, row.subject_key)
        for row in work.db.execute(select(post_relative).where(post_relative.c.post_id.in_(posts)))
    }
    paths: dict[UUID, AreaPath] = {
        row.id: (row.area_1, row.area_2, row.area_3, row.area_4, row.area_5)
        for row in work.db.execute(select(post).where(post.c.id.in_(posts)))
    }
    for post_id, subject_key in sorted(known - wanted, key=str):
        work.db.execute(
            delete(post_relative).where(
                post_relative.c.post_id == post_id, post_relative.c.subject_key == subject_key
            )
        )
    fresh = [
        {"post_id": post_id, "subject_key": key}
        | dict(zip(AREA_COLUMNS, paths[post_id], strict=True))
        for post_id, key in sorted(wanted - known, key=str)
    ]
    if fresh:
        work.db.execute(insert(post_relative), fresh)
    work.audit("load_relatives", "post", "list", new=len(fresh), removed=len(known - wanted))
    return len(fresh), len(known - wanted)


def set_absence(work: Work, post_id: UUID, first: date | None, last: date | None) -> None:
    """Say when a holder is away; without a stand-in new cases then go to the level above."""
    if first and last and last < first:
        raise Refused("bad_days", "The absence ends before it begins.", todo="Check the days.")
    done = work.db.execute(
        update(post).where(post.c.id == post_id).values(absent_from=first, absent_to=last)
    )
    if not done.rowcount:
        raise Refused("no_such_post", "There is no such post.", todo="Choose one from the list.")
    work.audit("set_absence", "post", post_id)
