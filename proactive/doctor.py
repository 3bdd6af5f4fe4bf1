"""The doctor: looks at everything that may be wrong and says how to mend it."""

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from proactive.areas.queries import path_of
from proactive.bootstrap import Platform, build
from proactive.bundles.offices import offices_of_kind_missing
from proactive.config import PACKAGES, Settings
from proactive.connectors.troubles import line_troubles
from proactive.feeds.alarms import troubles
from proactive.kernel.crypto import Keyring
from proactive.kernel.db import metadata
from proactive.kernel.errors import CodedError, Refused
from proactive.kernel.queue import connect
from proactive.kernel.work import Actor, Work
from proactive.metrics import backup_trouble
from proactive.notices.going_live import message_troubles
from proactive.people.vault import vault_troubles
from proactive.routing.queries import county_desks
from proactive.scans.stopping import stopped_runs
from proactive.schema import load_tables, newest_revision, present_revision

SILENT_AFTER = timedelta(minutes=2)
LEAST_FREE_BYTES = 2 * 1024**3
DOCTOR = Actor.machine("doctor")


class Verdict(StrEnum):
    """`bad`: does not run; `look`: a person should look at it."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was seen, and what to do about it where something is wrong."""

    verdict: Verdict
    name: str
    seen: str
    todo: str = ""

    def as_json(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


good, look, bad = (partial(Finding, verdict) for verdict in Verdict)


def examine(settings: Settings) -> list[Finding]:
    """Return all findings, from the ground up; what cannot be reached ends the row early."""
    findings = [*_house(settings), *_keys(settings), *_queue(settings)]
    database = list(_database(settings))
    findings += database
    if any(finding.verdict is Verdict.BAD for finding in (*database, *_keys(settings))):
        return findings
    platform = build(settings)
    try:
        for part in (_machinery, _people_and_places, _definitions, _feeds_and_lines, _messages):
            try:
                with platform.work(DOCTOR) as work:
                    findings += list(part(platform, work))
            except CodedError as error:
                findings.append(bad(part.__name__.strip("_"), str(error), ""))
    finally:
        platform.close()
    return findings


def _house(settings: Settings) -> Iterator[Finding]:
    names = ("proactive", "triggers", "notifiers", "web", "migrations")
    folders = {name: _folder_of(name) for name in names}
    strangers = [name for name, folder in folders.items() if folder != PACKAGES]
    if strangers:
        yield bad(
            "house",
            f"Not from this installation: {', '.join(strangers)}.",
            "Another distribution owns these names; install into an environment of its own.",
        )
    else:
        yield good("house", "All five packages lie in one folder.")
    folder = settings.var if settings.var.exists() else settings.var.absolute().parent
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        yield bad("disk", f"Only {free / 1024**3:.1f} GiB are free.", "Make room before more data.")
    else:
        yield good("disk", f"{free / 1024**3:.0f} GiB are free.")
    if settings.movable_clock:
        yield look("clock", "Business time can be moved.", "Right for a demo only.")


def _folder_of(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]).resolve().parent if places else None


def _keys(settings: Settings) -> Iterator[Finding]:
    path = settings.keys_path
    try:
        Keyring.read(path)
    except CodedError as error:
        yield bad("keys", str(error), "")
        return
    if path.stat().st_mode & 0o077:
        yield bad("keys", "Others may read the key file.", f"Run: chmod 600 {path.name}")
    else:
        yield good("keys", "The key file is there and closed to others; keep a copy elsewhere.")


def _queue(settings: Settings) -> Iterator[Finding]:
    try:
        connect(settings.redis_url, patience=2).ping()
    except (RedisError, OSError, ValueError) as error:
        yield bad(
            "queue",
            f"The queue does not answer ({type(error).__name__}).",
            "Start Valkey or Redis, or correct PROACTIVE_REDIS_URL. Nothing is lost meanwhile.",
        )
    else:
        yield good("queue", "The queue answers.")


def _database(settings: Settings) -> Iterator[Finding]:
    engine = create_engine(settings.database_url)
    try:
        present, newest = present_revision(engine), newest_revision()
        if present != newest:
            yield bad(
                "schema",
                f"The schema is at {present}, this release wants {newest}.",
                "Run: proactive migrate",
            )
            return
        with engine.connect() as connection:
            unguarded = _unguarded(connection)
    except SQLAlchemyError as error:
        yield bad(
            "database",
            f"The database does not answer ({type(error).__name__}).",
            "Start PostgreSQL, or correct PROACTIVE_DATABASE_URL.",
        )
        return
    finally:
        engine.dispose()
    if unguarded:
        yield bad("guard", f"No row security on: {', '.join(unguarded)}.", "Run: proactive migrate")
    else:
        yield good("schema", f"The schema is at {present} and every table is guarded.")


def _unguarded(connection: Connection) -> list[str]:
    load_tables()
    wanted = {t.name for t in metadata.sorted_tables if t.info["access"] in ("area", "office")}
    query = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    return sorted(wanted - set(connection.execute(text(query)).scalars()))


def _machinery(_platform: Platform, work: Work) -> Iterator[Finding]:
    yield from (bad("vault", *trouble) for trouble in vault_troubles(work))
    rows = _rows(
        work,
        "SELECT name, clock_timestamp() - seen_at AS age FROM heartbeat WHERE name = 'scheduler'",
    )
    if not rows or rows[0].age > SILENT_AFTER:
        yield bad("scheduler", "No scheduler has shown itself lately.", "Run: proactive up")
    else:
        yield good("scheduler", "The scheduler is at work.")
    parked = _rows(work, "SELECT name, count(*) AS n FROM step WHERE state = 'parked' GROUP BY 1")
    for row in parked:
        yield look(
            "steps",
            f"{row.n} steps '{row.name}' are parked.",
            "Run 'proactive step list', mend the cause, then 'proactive step retry'.",
        )
    old = _rows(
        work,
        "SELECT count(*) AS n FROM step WHERE state = 'pending' AND due_at < :due",
        due=work.now - timedelta(minutes=5),
    )[0].n
    if old:
        yield bad("worker", f"{old} steps have waited for over five minutes.", "Run: proactive up")
    else:
        yield good("worker", "No step has waited for long.")
    old = backup_trouble(work.db)
    todo = "Run: proactive backup FOLDER"
    yield look("backup", old, todo) if old else good("backup", "There is one of the last two days.")


def _people_and_places(_platform: Platform, work: Work) -> Iterator[Finding]:
    counts = _rows(
        work,
        "SELECT (SELECT count(*) FROM area) AS areas, (SELECT count(*) FROM office) AS offices,"
        " (SELECT count(*) FROM post) AS posts,"
        " (SELECT count(*) FROM post WHERE kind = 'county_desk') AS desks,"
        " (SELECT max(day) FROM calendar_day WHERE NOT provisional) AS known_until",
    )[0]
    if not counts.areas:
        yield bad("areas", "No areas are loaded.", "Run: proactive area load FILE --mapping NAME")
    else:
        yield good("areas", f"{counts.areas} areas are known.")
    if not counts.desks:
        yield bad(
            "posts",
            "No county desk exists, so nothing can be raised.",
            "Run: proactive post load FILE",
        )
    else:
        yield good("posts", f"{counts.posts} posts are known.")
    if not counts.offices:
        yield bad("offices", "No offices are loaded.", "Run: proactive office load FILE")
    for code in county_desks(work.db):
        missing = offices_of_kind_missing(work.db, path_of(work.db, code) or ()) if code else ()
        if missing:
            yield look(
                "offices",
                f"Live bundles need offices that {code} does not have: {', '.join(missing)}.",
                "Add them to the file and run: proactive office load FILE",
            )
    if counts.known_until is None or counts.known_until < work.today + timedelta(days=60):
        yield look(
            "calendar",
            f"Working days are certain until {counts.known_until} only.",
            "Later due dates are provisional; run 'proactive area calendar' when they are out.",
        )


def _definitions(_platform: Platform, work: Work) -> Iterator[Finding]:
    for what, plural, steps in (
        ("trigger", "triggers", "load, propose, approve (another person), activate"),
        ("bundle", "bundles", "load, activate"),
    ):
        live = _rows(
            work, f"SELECT count(*) AS n FROM {what}_version WHERE state IN ('live', 'pilot')"
        )[0].n
        if live:
            yield good(plural, f"{live} {plural} are live.")
        else:
            yield bad(plural, f"No {what} is live.", f"Run 'proactive {what}': {steps}.")
    for run in stopped_runs(work):
        yield bad(
            "runs",
            f"A run of '{run.trigger}' version {run.version} stopped itself; nothing is raised.",
            "Run 'proactive trigger runs': it says why and what to do.",
        )


def _feeds_and_lines(platform: Platform, work: Work) -> Iterator[Finding]:
    feeds = troubles(work, platform.contracts, platform.settings.drop)
    lines = [(one.sentence("en"), one.todo("en")) for one in line_troubles(work)]
    for name, found in (("feeds", feeds), ("lines", lines)):
        yield from (look(name, seen, todo) for seen, todo in found)
    if not feeds and not lines:
        yield good("feeds", "No feed is silent, no alarm open, no line to an office in trouble.")


def _messages(platform: Platform, work: Work) -> Iterator[Finding]:
    try:
        yield good("messages", f"Messages leave by '{platform.desk.channel}'.")
    except Refused as error:  # a text, a way out or its settings
        yield bad("messages", error.sentence(), "Nobody can be told anything until then.")
    rows = _rows(
        work,
        "SELECT state, count(*) AS n FROM message WHERE state IN ('parked','unknown') GROUP BY 1",
    )
    for row in rows:
        yield look(
            "messages",
            f"{row.n} messages are {row.state}.",
            "Open the operator page 'Messages': it says what to do with each.",
        )
    for seen, todo in message_troubles(work):
        yield look("messages", seen, todo)
    if platform.settings.guest_list is not None:
        yield look(
            "messages",
            "Only numbers on the guest list get messages.",
            "Remove PROACTIVE_GUEST_LIST when the county goes live.",
        )


def _rows(work: Work, sql: str, **values: Any) -> list[Any]:
    return list(work.db.execute(text(sql), values))
