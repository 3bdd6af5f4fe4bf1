"""Commands about triggers: load, check, test, scan, list; `switching` has those of their life."""

from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select

from proactive.bootstrap import Platform
from proactive.commands.frame import Frame, explained, pass_frame, table, with_by, with_json
from proactive.commands.running import accept_runs, plan_runs, run_text
from proactive.commands.switching import COMMANDS
from proactive.commands.trying import show_dry_run
from proactive.handlers import finding
from proactive.kernel.errors import Refused
from proactive.rules.check import check_rule
from proactive.rules.examples import run_examples
from proactive.rules.service import (
    export_trigger,
    list_triggers,
    load_trigger,
)
from proactive.scans.store import scan_run

PLACE = click.Path(path_type=Path)


@click.group()
def trigger() -> None:
    """Triggers: who may be in need, found in shared data; rules as data."""


for command in COMMANDS:
    trigger.add_command(command)


def trigger_files(place: Path | None, platform: Platform) -> list[Path]:
    """Return the trigger files of a folder, one file, or the shipped ones."""
    place = place or platform.settings.definitions
    if place.is_file():
        return [place]
    files = sorted(place.glob("trigger.yaml")) or sorted(place.glob("*/trigger.yaml"))
    if not files:
        raise Refused(
            "no_triggers",
            "There is no trigger.yaml in {place}.",
            todo="Name the file, or a folder of triggers.",
            place=str(place),
        )
    return files


def examples_of(file: Path) -> str:
    """Return the golden examples beside a trigger file, '' where there are none."""
    beside = file.with_name("examples.yaml")
    return (
        beside.read_text(encoding="utf-8")
        if file.name == "trigger.yaml" and beside.exists()
        else ""
    )


@trigger.command()
@click.argument("place", type=PLACE, required=False)
@pass_frame
@explained
def check(frame: Frame, place: Path | None) -> None:
    """Check trigger files against the feed contracts; each mistake with its file and line."""
    with frame.platform() as platform:
        for file in trigger_files(place, platform):
            text = file.read_text(encoding="utf-8")
            rule = check_rule(text, platform.contracts, file=str(file))
            click.echo(f"{file}: '{rule.trigger}' is in order.")


@trigger.command("test")
@click.argument("place", type=PLACE, required=False)
@with_json
@pass_frame
@explained
def test_examples(frame: Frame, place: Path | None) -> None:
    """Run the golden examples beside trigger files; exit 1 when one does not hold."""
    broken, data, lines = 0, [], []
    with frame.platform() as platform:
        for file in trigger_files(place, platform):
            rule = check_rule(file.read_text(encoding="utf-8"), platform.contracts, file=str(file))
            text = examples_of(file)
            outcomes = run_examples(rule, platform.contracts, text) if text else []
            bad = [one for one in outcomes if not one.held]
            broken += len(bad)
            data.append({"trigger": rule.trigger, "examples": len(outcomes), "broken": len(bad)})
            lines.append(f"{rule.trigger}: {len(outcomes) - len(bad)} of {len(outcomes)} hold")
            lines += [f"    ✗ {one.name}: {one.why}" for one in bad]
    frame.show(data, "\n".join(lines))
    if broken:
        raise SystemExit(1)


@trigger.command()
@click.argument("place", type=PLACE, required=False)
@with_by
@with_json
@pass_frame
@explained
def load(frame: Frame, place: Path | None) -> None:
    """Keep trigger files as draft versions; the same text again is "nothing new"."""
    with frame.work() as (platform, work):
        loaded = [
            load_trigger(
                work,
                file.read_text(encoding="utf-8"),
                platform.contracts,
                file=str(file),
                examples=examples_of(file),
            )
            for file in trigger_files(place, platform)
        ]
    data = [
        {"trigger": t.trigger, "version": t.version, "state": t.state, "new": t.new} for t in loaded
    ]
    lines = [
        f"{t.trigger} version {t.version}: {'new draft' if t.new else 'nothing new'} ({t.state})"
        for t in loaded
    ]
    frame.show(data, "\n".join(lines))


@trigger.command()
@click.argument("name")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Look at this day; raise nothing.")
@click.option("--dry-run", is_flag=True, help="Only say what is found; the same as --as-of today.")
@click.option("--version", type=int, help="With --dry-run; default: the newest, live or not.")
@click.option(
    "--accept-band", is_flag=True, help="You vouch that the number of a stopped run is right."
)
@click.option("--reason", default="", help="With --accept-band: how you know it.")
@with_by
@with_json
@pass_frame
@explained
def scan(
    frame: Frame,
    name: str,
    as_of: datetime | None,
    dry_run: bool,
    version: int | None,
    accept_band: bool,
    reason: str,
) -> None:
    """Scan now and raise cases; or, with --dry-run or --as-of, only say what a scan finds."""
    with frame.platform() as platform:
        if dry_run or as_of is not None:
            show_dry_run(frame, platform, name, version, as_of)
            return
        with platform.work(frame.operator()) as work:
            planned = accept_runs(work, name, reason) if accept_band else plan_runs(work, name)
        for run_id in planned:
            finding.scan(platform, str(run_id))
            finding.raise_run(platform, str(run_id))
        with platform.work(frame.operator()) as work:
            query = select(scan_run).where(scan_run.c.id.in_(planned)).order_by(scan_run.c.id)
            rows = work.db.execute(query).all()
    shown = [
        {name: getattr(row, name) for name in ("trigger", "state", "as_of", "counts", "stale")}
        for row in rows
    ]
    frame.show(shown, "\n".join(run_text(row) for row in rows))


@trigger.command("list")
@with_json
@pass_frame
@explained
def show(frame: Frame) -> None:
    """List all versions, newest first."""
    with frame.work() as (_, work):
        rows = list_triggers(work)
    shown = ("trigger", "version", "state", "live_from", "areas", "note", "assessment", "figures")
    people = ("loaded_by", "proposed_by", "approved_by", "activated_by", "replaces")
    data = [{name: getattr(row, name) for name in (*shown, *people)} for row in rows]
    cells = [
        (
            row.trigger,
            row.version,
            row.state,
            row.live_from or "",
            " ".join(row.areas) or "",
            row.loaded_by,
            row.approved_by or "",
            row.activated_by or "",
        )
        for row in rows
    ]
    heads = ("trigger", "version", "state", "from", "pilot in", "author", "approved by", "on by")
    frame.show(data, table(list(cells), heads) if cells else "No triggers are loaded.")


@trigger.command()
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 500))
@with_json
@pass_frame
@explained
def runs(frame: Frame, limit: int) -> None:
    """List the newest runs, with why one stopped itself."""
    with frame.work() as (_, work):
        query = select(scan_run).order_by(scan_run.c.created_at.desc()).limit(limit)
        rows = work.db.execute(query).all()
    data = [
        {
            "trigger": r.trigger,
            "slot": r.slot,
            "kind": r.kind,
            "state": r.state,
            "as_of": r.as_of,
            "late": r.late,
            "counts": r.counts,
            "stale": r.stale,
        }
        for r in rows
    ]
    text = "\n".join(run_text(row) for row in rows)
    frame.show(data, text or "There were no runs.")


@trigger.command()
@click.argument("name")
@click.argument("version", type=int)
@pass_frame
@explained
def export(frame: Frame, name: str, version: int) -> None:
    """Print the file of a version, letter by letter as it was loaded."""
    with frame.work() as (_, work):
        click.echo(export_trigger(work, name, version), nl=False)
