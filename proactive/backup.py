"""Backup and restore: the database, the lake with its pinned heads, the sealed raw files; no keys.

The database is dumped first. The lake only grows, and what a dumped head needs stays on the disk
for hours, so what is copied afterwards holds all of it; a restore rolls each table back to the head
that the database pins. Messages that still waited are looked up before any of them goes out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, create_engine, inspect, make_url, text

from proactive.bootstrap import Platform, build
from proactive.config import Settings
from proactive.embedded.binaries import client_program
from proactive.feeds.service import restore_lake
from proactive.kernel.access import WORKER, make_roles
from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Failed, Refused
from proactive.kernel.work import Actor
from proactive.notices.sweeping import quarantine
from proactive.schema import migrate, present_revision, remember_keys

MANIFEST, DUMP, LAKE, RAW = "backup.json", "database.dump", "lake", "raw"
UNFINISHED = "restoring.json"
FORMAT = 1
KEEPER = Actor.machine("restore")


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself; `heads`: feed → the version its table was pinned at."""

    format: int
    made_at: str
    revision: str
    keys_mark: str
    heads: dict[str, int]
    bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has done: tables rolled back, messages that wait for a look-up."""

    backup: Backup
    heads: dict[str, int]
    messages: int


def make_backup(settings: Settings, folder: Path, *, now: datetime) -> Backup:
    """Write a backup into an empty folder. Refused where something lies there.

    The keys are not in it: whoever holds only this can open no name.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            "folder_not_empty",
            "The folder {folder} is not empty.",
            why="A backup never mixes with another.",
            todo="Name a new folder.",
            folder=folder.name,
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = create_engine(settings.database_url)
    try:
        revision, heads = present_revision(owner), _heads(owner)
        _check_sees_all(owner)
    finally:
        owner.dispose()
    if revision is None:
        raise Refused("not_migrated", "There is nothing to back up.", todo="Run: proactive migrate")
    flags = ("--format=custom", "--no-owner", "--no-privileges", "--enable-row-security")
    _run("pg_dump", settings, [*flags, f"--file={folder / DUMP}"])
    for name in (LAKE, RAW):
        _copy(settings.var / name, folder / name)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    made = Backup(
        format=FORMAT,
        made_at=now.isoformat(),
        revision=revision,
        keys_mark=Keyring.read(settings.keys_path).mark(),
        heads=heads,
        bytes=size,
    )
    _write(folder / MANIFEST, asdict(made))
    return made


def restore_backup(settings: Settings, folder: Path, actor: Actor) -> Restored:
    """Bring a backup back into an empty installation; killed anywhere, the same call completes it.

    Refused for a folder that is no backup, other keys than those it was made with, and where
    something is already stored.
    """
    backup = read_backup(folder)
    if Keyring.read(settings.keys_path).mark() != backup.keys_mark:
        raise Refused(
            "other_keys",
            "The keys at {path} are not those of this backup.",
            why="With other keys nobody stored could be recognised or read.",
            todo="Bring the key file from where it is kept safe, then restore again.",
            path=str(settings.keys_path),
        )
    owner = create_engine(settings.database_url)
    mark = settings.var / UNFINISHED
    try:
        if not mark.exists():
            _check_empty(settings, owner)
            _write(mark, asdict(backup))
        for name in (LAKE, RAW):
            _copy(folder / name, settings.var / name)
        if present_revision(owner) is None:
            with owner.begin() as connection:
                make_roles(connection)
            flags = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
            _run("pg_restore", settings, [*flags, str(folder / DUMP)])
        migrate(owner)
        remember_keys(owner, backup.keys_mark)
    finally:
        owner.dispose()
    restored = _settle(settings, backup, actor)
    mark.unlink()
    return restored


def read_backup(folder: Path) -> Backup:
    """What a backup says of itself; Refused when it is none or not whole."""
    try:
        backup = Backup(**json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _no_backup(
            folder, "It has no readable backup.json, which is written last."
        ) from error
    if backup.format != FORMAT or not (folder / DUMP).is_file():
        raise _no_backup(folder, "Its database is missing, or another release made it.")
    return backup


def is_unfinished(settings: Settings) -> bool:
    """Has a restore begun here and not ended? Then nothing may be run yet."""
    return (settings.var / UNFINISHED).exists()


def _settle(settings: Settings, backup: Backup, actor: Actor) -> Restored:
    """Roll back the lake, put waiting messages aside, end all sessions; say who did it."""
    platform: Platform = build(settings)
    try:
        with platform.work(KEEPER) as work:
            heads = restore_lake(work, platform.lake)
            messages = quarantine(work, platform.desk)
            work.db.execute(text("DELETE FROM web_session"))
            work.db.execute(text("DELETE FROM sign_in_link"))
        with platform.work(actor) as work:
            work.audit("restore", "backup", backup.made_at, messages=messages)
    finally:
        platform.close()
    return Restored(backup, heads, messages)


def _heads(owner: Engine) -> dict[str, int]:
    with owner.connect() as connection:
        if not inspect(connection).has_table("feed_state"):
            return {}
        query = "SELECT feed, head_version FROM feed_state WHERE head_version IS NOT NULL"
        return {row.feed: row.head_version for row in connection.execute(text(query))}


def _check_sees_all(owner: Engine) -> None:
    """A dump holds only rows that its maker sees; one who does not see all makes no backup."""
    forced = "SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY 1"
    with owner.connect() as connection:
        for table in connection.execute(text(forced)).scalars().all():
            count = text(f'SELECT count(*) FROM "{table}"')
            mine = connection.execute(count).scalar_one()
            connection.execute(text(f"SET LOCAL ROLE {WORKER}"))
            all_rows = connection.execute(count).scalar_one()
            connection.execute(text("RESET ROLE"))
            if mine != all_rows:
                raise Failed(
                    "backup_incomplete",
                    "The account of the database does not see all rows of '{table}'.",
                    table=table,
                )


def _check_empty(settings: Settings, owner: Engine) -> None:
    filled = [name for name in (LAKE, RAW) if any((settings.var / name).glob("*"))]
    with owner.connect() as connection:
        filled += ["database"] if inspect(connection).get_table_names() else []
    if filled:
        raise Refused(
            "not_empty",
            "Something is already stored here: {what}.",
            why="A restore never overwrites.",
            todo="Restore into an empty database and an empty folder (PROACTIVE_VAR).",
            what=", ".join(filled),
        )


def _run(program: str, settings: Settings, words: Sequence[str]) -> None:
    """Run pg_dump or pg_restore against the database; its password stands in no process list."""
    url = make_url(settings.database_url).set(drivername="postgresql")
    environment = {**os.environ, "PGPASSWORD": url.password or "", "PGCONNECT_TIMEOUT": "10"}
    bare = url.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - our own program and words
        [str(client_program(program)), *words, f"--dbname={bare}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise Failed(
            "backup_failed", "{program} did not succeed: {last}", program=program, last=last[:300]
        )


def _copy(source: Path, target: Path) -> None:
    """Copy a folder whole or not at all; one that is there has been copied."""
    if target.exists() and any(target.iterdir()):
        return
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    if source.is_dir():
        shutil.copytree(source, part, ignore=shutil.ignore_patterns("*.part"))
    else:
        part.mkdir(mode=0o700, parents=True)
    if target.exists():
        target.rmdir()
    part.replace(target)


def _write(path: Path, data: object) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
    part.replace(path)


def _no_backup(folder: Path, why: str) -> Refused:
    return Refused(
        "no_backup",
        "{folder} is no whole backup.",
        why=why,
        todo="Name a folder that 'proactive backup' has written to its end.",
        folder=folder.name,
    )
