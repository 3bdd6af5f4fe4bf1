"""What an operator's watcher asks for: counts of what waits, in the text format of Prometheus.

Counts, ages and states only; no person, no place, no reference of a case. Written by hand: the
format is a dozen lines, and the library counts in one process what here stands in the database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from proactive.bootstrap import Platform
from proactive.cases.queries import count_by_state
from proactive.connectors.troubles import count_amiss
from proactive.feeds.alarms import open_alarms
from proactive.feeds.queries import silent_feeds
from proactive.kernel.steps import overdue_steps, step_counts
from proactive.kernel.work import Actor, Work
from proactive.notices.queries import ageing, count_states
from proactive.scans.stopping import stopped_runs

WATCHER = Actor.machine("metrics")
PATIENCE = timedelta(minutes=5)
BACKED_UP = "make_backup"
BACKUP_OLD = timedelta(days=2)
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure with its meaning; `by` is the label of its parts, '' where it has none."""

    name: str
    meaning: str
    values: Mapping[str, float]
    by: str = ""

    def as_text(self) -> str:
        lines = [f"# HELP {self.name} {self.meaning}", f"# TYPE {self.name} gauge"]
        for part, value in sorted(self.values.items()):
            label = f'{{{self.by}="{part}"}}' if self.by else ""
            lines.append(f"{self.name}{label} {value:g}")
        return "\n".join(lines) + "\n"


def metrics_text(platform: Platform) -> str:
    """Return all figures of now."""
    with platform.work(WATCHER) as work:
        return "".join(gauge.as_text() for gauge in _gauges(platform, work))


def backup_trouble(db: Connection) -> str:
    """Return what is wrong with the last backup's age, '' where nothing is."""
    query = """SELECT max(at) AS at, clock_timestamp() - max(at) AS age FROM audit
               WHERE entity = 'backup' AND action = :done"""
    made = db.execute(text(query), {"done": BACKED_UP}).one()
    if made.at is None:
        return "No backup was ever made."
    return f"The last backup was made {made.at:%F %H:%M} UTC." if made.age > BACKUP_OLD else ""


def _gauges(platform: Platform, work: Work) -> Iterator[Gauge]:
    ages = _ages(work.db, work.now)
    late = overdue_steps(work.db, work.now - PATIENCE)
    messages = [line for line in count_states(work.db, within=RECENT) if line.count]
    cases = count_by_state(work, open_only=True)
    silent = len(silent_feeds(work, platform.contracts))
    yield _one("scheduler_seen_age_seconds", "since the clock showed itself", ages.scheduler)
    yield _one("backup_age_seconds", "since the last backup that was written whole", ages.backup)
    yield Gauge("proactive_steps", "steps that are not done", step_counts(work.db), "state")
    yield _one("steps_late", "steps that have waited for over five minutes", late)
    yield _one("step_oldest_age_seconds", "how long the oldest due step has waited", ages.step)
    told = "messages that are under way, and the others of the last seven days"
    yield Gauge("proactive_messages", told, {m.state: m.count for m in messages}, "state")
    waiting = sum(line.count for line in ageing(work.db))
    yield _one("messages_late", "messages that have waited longer than they should", waiting)
    yield _one("feeds_late", "feeds silent for longer than agreed", silent)
    yield _one("alarms_open", "alarms about feeds that nobody has closed", len(open_alarms(work)))
    yield _one("runs_stopped", "runs that stopped themselves", len(stopped_runs(work)))
    amiss = "what is amiss on the lines to offices' own systems"
    yield Gauge("proactive_office_lines_amiss", amiss, count_amiss(work), "what")
    yield Gauge("proactive_cases_open", "open cases", cases, "state")


def _one(name: str, meaning: str, value: float | None) -> Gauge:
    """Return a figure without parts; one that is not known yet has no line."""
    return Gauge(f"proactive_{name}", meaning, {} if value is None else {"": value})


def _ages(db: Connection, now: datetime) -> Any:
    """Return seconds: since the clock's last sign, since the last backup, of the oldest step."""
    query = """
        SELECT (SELECT extract(epoch FROM clock_timestamp() - seen_at) FROM heartbeat
                WHERE name = 'scheduler') AS scheduler,
               (SELECT extract(epoch FROM clock_timestamp() - max(at)) FROM audit
                WHERE entity = 'backup' AND action = :backed_up) AS backup,
               (SELECT greatest(0, extract(epoch FROM :now - min(due_at))) FROM step
                WHERE state = 'pending' AND due_at <= :now) AS step
    """
    return db.execute(text(query), {"now": now, "backed_up": BACKED_UP}).one()
