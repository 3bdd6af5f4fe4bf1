"""Commands about bundles, and what a region's own folder of definitions holds beside triggers."""

from pathlib import Path

import click

from proactive.bundles.definition_check import read_definitions
from proactive.bundles.versions import activate_bundle, export_bundle, list_versions, load_bundles
from proactive.commands.frame import Frame, explained, pass_frame, table, with_by, with_json
from proactive.feeds.contracts import load_contracts
from proactive.kernel.errors import Refused
from proactive.visits.form_versions import load_forms

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def bundle() -> None:
    """Bundles: what the offices do together once a case is confirmed (一件事)."""


@bundle.command()
@click.argument("folder", type=FOLDER, required=False)
@pass_frame
@explained
def check(frame: Frame, folder: Path | None) -> None:
    """Check bundle files without keeping them; each mistake with its file and line."""
    definitions = frame.settings().definitions
    found = read_definitions(
        folder or definitions / "bundles",
        findings=definitions / "findings",
        feeds=feeds_of(definitions),
    )
    click.echo(f"{len(found)} bundles are in order: {', '.join(sorted(found))}.")


@bundle.command()
@click.argument("folder", type=FOLDER, required=False)
@with_by
@with_json
@pass_frame
@explained
def load(frame: Frame, folder: Path | None) -> None:
    """Keep the shipped bundles, or those of FOLDER, as versions; also the forms of visits."""
    with frame.work() as (platform, work):
        definitions = platform.settings.definitions
        forms = load_forms(work, definitions / "findings")
        loaded = load_bundles(
            work,
            folder or definitions / "bundles",
            findings=definitions / "findings",
            feeds=feeds_of(definitions),
        )
    lines = [
        f"{one.bundle} version {one.version}: {'new' if one.new else 'nothing new'} ({one.state})"
        for one in loaded
    ]
    lines.append(f"Forms of visits: {forms} new.")
    data = [
        {"bundle": b.bundle, "version": b.version, "new": b.new, "state": b.state} for b in loaded
    ]
    frame.show(data, "\n".join(lines))


@bundle.command()
@click.argument("name", required=False)
@click.option("--version", type=int, help="Default: the newest.")
@click.option("--all", "everything", is_flag=True, help="The newest version of every bundle.")
@with_by
@pass_frame
@explained
def activate(frame: Frame, name: str | None, version: int | None, everything: bool) -> None:
    """Switch a version on for new cases, in the name of a person."""
    with frame.work() as (_, work):
        newest: dict[str, int] = {}
        for row in list_versions(work.db):
            newest.setdefault(row.bundle, row.version)
        wanted = newest if everything else {name: version or newest.get(name, 0)} if name else {}
        if not wanted:
            raise Refused("no_bundle_named", "No bundle is named.", todo="Name one, or say --all.")
        done = [activate_bundle(work, one, number) for one, number in sorted(wanted.items())]
    for one in done:
        state = "switched on" if one.new else "was on already"
        click.echo(f"{one.bundle} version {one.version}: {state}.")


@bundle.command("list")
@with_json
@pass_frame
@explained
def show(frame: Frame) -> None:
    """List all versions, newest first."""
    with frame.work() as (_, work):
        rows = list_versions(work.db)
    data = [{"bundle": r.bundle, "version": r.version, "state": r.state} for r in rows]
    cells = [(r.bundle, r.version, r.state, r.activated_by or "") for r in rows]
    heads = ("bundle", "version", "state", "switched on by")
    frame.show(data, table(list(cells), heads) if cells else "No bundles are loaded.")


@bundle.command()
@click.argument("name")
@click.argument("version", type=int)
@pass_frame
@explained
def export(frame: Frame, name: str, version: int) -> None:
    """Print the file of a version, letter by letter as it was loaded."""
    with frame.work() as (_, work):
        click.echo(export_bundle(work.db, name, version), nl=False)


def feeds_of(definitions: Path) -> dict[str, set[str]]:
    """Return feed → its fields, for checking what a bundle takes from them."""
    contracts = load_contracts(definitions / "feeds")
    return {name: {column.field for column in one.columns} for name, one in contracts.items()}
