"""Commands about who does the work: offices, posts, user accounts."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import click

from proactive.accounts.devices import Slip, make_slip
from proactive.accounts.service import (
    account_by_login,
    create_account,
    grant_role,
    set_password,
    unlock,
)
from proactive.accounts.sessions import create_sign_in_link
from proactive.bundles.offices import load_offices_file, office_of_code
from proactive.commands.frame import (
    Frame,
    explained,
    pass_frame,
    table,
    with_by,
    with_json,
    with_language,
)
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.routing.loading import load_posts, load_relatives, set_absence
from proactive.routing.queries import list_posts

FILE = click.Path(path_type=Path, dir_okay=False)
SLIP_EN = """\
Slip for {name}

1. Open this address in the phone's browser:  {address}
2. Type in this code:                         {code}
3. Choose six digits as your PIN. Tell them to nobody.
4. Choose "Add to home screen" in the browser's menu.

Valid once, until {until}. A new slip ends this one.
"""
SLIP_ZH = """\
{name}的启用单

1. 在手机浏览器中打开：{address}
2. 输入启用码：        {code}
3. 自己定一个六位数字密码，不要告诉任何人。
4. 在浏览器菜单中选择“添加到主屏幕”。

仅限使用一次，有效期至{until}。申请新单后本单失效。
"""
ROLES = [role.value for role in Role if role not in (Role.MACHINE, Role.RECIPIENT)]


@click.group()
def office() -> None:
    """Offices that items of a bundle go to."""


@office.command("load")
@click.argument("file", type=FILE)
@with_by
@with_json
@pass_frame
@explained
def load_office_file(frame: Frame, file: Path) -> None:
    """Create or renew offices from CSV or XLSX (code, kind, name, area_code, phone, address)."""
    with frame.work() as (_, work):
        loaded = load_offices_file(work, file)
    data = {"total": loaded.total, "new": loaded.new}
    frame.show(data, f"{file.name}: {loaded.total} offices, {loaded.new} of them new.")


@click.group()
def post() -> None:
    """Posts: who covers which village, town or county."""


@post.command("load")
@click.argument("file", type=FILE)
@with_by
@with_json
@pass_frame
@explained
def load_post_file(frame: Frame, file: Path) -> None:
    """Bring posts, their holders and stand-ins from CSV or XLSX; raised cases are routed then.

    A blank cell leaves what stands, also what was set since; '-' takes it away: the holder, phone
    or id number, the limit per week, the absence. A stand-in whom a list of people leaves out
    stands in no more.
    """
    with frame.work() as (platform, work):
        report = load_posts(
            work,
            file,
            language=platform.settings.language,
            id_scheme=platform.contracts.person_scheme,
        )
    changes = f"{len(report.new)} new, {len(report.changed)} changed, {report.same} as before"
    lines = [f"{file.name}: {report.rows} posts, {changes}."]
    if report.absent_from_list:
        lines.append(f"  Not in this list, left as they are: {', '.join(report.absent_from_list)}")
    if report.vacated:
        lines.append(f"  Nobody holds these now: {', '.join(report.vacated)}")
    if report.stand_ins_ended:
        lines.append(f"  Nobody stands in here any more: {', '.join(report.stand_ins_ended)}")
    frame.show(report.as_dict(), "\n".join(lines))


@post.command("list")
@click.option("--within", default="", metavar="AREA", help="Only posts in this area.")
@with_json
@pass_frame
@explained
def show_posts(frame: Frame, within: str) -> None:
    """List posts with what they carry."""
    with frame.work() as (_, work):
        lines = list_posts(work.db, work.today, within=within)
    data = [
        {
            "code": p.code,
            "kind": p.kind,
            "area": p.area_code,
            "staffed": p.staffed,
            "open": p.load,
            "overdue": p.overdue,
        }
        for p in lines
    ]
    rows = [
        (p.code, p.kind, p.name, p.area_name, "yes" if p.staffed else "NO", p.load, p.overdue)
        for p in lines
    ]
    heads = ("post", "kind", "name", "area", "staffed", "open", "overdue")
    frame.show(data, table(list(rows), heads) if rows else "No posts are loaded.")


@post.command()
@click.argument("file", type=FILE)
@with_by
@pass_frame
@explained
def relatives(frame: Frame, file: Path) -> None:
    """Say whose relatives live where (post_code, id_number): others visit them."""
    with frame.work() as (platform, work):
        new, removed = load_relatives(work, file, id_scheme=platform.contracts.person_scheme)
    click.echo(f"{file.name}: {new} new, {removed} removed.")


@post.command()
@click.argument("code")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day away.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day away.")
@with_by
@pass_frame
@explained
def absent(frame: Frame, code: str, first: datetime | None, last: datetime | None) -> None:
    """Say when a post's holder is away; without days: is back."""
    with frame.work() as (_, work):
        found = next((p for p in list_posts(work.db, work.today) if p.code == code), None)
        if found is None:
            raise Refused(
                "no_such_post",
                "There is no post '{post}'.",
                todo="See 'proactive post list'.",
                post=code,
            )
        days = [day.date() if day else None for day in (first, last)]
        set_absence(work, found.id, *days)
    click.echo(
        f"{code}: away from {days[0] or '…'} to {days[1] or '…'}."
        if any(days)
        else f"{code}: back."
    )


@click.group()
def user() -> None:
    """Accounts of people who sign in."""


@user.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The name others see.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What the person does.")
@click.option("--area", default="", help="Code of the area the role is for.")
@click.option("--office", "office_code", default="", help="Code of the office, for a clerk.")
@with_language
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input.")
@with_by
@pass_frame
@explained
def add(
    frame: Frame,
    login: str,
    name: str,
    role: str,
    area: str,
    office_code: str,
    language: str | None,
    password_stdin: bool,
) -> None:
    """Make an account with a role; without a password it signs in by a link ('user link')."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    with frame.work() as (platform, work):
        known = account_by_login(work, login)
        account_id = known or create_account(
            work,
            login,
            name,
            password=password,
            language=language or platform.settings.language,
        )
        if known and password:
            set_password(work, known, password)
        office_id = office_of_code(work.db, office_code) if office_code else None
        grant_role(work, account_id, Role(role), area_code=area, office_id=office_id)
    click.echo(f"{login}: {role} granted{' to an existing account' if known else ''}.")


@user.command("unlock")
@click.argument("login")
@with_by
@pass_frame
@explained
def unlock_account(frame: Frame, login: str) -> None:
    """Let an account try again after too many wrong passwords."""
    with frame.work() as (_, work):
        unlock(work, account_to_change(work, login))
    click.echo(f"{login}: may try again.")


def account_to_change(work: Work, login: str) -> str:
    """Return the id of a login's account; Refused `no_such_account` when there is none."""
    account_id = account_by_login(work, login)
    if account_id is None:
        raise Refused(
            "no_such_account",
            "There is no account '{login}'.",
            todo="See 'proactive user add'.",
            login=login,
        )
    return account_id


@user.command("link")
@click.argument("login")
@click.option("--hours", default=24, show_default=True, type=click.IntRange(1, 24 * 7))
@with_by
@pass_frame
@explained
def link(frame: Frame, login: str, hours: int) -> None:
    """Print a link that signs this account in once."""
    with frame.work() as (platform, work):
        account_id = account_to_change(work, login)
        token = create_sign_in_link(work, account_id, timedelta(hours=hours))
        address = platform.settings.public_url
    click.echo(f"{address}/enter/{token}")


@user.command("slip")
@click.argument("login")
@with_language
@with_by
@with_json
@pass_frame
@explained
def slip(frame: Frame, login: str, language: str | None) -> None:
    """Print a slip with which somebody registers the first device: once, within seven days."""
    with frame.work() as (platform, work):
        made = make_slip(work, account_to_change(work, login))
        settings = platform.settings
        address = f"{settings.public_url}/start"
        until = f"{made.expires_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
    data = {"login": made.login, "code": made.code, "address": address, "until": until}
    frame.show(data, slip_text(made, address, until, language or settings.language))


def slip_text(made: Slip, address: str, until: str, language: str) -> str:
    """Return the slip as a page to print: address, code, PIN, until when."""
    page = SLIP_ZH if language == "zh" else SLIP_EN
    return page.format(name=made.name, address=address, code=made.code, until=until)
