"""Accounts in bulk: all or nothing, every mistake by row and column, the same list twice, slips."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook
from sqlalchemy import text

from proactive.accounts.devices import slip_fits
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform
from proactive.bundles.offices import load_offices
from proactive.cli import build as build_cli
from proactive.embedded import Servers
from proactive.kernel.work import Actor
from proactive.routing.loading import load_posts

OPERATOR = Actor.operator_on_server("tester")
COUNTY, TOWN, VILLAGE = "990101000000", "990101001000", "990101001001"
AREAS = f"""code,parent,name,level,virtual
990000000000,,P,province,f
990100000000,990000000000,C,city,f
{COUNTY},990100000000,K,county,f
{TOWN},{COUNTY},T,town,f
{VILLAGE},{TOWN},Village one,village,f
990101001002,{TOWN},Village two,village,f
"""
POSTS = (
    {"code": "V1", "kind": "coordinator", "area_code": VILLAGE},
    {"code": "V2", "kind": "coordinator", "area_code": "990101001002", "holder_login": "wang",
     "holder_name": "Wang Fang"},
    {"code": "D", "kind": "county_desk", "area_code": COUNTY},
)  # fmt: skip
HEAD = "login,name,role,post,area,office,language,phone\n"
GOOD = HEAD + (
    "li,Li Chunmei,,V1,,,zh,13900000001\n"
    "zhao,Zhao Min,clerk,,,OFF-1,,\n"
    "zhao,Zhao Min,policy,,,,,\n"
    f"qian,Qian Wei,town,,{TOWN},,en,\n"
)
Run = Callable[..., Result]


@pytest.fixture
def run(
    platform: Platform, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Return a function that calls the command line on a county with areas, posts, one office."""
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    with platform.work(OPERATOR) as work:
        load_areas(work, tmp_path / "areas.csv", "cn_stats_long")
        place = {"code": "OFF-1", "kind": "civil_affairs", "name": "民政局", "area_code": COUNTY}
        load_offices(work, [place])
        load_posts(work, POSTS)
    monkeypatch.setenv("PROACTIVE_VAR", str(platform.settings.var))
    monkeypatch.setenv("PROACTIVE_DATABASE_URL", platform.settings.database_url)
    monkeypatch.setenv("PROACTIVE_REDIS_URL", servers.redis_url)
    monkeypatch.chdir(tmp_path)
    runner, cli = CliRunner(), build_cli()

    def call(*words: str, file: str = "") -> Result:
        if file:
            Path("people.csv").write_text(file, encoding="utf-8")
        return runner.invoke(cli, list(words), catch_exceptions=False)

    return call


def count(platform: Platform, what: str) -> int:
    with platform.work(OPERATOR) as work:
        return int(work.db.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())


def holders(platform: Platform) -> dict[str, str]:
    with platform.work(OPERATOR) as work:
        rows = work.db.execute(
            text("SELECT p.code, a.login FROM post p JOIN account a ON a.id = p.holder_id")
        )
        return {row.code: row.login for row in rows}


def test_one_mistake_anywhere_and_nothing_is_changed(platform: Platform, run: Run) -> None:
    bad = HEAD + (
        "li,Li Chunmei,,V1,,,fr,12\n"
        "li,Li Chun,clerk,,,OFF-9,,\n"
        "wu,Wu,,V2,,,,\n"
        f"su,Su,town,,123,,,{13900000001}\n"
        "xu,,mayor,,,,,\n"
        "xu,Xu,coordinator,,,,,\n"
        f"xu,Xu,operator,,{TOWN},,,\n"
        "zhao,Zhao Min,clerk,,,OFF-1,,\nzhao,Zhao Min,clerk,,,OFF-1,,\n"
    )

    refused = run("user", "load", "people.csv", "--json", file=bad)

    assert refused.exit_code == 1
    found = {(one["row"], one["column"]) for one in json.loads(refused.output)["mistakes"]}
    assert found == {
        (2, "language"),
        (2, "phone"),
        (3, "name"),
        (3, "office"),
        (4, "post"),
        (5, "area"),
        (5, "phone"),
        (6, "name"),
        (6, "role"),
        (7, "area"),
        (8, "area"),
        (10, "login"),
    }
    words = run("user", "load", "people.csv").output
    assert "nothing was changed" in words
    assert "held by somebody else" in words
    assert "Li Chun" not in words
    assert count(platform, "account") == 1
    unknown = run("user", "load", "people.csv", file="login,name,rolle\na,A,town\n")
    assert unknown.exit_code == 1
    assert "rolle" in unknown.stderr


def test_a_list_is_kept_once_and_again_changes_nothing(platform: Platform, run: Run) -> None:
    looked = run("user", "load", "people.csv", "--check", file=GOOD)
    assert "4 rows are in order, 3 new accounts" in looked.output
    assert count(platform, "account") == 1

    first = json.loads(run("user", "load", "people.csv", "--json").output)
    before = [count(platform, what) for what in ("account", "role_grant", "audit")]
    second = json.loads(run("user", "load", "people.csv", "--json").output)
    after = [count(platform, what) for what in ("account", "role_grant", "audit")]

    assert first == {"rows": 4, "new": 3, "renamed": 0, "posts": 1}
    assert second == {"rows": 4, "new": 0, "renamed": 0, "posts": 0}
    assert (before[:2], after[2] - before[2]) == (after[:2], 1)  # the load itself is audited
    assert before[:2] == [4, 5]
    assert holders(platform) == {"V1": "li", "V2": "wang"}
    with platform.work(OPERATOR) as work:  # a list without people is about places only
        load_posts(work, [{**post, "holder_login": "", "holder_name": ""} for post in POSTS])
    assert holders(platform) == {"V1": "li", "V2": "wang"}
    assert count(platform, "role_grant") == 5


def test_a_workbook_is_read_and_slips_are_for_those_who_have_neither_device_nor_slip(
    platform: Platform, run: Run
) -> None:
    book = Workbook()
    for line in GOOD.splitlines():
        book.active.append(line.split(","))
    book.save("people.xlsx")
    assert run("user", "load", "people.xlsx").exit_code == 0

    made = run("user", "slips", "slips.html", "--in", TOWN)
    again = run("user", "slips", "more.html")

    page = Path("slips.html").read_text(encoding="utf-8")
    assert "2 slips" in made.output
    assert "Everybody has a device or a slip." in again.output
    assert not Path("more.html").exists()
    assert Path("slips.html").stat().st_mode & 0o077 == 0
    assert "Li Chunmei" in page
    assert "Village one" in page
    codes = [part.split("</b>")[0] for part in page.split("<b>")[1:]]
    with platform.work(Actor.visitor()) as work:
        assert [slip_fits(work, code) for code in codes] == [True, True]
    assert run("user", "slips", "slips.html").exit_code == 1
    assert "2 slips" not in run("user", "slips", "x.html", "--role", "clerk").output
