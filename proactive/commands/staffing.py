"""Commands for many people at once: accounts from a list, activation slips on sheets."""

import os
from dataclasses import asdict
from pathlib import Path

import click

from proactive.accounts.devices import make_slip
from proactive.accounts.loading import (
    Known,
    Mistake,
    NumberedRow,
    keep_accounts,
    mistakes_in,
    new_logins,
    read_accounts,
)
from proactive.accounts.queries import accounts, waiting_for_device
from proactive.accounts.service import normal_login, set_active
from proactive.areas.queries import full_name
from proactive.bundles.offices import ids_of_codes
from proactive.commands.frame import (
    REFUSED,
    Frame,
    explained,
    pass_frame,
    table,
    with_by,
    with_json,
)
from proactive.commands.offices import ROLES, account_to_change
from proactive.commands.slip_sheet import SheetSlip, sheet
from proactive.feeds.phones import check_phone
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.routing.seating import seats, take_seats

FILE = click.Path(path_type=Path, dir_okay=False)
SHOWN = 50


@click.command("load")
@click.argument("file", type=FILE)
@click.option("--check", is_flag=True, help="Only say what is wrong or would be new.")
@with_by
@with_json
@pass_frame
@explained
def load(frame: Frame, file: Path, check: bool) -> None:
    """Make accounts from CSV or XLSX: login, name, and role with area or office, or a post.

    Columns: login, name, role, post, area, office, language (zh, en), phone (with a post only).
    One mistake anywhere and nothing is changed; loading the list again changes nothing.
    """
    with frame.work() as (platform, work):
        rows = read_accounts(file)
        known = known_to(work, rows)
        wrong = mistakes_in(work, rows, known)
        if wrong:
            _show_mistakes(frame, file, wrong)
        if check:
            new = len(new_logins(work, rows))
            text = f"{file.name}: {len(rows)} rows are in order, {new} new accounts."
            frame.show({"rows": len(rows), "new": new, "mistakes": []}, text)
            return
        kept = keep_accounts(work, rows, known, language=platform.settings.language)
        seated = take_seats(
            work,
            [
                (row.post, kept.ids[normal_login(row.login)], row.phone)
                for _, row in rows
                if row.post and normal_login(row.login) not in known.posts[row.post].stand_ins
            ],
        )
    data = {"rows": kept.rows, "new": kept.new, "renamed": kept.renamed, "posts": seated}
    text = f"{file.name}: {kept.rows} rows, {kept.new} new accounts, {kept.renamed} renamed,"
    frame.show(data, f"{text} {seated} posts changed.")


def known_to(work: Work, rows: list[NumberedRow]) -> Known:
    """Return which posts, offices and phones of a list can be used."""
    phones = {row.phone for _, row in rows if row.phone}
    return Known(
        posts=seats(work, {row.post for _, row in rows if row.post}),
        offices=ids_of_codes(work.db, {row.office for _, row in rows if row.office}),
        good_phones=frozenset(phone for phone in phones if check_phone(phone, work.region).value),
    )


def _show_mistakes(frame: Frame, file: Path, wrong: list[Mistake]) -> None:
    """Print every mistake with row and column, and end with 1; nothing has been changed."""
    cells: list[tuple[object, ...]] = [(one.row, one.column, one.reason) for one in wrong[:SHOWN]]
    more = f"\n… and {len(wrong) - SHOWN} more." if len(wrong) > SHOWN else ""
    head = f"{file.name} cannot be loaded; nothing was changed. Correct these cells:\n"
    data = [{"row": m.row, "column": m.column, "reason": m.reason} for m in wrong]
    text = head + table(cells, ("row", "column", "what is wrong")) + more
    frame.show({"error": "bad_accounts", "mistakes": data}, text)
    raise SystemExit(REFUSED)


@click.command("slips")
@click.argument("out", type=FILE)
@click.option("--role", type=click.Choice(ROLES), default="coordinator", show_default=True)
@click.option("--in", "within", default="", metavar="AREA", help="Only people of this area.")
@with_by
@with_json
@pass_frame
@explained
def slips(frame: Frame, out: Path, role: str, within: str) -> None:
    """Write a page to print: a slip for everybody of a role who has no device and no slip yet.

    OUT is an HTML page, eight slips to cut out on a sheet of A4. It opens accounts: print it,
    hand the slips out, delete it. Whoever lost one gets another by 'user slip LOGIN'.
    """
    if out.exists():
        raise Refused(
            "file_exists",
            "There is a file {file} already.",
            why="Its slips may not have been printed.",
            todo="Delete it or choose another name.",
            file=out.name,
        )
    with frame.work() as (platform, work):
        settings = platform.settings
        people = waiting_for_device(work.db, work.now, work.today, role=role, within=within)
        made = []
        for one in people:
            slip = make_slip(work, one.id)
            until = f"{slip.expires_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
            place = full_name(work.db, one.area_code) if one.area_code else ""
            made.append(SheetSlip(slip.name, place, slip.code, until, one.language))
        if made:  # written in this work: a page that cannot be written leaves no slips behind
            text = sheet(made, f"{settings.public_url}/start", settings.language)
            door = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(door, "w", encoding="utf-8") as page:
                page.write(text)
    said = f"{len(made)} slips in {out.name}, each once, for seven days. Print it, then delete it."
    frame.show({"slips": len(made)}, said if made else "Everybody has a device or a slip.")


@click.command("list")
@click.argument("words", default="")
@click.option("--role", type=click.Choice(ROLES), help="Only who has this role.")
@with_json
@pass_frame
@explained
def show(frame: Frame, words: str, role: str | None) -> None:
    """List accounts with the roles they hold today; WORDS narrows by login or name."""
    with frame.work() as (_, work):
        found = accounts(work.db, work.now, work.today, words=words, role=role or "")
    rows: list[tuple[object, ...]] = []
    for one in found:
        roles = ", ".join(
            f"{held.role} {held.area_code}".strip() for held in one.grants if held.holds
        )
        state = "off" if not one.active else "locked" if one.locked else ""
        rows.append((one.login, one.name, roles, state))
    text = table(rows, ("login", "name", "roles", "")) if rows else "There is no such account."
    frame.show([asdict(one) for one in found], text)


@click.command("off")
@click.argument("login")
@with_by
@pass_frame
@explained
def switch_off(frame: Frame, login: str) -> None:
    """Switch an account off: it is signed out everywhere and cannot sign in."""
    _switch(frame, login, active=False)


@click.command("on")
@click.argument("login")
@with_by
@pass_frame
@explained
def switch_on(frame: Frame, login: str) -> None:
    """Switch an account on again; it signs in as before."""
    _switch(frame, login, active=True)


def _switch(frame: Frame, login: str, *, active: bool) -> None:
    with frame.work() as (_, work):
        set_active(work, account_to_change(work, login), active)
    click.echo(f"{login}: switched {'on' if active else 'off'}.")


COMMANDS = (load, slips, show, switch_off, switch_on)
