"""A run: planned once per trigger version and slot, evaluated outside any transaction.

Killed at any point it is simply done again: evaluation is a pure function of the pinned files,
and keeping the hits changes nothing the second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert

from proactive.areas.queries import all_paths
from proactive.feeds.contracts import Contracts
from proactive.feeds.lake import FeedView, Lake
from proactive.feeds.views import feed_views, head_of, stale_feeds
from proactive.kernel.clock import local_date
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.people.vault import aliases_table
from proactive.rules.duck import evaluate
from proactive.rules.nodes import Plan
from proactive.rules.results import Evaluation
from proactive.rules.service import LiveTrigger, plan_of
from proactive.scans.store import scan_run

MOST_SUBJECTS_ON_ARRIVAL = 20_000


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything a run needs, read in one transaction and used outside of it."""

    run: Row[Any]
    plan: Plan
    views: Mapping[str, FeedView]
    areas: Mapping[str, Sequence[str]]
    aliases: Any
    stale: tuple[str, ...]
    heads: Mapping[str, int | None]


def plan_full_run(work: Work, trigger: LiveTrigger, slot: datetime, *, late: bool) -> UUID | None:
    """Plan the scan of a schedule's slot; None when it has been planned before."""
    return plan_run(
        work,
        trigger,
        slot=f"{slot:%Y-%m-%dT%H:%MZ}",
        kind="full",
        as_of=local_date(slot, trigger.zone),
        late=late,
        subjects=None,
    )


def plan_arrival_run(
    work: Work, trigger: LiveTrigger, delivery_id: object, subjects: Sequence[int]
) -> UUID | None:
    """Plan the look at those whom a delivery touched; a very large one is looked at whole."""
    few = len(subjects) <= MOST_SUBJECTS_ON_ARRIVAL
    return plan_run(
        work,
        trigger,
        slot=f"delivery:{delivery_id}",
        kind="arrival" if few else "full",
        as_of=local_date(work.now, trigger.zone),
        late=False,
        subjects=sorted(subjects) if few else None,
    )


def plan_manual_run(work: Work, trigger: LiveTrigger) -> UUID:
    """Plan a full scan as of today because somebody asks for one now."""
    run_id = plan_run(
        work,
        trigger,
        slot=f"manual:{new_id()}",
        kind="full",
        as_of=local_date(work.now, trigger.zone),
        late=False,
        subjects=None,
    )
    if run_id is None:
        raise AssertionError("a new slot cannot be taken")
    return run_id


def plan_run(
    work: Work,
    trigger: LiveTrigger,
    *,
    slot: str,
    kind: str,
    as_of: date,
    late: bool,
    subjects: Sequence[int] | None,
) -> UUID | None:
    """Plan a run of a version, once per slot; None when it has been planned before."""
    run_id = new_id()
    statement = (
        insert(scan_run)
        .values(
            id=run_id,
            trigger=trigger.trigger,
            trigger_version_id=trigger.version_id,
            slot=slot,
            kind=kind,
            as_of=as_of,
            known_at=work.now,
            late=late,
            subjects=list(subjects) if subjects is not None else None,
        )
        .on_conflict_do_nothing(index_elements=["trigger_version_id", "slot"])
        .returning(scan_run.c.id)
    )
    if work.db.execute(statement).one_or_none() is None:
        return None
    work.audit("plan_run", "scan_run", run_id, trigger=trigger.trigger, slot=slot)
    work.step("scan", str(run_id))
    return run_id


def get_ready(work: Work, run_id: UUID, lake: Lake, contracts: Contracts) -> Ready | None:
    """Read what a waiting run needs; None when it is done already."""
    run = work.db.execute(select(scan_run).where(scan_run.c.id == run_id)).one()
    if run.state != "waiting":
        return None
    plan = plan_of(work, run.trigger_version_id, contracts)
    return Ready(
        run=run,
        plan=plan,
        views=feed_views(work, lake, sorted(plan.feeds), contracts),
        areas=all_paths(work.db, on=run.as_of) if plan.needs_area else {},
        aliases=aliases_table(work),
        stale=tuple(feed for feed in stale_feeds(work, contracts) if feed in plan.feeds),
        heads={feed: head_of(work, feed) for feed in sorted(plan.feeds)},
    )


def look(ready: Ready) -> Evaluation:
    """Evaluate the rule over the pinned files; no transaction is open here."""
    return evaluate(
        ready.plan,
        ready.views,
        as_of=ready.run.as_of,
        known_at=ready.run.known_at,
        subjects=ready.run.subjects,
        areas=ready.areas,
        aliases=ready.aliases,
    )


def need_run(work: Work, run_id: UUID) -> Row[Any]:
    """Return a run, or Refused `no_such_run`."""
    row = work.db.execute(select(scan_run).where(scan_run.c.id == run_id)).one_or_none()
    if row is None:
        raise Refused("no_such_run", "There is no such run.", todo="See 'proactive trigger runs'.")
    return row
