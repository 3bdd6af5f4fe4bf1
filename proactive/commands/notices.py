"""Commands around going live: counties on trial, their guests, and what a gateway must know."""

import click

from proactive.commands.cases import notice
from proactive.commands.frame import (
    REFUSED,
    Frame,
    explained,
    pass_frame,
    table,
    with_by,
    with_json,
)
from proactive.notices.going_live import (
    add_guest,
    counties,
    guests,
    remove_guest,
    set_live,
)
from proactive.notices.registering import registrations


@notice.command("register")
@click.option("--signature", required=True, help="The registered signature, without 【】.")
@with_json
@pass_frame
@explained
def register(frame: Frame, signature: str) -> None:
    """Show what to register at a template gateway, and what it would refuse.

    Each text gets a code there; the setting `templates` of the channel names them:
    done.zh=SMS_1, done.en=SMS_2. Exits with 1 when a text has a mistake.
    """
    with frame.platform() as platform:
        found = list(
            registrations(platform.desk.templates, platform.desk.voice, signature=signature)
        )
    lines = [
        f"{one.code_name} ({one.parts} part(s))\n  {one.text}"
        + "".join(f"\n  ! {mistake}" for mistake in one.mistakes)
        for one in found
    ]
    data = [
        {"name": o.code_name, "text": o.text, "parts": o.parts, "mistakes": o.mistakes}
        for o in found
    ]
    frame.show(data, "\n\n".join(lines))
    if any(one.mistakes for one in found):
        raise SystemExit(REFUSED)


@notice.group("guest")
def guest() -> None:
    """Numbers that get messages while their county is on trial; nobody else there does."""


@guest.command("add")
@click.argument("county")
@click.argument("number")
@with_by
@pass_frame
@explained
def add(frame: Frame, county: str, number: str) -> None:
    """List a mobile number of COUNTY (its code); the county is on trial from then on."""
    with frame.work() as (_, work):
        listed = add_guest(work, county, number)
    click.echo(f"{listed.masked} gets messages about {county}; the number itself is not kept.")


@guest.command("remove")
@click.argument("county")
@click.argument("number")
@with_by
@pass_frame
@explained
def remove(frame: Frame, county: str, number: str) -> None:
    """Take a number off the list of COUNTY."""
    with frame.work() as (_, work):
        remove_guest(work, county, number)
    click.echo("Removed; it gets nothing more until the county is live.")


@guest.command("list")
@click.argument("county", default="")
@with_json
@pass_frame
@explained
def show(frame: Frame, county: str) -> None:
    """Show the guests of COUNTY, or of all counties, by their last digits."""
    with frame.work() as (_, work):
        listed = guests(work.db, county)
    rows: list[tuple[object, ...]] = [
        (one.county, one.masked, one.added_by, f"{one.added_at:%F}") for one in listed
    ]
    data = [{"county": one.county, "masked": one.masked} for one in listed]
    heads = ("county", "number", "listed by", "on")
    frame.show(data, table(rows, heads) if rows else "Nobody is on a guest list.")


@click.group()
def county() -> None:
    """Counties: on trial (messages to guests only) or live."""


@county.command("trial")
@click.argument("code")
@with_by
@pass_frame
@explained
def trial(frame: Frame, code: str) -> None:
    """Put the county CODE on trial: messages reach its guests only."""
    with frame.work() as (_, work):
        set_live(work, code, live=False)
    click.echo(f"{code} is on trial. List guests: proactive notice guest add {code} NUMBER")


@county.command("live")
@click.argument("code")
@with_by
@pass_frame
@explained
def live(frame: Frame, code: str) -> None:
    """Take the county CODE live: messages made from now on reach everybody."""
    with frame.work() as (_, work):
        set_live(work, code, live=True)
    click.echo(f"{code} is live. What was held during the trial stays unsent.")


@county.command("list")
@with_json
@pass_frame
@explained
def show_counties(frame: Frame) -> None:
    """Show the counties on trial and those taken live; one that is not here is live."""
    with frame.work() as (_, work):
        lines = counties(work.db)
    rows: list[tuple[object, ...]] = [
        (c.county, c.name, "live" if c.live else "on trial", c.guests, c.held) for c in lines
    ]
    data = [{"county": c.county, "live": c.live, "guests": c.guests, "held": c.held} for c in lines]
    heads = ("county", "name", "state", "guests", "held")
    nothing = "No county is on trial: messages reach everybody."
    frame.show(data, table(rows, heads) if rows else nothing)
