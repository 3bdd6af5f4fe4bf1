"""Commands about feeds: check and take in deliveries, see what came and what is held."""

import os
from pathlib import Path
from uuid import UUID

import click
from rich.progress import Progress

from proactive.bootstrap import Platform
from proactive.commands.feed_doors import alarm, token
from proactive.commands.frame import Frame, explained, pass_frame, table, with_by, with_json
from proactive.feeds.contract import Contract
from proactive.feeds.handing import How, options_for
from proactive.feeds.queries import (
    feed_statuses,
    held_rows,
    list_deliveries,
    quarantined_cells,
    quarantined_rows,
)
from proactive.feeds.releasing import reject_held, release_held
from proactive.feeds.retention import read_raw
from proactive.feeds.service import Options, check_delivery, ingest_delivery
from proactive.kernel.errors import Refused

FILE = click.Path(path_type=Path, dir_okay=False)
LANGUAGE = click.option("--language", type=click.Choice(["zh", "en"]), default="en")


@click.group()
def feed() -> None:
    """Feeds: what offices deliver, by contract; bad rows are put aside with their reason."""


feed.add_command(token)
feed.add_command(alarm)


def reading_options(function: click.decorators.FC) -> click.decorators.FC:
    """Add the options of how a file is to be read."""
    for option in reversed(
        (
            click.argument("feed_name", metavar="FEED"),
            click.argument("file", type=FILE),
            click.option(
                "--mapping",
                metavar="M",
                help="What foreign columns are: a YAML file, or a shipped name.",
            ),
            click.option("--encoding", help="Default: the contract's, tried strictly in order."),
            click.option("--history", is_flag=True, help="A load of the past at go-live."),
            click.option("--override-unit", is_flag=True, help="You vouch that the unit is right."),
            LANGUAGE,
        )
    ):
        function = option(function)
    return function


@feed.command()
@reading_options
@with_by
@with_json
@pass_frame
@explained
def check(frame: Frame, /, feed_name: str, file: Path, language: str, **how: object) -> None:
    """Say what taking FILE in would do; nothing is stored."""
    with frame.platform() as platform, frame.bar() as bar:
        contract = contract_of(platform, feed_name)
        options = _options(platform, contract, bar, **how)
        with platform.work(frame.operator()) as work:
            summary = check_delivery(work, platform.lake, contract, file, options)
    frame.show(summary.as_json(), summary.as_text(language))


@feed.command()
@reading_options
@with_by
@with_json
@pass_frame
@explained
def ingest(frame: Frame, /, feed_name: str, file: Path, language: str, **how: object) -> None:
    """Take FILE in: applied with bad rows put aside, or refused whole; twice changes nothing."""
    with frame.platform() as platform, frame.bar() as bar:
        contract = contract_of(platform, feed_name)
        options = _options(platform, contract, bar, **how)
        summary = ingest_delivery(platform, frame.operator(), contract, file, options)
    frame.show(summary.as_json(), summary.as_text(language))


@feed.command("list")
@with_json
@LANGUAGE
@pass_frame
@explained
def show_contracts(frame: Frame, language: str) -> None:
    """List the contracts: which office delivers what, for which purposes."""
    with frame.platform() as platform:
        contracts = list(platform.contracts.values())
    data = [
        {"feed": c.feed, "owner": c.owner, "kind": c.kind, "purpose": list(c.purpose)}
        for c in contracts
    ]
    rows = [
        (c.feed, getattr(c.title, language), c.owner, c.kind, ", ".join(c.purpose))
        for c in contracts
    ]
    frame.show(data, table(list(rows), ("feed", "what", "office", "kind", "purpose")))


@feed.command()
@with_json
@pass_frame
@explained
def status(frame: Frame) -> None:
    """Show what has come from each feed, and which are silent for longer than agreed."""
    with frame.work() as (platform, work):
        lines = feed_statuses(work, platform.contracts)
        deliveries = list_deliveries(work, limit=20)
    data = {
        "feeds": [line.as_json() for line in lines],
        "deliveries": [line.as_json() for line in deliveries],
    }
    rows = [
        (
            s.feed,
            s.rows,
            f"{s.last_delivery_at:%F}" if s.last_delivery_at else "never",
            s.last_event_on or "",
            s.held,
            "SILENT" if s.silent else "",
        )
        for s in lines
    ]
    heads = ("feed", "rows", "last delivery", "last event", "held", "")
    text = table(list(rows), heads)
    if deliveries:
        cells = [
            (d.feed, d.file_name, d.state, d.rows_read, d.applied, d.quarantined)
            for d in deliveries
        ]
        text += "\n\n" + table(
            list(cells), ("feed", "file", "state", "rows", "applied", "put aside")
        )
    frame.show(data, text)


@feed.command()
@click.argument("delivery", type=click.UUID)
@click.option("--row", type=int, help="Show this row as it came; the look is audited.")
@with_by
@with_json
@pass_frame
@explained
def quarantine(frame: Frame, delivery: UUID, row: int | None) -> None:
    """List the rows of a delivery that were put aside: row, column, reason; no contents."""
    with frame.work() as (_, work):
        if row is not None:
            cells = quarantined_cells(work, delivery, row)
            frame.show(cells, table(list(cells.items()), ("column", "as it came")))
            return
        lines = quarantined_rows(work, delivery)
    data = [line.as_json() for line in lines]
    rows = [(q.row, q.column, q.reason, q.text("en")) for q in lines]
    frame.show(data, table(list(rows), ("row", "column", "code", "reason")) if rows else "None.")


@feed.command()
@click.argument("delivery", type=click.UUID)
@click.argument("out", type=FILE)
@with_by
@pass_frame
@explained
def raw(frame: Frame, delivery: UUID, out: Path) -> None:
    """Write the file of a delivery as it came to OUT; the look is audited. Delete it after use."""
    if out.exists():
        raise Refused(
            "file_exists", "There is a file {file} already.", todo="Name another.", file=out.name
        )
    with frame.work() as (platform, work):
        blocks = read_raw(work, platform.lake, delivery)
    try:  # the look is on record by now, whatever becomes of the file
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(blocks)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    click.echo(f"{out.name}: as it came, with names and numbers. Delete it after use.")


@feed.group()
def held() -> None:
    """Records that wait for a decision: possible duplicates, refunds without their bill."""


@held.command("list")
@with_json
@pass_frame
@explained
def show_held(frame: Frame) -> None:
    """List what is held, without contents."""
    with frame.work() as (_, work):
        lines = held_rows(work)
    data = [line.as_json() for line in lines]
    rows = [(h.id, h.feed, h.reason, h.event_on, h.since) for h in lines]
    heads = ("id", "feed", "why", "event", "since")
    frame.show(data, table(list(rows), heads) if rows else "Nothing is held.")


@held.command()
@click.argument("row_id", type=click.UUID)
@click.option("--reason", required=True, help="Why; stands in the audit.")
@with_by
@pass_frame
@explained
def release(frame: Frame, row_id: UUID, reason: str) -> None:
    """Let a held record count: it is not a duplicate."""
    with frame.platform() as platform:
        release_held(platform, frame.operator(), row_id, reason, platform.contracts)
    click.echo("Released; it counts from the next run on.")


@held.command()
@click.argument("row_id", type=click.UUID)
@click.option("--reason", required=True, help="Why; stands in the audit.")
@with_by
@pass_frame
@explained
def reject(frame: Frame, row_id: UUID, reason: str) -> None:
    """Leave a held record out for good."""
    with frame.work() as (_, work):
        reject_held(work, row_id, reason)
    click.echo("Left out.")


def contract_of(platform: Platform, name: str) -> Contract:
    """Return the contract of a feed, or Refused `no_feed` with the names there are."""
    contract = platform.contracts.get(name)
    if contract is None:
        raise Refused(
            "no_feed",
            "There is no feed '{feed}'.",
            why="Known are: {known}.",
            todo="Name one of these, or add a contract to your definitions.",
            feed=name,
            known=", ".join(sorted(platform.contracts)),
        )
    return contract


def _options(platform: Platform, contract: Contract, bar: Progress, **how: object) -> Options:
    task = bar.add_task("rows", total=None)

    def tell(done: int, total: int | None) -> None:
        bar.update(task, completed=done, total=total)

    said = How(
        mapping=str(how["mapping"] or ""),
        encoding=str(how["encoding"] or ""),
        history=bool(how["history"]),
        override_unit=bool(how["override_unit"]),
    )
    definitions = platform.settings.definitions
    return options_for(said, contract, definitions, beside=Path(), progress=tell)
