"""Commands that keep the system safe: backup and restore."""

from dataclasses import asdict
from pathlib import Path

import click

from proactive.backup import make_backup, restore_backup
from proactive.bootstrap import build
from proactive.commands.frame import Frame, explained, pass_frame, with_by, with_json
from proactive.kernel.clock import SystemClock
from proactive.metrics import BACKED_UP
from proactive.processes import servers_for

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("folder", type=FOLDER)
@with_by
@with_json
@pass_frame
@explained
def backup(frame: Frame, folder: Path) -> None:
    """Write a backup into FOLDER: database, lake, sealed raw files. The keys are NOT in it."""
    with servers_for(frame.settings()) as settings:
        made = make_backup(settings, folder, now=SystemClock().now())
        platform = build(settings)
        with platform.work(frame.operator()) as work:  # the doctor and /metrics ask for its age
            work.audit(BACKED_UP, "backup", made.made_at)
        platform.close()
    text = (
        f"Backup of {made.made_at}: {made.bytes / 1024**2:.0f} MiB, {len(made.heads)} feeds.\n"
        f"The keys are not in it. Keep a copy of {settings.keys_path} elsewhere: without it nobody "
        "stored here can be read again."
    )
    frame.show(asdict(made), text)


@click.command()
@click.argument("folder", type=FOLDER)
@with_by
@with_json
@pass_frame
@explained
def restore(frame: Frame, folder: Path) -> None:
    """Bring the backup in FOLDER back, into an empty database and an empty folder.

    Needs the key file of the time. Interrupted, the same command completes it.
    """
    with servers_for(frame.settings(), own=True) as settings:
        restored = restore_backup(settings, folder, frame.operator())
    text = (
        f"Restored as of {restored.backup.made_at}: {len(restored.heads)} feeds at their heads.\n"
        f"{restored.messages} messages that waited are looked up before any goes out. Everybody "
        "signs in anew.\nLook at what was revoked since: accounts, posts, 'proactive feed token "
        "list'. Deliveries of since then may be handed in again. Then run: proactive doctor"
    )
    frame.show(asdict(restored), text)
