"""Bringing posts, their holders, stand-ins and relatives in bulk; again without harm."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
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
from proactive.feeds.identifiers import plain
from proactive.feeds.words import Scheme
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.routing.listed import VACANT, Held, keep_stand_ins
from proactive.routing.model import ROLE_OF
from proactive.routing.reading import NOBODY, ReadPost, Source, check_rows, read_rows
from proactive.routing.store import post, post_relative

PHONE = "post:phone:"


@dataclass(frozen=True, slots=True)
class PostReport:
    """What a load did; `absent_from_list` are known posts the list does not name: not touched.

    `vacated` posts lost their holder by a `-`, `stand_ins_ended` had one whom the list leaves out.
    """

    rows: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: int
    accounts_created: int
    accounts_renamed: int
    grants_begun: int
    grants_ended: int
    absent_from_list: tuple[str, ...]
    vacated: tuple[str, ...]
    stand_ins_ended: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def load_posts(
    work: Work, source: Source, *, language: str = "zh", id_scheme: str = "cn_resident_id"
) -> PostReport:
    """Bring a list of posts (CSV, workbook, rows), with accounts and grants of those who hold them.

    Columns: see `reading.PostRow`. Accounts come without a password; an operator sets one or
    sends a link. A holder who is replaced loses the post's rights at his next request; a blank
    cell leaves what stands, `-` takes it away. The days of stand-ins are the list's, but a list
    that names nobody is about places only: who stands in is left as it is. Raises
    Refused `bad_posts` with every mistake by line, or the refusals of `areas.sheets`; nothing is
    changed then.
    """
    rows = read_rows(source)
    paths = paths_of(work.db, {row.area_code for _, row in rows}, on=work.today)
    ends = {next(part for part in reversed(path) if part) for path in paths.values()}
    levels = {code: each.level for code, each in areas_by_code(work.db, ends).items()}
    posts = check_rows(rows, paths, levels, names(work.db, ends))
    people = {each.row.holder_login: each.row.holder_name for each in posts}
    people |= {each.row.stand_in_login: each.row.stand_in_name for each in posts}
    named = any(each.row.holder_login or each.row.stand_in_login for each in posts)
    people = {login: name for login, name in people.items() if login not in ("", NOBODY)}
    accounts = ensure_accounts(work, people, language=language)
    before = _known(work, posts)
    posts = [each.after(before.get(each.row.code)) for each in posts]
    held = {each.row.code: _held(work, each, before, accounts.ids, id_scheme) for each in posts}
    new, changed = _keep_posts(work, posts, before, held)
    ids = _post_ids(work, [each.row.code for each in posts])
    stand_ins, ended_stand_ins = set[str](), set[str]()
    if named:
        stand_ins, ended_stand_ins = keep_stand_ins(work, posts, ids, accounts.ids)
    settled = [each for each in posts if named or not each.active]
    grants = [g for each in settled for g in _grants(each, held[each.row.code], accounts.ids)]
    begun, ended = keep_post_grants(work, [each.row.code for each in settled], grants)
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
        tuple(sorted(c for c, row in before.items() if row.holder_id and not held[c].account_id)),
        tuple(sorted(ended_stand_ins)),
    )


def _known(work: Work, posts: Sequence[ReadPost]) -> dict[str, Row[Any]]:
    """Return the posts that are there already, by code."""
    codes = [each.row.code for each in posts]
    rows = work.db.execute(select(post).where(post.c.code.in_(codes)).with_for_update())
    return {row.code: row for row in rows.all()}


def _held(
    work: Work,
    each: ReadPost,
    before: Mapping[str, Row[Any]],
    accounts: Mapping[str, str],
    scheme: str,
) -> Held:
    old, number = before.get(each.row.code), each.row.holder_id_number
    holder = VACANT
    if old is not None:
        holder = Held(old.holder_id, old.holder_subject_key, phone_of(work, old))
    key = _key(work, scheme, number) if number not in ("", NOBODY) else None
    return holder.after(each.row, accounts, key)


def _key(work: Work, scheme: str, number: str) -> int:
    """Return the key of a person by the number in a list; what is no such number finds nobody."""
    return work.keys.subject_key(
        scheme, plain(number) if scheme == Scheme.OPAQUE else number.upper()
    )


def _keep_posts(
    work: Work,
    posts: Sequence[ReadPost],
    known: Mapping[str, Row[Any]],
    held: Mapping[str, Held],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write new and changed posts with who holds them; returns their codes."""
    fresh: list[dict[str, Any]] = []
    changed: list[str] = []
    for each in posts:
        old, holder = known.get(each.row.code), held[each.row.code]
        values, phone = _values(each, holder), holder.phone
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


def _values(each: ReadPost, holder: Held) -> dict[str, Any]:
    return {
        "code": each.row.code,
        "kind": each.kind.value,
        "name": each.name,
        "area_code": each.area_code,
        "area_level": each.area_level,
        "holder_id": holder.account_id,
        "holder_subject_key": holder.subject_key,
        "public_phone": each.public_phone,
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


def _grants(each: ReadPost, held: Held, accounts: Mapping[str, str]) -> list[PostGrant]:
    """Return what the post gives its holder and its stand-in; a closed post gives nothing."""
    if not each.active:
        return []
    role = ROLE_OF[each.kind].value
    place = (each.area_code, each.area_level)
    found = []
    if held.account_id is not None:
        found.append(PostGrant(each.row.code, held.account_id, role, *place))
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
    wanted = {(ids[code], _key(work, id_scheme, number)) for _, (code, number) in rows}
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
