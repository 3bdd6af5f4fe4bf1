"""Loading posts: accounts and rights follow the list; wrong lists are refused row by row."""

import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from proactive.accounts.sessions import SignedIn, create_sign_in_link, look_up, sign_in_by_link
from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.routing.loading import load_posts, load_relatives, set_absence
from proactive.routing.queries import get_post, post_phone, posts_of
from proactive.routing.reading import PostRow
from tests.proactive.routing.conftest import EAST, OPERATOR, POSTS, TODAY, TOWN, WEST, County


def session_of(platform: Platform, account_id: str) -> SignedIn | None:
    with platform.work(OPERATOR) as work:
        link = create_sign_in_link(work, account_id, timedelta(hours=1))
    with platform.work(Actor.visitor()) as work:
        token = sign_in_by_link(work, link)
    with platform.work(Actor.visitor()) as work:
        return look_up(work, token, posts_of) if token else None


def test_a_holder_can_sign_in_for_his_post_and_area(county: County, platform: Platform) -> None:
    for code, role, level in (("v1", Role.COORDINATOR, 5), ("t1", Role.TOWN, 4)):
        signed_in = session_of(platform, county.holders[code])

        assert signed_in is not None
        assert signed_in.actor == replace(county.actor(code), role=role, level=level)


def test_loading_the_same_list_again_changes_nothing(county: County) -> None:
    again = county.load(POSTS)

    assert (again.new, again.changed, again.same) == ((), (), len(POSTS))
    assert (again.accounts_created, again.grants_begun, again.grants_ended) == (0, 0, 0)


def test_a_new_holder_has_the_rights_at_once_and_the_old_one_none(
    county: County, platform: Platform
) -> None:
    old = county.holders["v1"]
    report = county.load([replace(POSTS[4], holder_login="new", holder_name="王新")])

    assert report.changed == ("v1",)
    assert (report.accounts_created, report.grants_begun, report.grants_ended) == (1, 1, 1)
    assert report.absent_from_list == ("c1", "e1", "t1", "t2", "v2", "v3")
    assert session_of(platform, old) is None
    signed_in = session_of(platform, county.holders["v1"])
    assert signed_in is not None
    assert signed_in.actor.areas == (EAST,)


def test_a_blank_cell_leaves_the_holder_and_a_dash_makes_the_post_vacant(
    county: County, platform: Platform
) -> None:
    named = replace(POSTS[5], stand_in_login="east", stand_in_name="周东")  # the list names people
    blank = replace(POSTS[4], holder_login="", holder_name="", holder_phone="")
    kept = dict(county.holders)

    report = county.load([blank, named])
    assert (report.changed, report.vacated, report.grants_ended) == (("v2",), (), 0)
    assert county.holders == kept
    assert county.load([blank, POSTS[5]]).stand_ins_ended == ("v2",)
    assert session_of(platform, kept["v1"]) is not None
    with platform.work(OPERATOR) as work:
        assert post_phone(work, county.posts["v1"]) == "13800000001"

    with pytest.raises(Refused, match="'-' for nobody stands in holder_login"):
        county.load([replace(POSTS[4], holder_login="-")])  # a name stands beside it
    silenced = county.load([replace(blank, holder_phone="-")])
    assert (silenced.changed, silenced.grants_begun) == (("v1",), 0)
    vacated = county.load([replace(blank, holder_login="-")])
    assert (vacated.vacated, vacated.grants_ended) == (("v1",), 1)
    assert not county.holders["v1"]
    assert session_of(platform, kept["v1"]) is None
    assert county.load([replace(blank, holder_login="-")]).changed == ()


def test_a_blank_cell_leaves_what_a_desk_set_and_a_dash_empties_it(
    county: County, platform: Platform
) -> None:
    full = replace(POSTS[5], name="西岗", public_phone="0534-1", capacity_per_week="4")
    county.load([replace(full, active="no")])
    with platform.work(OPERATOR) as work:
        set_absence(work, county.posts["v2"], TODAY, TODAY + timedelta(days=3))

    def after(**cells: str) -> tuple[object, ...]:
        blank = PostRow("v2", "coordinator", WEST)
        county.load([replace(blank, **cells)])
        with platform.work(OPERATOR) as work:
            columns = "name, public_phone, capacity_per_week, absent_from, absent_to, active"
            query = text(f"SELECT {columns} FROM post WHERE code = 'v2'")
            return tuple(work.db.execute(query).one())

    until = TODAY + timedelta(days=3)
    assert after() == ("西岗", "0534-1", 4, TODAY, until, False)
    assert after(active="yes", absent_to=str(TODAY)) == ("西岗", "0534-1", 4, None, TODAY, True)
    assert after(absent_from="-", capacity_per_week="-", public_phone="-", name="-") == (
        *("西村委会", "", None, None, None),
        True,
    )
    with pytest.raises(Refused, match="nor '-' for no limit"):
        after(capacity_per_week="0")


def test_a_stand_in_has_both_villages_for_his_days_only(
    county: County, platform: Platform, clock: ManualClock
) -> None:
    covered = replace(
        POSTS[4],
        stand_in_login="west",
        stand_in_name="吴西",
        stand_in_from="2026-11-22",
        stand_in_to="2026-11-23",
    )
    assert county.load([covered]).changed == ("v1",)
    assert county.load([covered]).changed == ()
    seen = []
    for _ in range(4):
        signed_in = session_of(platform, county.holders["v2"])
        assert signed_in is not None
        seen.append((len(signed_in.actor.areas), len(signed_in.actor.posts)))
        clock.advance(timedelta(days=1))

    assert seen == [(1, 1), (2, 2), (2, 2), (1, 1)]


def test_a_closed_post_gives_no_rights(county: County, platform: Platform) -> None:
    county.load([replace(POSTS[4], active="no")])

    assert session_of(platform, county.holders["v1"]) is None
    with platform.work(OPERATOR) as work:
        assert posts_of(work.db, county.holders["v1"], TODAY) == ()


def test_phones_are_kept_encrypted_and_read_under_audit(county: County, platform: Platform) -> None:
    with platform.work(OPERATOR) as work:
        kept = work.db.execute(text("SELECT * FROM post WHERE code = 'v1'")).one()
        phone = post_phone(work, county.posts["v1"])
        audited = work.db.execute(
            text("SELECT count(*) FROM audit WHERE action = 'read_phone'")
        ).scalar()

    assert phone == "13800000001"
    assert phone.encode() not in kept.phone_cipher
    assert audited == 1


def test_every_wrong_row_is_named_with_its_line_and_nothing_is_changed(
    county: County, platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "posts.csv"
    file.write_text(
        "code,kind,area_code,holder_login,holder_name,capacity_per_week,stand_in_from,active\n"
        f"n1,mayor,{EAST},,,,,\n"
        "n2,coordinator,123,,,,,\n"
        f"n3,coordinator,{EAST},li,,,,\n"
        f"n4,coordinator,{EAST},,,none,2026-02-30,perhaps\n"
        f"n4,coordinator,{WEST},,,,,\n"
        f"good,coordinator,{WEST},,,,,\n",
        encoding="utf-8",
    )
    with platform.work(OPERATOR) as work, pytest.raises(Refused) as refusal:
        load_posts(work, file)

    sentence = refusal.value.sentence()
    for part in (
        "line 2: unknown kind 'mayor'",
        "line 3: unknown area_code '123'",
        "line 4: holder_login and holder_name belong together",
        "line 5: capacity_per_week is not a number",
        "line 5: stand_in_from is not a day",
        "line 5: active is neither",
        "line 6: the code n4 stands more than once",
    ):
        assert part in sentence
    with platform.work(OPERATOR) as work:
        assert work.db.execute(text("SELECT count(*) FROM post")).scalar() == len(POSTS)


def test_a_list_with_unknown_or_missing_columns_is_refused(
    county: County, platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "posts.csv"
    for head, code in (
        ("code,kind,area_code,telephone", "unknown_column"),
        ("code,kind", "missing_column"),
    ):
        file.write_text(head + "\n" + ",".join("x" for _ in head.split(",")) + "\n", "utf-8")
        with platform.work(OPERATOR) as work, pytest.raises(Refused) as refusal:
            load_posts(work, file)
        assert refusal.value.code == code


def test_a_workbook_and_a_csv_in_gb18030_bring_the_same_posts(
    county: County, platform: Platform, tmp_path: Path
) -> None:
    import xlsxwriter

    head = ["code", "kind", "area_code", "name", "holder_login", "holder_name"]
    lines = [
        [row.code, row.kind, int(row.area_code), row.name, row.holder_login, row.holder_name]
        for row in POSTS
    ]
    book = xlsxwriter.Workbook(tmp_path / "posts.xlsx")
    sheet = book.add_worksheet()
    for number, line in enumerate([head, *lines]):
        sheet.write_row(number, 0, line)
    book.close()
    text_lines = [",".join(str(cell) for cell in line) for line in [head, *lines]]
    (tmp_path / "posts.csv").write_bytes("\r\n".join(text_lines).encode("gb18030"))

    with platform.work(OPERATOR) as work:
        first = load_posts(work, tmp_path / "posts.xlsx")
        second = load_posts(work, tmp_path / "posts.csv")

    assert first.changed == second.changed == ()  # capacity and phone are in columns it lacks


def test_five_hundred_posts_load_in_seconds(county: County) -> None:
    rows = [PostRow(f"b{n}", "coordinator", EAST, "", f"login{n}", f"某{n}") for n in range(500)]
    started = time.perf_counter()

    assert len(county.load(rows).new) == 500
    assert time.perf_counter() - started < 10


def test_relatives_are_kept_as_keys_and_the_file_is_the_whole_truth_for_its_posts(
    county: County, platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "relatives.csv"
    file.write_text("post_code,id_number\nv1,11010119900101001x\nv1,SECOND\n", "utf-8")
    with platform.work(OPERATOR) as work:
        assert load_relatives(work, file) == (2, 0)
        assert load_relatives(work, file) == (0, 0)
        file.write_text("post_code,id_number\nv1,11010119900101001X\n", "utf-8")
        assert load_relatives(work, file) == (0, 1)
        kept = work.db.execute(text("SELECT subject_key, area_4 FROM post_relative")).all()
        file.write_text("post_code,id_number\nv1,ab-7\n", "utf-8")
        assert load_relatives(work, file, id_scheme="opaque") == (1, 1)
        elsewhere = work.db.execute(text("SELECT subject_key FROM post_relative")).scalar()
        file.write_text("post_code,id_number\nnone,1\n", "utf-8")
        with pytest.raises(Refused, match="lines 2"):
            load_relatives(work, file)

    key = platform.keys.subject_key("cn_resident_id", "11010119900101001X")
    assert [tuple(row) for row in kept] == [(key, TOWN)]
    assert elsewhere == platform.keys.subject_key("opaque", "ab-7")  # as a feed reads it


def test_an_absence_is_set_and_ends(county: County, platform: Platform) -> None:
    with platform.work(OPERATOR) as work:
        set_absence(work, county.posts["v1"], TODAY, None)
        away = get_post(work.db, county.posts["v1"], TODAY + timedelta(days=30))
        set_absence(work, county.posts["v1"], None, None)
        back = get_post(work.db, county.posts["v1"], TODAY)
        with pytest.raises(Refused, match="before it begins"):
            set_absence(work, county.posts["v1"], date(2026, 12, 2), date(2026, 12, 1))

    assert away is not None
    assert not away.staffed
    assert back is not None
    assert back.staffed
