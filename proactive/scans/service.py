"""A run: planned once per trigger version and slot, evaluated outside any transaction, kept whole.

Killed at any point it is simply done again: evaluation is a pure function of the pinned files,
and keeping the hits changes nothing the second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, update
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
from proactive.rules.results import Evaluation, hit_rows
from proactive.rules.service import LiveTrigger, plan_of
from proactive.scans.recording import Recording, record_found
from proactive.scans.store import scan_run

MOST_SUBJECTS_ON_ARRIVAL = 20_000
# Fewer hits than these say nothing about a share: in a hamlet one case is a third of everybody.
FEWEST_FOR_BAND = 20
ACCEPTED = "accepted"


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
    return _plan(
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
    return _plan(
        work,
        trigger,
        slot=f"delivery:{delivery_id}",
        kind="arrival" if few else "full",
        as_of=local_date(work.now, trigger.zone),
        late=False,
        subjects=sorted(subjects) if few else None,
    )


def plan_manual_run(work: Work, trigger: LiveTrigger, *, accept: bool = False) -> UUID:
    """Plan a full scan as of today because somebody asks for one now.

    With `accept`, that person takes it on that the number of hits is right though it is unusual.
    """
    run_id = _plan(
        work,
        trigger,
        slot=f"{ACCEPTED if accept else 'manual'}:{new_id()}",
        kind="full",
        as_of=local_date(work.now, trigger.zone),
        late=False,
        subjects=None,
    )
    if run_id is None:
        raise AssertionError("a new slot cannot be taken")
    return run_id


def _plan(
    work: Work,
    trigger: LiveTrigger,
    *,
    slot: str,
    kind: str,
    as_of: date,
    late: bool,
    subjects: Sequence[int] | None,
) -> UUID | None:
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


def keep(work: Work, ready: Ready, evaluation: Evaluation) -> str:
    """Keep what was found and close the run; return its state: done or stopped.

    A stale exclusion, or a full scan outside the trigger's band, stops the run: nothing is raised.
    """
    lock = text("SELECT pg_advisory_xact_lock(7203010, hashtext(:trigger))")
    work.db.execute(lock, {"trigger": ready.run.trigger})
    state: str = work.db.execute(
        select(scan_run.c.state).where(scan_run.c.id == ready.run.id).with_for_update()
    ).scalar_one()
    if state != "waiting":
        return state
    counts: dict[str, Any] = {**evaluation.counts, "unknown": dict(evaluation.unknown_counts)}
    why = _why_stop(work, ready, evaluation)
    if why:
        _close(work, ready, "stopped", counts | {"why_stopped": why})
        return "stopped"
    later = _looked_at_later(work, ready)
    if later is None:
        _close(work, ready, "done", counts | {"overtaken": True})
        return "done"
    counts |= record_found(work, _recording(ready, later), hit_rows(evaluation))
    _close(work, ready, "done", counts)
    work.step("raise_hits", str(ready.run.id))
    return "done"


def _looked_at_later(work: Work, ready: Ready) -> frozenset[int] | None:
    """Return whom a run that knew more has looked at since; None where that was everybody."""
    rows = work.db.execute(
        select(scan_run.c.subjects).where(
            scan_run.c.trigger == ready.run.trigger,
            scan_run.c.state == "done",
            scan_run.c.known_at > ready.run.known_at,
        )
    ).scalars()
    seen: set[int] = set()
    for subjects in rows:
        if subjects is None:
            return None
        seen.update(subjects)
    return frozenset(seen)


def _recording(ready: Ready, later: frozenset[int]) -> Recording:
    hit, run = ready.plan.rule.hit, ready.run
    grows = hit.cool_down.unless_grows if hit.cool_down else None
    return Recording(
        run_id=run.id,
        trigger=run.trigger,
        trigger_version_id=run.trigger_version_id,
        need=ready.plan.rule.need,
        as_of=run.as_of,
        order_by=hit.priority.order_by if hit.priority else "",
        descending=hit.priority.descending if hit.priority else True,
        grows_measure=grows.measure if grows else "",
        grows_by=float(grows.by) if grows else 0.0,
        subjects=run.subjects,
        skipped=later,
        fresh=not ready.stale,
    )


def _why_stop(work: Work, ready: Ready, evaluation: Evaluation) -> str:
    stale = sorted(set(ready.stale) & ready.plan.exclusion_feeds)
    if stale:
        return f"stale exclusion: {', '.join(stale)}"
    rule, hits = ready.plan.rule, evaluation.counts["hits"]
    accepted = ready.run.slot.startswith(ACCEPTED)
    if ready.run.kind == "full" and rule.hit.band and not accepted:
        query = text("SELECT count(*) FROM subject WHERE kind = :kind")
        known = work.db.execute(query, {"kind": rule.subject}).scalar_one()
        band = rule.hit.band
        least, most = (share * known / 1000 for share in (band.at_least, band.at_most))
        too_few = hits < least and least >= FEWEST_FOR_BAND
        if too_few or (hits > most and hits >= FEWEST_FOR_BAND):
            return f"{hits} hits among {known} subjects are outside the band"
    if ready.run.kind == "arrival" and rule.hit.cap and hits > rule.hit.cap.per_day:
        return f"{hits} hits of one delivery are over the cap"
    return ""


def _close(work: Work, ready: Ready, state: str, counts: Mapping[str, Any]) -> None:
    work.db.execute(
        update(scan_run)
        .where(scan_run.c.id == ready.run.id)
        .values(
            state=state,
            finished_at=func.clock_timestamp(),
            counts=dict(counts),
            stale=list(ready.stale),
            heads=dict(ready.heads),
        )
    )
    work.audit("close_run", "scan_run", ready.run.id, state=state)


def need_run(work: Work, run_id: UUID) -> Row[Any]:
    """Return a run, or Refused `no_such_run`."""
    row = work.db.execute(select(scan_run).where(scan_run.c.id == run_id)).one_or_none()
    if row is None:
        raise Refused("no_such_run", "There is no such run.", todo="See 'proactive trigger runs'.")
    return row
