"""Commands about places: areas, working days."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from proactive.areas.calendar import load_calendar_days, refresh_calendar
from proactive.areas.mapping import shipped_mappings
from proactive.areas.queries import children, find_by_name, full_name, path_of
from proactive.areas.service import AreaReport, load_areas, load_successors
from proactive.commands.frame import Frame, explained, pass_frame, table, with_by, with_json
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def area() -> None:
    """Areas: the five-level tree of places, and its working days."""


@area.command("load")
@click.argument("file", type=FILE)
@click.option(
    "--mapping",
    required=True,
    metavar="M",
    help=f"How to read FILE: {', '.join(shipped_mappings())}, or a path to your own YAML.",
)
@click.option("--stated-on", type=click.DateTime(["%Y-%m-%d"]), help="Day whose state FILE gives.")
@click.option("--accept-gone", is_flag=True, help="Accept that many known units are gone.")
@with_by
@with_json
@pass_frame
@explained
def load(
    frame: Frame, file: Path, mapping: str, stated_on: datetime | None, accept_gone: bool
) -> None:
    """Bring a file of areas into the tree; loading it again changes nothing."""
    with frame.work() as (_, work):
        day = stated_on.date() if stated_on else None
        report = load_areas(work, file, mapping, stated_on=day, accept_gone=accept_gone)
    frame.show(report.as_dict(), area_text(report))


def area_text(report: AreaReport) -> str:
    """Return the report as sentences."""
    if report.changed_nothing:
        return f"{report.file}: nothing new; all {report.units} units are known."
    levels = ", ".join(f"level {level}: {count}" for level, count in sorted(report.levels.items()))
    lines = [f"{report.file}: {report.units} units ({levels}), {report.virtual} of them virtual."]
    changes = {
        "new": report.new,
        "renamed": len(report.renamed),
        "moved": len(report.moved),
        "back": len(report.back),
        "gone (kept, marked)": len(report.gone),
        "unchanged": report.same,
    }
    lines.append("  " + ", ".join(f"{count} {what}" for what, count in changes.items() if count))
    if report.placeholders:
        lines.append(f"  Placeholders above the file: {', '.join(report.placeholders)}")
    return "\n".join(lines)


@area.command("show")
@click.argument("code")
@click.argument("name", default="")
@with_json
@pass_frame
@explained
def show(frame: Frame, code: str, name: str) -> None:
    """Show an area, where it lies and what lies inside it.

    With NAME it is the unit of that name directly inside CODE: names are unique in one town only.
    """
    with frame.work() as (_, work):
        code = _inside(work, code, name) if name else code
        path = path_of(work.db, code)
        if path is None:
            raise Refused(
                "unknown_area",
                "The area {code} is not known.",
                todo="Check the code, or load its file.",
                code=code,
            )
        full, inside = full_name(work.db, code), children(work.db, code)
    data = {"code": code, "name": full, "path": path, "children": [asdict(line) for line in inside]}
    rows = [(line.code, line.name) for line in inside]
    frame.show(data, f"{code} {full}\n" + (table(list(rows), ("code", "name")) if rows else ""))


def _inside(work: Work, town: str, name: str) -> str:
    found = find_by_name(work.db, town, name)
    if found is None:
        raise Refused(
            "unknown_area",
            "Nothing of the name {name} lies directly inside {town}.",
            todo="Look at what lies inside it, and use the code.",
            name=name,
            town=town,
        )
    return found


@area.command("successors")
@click.argument("file", type=FILE)
@with_by
@with_json
@pass_frame
@explained
def successors(frame: Frame, file: Path) -> None:
    """Load which codes replaced which, and since when (old_code, new_code, since)."""
    with frame.work() as (_, work):
        report = load_successors(work, file)
    unknown = f"; not yet known: {', '.join(report.unknown)}" if report.unknown else ""
    frame.show(report.as_dict(), f"{report.file}: {report.rows} replaced codes{unknown}.")


@area.command("calendar")
@click.option("--calendar", default="", help="Calendar; default: the one of the settings.")
@click.option("--years", default="", metavar="FIRST-LAST", help="Default: from last year on, five.")
@click.option("--file", type=FILE, help="Days from a CSV (day, working) instead.")
@with_by
@pass_frame
@explained
def calendar_command(frame: Frame, calendar: str, years: str, file: Path | None) -> None:
    """Fill the table of working days; days entered by hand are kept."""
    with frame.work() as (platform, work):
        name = calendar or platform.settings.calendar
        if file is not None:
            click.echo(f"{load_calendar_days(work, file, name)} days taken from {file.name}.")
            return
        first, _, last = (years or f"{work.today.year - 1}-{work.today.year + 3}").partition("-")
        if not (first.isdigit() and (last or first).isdigit()):
            raise Refused(
                "bad_years", "'{years}' are no years.", todo="Write 2025-2028.", years=years
            )
        report = refresh_calendar(work, name, int(first), int(last or first))
    click.echo(
        f"{name} {report.first_year}–{report.last_year}: {report.days} days,"
        f" {report.provisional_days} provisional ({report.source})."
    )
