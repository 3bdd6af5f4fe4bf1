"""Trials and shadows as pages and commands ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.rules.store import trigger_version
from proactive.tuning.model import OPEN, TrialKind, TrialState
from proactive.tuning.store import shadow, shadow_run, trial

COLUMNS = (*trial.c, trigger_version.c.version)


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial; `result` is there when it is done, `why` when it was refused or failed.

    `first_answer` is what a page shows before: see `first_answer.py`.
    """

    id: UUID
    kind: str
    trigger: str
    version: int
    version_id: UUID
    settings: Mapping[str, Any]
    state: str
    done: int
    total: int
    cancel_asked: bool
    first_answer: Mapping[str, Any] | None
    result: Mapping[str, Any] | None
    why: Mapping[str, Any] | None
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Shadow:
    """A candidate beside the live version; sums over its runs so far."""

    id: UUID
    trigger: str
    version: int
    version_id: UUID
    started_by: str
    started_at: datetime
    until: date
    ended_at: datetime | None
    runs: int

    def running(self, today: date) -> bool:
        return self.ended_at is None and today <= self.until


@dataclass(frozen=True, slots=True)
class ShadowRun:
    """What one run of both found; `towns` map an area code to (only live, only candidate, both).

    None stands for one to four. `only_live` and `both` are None where no version was in use.
    """

    as_of: date
    finished_at: datetime | None
    beside: bool
    only_live: int | None
    only_candidate: int | None
    both: int | None
    by_area: Mapping[str, Any]
    why: Mapping[str, Any] | None


def get_trial(work: Work, trial_id: UUID) -> Trial:
    """Return one trial; Refused `no_such_trial`."""
    query = _trials().where(trial.c.id == trial_id)
    row = work.db.execute(query).mappings().one_or_none()
    if row is None:
        raise Refused(
            "no_such_trial",
            "There is no such trial.",
            todo="'proactive trigger trials' lists what has been tried.",
        )
    return Trial(**row)


def list_trials(work: Work, trigger: str, *, limit: int = 50) -> list[Trial]:
    """Return the trials of a trigger, newest first."""
    query = _trials().where(trial.c.trigger == trigger).order_by(trial.c.asked_at.desc())
    return [Trial(**row) for row in work.db.execute(query.limit(limit)).mappings()]


def latest_dry_run(work: Work, version_id: UUID) -> Trial | None:
    """Return the newest finished dry run of a version: what is laid before its approver."""
    query = _trials().where(
        trial.c.version_id == version_id,
        trial.c.kind == TrialKind.DRY_RUN,
        trial.c.state == TrialState.DONE,
    )
    newest = query.order_by(trial.c.finished_at.desc()).limit(1)
    row = work.db.execute(newest).mappings().one_or_none()
    return Trial(**row) if row else None


def list_shadows(work: Work, trigger: str) -> list[Shadow]:
    """Return the shadows of a trigger, newest first."""
    query = _shadows().where(shadow.c.trigger == trigger).order_by(shadow.c.started_at.desc())
    return [Shadow(**row) for row in work.db.execute(query).mappings()]


def get_shadow(work: Work, shadow_id: UUID) -> Shadow:
    """Return one shadow; Refused `no_such_shadow`."""
    row = work.db.execute(_shadows().where(shadow.c.id == shadow_id)).mappings().one_or_none()
    if row is None:
        raise Refused("no_such_shadow", "There is no such shadow.")
    return Shadow(**row)


def shadow_runs(work: Work, shadow_id: UUID) -> list[ShadowRun]:
    """Return what each run of a shadow found, oldest first."""
    query = select(shadow_run).where(shadow_run.c.shadow_id == shadow_id)
    return [
        ShadowRun(
            as_of=row.as_of,
            finished_at=row.finished_at,
            beside=row.run_id is not None,
            only_live=row.only_live,
            only_candidate=row.only_candidate,
            both=row.both,
            by_area=row.by_area,
            why=row.why,
        )
        for row in work.db.execute(query.order_by(shadow_run.c.known_at, shadow_run.c.slot))
    ]


def _trials() -> Select[Any]:
    return select(*COLUMNS).join(trigger_version, trigger_version.c.id == trial.c.version_id)


def _shadows() -> Select[Any]:
    runs = (
        select(func.count())
        .where(shadow_run.c.shadow_id == shadow.c.id, shadow_run.c.finished_at.is_not(None))
        .scalar_subquery()
    )
    return select(*shadow.c, trigger_version.c.version, runs.label("runs")).join(
        trigger_version, trigger_version.c.id == shadow.c.version_id
    )
