"""Commands of the operator: keys, migrate, up, worker, scheduler, doctor, steps."""

import sys
import time

import click
from sqlalchemy import select

from proactive.commands.frame import Frame, explained, pass_frame, table, with_by, with_json
from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Refused
from proactive.kernel.steps import run_again
from proactive.kernel.tables import step
from proactive.processes import Children, commands, prepare, servers_for


@click.group()
def keys() -> None:
    """The keys that open stored identities; keep a copy away from the database."""


@keys.command()
@pass_frame
@explained
def new(frame: Frame) -> None:
    """Make the key file of a new installation; never overwrites one."""
    path = frame.settings().keys_path
    if path.exists():
        raise Refused(
            "keys_exist",
            "There is already a key file at {path}.",
            why="Data encrypted with it could never be read again.",
            todo="Keep it.",
            path=str(path),
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    Keyring.generate().write(path)
    click.echo(f"New keys: {path}. Keep a copy away from the database and its backups.")


@click.command("migrate")
@pass_frame
@explained
def migrate_command(frame: Frame) -> None:
    """Bring the database to this release's schema, roles and row policies."""
    with servers_for(frame.settings()) as found:
        before, after = prepare(found)
    click.echo(f"Schema: {before or 'empty'} → {after}; roles and row policies applied.")


@click.command()
@click.option("--workers", default=1, show_default=True, help="How many workers.")
@click.option("--no-web", is_flag=True, help="Without the web pages and call-backs.")
@pass_frame
@explained
def up(frame: Frame, workers: int, no_web: bool) -> None:
    """Run the whole: servers if none are named, web, workers, scheduler; until Ctrl-C."""
    with servers_for(frame.settings(), own=True) as found:
        prepare(found)
        children = commands(workers=workers, web=not no_web)
        with Children(found, children) as running:
            click.echo(f"Running: {', '.join(children)}. Pages: {found.public_url}  Ctrl-C ends.")
            try:
                while True:
                    time.sleep(1)
                    running.mend()
            except KeyboardInterrupt:
                click.echo("Ending.")


@click.command()
@click.option("--name", default="worker", show_default=True, help="Shown in lists and logs.")
@pass_frame
@explained
def worker(frame: Frame, name: str) -> None:
    """Take steps from the queue until told to stop."""
    from proactive.worker import work_forever

    with servers_for(frame.settings()) as settings:
        work_forever(settings, name=name)


@click.command()
@pass_frame
@explained
def scheduler(frame: Frame) -> None:
    """Make due slots and sweep up what a death left; any number may run."""
    from proactive.scheduler import run_forever

    with frame.platform() as platform:
        run_forever(platform)


@click.command()
@with_json
@pass_frame
@explained
def doctor(frame: Frame) -> None:
    """Look at everything that may be wrong and say how to mend it; exit 1 if something is."""
    from proactive.doctor import Verdict, examine

    marks = {Verdict.GOOD: "✓", Verdict.LOOK: "!", Verdict.BAD: "✗"}
    with servers_for(frame.settings()) as settings:
        findings = examine(settings)
    lines = []
    for finding in findings:
        lines.append(f"{marks[finding.verdict]} {finding.name}: {finding.seen}")
        if finding.todo:
            lines.append(f"    → {finding.todo}")
    frame.show([finding.as_json() for finding in findings], "\n".join(lines))
    sys.exit(1 if any(finding.verdict is Verdict.BAD for finding in findings) else 0)


@click.group("step")
def steps() -> None:
    """What the machine still has to do."""


@steps.command("list")
@with_json
@pass_frame
@explained
def list_steps(frame: Frame) -> None:
    """List steps that are not done, with the reason of those that failed."""
    query = select(step).where(step.c.state != "done").order_by(step.c.due_at).limit(200)
    with frame.work() as (_, work):
        rows = work.db.execute(query).all()
    data = [
        {
            "id": row.id,
            "name": row.name,
            "key": row.key,
            "state": row.state,
            "due": row.due_at,
            "attempts": row.attempts,
            "error": row.error,
        }
        for row in rows
    ]
    cells = [(r.name, r.key, r.state, f"{r.due_at:%F %T}", r.attempts, r.error or "") for r in rows]
    heads = ("step", "key", "state", "due (UTC)", "tries", "reason")
    frame.show(data, table(list(cells), heads) if cells else "Nothing waits.")


@steps.command("retry")
@with_by
@pass_frame
@explained
def retry_steps(frame: Frame) -> None:
    """Put parked steps back to work, after their cause is mended."""
    with frame.work() as (_, work):
        count = run_again(work)
    click.echo(f"{count} steps put back.")
